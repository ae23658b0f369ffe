"""Webhooks of Pipeliner: our registration, what changed, and what the index only guesses"""

import sqlalchemy as sa
from alembic import op

from sync.store.tables import Instant

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("crm_contacts", "crm_leads"):
        op.add_column(
            table, sa.Column("guessed", sa.Boolean(), server_default=sa.true(), nullable=False)
        )
    op.create_table(
        "crm_changes",
        sa.Column("space_id", sa.String(length=200), nullable=False),
        sa.Column("entity", sa.String(length=20), nullable=False),
        sa.Column("record_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["space_id"],
            ["spaces.space_id"],
            name=op.f("fk_crm_changes_space_id_spaces"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("space_id", "entity", "record_id", name=op.f("pk_crm_changes")),
    )
    _create_hooks()


def _create_hooks() -> None:
    op.create_table(
        "crm_hooks",
        sa.Column("space_id", sa.String(length=200), nullable=False),
        sa.Column("signature_sealed", sa.Text(), nullable=True),
        sa.Column("webhook_id", sa.Text(), nullable=True),
        sa.Column("before_sealed", sa.Text(), nullable=True),
        sa.Column("before_until", Instant(), nullable=True),
        sa.Column("last_at", Instant(), nullable=True),
        sa.Column("pending_at", Instant(), nullable=True),
        sa.Column("reads_all", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("busy_until", Instant(), nullable=True),
        sa.Column("retry_at", Instant(), nullable=True),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("refused_version", sa.Integer(), nullable=True),
        sa.Column("checked_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["space_id"],
            ["spaces.space_id"],
            name=op.f("fk_crm_hooks_space_id_spaces"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("space_id", name=op.f("pk_crm_hooks")),
    )
    op.create_index(op.f("ix_crm_hooks_pending_at"), "crm_hooks", ["pending_at"], unique=False)
