"""Chromium, as Debian has it. Screens are looked at in the build without windows: the same engine at half the time."""

from __future__ import annotations

import shutil

WHOLE = shutil.which("chromium") or "/usr/bin/chromium"
"""What people have: for tests of cameras, and of what it leaves on the disk."""

HEADLESS = shutil.which("chromium-headless-shell") or WHOLE
