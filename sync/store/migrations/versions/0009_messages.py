"""Messages: what admins chose, what was told, what is on its way"""

import sqlalchemy as sa
from alembic import op

from sync.store.tables import Instant

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "message_settings",
        _space(),
        sa.Column("emails", sa.JSON(), nullable=False),
        sa.Column("webhook_url_sealed", sa.Text(), nullable=True),
        sa.Column("hook_format", sa.String(length=10), nullable=False),
        sa.Column("tellings", sa.JSON(), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("digest", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("hot_leads", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("saved_at", Instant(), nullable=True),
        sa.Column("saved_by", sa.Text(), nullable=True),
        sa.Column("look_at", Instant(), nullable=True),
        sa.Column("digest_at", Instant(), nullable=True),
        sa.Column("hot_run_id", sa.Integer(), nullable=True),
        sa.Column("hot_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("space_id", name=op.f("pk_message_settings")),
        _of_space("message_settings"),
    )
    op.create_index(op.f("ix_message_settings_look_at"), "message_settings", ["look_at"])
    op.create_index(op.f("ix_message_settings_digest_at"), "message_settings", ["digest_at"])
    op.create_table(
        "told",
        _space(),
        sa.Column("telling", sa.String(length=20), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("was_told", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("well_since", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("space_id", "telling", name=op.f("pk_told")),
        _of_space("told"),
    )
    op.create_table(
        "deliveries",
        sa.Column("delivery_id", sa.Integer(), autoincrement=True, nullable=False),
        _space(),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("message_key", sa.String(length=100), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("recipient", sa.String(length=320), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("bodies", sa.JSON(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_try_at", Instant(), nullable=True),
        sa.Column("sent_at", Instant(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("pk_deliveries")),
        _of_space("deliveries"),
    )
    op.create_index(
        "uq_deliveries_message",
        "deliveries",
        ["space_id", "message_key", "channel", "recipient"],
        unique=True,
    )
    op.create_index("ix_deliveries_space_id_delivery_id", "deliveries", ["space_id", "delivery_id"])
    op.create_index("ix_deliveries_created_at", "deliveries", ["created_at"])
    op.create_index(op.f("ix_deliveries_next_try_at"), "deliveries", ["next_try_at"])


def _space() -> "sa.Column[str]":
    return sa.Column("space_id", sa.String(length=200), nullable=False)


def _of_space(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["space_id"],
        ["spaces.space_id"],
        name=op.f(f"fk_{table}_space_id_spaces"),
        ondelete="CASCADE",
    )
