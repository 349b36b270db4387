"""the sweeper finds the consents that end by an index, and superseded versions end nothing"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_consent_versions_next_end", "consent_versions", ["next_end"])
    op.execute(
        "UPDATE consent_versions SET next_end = NULL WHERE version < "
        "(SELECT version FROM consents WHERE consents.consent = consent_versions.consent)"
    )


def downgrade() -> None:
    op.drop_index("ix_consent_versions_next_end", "consent_versions")
