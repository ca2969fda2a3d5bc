"""Pictures, sounds and films for tests: every format and oddity, each made here."""

import io
import struct
import zlib
from collections.abc import Callable

from PIL import Image, ImageCms, ImageDraw, PngImagePlugin

GPS = (52.0, 31.0, 12.345)
SECRETS = (b"secretcam", b"Secret Person", b"52.5163", b"GPSLatitude")
"""Words of which none may leave the machine."""


def photo(size: tuple[int, int] = (120, 80), mode: str = "RGB") -> Image.Image:
    """Return a picture whose corners differ: red, green, blue and white from top left, row by row."""
    picture = Image.new("RGB", size, (128, 128, 128))
    draw = ImageDraw.Draw(picture)
    w, h = size[0] // 3 or 1, size[1] // 3 or 1
    for at, colour in (
        ((0, 0), (255, 0, 0)),
        ((size[0] - w, 0), (0, 255, 0)),
        ((0, size[1] - h), (0, 0, 255)),
        ((size[0] - w, size[1] - h), (255, 255, 255)),
    ):
        draw.rectangle((*at, at[0] + w, at[1] + h), fill=colour)
    return picture.convert(mode) if mode != "RGB" else picture


def noted(orientation: int = 1) -> Image.Exif:
    """Return what a phone notes: a place, a person, a camera, and how it was held."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "secretcam"
    exif[0x013B] = "Secret Person"
    place = exif.get_ifd(0x8825)
    place[1], place[2] = "N", GPS
    return exif


def resized(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Return a picture in another size."""
    return picture.resize(size)  # pyright: ignore[reportUnknownMemberType]  # numpy's types are not here


def saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    """Return a picture as a file."""
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def _png_with_texts() -> bytes:
    info = PngImagePlugin.PngInfo()
    info.add_text("Author", "Secret Person")
    info.add_itxt("XML:com.adobe.xmp", "<x>52.5163 GPSLatitude</x>", zip=False)
    info.add_text("Comment", "secretcam", zip=True)
    return saved(photo(), "PNG", pnginfo=info, exif=noted())


def _frames(kind: str) -> bytes:
    frames = [photo(), Image.new("RGB", (120, 80), "red"), Image.new("RGB", (120, 80), "blue")]
    return saved(frames[0], kind, save_all=True, append_images=frames[1:], duration=50)


def _motion_photo() -> bytes:
    """Return a photograph with a film, and what that notes, hung on behind."""
    return saved(photo(), "JPEG", exif=noted()) + mp4()


def _transparent() -> Image.Image:
    picture = photo(mode="RGBA")
    picture.putalpha(resized(Image.linear_gradient("L"), picture.size))
    return picture


def _wide_gamut() -> bytes:
    made = ImageCms.createProfile("LAB")  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  # untyped
    profile = ImageCms.ImageCmsProfile(made).tobytes()  # pyright: ignore[reportUnknownArgumentType]
    return saved(photo(), "JPEG", icc_profile=profile)


def _heic() -> bytes:
    import pillow_heif

    file = io.BytesIO()
    pillow_heif.from_pillow(photo()).save(file, exif=noted().tobytes())  # pyright: ignore[reportUnknownMemberType]  # untyped
    return file.getvalue()


CORPUS: dict[str, Callable[[], bytes]] = {
    "png": lambda: saved(photo(), "PNG"),
    "png with texts": _png_with_texts,
    "png palette": lambda: saved(photo(mode="P"), "PNG"),
    "png palette, one colour see-through": lambda: saved(photo(mode="P"), "PNG", transparency=0),
    "png one bit": lambda: saved(photo(mode="1"), "PNG"),
    "png grey": lambda: saved(photo(mode="L"), "PNG"),
    "png grey with alpha": lambda: saved(photo(mode="LA"), "PNG"),
    "png 16 bits": lambda: saved(photo(mode="I;16"), "PNG"),
    "png with alpha": lambda: saved(_transparent(), "PNG"),
    "apng": lambda: _frames("PNG"),
    "jpeg": lambda: saved(photo(), "JPEG", exif=noted(), comment=b"secretcam"),
    "jpeg progressive": lambda: saved(photo(), "JPEG", progressive=True, exif=noted()),
    "jpeg grey": lambda: saved(photo(mode="L"), "JPEG"),
    "jpeg cmyk": lambda: saved(photo(mode="CMYK"), "JPEG"),
    "jpeg motion photo": _motion_photo,
    "jpeg odd profile": _wide_gamut,
    "webp": lambda: saved(photo(), "WEBP", exif=noted()),
    "webp lossless": lambda: saved(_transparent(), "WEBP", lossless=True),
    "webp moving": lambda: _frames("WEBP"),
    "gif": lambda: saved(photo(mode="P"), "GIF"),
    "gif moving": lambda: _frames("GIF"),
    "bmp": lambda: saved(photo(), "BMP"),
    "tiff": lambda: saved(photo(), "TIFF", exif=noted()),
    "tiff deflate": lambda: saved(photo(), "TIFF", compression="tiff_deflate"),
    "tiff cmyk": lambda: saved(photo(mode="CMYK"), "TIFF"),
    "tiff floats": lambda: saved(photo(mode="L").convert("F"), "TIFF"),
    "tiff 16 bits": lambda: saved(photo(mode="I;16"), "TIFF"),
    "avif": lambda: saved(photo(), "AVIF", exif=noted()),
    "heic": _heic,
    "jp2": lambda: saved(photo(), "JPEG2000"),
    "one pixel": lambda: saved(photo((1, 1)), "PNG"),
    "one pixel jpeg": lambda: saved(photo((1, 1)), "JPEG"),
    "a line": lambda: saved(photo((20_000, 10)), "PNG"),
    "a tall line": lambda: saved(photo((10, 20_000)), "JPEG"),
}


