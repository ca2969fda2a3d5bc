"""What a file, a URL or piped bytes are, judged by their content and not by their name."""

from msgspec import Struct

from tchat.domain.errors import AttachmentError
from tchat.domain.message import DocumentPart, ImagePart, TextPart
from tchat.media.blobs import Blobs
from tchat.paths import user_path

LARGEST = 100 * 2**20
"""Bytes; no provider takes more in one request."""

Attachment = ImagePart | DocumentPart | TextPart

_MAGIC: tuple[tuple[bytes, int, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", 0, "image/png"),
    (b"\xff\xd8\xff", 0, "image/jpeg"),
    (b"GIF87a", 0, "image/gif"),
    (b"GIF89a", 0, "image/gif"),
    (b"WEBP", 8, "image/webp"),
    (b"BM", 0, "image/bmp"),
    (b"II*\x00", 0, "image/tiff"),
    (b"MM\x00*", 0, "image/tiff"),
    (b"ftypheic", 4, "image/heic"),
    (b"ftypavif", 4, "image/avif"),
    (b"%PDF-", 0, "application/pdf"),
)


class Source(Struct, frozen=True):
    """Bytes and what the user calls them."""

    data: bytes
    name: str


def media_type(data: bytes) -> str | None:
    """Return the media type of a picture or PDF; None for anything else."""
    for magic, offset, kind in _MAGIC:
        if data.startswith(magic, offset):
            return kind
    return None


def attach(source: Source, blobs: Blobs) -> Attachment:
    """Return the message part for a picture, a PDF or a text; pictures and PDFs are kept in `blobs`.

    Raises:
        AttachmentError: it is empty, too large, broken, or neither picture, PDF nor text.
    """
    data, name = source.data, source.name
    if not data:
        raise AttachmentError(f"{name} is empty")
    if len(data) > LARGEST:
        raise AttachmentError(f"{name} has {len(data):,} bytes, and {LARGEST:,} are the most")
    kind = media_type(data)
    if kind is None:
        return TextPart(f'<document name="{name}">\n{decode(source)}\n</document>\n\n')
    if kind == "application/pdf":
        return DocumentPart(digest=blobs.put(data), media_type=kind, name=name)
    width, height = _size(source)
    return ImagePart(digest=blobs.put(data), media_type=kind, name=name, width=width, height=height)


def decode(source: Source) -> str:
    """Return bytes as text.

    Raises:
        AttachmentError: they are not UTF-8.
    """
    try:
        return source.data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        byte = source.data[error.start]
        raise AttachmentError(
            f"{source.name} is not UTF-8 text: byte 0x{byte:02x} at offset {error.start:,}",
            hint="convert it (`iconv -f LATIN1 -t UTF-8`), or attach a picture or PDF",
        ) from None


def read_file(name: str) -> Source:
    """Return the content of a file; `~` is the user's home.

    Raises:
        AttachmentError: it cannot be read.
    """
    path = user_path(name)
    try:
        if not path.is_file():
            what = "is a folder" if path.is_dir() else "is not a file" if path.exists() else "does not exist"
            raise AttachmentError(f"{path} {what}")
        with path.open("rb") as file:
            return Source(file.read(LARGEST + 1), path.name)
    except OSError as error:
        raise AttachmentError(f"cannot read {path}: {error.strerror}") from error


def _size(source: Source) -> tuple[int, int]:
    import io
    import warnings

    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(source.data)) as picture:
                return picture.size
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise AttachmentError(f"{source.name} is not a readable picture: {error}") from error
