"""`make recognition PICTURES=folder`: how often an image that was seen is recognised, and how often another is not.

Each folder in PICTURES is a set of different pictures of one kind, such as hands. Of every picture the hash is kept, as
after opening it (SPEC S13.2), and every one is compared with all others of its set. The first COUNT of each set are
then made anew in each of the ways below, as somebody would have them who attaches them as "new". Times are of the
process's own work. Nothing of the pictures is kept.
"""

from __future__ import annotations

import json
import math
import random
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFont, ImageOps

CLIENT = Path(__file__).resolve().parents[2] / "client_web"
LONGEST = 1024
"""As the client's `greyPixels` hands a picture over."""

Picture = Image.Image


def scaled(picture: Picture, by: float) -> Picture:
    return picture.resize(
        (max(1, round(picture.width * by)), max(1, round(picture.height * by))), Image.Resampling.LANCZOS
    )


def within(picture: Picture, width: int, height: int) -> Picture:
    return scaled(picture, min(width / picture.width, height / picture.height))


def jpeg(picture: Picture, quality: int) -> Picture:
    out = BytesIO()
    picture.save(out, "JPEG", quality=quality)
    return Image.open(BytesIO(out.getvalue())).convert("RGB")


def cropped(picture: Picture, share: float, at: tuple[float, float]) -> Picture:
    width, height = round(picture.width * share), round(picture.height * share)
    left, top = round((picture.width - width) * at[0]), round((picture.height - height) * at[1])
    return picture.crop((left, top, left + width, top + height))


