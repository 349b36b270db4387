"""Draws the stand-in radiograph that the demonstration offers: a forearm of nobody, without a mark or a letter.

python tests/browser/make_sample.py client_web/public/sample-xray.jpg
"""

from __future__ import annotations

import random
import sys
from itertools import pairwise
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFilter

WIDTH, HEIGHT = 900, 1300
Point = tuple[float, float]
Row = tuple[float, float, float]

# Edges from top to bottom: y, left, right.
FLESH: list[Row] = [
    (-20, 225, 650), (180, 262, 628), (330, 268, 622), (560, 232, 668), (900, 190, 715), (1320, 150, 752),
]  # fmt: skip
MUSCLE: list[Row] = [(-20, 300, 580), (330, 320, 575), (700, 285, 625), (1320, 230, 690)]
RADIUS: list[Row] = [
    (282, 352, 440), (296, 328, 478), (345, 324, 480), (450, 338, 458),
    (560, 352, 438), (760, 332, 414), (1000, 336, 420), (1320, 352, 446),
]  # fmt: skip
ULNA: list[Row] = [
    (308, 528, 562), (320, 510, 576), (352, 502, 584), (430, 512, 570), (600, 522, 580),
    (860, 526, 596), (1320, 498, 592),
]  # fmt: skip
WRIST = [
    (372, 262, 44, 34), (440, 250, 40, 36), (505, 258, 38, 34), (560, 270, 30, 30),
    (352, 196, 38, 32), (412, 184, 32, 32), (470, 176, 36, 40), (532, 190, 38, 34),
]  # fmt: skip


def outline(edges: list[Row]) -> list[Point]:
    """A closed shape from rows of (y, left, right); between the rows the edge eases in and out."""
    dense: list[Row] = []
    for (y0, l0, r0), (y1, l1, r1) in pairwise(edges):
        for step in range(24):
            t = step / 24
            ease = t * t * (3 - 2 * t)
            dense.append((y0 + (y1 - y0) * t, l0 + (l1 - l0) * ease, r0 + (r1 - r0) * ease))
    dense.append(edges[-1])
    return [(left, y) for y, left, _ in dense] + [(right, y) for y, _, right in reversed(dense)]


def layer(shape: list[Point], grey: int, blur: float) -> Image.Image:
    """One tissue: its shadow on black, softened at the edge."""
    picture = Image.new("L", (WIDTH, HEIGHT), 0)
    ImageDraw.Draw(picture).polygon(shape, fill=grey)
    return picture.filter(ImageFilter.GaussianBlur(blur))


def shifted(shape: list[Point], by: float, centre: float) -> list[Point]:
    """The shape drawn narrower by `by` about a vertical line, for the marrow inside the cortex."""
    return [(x + (by if x < centre else -by), y) for x, y in shape]


def bone(edges: list[Row], wall: float) -> Image.Image:
    """Bright cortex, darker marrow, as a tube looks from the side."""
    shape = outline(edges)
    centre = sum(left + right for _, left, right in edges) / (2 * len(edges))
    cortex = layer(shape, 118, 2.2)
    marrow = layer(shifted(shape, wall, centre), 46, 6)
    return ImageChops.subtract(cortex, marrow)


def grain(seed: int) -> Image.Image:
    """Quantum mottle: noise that is the same every time the script runs."""
    noise = random.Random(seed).randbytes(WIDTH * HEIGHT)
    return Image.frombytes("L", (WIDTH, HEIGHT), noise).filter(ImageFilter.GaussianBlur(1.4))


def carpals(picture: Image.Image) -> Image.Image:
    """The small bones of the wrist, and the beginnings of the hand."""
    for x, y, rx, ry in WRIST:
        ring = Image.new("L", (WIDTH, HEIGHT), 0)
        ImageDraw.Draw(ring).ellipse((x - rx, y - ry, x + rx, y + ry), fill=92)
        inner = Image.new("L", (WIDTH, HEIGHT), 0)
        ImageDraw.Draw(inner).ellipse((x - rx + 8, y - ry + 8, x + rx - 8, y + ry - 8), fill=30)
        edge = ring.filter(ImageFilter.GaussianBlur(2.5))
        picture = ImageChops.add(picture, ImageChops.subtract(edge, inner.filter(ImageFilter.GaussianBlur(7))))
    for x, lean in [(330, -50), (402, -22), (470, 0), (540, 26)]:
        shaft: list[Row] = [(-10, x - 26 + lean, x + 26 + lean), (70, x - 20 + lean / 2, x + 20 + lean / 2)]
        picture = ImageChops.add(picture, bone([*shaft, (136, x - 31, x + 29), (152, x - 16, x + 14)], 9))
    return picture


def fracture(picture: Image.Image) -> Image.Image:
    """A fine dark line across the far radius: what the case is about."""
    line = Image.new("L", (WIDTH, HEIGHT), 0)
    path = [(338, 452), (356, 446), (372, 455), (391, 445), (410, 452), (432, 441), (452, 446)]
    ImageDraw.Draw(line).line(path, fill=62, width=5)
    return ImageChops.subtract(picture, line.filter(ImageFilter.GaussianBlur(1.8)))


def draw() -> Image.Image:
    """Air, flesh, bones, mottle; then the uneven light of the tube."""
    flesh, muscle = layer(outline(FLESH), 58, 16), layer(outline(MUSCLE), 16, 40)
    radius, ulna = bone(RADIUS, 20), bone(ULNA, 17)
    picture = ImageChops.add(ImageChops.add(flesh, muscle), ImageChops.add(radius, ulna))
    picture = fracture(carpals(picture))
    light = Image.linear_gradient("L").resize((WIDTH, HEIGHT)).point([235 + i // 13 for i in range(256)])
    picture = ImageChops.multiply(picture, light)
    mottle = grain(7).point([i // 5 for i in range(256)])
    return ImageChops.add(picture, mottle, 1, -18).filter(ImageFilter.GaussianBlur(0.6))


if __name__ == "__main__":
    target = Path(sys.argv[1])
    draw().save(target, "JPEG", quality=86, optimize=True)
    print(target, target.stat().st_size, "bytes")
