"""What all processes share: tokens of Act-On, and the pace towards the vendors."""

from sqlalchemy import Column, Float, Integer, String, Table, Text

from sync.store.tables.base import Instant, metadata

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
    Column("per_window", Integer),  # how many a window may see, for those who watch
    Column("interactive_until", Float, nullable=False),  # the sync waits while a person does
)
