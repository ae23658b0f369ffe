"""What the volume guard goes by, and what it is told"""

import sqlalchemy as sa
from alembic import op

from sync.store.tables import Instant

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("runs", sa.Column("guard_limit", sa.Integer(), nullable=True))
    op.add_column("runs", sa.Column("guard_reason", sa.String(length=20), nullable=True))
    op.add_column("runs", sa.Column("approved_at", Instant(), nullable=True))
    op.add_column("runs", sa.Column("approved_by", sa.Text(), nullable=True))
    op.add_column("spaces", sa.Column("activated_at", Instant(), nullable=True))
    op.add_column("spaces", sa.Column("first_run_limit", sa.Integer(), nullable=True))
