"""What lasts: who became a Lead, who is known, with which score."""

from sqlalchemy import JSON, Boolean, Column, Index, Integer, LargeBinary, String, Table, Text

from sync.rules.heat import RANGES
from sync.store.tables.base import Instant, metadata, space_key

links = Table(
    "links",
    metadata,
    space_key(),
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
    space_key(),
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
    # Points gained in the last so many days, and the heat that comes of it (`rules.heat`): counted
    # with each score that is saved, and once a day, since ranges move on. NULL: not counted yet.
    *(Column(f"rise_{days}", Integer) for days in RANGES),
    *(Column(f"heat_{days}", Integer) for days in RANGES),
    Index("ix_people_space_id_contact_id", "space_id", "contact_id"),
    *(
        Index(f"ix_people_space_id_heat_{days}", "space_id", f"heat_{days}", "score", "person")
        for days in RANGES
    ),
)

score_history = Table(
    "score_history",
    metadata,
    space_key(),
    Column("person", String(32), primary_key=True),
    Column("read_at", Instant, primary_key=True),
    Column("score", Integer),
    Column("source", String(20), nullable=False),
)

# The latest live reading of a person, compact, and who is reading anew: one call for all who ask.
readings = Table(
    "readings",
    metadata,
    space_key(),
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
    space_key(),
    Column("jti", String(64), primary_key=True),  # a digest: what hosts put there may be long
    Column("expires_at", Instant, nullable=False, index=True),
)
