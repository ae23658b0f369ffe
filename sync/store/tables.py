"""The tables, as SQLAlchemy Core sees them. Rows become values in the module of their noun.

Instants are aware UTC in Python and stored through `Instant`; SQLite has no time zones of its own.
Columns that end in `_sealed` hold ciphertext of `sync.keyring`.
"""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    text,
)


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant; naive values are refused rather than guessed."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A naive datetime was given where an instant is needed.")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _space() -> Column[str]:
    return Column(
        "space_id", String(200), ForeignKey("spaces.space_id", ondelete="CASCADE"), primary_key=True
    )


def _run() -> Column[int]:
    return Column("run_id", Integer, primary_key=True, autoincrement=False)


spaces = Table(
    "spaces",
    metadata,
    Column("space_id", String(200), primary_key=True),
    Column("name", Text, nullable=False),
    Column("time_zone", String(64), nullable=False),
    Column("status", String(20), nullable=False),
    Column("service_url", Text, nullable=False),
    Column("pipeliner_username", Text, nullable=False),
    Column("pipeliner_password_sealed", Text, nullable=False),
    Column("acton_base_url", Text),
    Column("acton_account_id", Text),
    Column("marketing_domain_url", Text),
    Column("acton_username", Text),
    Column("acton_password_sealed", Text),
    Column("settings", JSON, nullable=False),
    Column("panel_epoch", Integer, nullable=False, server_default="1"),
    Column("panel_epoch_at", Instant),
    Column("launch_algorithm", String(10)),
    Column("launch_key_sealed", Text),
    # The indexes answer "who is due, and who next?" whatever the number of spaces.
    Column("next_due_at", Instant, index=True),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    # Grows with every change of settings or access, so that of two who save at once one is told.
    Column("version", Integer, nullable=False, server_default="1"),
    Column("saved_at", Instant),
    Column("saved_by", Text),
    Column("status_reason", Text),
    Column("status_at", Instant),
    Column("status_by", Text),
    Column("status_before", String(20)),
    # The last look at both vendors: when, and what was wrong.
    Column("checked_at", Instant),
    Column("check_problem", JSON),
    # When the space was activated through the pages, and how many Leads its first run may create.
    Column("activated_at", Instant),
    Column("first_run_limit", Integer),
    Index("ix_spaces_due", "next_due_at", "space_id"),
)

space_fields = Table(
    "space_fields",
    metadata,
    _space(),
    Column("purpose", String(40), primary_key=True),
    Column("field_id", Text, nullable=False),
    Column("api_name", Text, nullable=False),
    Column("filter_key", Text),
)

runs = Table(
    "runs",
    metadata,
    Column("run_id", Integer, primary_key=True, autoincrement=True),
    Column(
        "space_id",
        String(200),
        ForeignKey("spaces.space_id", ondelete="CASCADE"),
        nullable=False,
    ),
    Column("local_date", Date, nullable=False),
    Column("trigger", String(10), nullable=False),
    Column("status", String(10), nullable=False),
    Column("queued_at", Instant, nullable=False),
    Column("started_at", Instant),
    Column("finished_at", Instant),
    Column("resume_at", Instant),
    Column("rung_at", Instant),
    Column("threshold", Integer),
    Column("score_source", String(20)),
    Column("counts", JSON, nullable=False),
    Column("acton_calls", Integer, nullable=False, server_default="0"),
    Column("pipeliner_calls", Integer, nullable=False, server_default="0"),
    Column("resumed", Integer, nullable=False, server_default="0"),
    Column("problem", JSON),
    Column("lease_owner", Text),
    Column("lease_until", Instant),
    Column("lease_epoch", Integer, nullable=False, server_default="0"),
    Column("progress_step", Text),
    Column("progress_done", Integer),
    Column("progress_total", Integer),
    Column("cancel_asked_by", Text),
    # How many Leads it might create without asking, and who approved those that it held back.
    Column("guard_limit", Integer),
    Column("guard_reason", String(20)),
    Column("approved_at", Instant),
    Column("approved_by", Text),
    Index("ix_runs_space_id_run_id", "space_id", "run_id"),
    Index(
        "uq_runs_one_daily_a_date",
        "space_id",
        "local_date",
        unique=True,
        sqlite_where=text("trigger = 'daily'"),
        postgresql_where=text("trigger = 'daily'"),
    ),
    Index(
        "uq_runs_one_open_a_space",
        "space_id",
        unique=True,
        sqlite_where=text("status IN ('queued', 'running', 'paused')"),
        postgresql_where=text("status IN ('queued', 'running', 'paused')"),
    ),
)

