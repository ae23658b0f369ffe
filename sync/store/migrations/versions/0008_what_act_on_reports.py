"""What Act-On reports by webhook, what proves it, and whom it says not to write to"""

import sqlalchemy as sa
from alembic import op

from sync.store.tables import Instant

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

OPEN = sa.text("state IN ('waiting', 'taken')")


def upgrade() -> None:
    op.create_table(
        "acton_webhook_keys",
        sa.Column("space_id", sa.String(200), nullable=False),
        sa.Column("scheme", sa.String(10), nullable=False),
        sa.Column("header", sa.Text(), nullable=False),
        sa.Column("secret_sealed", sa.Text(), nullable=False),
        sa.Column("saved_at", Instant(), nullable=False),
        sa.Column("saved_by", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.space_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("space_id"),
    )
    op.create_table(
        "acton_webhooks",
        sa.Column("webhook_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("space_id", sa.String(200), nullable=False),
        sa.Column("message", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("person", sa.String(32), nullable=True),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("not_before", Instant(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.space_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("webhook_id"),
    )
    op.create_index(
        "uq_acton_webhooks_delivery",
        "acton_webhooks",
        ["space_id", "message", "number"],
        unique=True,
    )
    op.create_index(
        "ix_acton_webhooks_space_id_webhook_id", "acton_webhooks", ["space_id", "webhook_id"]
    )
    op.create_index("ix_acton_webhooks_space_id_person", "acton_webhooks", ["space_id", "person"])
    op.create_index("ix_acton_webhooks_run_id", "acton_webhooks", ["run_id"])
    op.create_index("ix_acton_webhooks_received_at", "acton_webhooks", ["received_at"])
    op.create_index(
        "ix_acton_webhooks_open",
        "acton_webhooks",
        ["state", "not_before", "space_id"],
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
    op.create_table(
        "reported_standings",
        sa.Column("space_id", sa.String(200), nullable=False),
        sa.Column("person", sa.String(32), nullable=False),
        sa.Column("standing", sa.String(20), nullable=False),
        sa.Column("holds", sa.Integer(), nullable=False),
        sa.Column("reported_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.space_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("space_id", "person", "standing"),
    )
