"""What vendors report by themselves, and what proves it."""

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    text,
)

from sync.store.tables.base import Instant, metadata, space_key

acton_webhook_keys = Table(
    "acton_webhook_keys",
    metadata,
    space_key(),
    Column("scheme", String(10), nullable=False),
    Column("header", Text, nullable=False),
    Column("secret_sealed", Text, nullable=False),
    Column("saved_at", Instant, nullable=False),
    Column("saved_by", Text),
)

# Each delivery once: a repetition meets the unique index, whichever process it comes to.
acton_webhooks = Table(
    "acton_webhooks",
    metadata,
    Column("webhook_id", Integer, primary_key=True, autoincrement=True),
    Column(
        "space_id",
        String(200),
        ForeignKey("spaces.space_id", ondelete="CASCADE"),
        nullable=False,
    ),
    Column("message", String(64), nullable=False),  # a digest: senders' ids may be long
    Column("number", Integer, nullable=False),  # of the reports that one delivery holds
    Column("kind", String(20), nullable=False),
    Column("name", Text, nullable=False),
    Column("address", Text),
    Column("person", String(32)),
    Column("score", Integer),
    Column("state", String(10), nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("not_before", Instant),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("run_id", Integer),
    Column("body", Text),
    Index("uq_acton_webhooks_delivery", "space_id", "message", "number", unique=True),
    Index("ix_acton_webhooks_space_id_webhook_id", "space_id", "webhook_id"),
    Index("ix_acton_webhooks_space_id_person", "space_id", "person"),
    Index("ix_acton_webhooks_run_id", "run_id"),
    Index("ix_acton_webhooks_received_at", "received_at"),
    # What is open is looked for every second; nearly all rows are not.
    Index(
        "ix_acton_webhooks_open",
        "state",
        "not_before",
        "space_id",
        sqlite_where=text("state IN ('waiting', 'taken')"),
        postgresql_where=text("state IN ('waiting', 'taken')"),
    ),
)

# What Act-On reported of how a person may be written to; a live reading says the same later.
reported_standings = Table(
    "reported_standings",
    metadata,
    space_key(),
    Column("person", String(32), primary_key=True),
    Column("standing", String(20), primary_key=True),
    Column("holds", Integer, nullable=False),
    Column("reported_at", Instant, nullable=False),
)
