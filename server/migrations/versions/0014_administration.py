"""an administrator looks at their people, what runs out, when a device last signed in, and what was denied"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

UNSETTLED = sa.text("settled_at IS NULL")
DENIED = sa.text("outcome = 'deny'")


def upgrade() -> None:
    """Of earlier sign-ins nobody knows the day."""
    op.add_column("devices", sa.Column("signed_in_on", sa.String(length=10), nullable=True))
    op.create_index("ix_people_organisation", "people", ["organisation", "folded_name", "person"])
    op.create_index("ix_attestations_valid_until", "attestations", ["organisation", "valid_until", "person"])
    op.create_index(
        "ix_enrolments_unsettled",
        "enrolments",
        ["organisation", "device"],
        sqlite_where=UNSETTLED,
        postgresql_where=UNSETTLED,
    )
    op.create_index("ix_audit_denials", "audit_entries", ["at", "seq"], sqlite_where=DENIED, postgresql_where=DENIED)


def downgrade() -> None:
    op.drop_index("ix_audit_denials", table_name="audit_entries")
    op.drop_index("ix_enrolments_unsettled", table_name="enrolments")
    op.drop_index("ix_attestations_valid_until", table_name="attestations")
    op.drop_index("ix_people_organisation", table_name="people")
    op.drop_column("devices", "signed_in_on")
