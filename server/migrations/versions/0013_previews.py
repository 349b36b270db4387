"""a picture may have a preview: a disclosure of its own that never differs from it in state"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("disclosures", sa.Column("preview_of", sa.String(length=26), nullable=True))
    op.create_index("ix_disclosures_preview_of", "disclosures", ["preview_of"], unique=True)


def downgrade() -> None:
    op.drop_index("ix_disclosures_preview_of", table_name="disclosures")
    op.drop_column("disclosures", "preview_of")
