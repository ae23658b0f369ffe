"""When the cron asked last"""

import sqlalchemy as sa
from alembic import op

from sync.store.tables import Instant

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cron_calls",
        sa.Column("name", sa.String(length=10), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_cron_calls")),
    )


def downgrade() -> None:
    op.drop_table("cron_calls")
