"""What bytes are, judged by how they begin and never by a file's name."""

import struct

ISO_BRANDS: dict[bytes, str] = {
    b"heic": "image/heic", b"heix": "image/heic", b"heim": "image/heic", b"heis": "image/heic", b"hevc": "image/heic",
    b"mif1": "image/heic", b"msf1": "image/heic", b"avif": "image/avif", b"avis": "image/avif",
    b"M4A ": "audio/mp4", b"M4B ": "audio/mp4", b"qt  ": "video/quicktime",
}  # fmt: skip
"""What a file of the family of MP4 is, by its first brand."""

_PLAIN: tuple[tuple[bytes, int, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", 0, "image/png"),
    (b"\xff\xd8\xff", 0, "image/jpeg"),
    (b"II*\x00", 0, "image/tiff"),
    (b"MM\x00*", 0, "image/tiff"),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", 0, "image/jp2"),
    (b"fLaC\0\0\0\x22", 0, "audio/flac"),
    (b"fLaC\x80\0\0\x22", 0, "audio/flac"),
    (b"#!AMR", 0, "audio/amr"),
    (b"\x00\x00\x01\xba", 0, "video/mpeg"),
    (b"\x00\x00\x01\xb3", 0, "video/mpeg"),
    (b"FLV\x01", 0, "video/x-flv"),
)
_CHUNKED: dict[tuple[bytes, bytes], str] = {
    (b"RIFF", b"WEBP"): "image/webp",
    (b"RIFF", b"WAVE"): "audio/wav",
    (b"RIFF", b"AVI "): "video/x-msvideo",
    (b"FORM", b"AIFF"): "audio/aiff",
    (b"FORM", b"AIFC"): "audio/aiff",
}
_BMP_HEADERS = {12, 40, 52, 56, 64, 108, 124}
_ASF, _ASF_VIDEO = b"0&\xb2u\x8ef\xcf\x11", b"\xc0\xef\x19\xbcM[\xcf\x11"
_TS_PACKET = 188
_AAC_FRAMES = {b"\xff\xf0", b"\xff\xf1", b"\xff\xf8", b"\xff\xf9"}
_FRAMES = _AAC_FRAMES | {bytes([0xFF, version << 3 | layer]) for version in (0x1C, 0x1E, 0x1F) for layer in range(2, 6)}
"""How a frame of sound begins: MPEG-4's AAC, and MPEG's layers III and II in each of its versions."""
_NO_BITRATE, _NO_RATE = (0, 15), 3
_LEAST_BMP, _LEAST_FRAME = 18, 4
_GIF_BLOCKS = (b"!", b",", b";")
"""What begins each part of a GIF."""
_ID3_VERSIONS = (b"\2", b"\3", b"\4")
_BLANKS = b"\xef\xbb\xbf \t\r\n\0"
"""What readers of PDFs pass over."""
HEAD = 2**16
"""Bytes from the beginning that are looked at."""


def media_type(data: bytes) -> str | None:
    """Return the media type of a picture, PDF, recording or film; None for anything else, which may be text."""
    for magic, offset, kind in _PLAIN:
        if data.startswith(magic, offset):
            return kind
    chunked = _CHUNKED.get((data[:4], data[8:12]))
    return chunked or _worded(data) or _iso(data) or _matroska(data) or _ogg(data) or _rest(data)


def _worded(data: bytes) -> str | None:
    """Tell formats that begin with what a text may begin with by the fields behind it."""
    if data.startswith((b"GIF87a", b"GIF89a")):
        colours = 3 << (data[10] & 7) + 1 if data[10:11] >= b"\x80" else 0
        block = data[13 + colours : 14 + colours]
        return "image/gif" if block in _GIF_BLOCKS or (not block and b"\0" in data) else None
    if data.startswith(b"ID3"):
        is_tag = data[3:4] in _ID3_VERSIONS and all(byte < 0x80 for byte in data[6:10])  # noqa: PLR2004  # 7 bits each
        return "audio/mpeg" if is_tag else None
    return "application/pdf" if data[:HEAD].lstrip(_BLANKS).startswith(b"%PDF-") else None


def _iso(data: bytes) -> str | None:
    if data[4:8] != b"ftyp":
        return None
    brand = data[8:12]
    if brand.startswith((b"3gp", b"3g2")):
        return "video/3gpp"
    length = min(struct.unpack(">I", data[:4])[0], 256)
    brands = [brand, *(data[at : at + 4] for at in range(16, length, 4))]
    picture = next((ISO_BRANDS[each] for each in brands if ISO_BRANDS.get(each, "").startswith("image/")), None)
    if picture is not None:
        return "image/avif" if b"avif" in brands else picture
    if brand in ISO_BRANDS:
        return ISO_BRANDS[brand]
    handlers = {data[at + 12 : at + 16] for at in _places(data, b"hdlr")}
    return "audio/mp4" if b"soun" in handlers and b"vide" not in handlers else "video/mp4"


def _matroska(data: bytes) -> str | None:
    if not data.startswith(b"\x1aE\xdf\xa3"):
        return None
    is_film = b"V_" in data[:HEAD]
    if b"webm" in data[:64]:
        return "video/webm" if is_film else "audio/webm"
    return "video/x-matroska" if is_film else "audio/x-matroska"


def _ogg(data: bytes) -> str | None:
    if not data.startswith(b"OggS"):
        return None
    return "video/ogg" if b"\x80theora" in data[:HEAD] else "audio/ogg"


def _rest(data: bytes) -> str | None:
    if data.startswith(b"BM") and len(data) > _LEAST_BMP and struct.unpack("<I", data[14:18])[0] in _BMP_HEADERS:
        return "image/bmp"
    if data.startswith(_ASF):
        return "video/x-ms-wmv" if _ASF_VIDEO in data[:HEAD] else "audio/x-ms-wma"
    if data[:1] == b"G" and data[_TS_PACKET : _TS_PACKET + 1] == data[2 * _TS_PACKET : 2 * _TS_PACKET + 1] == b"G":
        return "video/mp2t"
    return _mpeg_audio(data)


def _mpeg_audio(data: bytes) -> str | None:
    """Tell MP3 and AAC without a tag by the fields of their first frame, none of which may be a forbidden one."""
    if len(data) < _LEAST_FRAME or data[:2] not in _FRAMES:
        return None
    if data[:2] in _AAC_FRAMES:
        return "audio/aac"
    return "audio/mpeg" if data[2] >> 4 not in _NO_BITRATE and data[2] >> 2 & 0b11 != _NO_RATE else None


def _places(data: bytes, word: bytes) -> list[int]:
    places: list[int] = []
    at = data.find(word)
    while at >= 0:
        places.append(at)
        at = data.find(word, at + 4)
    return places
