"""Photographs as cameras, editors and attackers make them: every kind of metadata with a canary in it, and polyglots.

Each maker returns a whole file. Every canary begins with CANARY, so that one search finds them all.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

CANARY = "CANARY7Q"
TAKEN, OFFSET, TAKEN_UTC_MS = "2025:03:09 14:05:06", "+05:30", 1_741_509_306_000
COLOURS = {
    "top left": (220, 20, 20),
    "top right": (20, 200, 20),
    "bottom left": (20, 20, 220),
    "bottom right": (220, 220, 20),
}
WIDTH, HEIGHT = 96, 64
SAVED = {"JPEG": {"quality": 95, "subsampling": 0}, "PNG": {}, "WEBP": {"lossless": True}}

# How an upright picture is stored under each EXIF orientation: the inverse of what a viewer does.
STORED = {
    1: None, 2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE, 8: Image.Transpose.ROTATE_270,
}  # fmt: skip


def canary(place: str) -> str:
    return f"{CANARY}-{place}"


def upright() -> Image.Image:
    """Four corners, four colours."""
    picture = Image.new("RGB", (WIDTH, HEIGHT))
    half = (WIDTH // 2, HEIGHT // 2)
    for (x, y), colour in zip([(0, 0), (half[0], 0), (0, half[1]), half], COLOURS.values(), strict=True):
        picture.paste(colour, (x, y, x + half[0], y + half[1]))
    return picture


def turned(orientation: int, kind: str = "JPEG") -> bytes:
    """The upright picture as a camera stores it, with the orientation that makes it upright again."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    how = STORED[orientation]
    return saved(upright() if how is None else upright().transpose(how), kind, exif=exif.tobytes())


def saved(picture: Image.Image, kind: str = "JPEG", **more: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **SAVED[kind], **more)
    return out.getvalue()


def exif_block(with_moment: bool = True) -> bytes:
    """Camera, owner, serial number, place, maker note, comment, moment, and a thumbnail with a comment of its own."""
    exif = Image.Exif()
    exif[0x010E], exif[0x010F], exif[0x0110] = canary("description"), canary("make"), canary("model")
    exif[0x013B], exif[0x8298], exif[0x0131] = canary("artist"), canary("copyright"), canary("software")
    camera = exif.get_ifd(0x8769)
    camera[0x927C] = b"MAKER\0" + canary("maker-note").encode()
    camera[0x9286] = b"UNICODE\0" + canary("user-comment").encode("utf-16-le")
    camera[0xA430], camera[0xA431] = canary("owner"), canary("serial")
    if with_moment:
        camera[0x9003], camera[0x9011] = TAKEN, OFFSET
    place = exif.get_ifd(0x8825)
    place[1], place[2], place[3], place[4] = "S", (33.0, 51.0, 31.4159), "E", (151.0, 12.0, 27.1828)
    place[0x1B] = b"ASCII\0\0\0" + canary("gps-method").encode()
    return with_thumbnail(exif.tobytes(), saved(upright().resize((16, 12)), comment=canary("thumbnail").encode()))


def with_thumbnail(exif: bytes, thumbnail: bytes) -> bytes:
    """A second directory after the first (Exif IFD1) that points at a JPEG of its own."""
    tiff = bytearray(exif.removeprefix(b"Exif\0\0"))
    order = "<" if tiff[:2] == b"II" else ">"
    (first,) = struct.unpack_from(f"{order}I", tiff, 4)
    (count,) = struct.unpack_from(f"{order}H", tiff, first)
    struct.pack_into(f"{order}I", tiff, first + 2 + 12 * count, len(tiff))
    data = len(tiff) + 2 + 12 * 3 + 4
    entries = [(0x0103, 3, 1, 6 if order == "<" else 6 << 16), (0x0201, 4, 1, data), (0x0202, 4, 1, len(thumbnail))]
    tiff += struct.pack(f"{order}H", 3) + b"".join(struct.pack(f"{order}HHII", *entry) for entry in entries)
    return b"Exif\0\0" + bytes(tiff) + bytes(4) + thumbnail


