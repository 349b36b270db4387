"""Looking for what must not be left behind: in every file of a browser's profile, and in the memory of a page."""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.async_api import CDPSession, Page

Needles = Mapping[str, bytes]
"""What is looked for, by what it is called in a failure. 16 bytes at least: nothing is met by chance."""

SMALL, WASM_PAGE = 4096, 65_536
RUN = 10
"""Pixels in a row; noise, so that no other picture has them."""


def of_text(name: str, text: str) -> dict[str, bytes]:
    return {f"{name}, UTF-8": text.encode(), f"{name}, UTF-16": text.encode("utf-16-le")}


def of_bytes(name: str, content: bytes, length: int = 32) -> dict[str, bytes]:
    """Three stretches out of a file's inside, and each as base64 at whichever of its three offsets."""
    found = {}
    for place in (1, 2, 3):
        at = len(content) * place // 4
        piece = content[at : at + length]
        found[f"{name} at {at}"] = piece
        for skip in range(3):
            found[f"{name} at {at}, base64 {skip}"] = base64.b64encode(piece[skip : skip + 27]).rstrip(b"=")
    return found


def of_pixels(name: str, picture: Image.Image) -> dict[str, bytes]:
    """Stretches of two rows, in the layouts in which memory and caches hold pixels."""
    found = {}
    for y in (picture.height // 3, picture.height // 2):
        row = [picture.getpixel((picture.width // 4 + x, y)) for x in range(RUN)]
        for layout in ("RGBA", "BGRA", "RGB", "BGR"):
            pixels = bytes(dict(zip("RGBA", (*each, 255), strict=True))[band] for each in row for band in layout)
            found[f"{name}, row {y}, {layout}"] = pixels
    return found


def files(profile: Path) -> Iterator[Path]:
    return (path for path in profile.rglob("*") if path.is_file() and not path.is_symlink())


def carve(profile: Path, needles: Needles) -> set[str]:
    """The names of those that some file of the profile holds, or its path."""
    found = set()
    for path in files(profile):
        held = path.read_bytes() + b"\n" + str(path).encode()
        found |= {name for name, needle in needles.items() if needle in held}
    return found


async def snapshot(session: CDPSession) -> dict[str, Any]:
    """V8's heap once all garbage is collected, as DevTools saves it."""
    pieces: list[str] = []
    session.on("HeapProfiler.addHeapSnapshotChunk", lambda event: pieces.append(event["chunk"]))
    await session.send("HeapProfiler.enable")
    for _ in range(2):
        await session.send("HeapProfiler.collectGarbage")
    await session.send("HeapProfiler.takeHeapSnapshot", {"reportProgress": False})
    heap: dict[str, Any] = json.loads("".join(pieces))
    return heap


def strings_in(heap: dict[str, Any], needles: Needles) -> set[str]:
    """Those that a string of the page's scripts or of its document holds."""
    held = "\n".join(heap["strings"]).encode("utf-8", "surrogatepass")
    return {name for name, needle in needles.items() if needle in held}


def buffers_in(heap: dict[str, Any]) -> Counter[int]:
    """Living buffers by size in bytes, but for small ones and WebAssembly's memory. Contents are not given out."""
    fields = heap["snapshot"]["meta"]["node_fields"]
    nodes, strings, width = heap["nodes"], heap["strings"], len(fields)
    name, size = fields.index("name"), fields.index("self_size")
    places = range(0, len(nodes), width)
    sizes = Counter(nodes[at + size] for at in places if strings[nodes[at + name]].endswith("JSArrayBufferData"))
    return Counter({size: n for size, n in sizes.items() if size >= SMALL and size % WASM_PAGE != 0})


async def in_memory(page: Page, needles: Needles) -> tuple[set[str], Counter[int]]:
    """The needles that strings hold, and what buffers there are."""
    session = await page.context.new_cdp_session(page)
    heap = await snapshot(session)
    await session.detach()
    return strings_in(heap, needles), buffers_in(heap)
