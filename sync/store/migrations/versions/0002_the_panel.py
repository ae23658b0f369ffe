"""Live readings, launches, and who read a score: what the panel needs"""

import sqlalchemy as sa
from alembic import op

from sync.store.tables import Instant

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("spaces", sa.Column("launch_algorithm", sa.String(length=10), nullable=True))
    op.add_column("spaces", sa.Column("launch_key_sealed", sa.Text(), nullable=True))
    op.create_index("ix_people_space_id_contact_id", "people", ["space_id", "contact_id"])
    op.add_column("spaces", sa.Column("panel_epoch_at", Instant(), nullable=True))
    op.add_column(
        "crm_contacts", sa.Column("panel_key_person", sa.String(length=32), nullable=True)
    )
    op.add_column(
        "people",
        sa.Column("read_by", sa.String(length=10), server_default="sync", nullable=False),
    )
    op.add_column(
        "allowances", sa.Column("free_at", sa.Float(), server_default="0", nullable=False)
    )
    op.create_table(
        "readings",
        sa.Column("space_id", sa.String(length=200), nullable=False),
        sa.Column("person", sa.String(length=32), nullable=False),
        sa.Column("read_at", Instant(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("marks", sa.JSON(), nullable=True),
        sa.Column("busy_until", Instant(), nullable=True),
        sa.Column("failed_at", Instant(), nullable=True),
        sa.Column("failure", sa.String(length=20), nullable=True),
        sa.ForeignKeyConstraint(
            ["space_id"],
            ["spaces.space_id"],
            name=op.f("fk_readings_space_id_spaces"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("space_id", "person", name=op.f("pk_readings")),
    )
    op.create_table(
        "used_launches",
        sa.Column("space_id", sa.String(length=200), nullable=False),
        sa.Column("jti", sa.String(length=64), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["space_id"],
            ["spaces.space_id"],
            name=op.f("fk_used_launches_space_id_spaces"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("space_id", "jti", name=op.f("pk_used_launches")),
    )
    op.create_index(
        op.f("ix_used_launches_expires_at"), "used_launches", ["expires_at"], unique=False
    )
