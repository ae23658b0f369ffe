"""Runs by when they ended, and how many calls an account may make a day"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_runs_finished_at", "runs", ["finished_at"], unique=False)
    op.add_column("allowances", sa.Column("per_window", sa.Integer(), nullable=True))
