"""Momentum of people, owners of records, and what the panel on Leads needs"""

import sqlalchemy as sa
from alembic import op

from sync.store.tables import Instant

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

RANGES = (7, 30, 90)
LONG_AGO = "1970-01-01 00:00:00.000000"


def upgrade() -> None:
    for name in ("rise", "heat"):
        for days in RANGES:
            op.add_column("people", sa.Column(f"{name}_{days}", sa.Integer(), nullable=True))
    for days in RANGES:
        columns = ["space_id", f"heat_{days}", "score", "person"]
        op.create_index(f"ix_people_space_id_heat_{days}", "people", columns, unique=False)
    op.add_column(
        "spaces", sa.Column("heat_due_at", Instant(), nullable=False, server_default=LONG_AGO)
    )
    op.create_index("ix_spaces_heat_due_at", "spaces", ["heat_due_at"], unique=False)
    for table in ("crm_contacts", "crm_leads"):
        op.add_column(table, sa.Column("owner_id", sa.String(length=64), nullable=True))
        op.create_index(f"ix_{table}_space_id_owner_id", table, ["space_id", "owner_id"])
    op.add_column("crm_leads", sa.Column("panel_key_expires_at", Instant(), nullable=True))
    op.add_column("crm_leads", sa.Column("panel_key_person", sa.String(length=32), nullable=True))
    _make_table("crm_owners", "owner_id", 64, sa.Column("name", sa.Text(), nullable=True))
    _make_table(
        "space_optional_fields",
        "purpose",
        40,
        sa.Column("field_id", sa.Text(), nullable=False),
        sa.Column("api_name", sa.Text(), nullable=False),
        sa.Column("filter_key", sa.Text(), nullable=True),
    )


def _make_table(table: str, key: str, length: int, *columns: sa.Column[str]) -> None:
    """A table of things of a space, which go with it."""
    op.create_table(
        table,
        sa.Column("space_id", sa.String(length=200), nullable=False),
        sa.Column(key, sa.String(length=length), nullable=False),
        *columns,
        sa.ForeignKeyConstraint(
            ["space_id"],
            ["spaces.space_id"],
            name=op.f(f"fk_{table}_space_id_spaces"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("space_id", key, name=op.f(f"pk_{table}")),
    )
