"""a commit's welcome is kept once for all devices that it adds"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "welcome_bytes",
        sa.Column("thread", sa.String(length=26), nullable=False),
        sa.Column("epoch", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("welcome", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("thread", "epoch", name=op.f("pk_welcome_bytes")),
    )
    # One commit an epoch, and one welcome a commit: what stands beside each of its devices is the same.
    op.execute(
        "INSERT INTO welcome_bytes (thread, epoch, welcome) SELECT thread, epoch, welcome FROM welcomes WHERE device = "
        "(SELECT MIN(other.device) FROM welcomes AS other "
        "WHERE other.thread = welcomes.thread AND other.epoch = welcomes.epoch)"
    )
    with op.batch_alter_table("welcomes") as batch:
        batch.drop_column("welcome")


def downgrade() -> None:
    with op.batch_alter_table("welcomes") as batch:
        batch.add_column(sa.Column("welcome", sa.LargeBinary(), nullable=True))
    op.execute(
        "UPDATE welcomes SET welcome = (SELECT welcome_bytes.welcome FROM welcome_bytes "
        "WHERE welcome_bytes.thread = welcomes.thread AND welcome_bytes.epoch = welcomes.epoch)"
    )
    with op.batch_alter_table("welcomes") as batch:
        batch.alter_column("welcome", existing_type=sa.LargeBinary(), nullable=False)
    op.drop_table("welcome_bytes")
