"""sealed bytes arrive in pieces of any length, after what the whole will be was said"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "uploads",
        sa.Column("blob", sa.String(length=26), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("blob", name=op.f("pk_uploads")),
    )
    op.create_table(
        "blob_pieces",
        sa.Column("blob", sa.String(length=26), nullable=False),
        sa.Column("start", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("object", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("blob", "start", name=op.f("pk_blob_pieces")),
    )
    # What was attached is read on from the parts that it came in. What was not is asked for anew, and lapses.
    op.execute(
        "INSERT INTO blob_pieces (blob, start, size, object) SELECT blob, part * 1048576, size, "
        "CAST(part AS VARCHAR(40)) FROM blob_parts WHERE blob IN "
        "(SELECT blob FROM disclosures WHERE state IN ('live', 'suspended'))"
    )
    op.drop_table("blob_parts")


def downgrade() -> None:
    """Bytes that came by 0010 lie in other objects than a server before it looks for, and stay unread there."""
    op.create_table(
        "blob_parts",
        sa.Column("blob", sa.String(length=26), nullable=False),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("blob", "part", name=op.f("pk_blob_parts")),
    )
    op.drop_table("blob_pieces")
    op.drop_table("uploads")