def chunk(kind: bytes, content: bytes) -> bytes:
    """Return a chunk of a PNG."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def huge_png(width: int, height: int, *, colour: int = 2) -> bytes:
    """Return a PNG of any size, made without holding its pixels; each row builds upon the one above."""
    packer = zlib.compressobj(1)
    channels = {0: 1, 2: 3, 6: 4}[colour]
    first = b"\0" + bytes(range(256)) * (width * channels // 256 + 1)
    packed = packer.compress(first[: 1 + width * channels])
    above = b"\2" + bytes(width * channels)  # as the row above
    for _ in range(height - 1):
        packed += packer.compress(above)
    head = struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", packed + packer.flush()) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def bomb() -> bytes:
    """Return a PNG of some kilobytes that claims to have ten thousand megapixels."""
    head = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(1_000_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


MADE_AT = 3_800_000_000
"""Seconds since 1904."""


def _box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), name) + content


def mp4(seconds: int = 7, *, brand: bytes = b"isom", handler: bytes = b"vide") -> bytes:
    """Return the bones of a film that notes a place and a person."""
    mvhd = _box(b"mvhd", bytes(12) + struct.pack(">II", 1000, seconds * 1000) + bytes(80))
    track = _box(b"trak", _box(b"mdia", _box(b"hdlr", bytes(8) + handler + bytes(12))))
    notes = _box(b"udta", _box(b"\xa9xyz", b"+52.5163+013.3777/")) + _box(b"meta", b"Secret Person secretcam")
    return _box(b"ftyp", brand + bytes(4) + brand) + _box(b"moov", mvhd + track + notes) + _box(b"mdat", b"frames" * 9)


def film_with_places() -> bytes:
    """Return a film with a track of places beside the one that is seen, and with when it was made."""

    def track(handler: bytes, places: list[int], sizes: list[int]) -> bytes:
        table = _box(b"stsc", struct.pack(">IIIII", 0, 1, 1, 2, 1))
        table += _box(b"stsz", struct.pack(f">III{len(sizes)}I", 0, 0, len(sizes), *sizes))
        table += _box(b"stco", struct.pack(f">II{len(places)}I", 0, len(places), *places))
        handling = _box(b"hdlr", bytes(8) + handler + bytes(12))
        times = _box(b"mdhd", struct.pack(">III", 0, MADE_AT, MADE_AT) + bytes(12))
        return _box(b"trak", _box(b"mdia", times + handling + _box(b"minf", _box(b"stbl", table))))

    seen = b"frames" * 9
    told = [b"Secret Person was at ", b"+52.5163+013.3777/", b" with a secretcam"]
    head = _box(b"ftyp", b"isom" + bytes(4) + b"isom")
    begin = len(head) + 8
    sizes = [len(seen) // 2] * 2
    body = _box(b"mdat", seen + b"".join(told))
    places = [begin + len(seen), begin + len(seen) + len(told[0] + told[1])]
    mvhd = _box(b"mvhd", struct.pack(">III", 0, MADE_AT, MADE_AT) + struct.pack(">II", 1000, 7000) + bytes(80))
    tracks = track(b"vide", [begin], sizes) + track(b"meta", places, [*map(len, told)])
    return head + body + _box(b"moov", mvhd + tracks)


def flac() -> bytes:
    """Return the bones of a recording that notes a person, the last of its blocks being that note."""
    stream = b"\0\0\0\x22" + bytes(34)
    note = struct.pack("<I", 6) + b"editor" + struct.pack("<II", 1, 20) + b"ARTIST=Secret Person"
    return b"fLaC" + stream + bytes([0x84, *len(note).to_bytes(3, "big")]) + note + b"\xff\xf8 frames"


def wave(seconds: float = 1.0) -> bytes:
    """Return silence that notes a person."""
    data = bytes(int(8000 * seconds))
    form = struct.pack("<HHIIHH", 1, 1, 8000, 8000, 1, 8)
    notes = b"INFOIART" + struct.pack("<I", 14) + b"Secret Person\0"
    body = b"".join(
        name + struct.pack("<I", len(content)) + content
        for name, content in ((b"fmt ", form), (b"LIST", notes), (b"data", data))
    )
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WAVE" + body


def mp3(frames: int = 40) -> bytes:
    """Return frames of MP3 with tags in front and behind."""
    text = b"\0Secret Person"
    tag = b"TPE1" + struct.pack(">I", len(text)) + b"\0\0" + text
    front = b"ID3\x03\0\0" + bytes([0, 0, 0, len(tag)]) + tag
    frame = b"\xff\xfb\x90\x64" + bytes(413)
    return front + frame * frames + b"TAG" + b"secretcam".ljust(125, b"\0")


def pdf(*pages: str) -> bytes:
    """Return a PDF with a line of text on each page."""
    bodies: list[bytes] = []
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    bodies.append(b"<< /Type /Catalog /Pages 2 0 R >>")
    bodies.append(f"<< /Type /Pages /Count {len(pages)} /Kids [{kids}] >>".encode())
    bodies.append(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    for number, text in enumerate(pages):
        place = f"/Resources << /Font << /F1 3 0 R >> >> /Contents {5 + 2 * number} 0 R"
        bodies.append(f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 400] {place} >>".encode())
        drawn = f"BT /F1 24 Tf 30 300 Td ({text}) Tj ET".encode()
        bodies.append(b"<< /Length %d >>\nstream\n%b\nendstream" % (len(drawn), drawn))
    file = b"%PDF-1.4\n"
    places: list[int] = []
    for number, body in enumerate(bodies, 1):
        places.append(len(file))
        file += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1)
    tail = b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (len(bodies) + 1, len(file))
    return file + head + table + tail