@cache
def mark(width: int, height: int) -> tuple[Picture, Picture]:
    """The words and their edges, as far as they cover a canvas of that size."""
    long, words, font = (
        round(math.hypot(width, height)),
        "Dr Sample Person · 1 May 2026, 10:00",
        ImageFont.load_default(15),
    )
    layer, edge = Image.new("L", (long, long)), Image.new("L", (long, long))
    stride = round(ImageDraw.Draw(layer).textlength(words, font) + 70)
    for row, y in enumerate(range(0, long, 110)):
        for x in range(-(row % 2) * stride // 2, long, stride):
            ImageDraw.Draw(edge).text((x, y), words, 71, font, stroke_width=1, stroke_fill=71)
            ImageDraw.Draw(layer).text((x, y), words, 76, font)
    left, top = (long - width) // 2, (long - height) // 2
    turned_layer, turned_edge = (
        one.rotate(180 / 7).crop((left, top, left + width, top + height)) for one in (layer, edge)
    )
    return turned_layer, turned_edge


def marked(picture: Picture) -> Picture:
    """The viewer's name across it, as the client's `image_canvas` draws it."""
    layer, edge = mark(*picture.size)
    under = Image.composite(Image.new("RGB", picture.size), picture, edge)
    return Image.composite(Image.new("RGB", picture.size, "white"), under, layer)


def screenshot(picture: Picture, width: int, height: int) -> Picture:
    """The viewer: its bars above and below, the picture on black between them, the name across."""
    screen = Image.new("RGB", (width, height), (17, 23, 22))
    stage = Image.new("RGB", (width, height - 120))
    inner = within(picture, *stage.size)
    stage.paste(inner, ((stage.width - inner.width) // 2, (stage.height - inner.height) // 2))
    screen.paste(marked(stage), (0, 62))
    draw = ImageDraw.Draw(screen)
    draw.text((14, 8), "Radiograph, forearm, left", "white", ImageFont.load_default(17))
    draw.text((14, 34), "Mr Test Patient · taken 1 May 2026, 10:00", "white", ImageFont.load_default(14))
    for n, words in enumerate(("Close", "-", "100%", "+")):
        left = width - 110 if n == 0 else width // 2 - 110 + 60 * n
        top = 10 if n == 0 else height - 50
        draw.rounded_rectangle(
            (left, top, left + 90 if n == 0 else left + 44, top + 40), 8, (29, 40, 38), (114, 130, 126)
        )
        draw.text((left + 14, top + 10), words, "white", ImageFont.load_default(15))
    return screen


def barred(picture: Picture) -> Picture:
    return ImageOps.expand(picture, (round(picture.width * 0.35), round(picture.height * 0.1)))


def photographed(picture: Picture, seed: int) -> Picture:
    """A screenshot, photographed from a screen: in perspective, with the screen's grid and the sensor's noise."""
    screen = screenshot(picture, 1280, 800)
    width, height = screen.size
    draw = random.Random(seed)
    off = [draw.uniform(0, 0.07) for _ in range(8)]
    quad = (
        -off[0] * width,
        -off[1] * height,
        -off[2] * width,
        (1 + off[3]) * height,
        (1 + off[4]) * width,
        (1 + off[5]) * height,
        (1 + off[6]) * width,
        -off[7] * height,
    )
    seen = screen.transform(screen.size, Image.Transform.QUAD, quad, Image.Resampling.BICUBIC, fillcolor=(60, 55, 50))
    grid = Image.new("L", screen.size, 255)
    for x in range(0, 2 * width, 5):
        ImageDraw.Draw(grid).line((x, 0, x - 120, height), 215)
    seen = ImageChops.multiply(seen, Image.merge("RGB", (grid, grid.transpose(Image.Transpose.FLIP_LEFT_RIGHT), grid)))
    noise = Image.effect_noise(screen.size, 24)
    seen = Image.blend(seen, Image.merge("RGB", (noise, noise, noise)), 0.18)
    return jpeg(ImageEnhance.Brightness(seen).enhance(1.15), 80)


def turned(picture: Picture, degrees: float) -> Picture:
    return picture.rotate(degrees, Image.Resampling.BICUBIC, expand=True)


WAYS: dict[str, Callable[[Picture, int], Picture]] = {
    "the same file": lambda p, _: p,
    "resized to 40 %": lambda p, _: scaled(p, 0.4),
    "JPEG, quality 40": lambda p, _: jpeg(p, 40),
    "brighter, less contrast": lambda p, _: ImageEnhance.Contrast(ImageEnhance.Brightness(p).enhance(1.3)).enhance(0.7),
    "darker, more contrast": lambda p, _: ImageEnhance.Contrast(ImageEnhance.Brightness(p).enhance(0.8)).enhance(1.4),
    "turned by 2°": lambda p, _: turned(p, 2),
    "turned by 5°": lambda p, _: turned(p, -5),
    "turned by 90°": lambda p, _: turned(p, 90),
    "mirrored": lambda p, _: ImageOps.mirror(p),
    "black bars": lambda p, _: barred(p),
    "the viewer's name across": lambda p, _: marked(within(p, 1280, 680)),
    "cropped to 80 %": lambda p, n: cropped(p, 0.8, (0.2, 0.8) if n % 2 else (0.7, 0.3)),
    "cropped to 50 %": lambda p, n: cropped(p, 0.5, (0.35, 0.6) if n % 2 else (0.6, 0.4)),
    "screenshot, desktop": lambda p, _: jpeg(screenshot(p, 1280, 800), 85),
    "screenshot, phone": lambda p, _: screenshot(p, 390, 844),
    "screenshot, phone, cropped": lambda p, _: cropped(jpeg(screenshot(p, 780, 1688), 70), 0.6, (0.5, 0.45)),
    "screen photographed": photographed,
}
SAME = next(iter(WAYS.items()))


class Recogniser:
    """The client's own recognition, as a filter."""

    def __init__(self, folder: Path) -> None:
        self.raw = folder / "grey"
        command = ["node", str(CLIENT / "dist-node" / "recognition.js")]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, picture: Picture, **what: Any) -> dict[str, Any]:
        assert self.process.stdin is not None and self.process.stdout is not None
        grey = picture.convert("L")
        grey.thumbnail((LONGEST, LONGEST), Image.Resampling.BICUBIC)
        self.raw.write_bytes(grey.tobytes())
        line = {**what, "file": str(self.raw), "width": grey.width, "height": grey.height}
        self.process.stdin.write(json.dumps(line) + "\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer

    def end(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


@dataclass
class Figures:
    """Of one set. `hits` by way; `false`: pairs of different pictures that were taken for one, with how much agreed."""

    pictures: int = 0
    hits: dict[str, list[bool]] = field(default_factory=dict)
    pairs: int = 0
    false: list[tuple[float, str, str]] = field(default_factory=list)
    closest: float = 0.0
    hashed: list[float] = field(default_factory=list)
    compared: list[float] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)


def pictures_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in {".png", ".jpg", ".jpeg", ".webp"})


def opened(path: Path) -> Picture:
    return ImageOps.exif_transpose(Image.open(path)).convert("RGB")


def measured(folder: Path, count: int) -> Figures:
    figures, paths = Figures(), pictures_in(folder)
    with tempfile.TemporaryDirectory() as name:
        recogniser = Recogniser(Path(name))
        remembered = [recogniser.ask(opened(path), remember=path.name) for path in paths]
        enough = remembered[0]["enough"]
        figures.pictures, figures.sizes = len(paths), [one["bytes"] for one in remembered]
        for number, path in enumerate(paths):
            for way, make in WAYS.items() if number < count else [SAME]:
                only = {} if way == SAME[0] else {"only": [path.name]}
                answer = recogniser.ask(make(opened(path), number), compare=path.name, **only)
                found = answer["found"]
                figures.hits.setdefault(way, []).append(found.pop(path.name) >= enough)
                figures.hashed.append(answer["hashed"])
                if found:
                    figures.compared.append(answer["compared"] / (len(found) + 1))
                    figures.pairs += len(found)
                    figures.closest = max(figures.closest, *found.values())
                    figures.false += [(much, path.name, other) for other, much in found.items() if much >= enough]
        recogniser.end()
    return figures


def report(sets: dict[str, Figures]) -> None:
    print(f"| recognised, % | {' | '.join(sets)} |\n|---|{'---|' * len(sets)}")
    for way in WAYS:
        shares = [
            f"{100 * sum(hits) / len(hits):.0f} of {len(hits)}" for hits in (one.hits[way] for one in sets.values())
        ]
        print(f"| {way} | {' | '.join(shares)} |")
    print(f"\n| | {' | '.join(sets)} |\n|---|{'---|' * len(sets)}")
    for words, of in (
        ("pictures", lambda one: f"{one.pictures}"),
        ("pairs of different pictures", lambda one: f"{one.pairs:,}"),
        ("of which taken for one", lambda one: f"{len(one.false)} ({100 * len(one.false) / one.pairs:.3f} %)"),
        ("the closest pair agreed by", lambda one: f"{one.closest:.1f}"),
        ("a hash to compare by, ms", lambda one: f"{statistics.median(one.hashed):.0f}"),
        ("one comparison, ms", lambda one: f"{statistics.median(one.compared):.1f}"),
        ("a remembered hash, bytes", lambda one: f"{statistics.median(one.sizes):,.0f}"),
    ):
        print(f"| {words} | {' | '.join(of(one) for one in sets.values())} |")
    for name, one in sets.items():
        for much, first, second in sorted(one.false, reverse=True):
            print(f"{name}: {first} was taken for {second} ({much:.1f})")


def main() -> None:
    folder, count = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else sys.maxsize
    inside = [path for path in sorted(folder.iterdir()) if path.is_dir()] or [folder]
    report({path.name: measured(path, count) for path in inside if len(pictures_in(path)) > 1})


if __name__ == "__main__":
    main()
