"""What notifications answer over HTTP (API.md, "Notifications")."""

from __future__ import annotations

from inscope_protocol.types import ThreadKind

from ..web.described import Told


class Subscribed(Told, frozen=True):
    """`key`: for `applicationServerKey`, null where this server calls no push service; `kinds`: null without one."""

    key: str | None
    kinds: list[ThreadKind] | None
