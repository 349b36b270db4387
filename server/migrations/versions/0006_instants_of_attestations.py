"""attestations begin and end by time alone: each is looked at once after the update, and then when it does"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("attestations", sa.Column("next_instant", sa.BigInteger(), nullable=True))
    op.execute("UPDATE attestations SET next_instant = valid_from")
    op.create_index("ix_attestations_next_instant", "attestations", ["next_instant"])


def downgrade() -> None:
    op.drop_index("ix_attestations_next_instant", "attestations")
    op.drop_column("attestations", "next_instant")
