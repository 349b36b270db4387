"""consents are looked for by their patient: a no and an emergency hold under whichever consent they were said"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_consents_subject", "consents", ["subject"])
    op.create_table("consent_subjects", sa.Column("subject", sa.String(26), primary_key=True))


def downgrade() -> None:
    op.drop_table("consent_subjects")
    op.drop_index("ix_consents_subject", table_name="consents")
