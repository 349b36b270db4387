"""records gateways and what is filed through them; since when an image is in its thread, and by whose days"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

ID = sa.String(length=26)


def upgrade() -> None:
    op.create_table(
        "gateways",
        sa.Column("organisation", ID, nullable=False),
        sa.Column("gateway", ID, nullable=False),
        sa.Column("serial", sa.BigInteger(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("envelope", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation"], ["organisations.organisation"], name=op.f("fk_gateways_organisation_organisations")
        ),
        sa.PrimaryKeyConstraint("organisation", name=op.f("pk_gateways")),
        sa.UniqueConstraint("gateway", name=op.f("uq_gateways_gateway")),
    )
    op.create_table(
        "filings",
        *(
            sa.Column(name, ID, nullable=False)
            for name in ("filing", "organisation", "gateway", "thread", "disclosure")
        ),
        *(sa.Column(name, ID, nullable=False) for name in ("consent", "person", "device")),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=True),
        sa.Column("envelope", sa.Text(), nullable=False),
        sa.Column("statement_hash", sa.String(length=43), nullable=False),
        sa.Column("gateway_envelope", sa.Text(), nullable=False),
        sa.Column("receipt", sa.Text(), nullable=True),
        sa.Column("package", ID, nullable=True),
        sa.Column("begun_at", sa.BigInteger(), nullable=False),
        sa.Column("lapses_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("filing", name=op.f("pk_filings")),
    )
    op.create_index("ix_filings_gateway_state", "filings", ["gateway", "state"])
    op.create_index("ix_filings_disclosure", "filings", ["disclosure"])
    op.create_index("ix_filings_consent_state", "filings", ["consent", "state"])
    op.create_index("ix_filings_state_package", "filings", ["state", "package"])
    op.create_table(
        "filing_parts",
        sa.Column("filing", ID, nullable=False),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("filing", "part", name=op.f("pk_filing_parts")),
    )
    with op.batch_alter_table("disclosures") as batch:
        batch.add_column(sa.Column("organisation", ID, nullable=True))
        batch.add_column(sa.Column("attached_at", sa.BigInteger(), nullable=True))
        batch.create_index("ix_disclosures_state_attached", ["state", "attached_at"])
    # What is in threads already: by its sender's own organisation, since its message was stored.
    op.execute(
        "UPDATE disclosures SET "
        "organisation = (SELECT p.organisation FROM people p WHERE p.person = disclosures.person), "
        "attached_at = (SELECT e.at FROM entries e WHERE e.thread = disclosures.thread "
        "AND e.message = disclosures.message) WHERE message IS NOT NULL"
    )


def downgrade() -> None:
    with op.batch_alter_table("disclosures") as batch:
        batch.drop_index("ix_disclosures_state_attached")
        batch.drop_column("attached_at")
        batch.drop_column("organisation")
    for table in ("filing_parts", "filings", "gateways"):
        op.drop_table(table)
