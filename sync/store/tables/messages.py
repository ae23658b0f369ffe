"""The tables of messages: what admins chose, what was told, what is on its way."""

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, false

from sync.store.tables.base import Instant, metadata, space_key

# One row for each space whose admin saved the page. What happens to the space sets `look_at`, in
# the same transaction, so that nothing has to be searched for.
message_settings = Table(
    "message_settings",
    metadata,
    space_key(),
    Column("emails", JSON, nullable=False),
    Column("webhook_url_sealed", Text),
    Column("hook_format", String(10), nullable=False),
    Column("tellings", JSON, nullable=False),
    Column("language", String(5), nullable=False),
    Column("digest", Boolean, nullable=False, server_default=false()),
    Column("hot_leads", Boolean, nullable=False, server_default=false()),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("saved_at", Instant),
    Column("saved_by", Text),
    Column("look_at", Instant, index=True),
    Column("digest_at", Instant, index=True),
    # Up to which run owners were told of new Leads, and when.
    Column("hot_run_id", Integer),
    Column("hot_at", Instant),
)

told = Table(
    "told",
    metadata,
    space_key(),
    Column("telling", String(20), primary_key=True),
    Column("since", Instant, nullable=False),
    Column("run_id", Integer),
    Column("was_told", Boolean, nullable=False, server_default=false()),
    Column("well_since", Instant),
)

# One row a message and recipient. `next_try_at` NULL: sent or given up; the bodies are gone then.
deliveries = Table(
    "deliveries",
    metadata,
    Column("delivery_id", Integer, primary_key=True, autoincrement=True),
    Column(
        "space_id",
        String(200),
        ForeignKey("spaces.space_id", ondelete="CASCADE"),
        nullable=False,
    ),
    Column("kind", String(10), nullable=False),
    Column("message_key", String(100), nullable=False),
    Column("channel", String(10), nullable=False),
    Column("recipient", String(320), nullable=False),
    Column("subject", Text, nullable=False),
    Column("bodies", JSON(none_as_null=True)),
    Column("state", String(10), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("next_try_at", Instant, index=True),
    Column("sent_at", Instant),
    Column("problem", Text),
    Index(
        "uq_deliveries_message",
        "space_id",
        "message_key",
        "channel",
        "recipient",
        unique=True,
    ),
    Index("ix_deliveries_space_id_delivery_id", "space_id", "delivery_id"),
    Index("ix_deliveries_created_at", "created_at"),
)