# What one call of the cron could not start, workers do: for that they must know when it asked.
cron_calls = Table(
    "cron_calls",
    metadata,
    Column("name", String(10), primary_key=True),
    Column("asked_at", Instant, nullable=False),
)

# --- the working papers of a run: what was read, what was decided, what came of it --------------
# No foreign keys here: a preview keeps the same papers in a database of its own.

run_lists = Table(
    "run_lists",
    metadata,
    _run(),
    Column("list_no", Integer, primary_key=True),
    Column("list_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("state", String(10), nullable=False),  # pending, read, failed
    Column("total", Integer),  # rows as Act-On said on the page read first
    Column("next_offset", Integer, nullable=False),
    Column("restarts", Integer, nullable=False),
    Column("problem", JSON),
)

run_marks = Table(
    "run_marks",
    metadata,
    _run(),
    Column("name", String(40), primary_key=True),
    Column("value", Text, nullable=False),
)

# One row for each list row. `result` NULL: not settled yet. A finished run has none of those.
outcomes = Table(
    "outcomes",
    metadata,
    _run(),
    Column("list_no", Integer, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("record_id", Text, nullable=False),
    Column("address", Text),
    Column("person", String(32)),
    Column("score", Integer),
    Column("modified_ms", BigInteger),
    Column("result", String(10)),
    Column("reason", String(30)),
    Column("detail", Text),
    Column("lead_id", Text),
    Column("contact_id", Text),
    # Whether deciding may need the row: its person's details are kept. An index over all rows would
    # cost more than everything else, since people come in no order.
    Column("kept", Boolean, nullable=False),
    Index(
        "ix_outcomes_kept",
        "run_id",
        "person",
        sqlite_where=text("kept"),
        postgresql_where=text("kept"),
    ),
    Index(
        "ix_outcomes_unsettled",
        "run_id",
        "person",
        sqlite_where=text("result IS NULL"),
        postgresql_where=text("result IS NULL"),
    ),
    sqlite_with_rowid=False,
)

row_details = Table(
    "row_details",
    metadata,
    _run(),
    Column("list_no", Integer, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("details", Text, nullable=False),
    sqlite_with_rowid=False,
)

row_scores = Table(
    "row_scores",
    metadata,
    _run(),
    Column("person", String(32), primary_key=True),
    Column("score", Integer),  # NULL: read, and Act-On has no score for the person
    sqlite_with_rowid=False,
)

# --- what lasts --------------------------------------------------------------------------------

links = Table(
    "links",
    metadata,
    _space(),
    Column("list_id", Text, primary_key=True),
    Column("person", String(32), primary_key=True),
    Column("key", String(32), nullable=False),
    Column("state", String(10), nullable=False),
    Column("lead_id", Text),
    Column("contact_id", Text),
    Column("lead_name", Text, nullable=False),
    Column("list_name", Text, nullable=False),
    Column("crossed_at", Instant, nullable=False),
    Column("run_id", Integer),
    # An admin allowed the Lead anew: those deleted before do not count any more.
    Column("lifted_at", Instant),
    Column("updated_at", Instant, nullable=False),
    Index("uq_links_space_id_key", "space_id", "key", unique=True),
    Index("ix_links_space_id_person", "space_id", "person"),
    Index("ix_links_space_id_lead_id", "space_id", "lead_id"),
)

people = Table(
    "people",
    metadata,
    _space(),
    Column("person", String(32), primary_key=True),
    Column("address", Text, nullable=False),
    Column("contact_id", Text),
    Column("acton_contact_id", Text, nullable=False),
    Column("score", Integer),
    Column("score_read_at", Instant),
    Column("score_source", String(20)),
    Column("read_by", String(10), nullable=False, server_default="sync"),
    Column("panel_key_expires_at", Instant),
    Column("blocked", Boolean, nullable=False),
    Column("lifted_at", Instant),  # as for links, for deleted Contacts
    Column("updated_at", Instant, nullable=False),
    Index("ix_people_space_id_contact_id", "space_id", "contact_id"),
)

score_history = Table(
    "score_history",
    metadata,
    _space(),
    Column("person", String(32), primary_key=True),
    Column("read_at", Instant, primary_key=True),
    Column("score", Integer),
    Column("source", String(20), nullable=False),
)

# The latest live reading of a person, compact, and who is reading anew: one call for all who ask.
readings = Table(
    "readings",
    metadata,
    _space(),
    Column("person", String(32), primary_key=True),
    Column("read_at", Instant),
    Column("body", LargeBinary),  # NULL with an instant: Act-On does not know the person
    Column("marks", JSON),
    Column("busy_until", Instant),
    Column("failed_at", Instant),
    Column("failure", String(20)),
)

# Launch tokens are good for one use; their names are kept until they would have expired anyway.
used_launches = Table(
    "used_launches",
    metadata,
    _space(),
    Column("jti", String(64), primary_key=True),  # a digest: what hosts put there may be long
    Column("expires_at", Instant, nullable=False, index=True),
)

# --- our index of the CRM: what matching needs, addresses as digests only ----------------------

crm_contacts = Table(
    "crm_contacts",
    metadata,
    _space(),
    Column("contact_id", String(64), primary_key=True),
    Column("modified", Instant, nullable=False),
    Column("deleted", Boolean, nullable=False),
    Column("ours", Boolean, nullable=False),
    Column("name", Text, nullable=False),
    Column("score", Integer),
    Column("acton_contact_id", Text, nullable=False),
    Column("panel_key_expires_at", Instant),
    Column("panel_key_person", String(32)),  # whom the key names; NULL: no key, or not known
)

crm_addresses = Table(
    "crm_addresses",
    metadata,
    _space(),
    Column("person", String(32), primary_key=True),
    Column("contact_id", String(64), primary_key=True),
    Index("ix_crm_addresses_space_id_contact_id", "space_id", "contact_id"),
)

crm_leads = Table(
    "crm_leads",
    metadata,
    _space(),
    Column("lead_id", String(64), primary_key=True),
    Column("modified", Instant, nullable=False),
    Column("deleted", Boolean, nullable=False),
    Column("open", Boolean, nullable=False),
    Column("key", String(64)),
    Column("score", Integer),
    Column("quick_person", String(32)),
    Index("ix_crm_leads_space_id_key", "space_id", "key"),
    Index("ix_crm_leads_space_id_quick_person", "space_id", "quick_person"),
)

crm_lead_contacts = Table(
    "crm_lead_contacts",
    metadata,
    _space(),
    Column("contact_id", String(64), primary_key=True),
    Column("lead_id", String(64), primary_key=True),
    Index("ix_crm_lead_contacts_space_id_lead_id", "space_id", "lead_id"),
)

crm_cursors = Table(
    "crm_cursors",
    metadata,
    _space(),
    Column("entity", String(20), primary_key=True),
    Column("modified_through", Instant),
    Column("complete", Boolean, nullable=False),
    # How many more records Pipeliner counts than it shows; found out by a complete reading.
    Column("gap", Integer, nullable=False, server_default="0"),
)

# --- shared by all processes -------------------------------------------------------------------

tokens = Table(
    "tokens",
    metadata,
    Column("name", String(200), primary_key=True),  # Act-On host, client and user
    Column("access_sealed", Text),
    Column("refresh_sealed", Text),
    Column("expires_at", Instant),
    Column("version", Integer, nullable=False),  # grows with each new token
    Column("busy_until", Instant),  # somebody is fetching a new one until then at the latest
)

allowances = Table(
    "allowances",
    metadata,
    Column("name", String(200), primary_key=True),  # e.g. acton:<host>:<account>
    Column("next_at", Float, nullable=False),  # epoch seconds of the next free slot
    Column("free_at", Float, nullable=False, server_default="0"),  # a slot kept for a person
    Column("window", String(20), nullable=False),  # the day (or hour) that `used` counts
    Column("used", Integer, nullable=False),
    Column("interactive_until", Float, nullable=False),  # the sync waits while a person does
)
