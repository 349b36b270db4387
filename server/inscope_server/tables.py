"""All tables in one place for migrations: importing the features fills `metadata`."""

from .accounts import tables as _accounts
from .audit import store as _audit
from .consent import store as _consent
from .database import metadata
from .directory import store as _directory
from .filing import store as _filing
from .images import store as _images
from .notifications import store as _notifications
from .patients import store as _patients
from .reviews import store as _reviews
from .threads import store as _threads

FEATURES = (_accounts, _audit, _consent, _directory, _filing, _images, _notifications, _patients, _reviews, _threads)

__all__ = ["FEATURES", "metadata"]
