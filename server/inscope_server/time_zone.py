"""The place's clock, as settings name it."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from .config import ConfigError


def zone_of(name: str) -> ZoneInfo:
    """`name` as in the IANA data. Raises ConfigError for what is in no list of time zones."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ConfigError(f"time_zone: {name} is in no list of time zones", 'such as "Australia/Sydney"') from error
