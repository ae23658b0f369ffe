"""The tables of the daily sync"""

import sqlalchemy as sa
from alembic import op

from sync.store.tables import Instant

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "allowances",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("next_at", sa.Float(), nullable=False),
        sa.Column("window", sa.String(length=20), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("interactive_until", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_allowances")),
    )
    op.create_table(
        "outcomes",
        sa.Column("run_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("list_no", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("person", sa.String(length=32), nullable=True),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("modified_ms", sa.BigInteger(), nullable=True),
        sa.Column("result", sa.String(length=10), nullable=True),
        sa.Column("reason", sa.String(length=30), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("lead_id", sa.Text(), nullable=True),
        sa.Column("contact_id", sa.Text(), nullable=True),
        sa.Column("kept", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "list_no", "position", name=op.f("pk_outcomes")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_outcomes_kept",
        "outcomes",
        ["run_id", "person"],
        unique=False,
        sqlite_where=sa.text("kept"),
        postgresql_where=sa.text("kept"),
    )
    op.create_index(
        "ix_outcomes_unsettled",
        "outcomes",
        ["run_id", "person"],
        unique=False,
        sqlite_where=sa.text("result IS NULL"),
        postgresql_where=sa.text("result IS NULL"),
    )
    op.create_table(
        "row_details",
        sa.Column("run_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("list_no", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "list_no", "position", name=op.f("pk_row_details")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "row_scores",
        sa.Column("run_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("person", sa.String(length=32), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("run_id", "person", name=op.f("pk_row_scores")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "run_lists",
        sa.Column("run_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("list_no", sa.Integer(), nullable=False),
        sa.Column("list_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("next_offset", sa.Integer(), nullable=False),
        sa.Column("restarts", sa.Integer(), nullable=False),
        sa.Column("problem", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("run_id", "list_no", name=op.f("pk_run_lists")),
    )
    op.create_table(
        "run_marks",
        sa.Column("run_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "name", name=op.f("pk_run_marks")),
    )
    op.create_table(
        "spaces",
        sa.Column("space_id", sa.String(length=200), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("service_url", sa.Text(), nullable=False),
        sa.Column("pipeliner_username", sa.Text(), nullable=False),
        sa.Column("pipeliner_password_sealed", sa.Text(), nullable=False),
        sa.Column("acton_base_url", sa.Text(), nullable=True),
        sa.Column("acton_account_id", sa.Text(), nullable=True),
        sa.Column("marketing_domain_url", sa.Text(), nullable=True),
        sa.Column("acton_username", sa.Text(), nullable=True),
        sa.Column("acton_password_sealed", sa.Text(), nullable=True),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("panel_epoch", sa.Integer(), server_default="1", nullable=False),
        sa.Column("next_due_at", Instant(timezone=True), nullable=True),
        sa.Column("created_at", Instant(timezone=True), nullable=False),
        sa.Column("updated_at", Instant(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("space_id", name=op.f("pk_spaces")),
    )
    op.create_index(op.f("ix_spaces_next_due_at"), "spaces", ["next_due_at"], unique=False)
    op.create_table(
        "tokens",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("access_sealed", sa.Text(), nullable=True),
        sa.Column("refresh_sealed", sa.Text(), nullable=True),
        sa.Column("expires_at", Instant(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("busy_until", Instant(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_tokens")),
    )
    op.create_table(
        "crm_addresses",
        sa.Column("space_id", sa.String(length=200), nullable=False),
        sa.Column("person", sa.String(length=32), nullable=False),
        sa.Column("contact_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["space_id"],
            ["spaces.space_id"],
            name=op.f("fk_crm_addresses_space_id_spaces"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("space_id", "person", "contact_id", name=op.f("pk_crm_addresses")),
    )
    op.create_index(
        "ix_crm_addresses_space_id_contact_id",
        "crm_addresses",
        ["space_id", "contact_id"],
        unique=False,
    )
    op.create_table(
        "crm_contacts",
        sa.Column("space_id", sa.String(length=200), nullable=False),
        sa.Column("contact_id", sa.String(length=64), nullable=False),
        sa.Column("modified", Instant(timezone=True), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("ours", sa.Boolean(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("acton_contact_id", sa.Text(), nullable=False),
        sa.Column("panel_key_expires_at", Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["space_id"],
            ["spaces.space_id"],
            name=op.f("fk_crm_contacts_space_id_spaces"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("space_id", "contact_id", name=op.f("pk_crm_contacts")),
    )
    op.create_table(
        "crm_cursors",
        sa.Column("space_id", sa.String(length=200), nullable=False),
        sa.Column("entity", sa.String(length=20), nullable=False),
        sa.Column("modified_through", Instant(timezone=True), nullable=True),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("gap", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["space_id"],
            ["spaces.space_id"],
            name=op.f("fk_crm_cursors_space_id_spaces"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("space_id", "entity", name=op.f("pk_crm_cursors")),
    )
    op.create_table(
        "crm_lead_contacts",
        sa.Column("space_id", sa.String(length=200), nullable=False),
        sa.Column("contact_id", sa.String(length=64), nullable=False),
        sa.Column("lead_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["space_id"],
            ["spaces.space_id"],
            name=op.f("fk_crm_lead_contacts_space_id_spaces"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "space_id", "contact_id", "lead_id", name=op.f("pk_crm_lead_contacts")
        ),
    )
    op.create_index(
        "ix_crm_lead_contacts_space_id_lead_id",
        "crm_lead_contacts",
        ["space_id", "lead_id"],
        unique=False,
    )
    op.create_table(
        "crm_leads",
        sa.Column("space_id", sa.String(length=200), nullable=False),
        sa.Column("lead_id", sa.String(length=64), nullable=False),
        sa.Column("modified", Instant(timezone=True), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=True),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("quick_person", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(
            ["space_id"],
            ["spaces.space_id"],
            name=op.f("fk_crm_leads_space_id_spaces"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("space_id", "lead_id", name=op.f("pk_crm_leads")),
    )
    op.create_index("ix_crm_leads_space_id_key", "crm_leads", ["space_id", "key"], unique=False)
    op.create_index(
        "ix_crm_leads_space_id_quick_person",
        "crm_leads",
        ["space_id", "quick_person"],
        unique=False,
    )
    op.create_table(
        "links",
        sa.Column("space_id", sa.String(length=200), nullable=False),
        sa.Column("list_id", sa.Text(), nullable=False),
        sa.Column("person", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("lead_id", sa.Text(), nullable=True),
        sa.Column("contact_id", sa.Text(), nullable=True),
        sa.Column("lead_name", sa.Text(), nullable=False),
        sa.Column("list_name", sa.Text(), nullable=False),
        sa.Column("crossed_at", Instant(timezone=True), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("updated_at", Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["space_id"],
            ["spaces.space_id"],
            name=op.f("fk_links_space_id_spaces"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("space_id", "list_id", "person", name=op.f("pk_links")),
    )
    op.create_index("ix_links_space_id_lead_id", "links", ["space_id", "lead_id"], unique=False)
    op.create_index("ix_links_space_id_person", "links", ["space_id", "person"], unique=False)
    op.create_index("uq_links_space_id_key", "links", ["space_id", "key"], unique=True)
    op.create_table(
        "people",
        sa.Column("space_id", sa.String(length=200), nullable=False),
        sa.Column("person", sa.String(length=32), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("contact_id", sa.Text(), nullable=True),
        sa.Column("acton_contact_id", sa.Text(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("score_read_at", Instant(timezone=True), nullable=True),
        sa.Column("score_source", sa.String(length=20), nullable=True),
        sa.Column("panel_key_expires_at", Instant(timezone=True), nullable=True),
        sa.Column("blocked", sa.Boolean(), nullable=False),
        sa.Column("updated_at", Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["space_id"],
            ["spaces.space_id"],
            name=op.f("fk_people_space_id_spaces"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("space_id", "person", name=op.f("pk_people")),
    )
    op.create_table(
        "runs",
        sa.Column("run_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("space_id", sa.String(length=200), nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("trigger", sa.String(length=10), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("queued_at", Instant(timezone=True), nullable=False),
        sa.Column("started_at", Instant(timezone=True), nullable=True),
        sa.Column("finished_at", Instant(timezone=True), nullable=True),
        sa.Column("resume_at", Instant(timezone=True), nullable=True),
        sa.Column("rung_at", Instant(timezone=True), nullable=True),
        sa.Column("threshold", sa.Integer(), nullable=True),
        sa.Column("score_source", sa.String(length=20), nullable=True),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("acton_calls", sa.Integer(), server_default="0", nullable=False),
        sa.Column("pipeliner_calls", sa.Integer(), server_default="0", nullable=False),
        sa.Column("resumed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("problem", sa.JSON(), nullable=True),
        sa.Column("lease_owner", sa.Text(), nullable=True),
        sa.Column("lease_until", Instant(timezone=True), nullable=True),
        sa.Column("lease_epoch", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["space_id"],
            ["spaces.space_id"],
            name=op.f("fk_runs_space_id_spaces"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_runs")),
    )
    op.create_index("ix_runs_space_id_run_id", "runs", ["space_id", "run_id"], unique=False)
    op.create_index(
        "uq_runs_one_daily_a_date",
        "runs",
        ["space_id", "local_date"],
        unique=True,
        sqlite_where=sa.text("trigger = 'daily'"),
        postgresql_where=sa.text("trigger = 'daily'"),
    )
    op.create_index(
        "uq_runs_one_open_a_space",
        "runs",
        ["space_id"],
        unique=True,
        sqlite_where=sa.text("status IN ('queued', 'running', 'paused')"),
        postgresql_where=sa.text("status IN ('queued', 'running', 'paused')"),
    )
    op.create_table(
        "score_history",
        sa.Column("space_id", sa.String(length=200), nullable=False),
        sa.Column("person", sa.String(length=32), nullable=False),
        sa.Column("read_at", Instant(timezone=True), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["space_id"],
            ["spaces.space_id"],
            name=op.f("fk_score_history_space_id_spaces"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("space_id", "person", "read_at", name=op.f("pk_score_history")),
    )
    op.create_table(
        "space_fields",
        sa.Column("space_id", sa.String(length=200), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("field_id", sa.Text(), nullable=False),
        sa.Column("api_name", sa.Text(), nullable=False),
        sa.Column("filter_key", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["space_id"],
            ["spaces.space_id"],
            name=op.f("fk_space_fields_space_id_spaces"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("space_id", "purpose", name=op.f("pk_space_fields")),
    )
