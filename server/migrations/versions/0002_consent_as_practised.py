"""consents as medicine practises them: delicate images, versions by the patient, and the next instant time ends one"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("disclosures", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sensitive", sa.String(length=40), nullable=False, server_default=""))
    with op.batch_alter_table("consent_versions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("next_end", sa.BigInteger(), nullable=True))
        batch_op.alter_column("person", existing_type=sa.String(length=26), nullable=True)
    # Consents were signed in another shape before, and cannot be read as these are: what was shared under them ends.
    op.execute("UPDATE disclosures SET state = 'destroyed', server_half = NULL, code = 'consent_superseded'")
    for table in ("consent_threads", "consent_versions", "consents"):
        op.execute(f"DELETE FROM {table}")  # noqa: S608 names from the line above


def downgrade() -> None:
    with op.batch_alter_table("consent_versions", schema=None) as batch_op:
        batch_op.alter_column("person", existing_type=sa.String(length=26), nullable=False)
        batch_op.drop_column("next_end")
    with op.batch_alter_table("disclosures", schema=None) as batch_op:
        batch_op.drop_column("sensitive")
