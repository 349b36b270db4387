"""devices that want to be told by their browser's push service when something is new"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "push_subscriptions",
        sa.Column("device", sa.String(26), primary_key=True),
        sa.Column("person", sa.String(26), nullable=False),
        sa.Column("endpoint", sa.String(1000), nullable=False),
        sa.Column("kinds", sa.String(40), nullable=False),
        sa.Column("pushed_at", sa.BigInteger(), nullable=True),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("claimed_until", sa.BigInteger(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
    )
    op.create_index("ix_push_subscriptions_due_at", "push_subscriptions", ["due_at"])
    op.create_index("ix_push_subscriptions_endpoint", "push_subscriptions", ["endpoint"])


def downgrade() -> None:
    op.drop_table("push_subscriptions")
