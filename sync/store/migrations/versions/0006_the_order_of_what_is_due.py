"""Spaces in the order in which they are due, also where thousands are due at one instant"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_spaces_due", "spaces", ["next_due_at", "space_id"], unique=False)
