"""by whom a patient was given the link to look back: its page names what this person may see"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of earlier links nobody knows: their pages do not say who is in a group."""
    op.add_column("patient_links", sa.Column("person", sa.String(length=26), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("patient_links") as links:
        links.drop_column("person")
