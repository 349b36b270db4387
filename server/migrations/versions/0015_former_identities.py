"""what an organisation attested of a person's earlier identity keys stays, so that what those signed can be verified"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of keys that were replaced before, nothing was kept."""
    op.create_table(
        "former_identities",
        sa.Column("organisation", sa.String(length=26), sa.ForeignKey("organisations.organisation"), primary_key=True),
        sa.Column("person", sa.String(length=26), sa.ForeignKey("people.person"), primary_key=True),
        sa.Column("identity_key", sa.String(length=43), primary_key=True),
        sa.Column("envelope", sa.Text(), nullable=False),
        sa.Index("ix_former_identities_person", "person"),
    )


def downgrade() -> None:
    op.drop_table("former_identities")
