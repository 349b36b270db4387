"""answers are looked for by their consent: a patient takes back what is not recorded yet"""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_patient_questions_consent", "patient_questions", ["consent"])


def downgrade() -> None:
    op.drop_index("ix_patient_questions_consent", table_name="patient_questions")
