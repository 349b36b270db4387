"""no key is two devices' (SPEC S4.3): which key is whose, where the database can refuse a second"""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None
BATCH = 500


def upgrade() -> None:
    """Of several that have one key already, it counts as the first one's: of those that were invited, if there is one.
    A process of the release before, which may still run meanwhile, notes none.
    """
    op.add_column("devices", sa.Column("device_key", sa.String(length=43), nullable=True))
    _note_keys(op.get_bind())
    op.create_index("ix_devices_device_key", "devices", ["device_key"], unique=True)


def _note_keys(connection: sa.Connection) -> None:
    rows = connection.execute(sa.text("SELECT device, payload FROM devices ORDER BY added_by IS NOT NULL, device"))
    firsts: dict[str, str] = {}
    for device, payload in rows:
        firsts.setdefault(json.loads(bytes(payload))["device_key"], device)
    noted: list[dict[str, Any]] = [{"key": key, "of": device} for key, device in firsts.items()]
    for start in range(0, len(noted), BATCH):
        connection.execute(
            sa.text("UPDATE devices SET device_key = :key WHERE device = :of"), noted[start : start + BATCH]
        )


def downgrade() -> None:
    op.drop_index("ix_devices_device_key", "devices")
    op.drop_column("devices", "device_key")