def colour_profile() -> bytes:
    """sRGB, described by a canary: a profile's description can name a camera, or a person."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    named = canary("icc").ljust(13)[:13]
    assert "sRGB built-in".encode("utf-16-be") in profile
    return profile.replace("sRGB built-in".encode("utf-16-be"), named.encode("utf-16-be"))


def xmp() -> bytes:
    return f"<x:xmpmeta xmlns:x='adobe:ns:meta/'><a>{canary('xmp')}</a></x:xmpmeta>".encode()


def segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def iptc() -> bytes:
    record = b"\x1c\x02\x78" + struct.pack(">H", len(canary("iptc"))) + canary("iptc").encode()
    block = b"8BIM\x04\x04\0\0" + struct.pack(">I", len(record)) + record + b"\0" * (len(record) % 2)
    return segment(0xED, b"Photoshop 3.0\0" + block)


def jpeg(**more: object) -> bytes:
    """Everything at once, a second picture after the first as phones append it, and trailing bytes."""
    whole = saved(
        upright(), exif=exif_block(), icc_profile=colour_profile(), comment=canary("comment").encode(), **more
    )
    extras = segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + xmp()) + iptc() + segment(0xEF, canary("app15").encode())
    second = saved(upright(), comment=canary("second-picture").encode())
    return whole[:2] + extras + whole[2:] + second + canary("trailing").encode()


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png() -> bytes:
    info = PngInfo()
    info.add_text("Author", canary("tEXt"))
    info.add_text("Comment", canary("zTXt"), zip=True)
    info.add_itxt("Title", canary("iTXt"), lang="en", tkey=canary("iTXt-key"))
    info.add_itxt("XML:com.adobe.xmp", xmp().decode(), zip=True)
    whole = saved(upright(), "PNG", pnginfo=info, exif=exif_block(), icc_profile=colour_profile(), dpi=(301, 301))
    private = chunk(b"caNy", canary("private-chunk").encode()) + chunk(
        b"tIME", struct.pack(">HBBBBB", 2025, 3, 9, 14, 5, 6)
    )
    return whole[:33] + private + whole[33:] + canary("trailing").encode()


def webp() -> bytes:
    whole = saved(upright(), "WEBP", exif=exif_block(), xmp=xmp(), icc_profile=colour_profile())
    return whole + canary("trailing").encode()


def archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr(canary("name.txt"), canary("zipped"))
    return out.getvalue()


HTML = f"<!doctype html><script>document.title='{CANARY}-script'</script>".encode()


def polyglots() -> dict[str, bytes]:
    """Files that are a picture and something else at once."""
    picture = saved(upright())
    image = saved(upright(), "PNG")
    return {
        "JPEG and ZIP": picture + archive(),
        "JPEG and HTML, in a comment": picture[:2] + segment(0xFE, HTML) + picture[2:],
        "JPEG and HTML, behind": picture + HTML,
        "JPEG and script": picture[:2] + segment(0xE0, b"JFIF\0*/=1;/*" + CANARY.encode()) + picture[2:],
        "PNG and ZIP": image + archive(),
        "PNG and HTML, in a chunk": image[:33] + chunk(b"tEXt", b"a\0" + HTML) + image[33:],
        "PNG and PDF": image[:33]
        + chunk(b"teXt", b"%PDF-1.7 " + CANARY.encode())
        + image[33:]
        + b"%%EOF"
        + CANARY.encode(),
        "WebP and HTML": saved(upright(), "WEBP") + HTML,
    }


def moving(kind: str) -> bytes:
    """Two frames."""
    frames = [upright(), upright().transpose(Image.Transpose.ROTATE_180)]
    return saved(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)


def png_bomb(width: int, height: int) -> bytes:
    """A whole, valid PNG: black pixels by the square kilometre in a few kilobytes."""
    rows = zlib.compressobj(9)
    line, data = bytes(width // 8 + 2), b""
    for _ in range(height):
        data += rows.compress(line[: width // 8 + 1])
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data + rows.flush()) + chunk(b"IEND", b"")


def text_bomb() -> bytes:
    """A small picture with a text that would unpack to 512 MB."""
    packed = zlib.compressobj(9)
    data = b"".join(packed.compress(bytes(2**24)) for _ in range(32)) + packed.flush()
    image = saved(upright(), "PNG")
    return image[:33] + chunk(b"zTXt", b"Comment\0\0" + data) + image[33:]


def scan_bomb(side: int, scans: int) -> bytes:
    """A progressive JPEG whose last scan comes again and again: a decoder goes through all pixels each time."""
    whole = saved(Image.effect_noise((side, side), 60).convert("RGB").resize((side, side)), progressive=True)
    last = whole.rindex(b"\xff\xda")
    return whole[:-2] + whole[last:-2] * scans + b"\xff\xd9"
