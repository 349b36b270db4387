"""consents are looked for by their patient: a no and an emergency hold under whichever consent they were said"""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_consents_subject", "consents", ["subject"])


def downgrade() -> None:
    op.drop_index("ix_consents_subject", table_name="consents")
