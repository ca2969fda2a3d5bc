"""Names for attachments that are written to files: what they were called, and which bytes they are."""

import re

from tchat.domain.text import one_line

_UNSAFE = re.compile(r"[^\w.-]+")
_LONGEST = 60
_ENDINGS = {"image/jpeg": "jpg", "audio/mpeg": "mp3", "video/quicktime": "mov"}
"""Of media types that are not called as their files are."""


def file_name(called: str, media_type: str, digest: str) -> str:
    """Return a name without a way to another folder, another one for other bytes: `chart-5f0c3a91.png`.

    Args:
        called: what the user or a provider calls it.
        media_type: decides the ending.
        digest: the SHA-256 of the bytes.
    """
    plain = one_line(called).replace("\\", "/").rpartition("/")[2]
    stem = _UNSAFE.sub("-", plain.rpartition(".")[0] or plain).strip("-.")[:_LONGEST]
    kind = media_type.rpartition("/")[2].partition("+")[0].removeprefix("x-")
    ending = _ENDINGS.get(media_type, kind)
    return f"{stem}-{digest[:8]}.{ending}" if stem else f"{digest[:8]}.{ending}"
