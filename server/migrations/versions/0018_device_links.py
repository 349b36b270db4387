"""links by which a person puts a device beside their first, and which device put one there"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Those that are there came by an invitation each."""
    op.add_column("devices", sa.Column("added_by", sa.String(length=26), nullable=True))
    op.create_table(
        "device_links",
        sa.Column("token_hash", sa.String(length=43), primary_key=True),
        sa.Column("device", sa.String(length=26), sa.ForeignKey("devices.device"), nullable=False, unique=True),
        sa.Column("commitment", sa.String(length=43), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("asking", sa.String(length=26), nullable=True),
        sa.Column("asking_key", sa.String(length=43), nullable=True),
        sa.Column("label", sa.Text(), nullable=True),
        sa.Column("proof", sa.String(length=43), nullable=True),
        sa.Column("opened", sa.String(length=43), nullable=True),
    )


def downgrade() -> None:
    op.drop_table("device_links")
    op.drop_column("devices", "added_by")
