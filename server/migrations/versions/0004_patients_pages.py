"""questions to patients, links to look back, and the visits that they open"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "patient_questions",
        sa.Column("request", sa.String(length=26), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("consent", sa.String(length=26), nullable=False),
        sa.Column("previous", sa.String(length=43), nullable=True),
        sa.Column("person", sa.String(length=26), nullable=False),
        sa.Column("device", sa.String(length=26), nullable=False),
        sa.Column("organisation", sa.String(length=26), nullable=False),
        sa.Column("question", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("answer_hash", sa.String(length=43), nullable=True),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("request", name=op.f("pk_patient_questions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_patient_questions_token_hash")),
    )
    op.create_index("ix_patient_questions_answer_hash", "patient_questions", ["answer_hash"])
    op.create_table(
        "patient_links",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("consent", sa.String(length=26), nullable=False),
        sa.Column("organisation", sa.String(length=26), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_patient_links")),
    )
    op.create_index("ix_patient_links_consent", "patient_links", ["consent"])
    op.create_table(
        "patient_visits",
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("of", sa.LargeBinary(), nullable=False),
        sa.Column("proven", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("secret_hash", name=op.f("pk_patient_visits")),
    )
    op.create_index("ix_patient_visits_expires_at", "patient_visits", ["expires_at"])


def downgrade() -> None:
    op.drop_table("patient_visits")
    op.drop_table("patient_links")
    op.drop_table("patient_questions")
