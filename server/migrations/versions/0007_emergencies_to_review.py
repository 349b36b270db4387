"""emergencies wait for their organisation's privacy officer; those recorded before, for the recorder's own one"""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

BATCH = 500
VERSIONS = sa.text(
    "SELECT v.consent, v.version, v.person, v.recorded_at, v.payload, p.organisation FROM consent_versions v "
    "JOIN people p ON p.person = v.person WHERE v.consent > :after AND v.consent IN "
    "(SELECT consent FROM consents WHERE consent > :after ORDER BY consent LIMIT :most) "
    "ORDER BY v.consent, v.version"
)
INSERT = sa.text(
    "INSERT INTO emergencies (organisation, consent, version, person, recorded_at, open) "
    "VALUES (:organisation, :consent, :version, :person, :recorded_at, :open)"
)


def upgrade() -> None:
    op.create_table(
        "emergencies",
        sa.Column("organisation", sa.String(length=26), nullable=False),
        sa.Column("consent", sa.String(length=26), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(length=26), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("organisation", "consent", name=op.f("pk_emergencies")),
    )
    op.create_index("ix_emergencies_organisation", "emergencies", ["organisation", "open", "recorded_at", "consent"])
    op.create_table(
        "emergency_reviews",
        sa.Column("organisation", sa.String(length=26), nullable=False),
        sa.Column("consent", sa.String(length=26), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("person", sa.String(length=26), nullable=False),
        sa.Column("device", sa.String(length=26), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.PrimaryKeyConstraint("organisation", "consent", "version", name=op.f("pk_emergency_reviews")),
    )
    op.create_index("ix_emergency_reviews_consent", "emergency_reviews", ["consent"])
    _list_what_was_recorded()


def _list_what_was_recorded() -> None:
    """Who attested the recorder then is not known any more; their own organisation is."""
    connection, after = op.get_bind(), ""
    while rows := connection.execute(VERSIONS, {"after": after, "most": BATCH}).all():
        newest = {(row.organisation, row.consent): row for row in rows if _is_emergency(row)}
        if newest:
            connection.execute(INSERT, [_listed(row) for row in newest.values()])
        after = rows[-1].consent


def _is_emergency(row: Any) -> bool:
    scope = json.loads(row.payload)
    return bool(scope["basis"] == "emergency" and scope["decision"] == "given")


def _listed(row: Any) -> dict[str, Any]:
    names = ("organisation", "consent", "version", "person", "recorded_at")
    return {**{name: getattr(row, name) for name in names}, "open": True}


def downgrade() -> None:
    op.drop_table("emergency_reviews")
    op.drop_table("emergencies")
