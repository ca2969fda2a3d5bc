"""Attachments by the names that people give them: files, addresses, the clipboard."""

import mimetypes
from collections.abc import Mapping

from tchat.domain.errors import AttachmentError
from tchat.domain.message import Attachment, AudioPart, DocumentPart, ImagePart, VideoPart
from tchat.media.attachment import Attached, Pdf, Source, attach_file, attach_pdf, read_file
from tchat.media.blobs import Blobs
from tchat.media.fetching import Fetching, fetch, parts_of
from tchat.media.page_ranges import Pages, without_pages
from tchat.threads import in_background

CLIPBOARD = "clipboard"
WEB = ("http://", "https://")
_FILMS = ("youtube.com", "youtu.be")
"""Whose addresses show films that can be watched by a model and not be downloaded."""


class Attacher:
    """Takes attachments in.

    Args:
        blobs: where they are kept.
        fetching: how addresses are fetched.
        environ: environment variables, which tell of the desktop and its clipboard.
        pdf: as what PDFs are sent.
        links: whether the provider is handed addresses instead of what they hold.
    """

    def __init__(
        self, blobs: Blobs, fetching: Fetching, environ: Mapping[str, str], *, pdf: Pdf = "file", links: bool = False
    ) -> None:
        self._blobs = blobs
        self._fetching = fetching
        self._environ = environ
        self._pdf: Pdf = pdf
        self._links = links

    async def attach(self, named: str | Source) -> list[Attached]:
        """Return the message parts for a path, an address, `clipboard` or bytes.

        `#pages=2-5` behind a path or an address takes these pages of a PDF.

        Raises:
            AttachmentError: it cannot be had, or is nothing that can be attached.
            StoreError: it cannot be kept.
        """
        if isinstance(named, Source):
            return await in_background(lambda: list(attach_pdf(named, self._blobs, self._pdf)))
        name, pages = without_pages(named)
        if not name.startswith(WEB) and name != CLIPBOARD:
            return await in_background(lambda: self._kept_file(name, pages))
        if name != CLIPBOARD and (self._links or _is_film(name)):
            if pages is not None:
                raise AttachmentError(f"{name} is fetched whole by the provider", hint="attach pages without `--link`")
            return [linked(name)]
        if name == CLIPBOARD:
            source = await in_background(lambda: on_clipboard(self._environ))
        else:
            source = await fetch(name, self._fetching)
        return await in_background(lambda: list(attach_pdf(source, self._blobs, self._pdf, pages)))

    def _kept_file(self, name: str, pages: Pages | None) -> list[Attached]:
        if pages is not None or (self._pdf != "file" and name.lower().endswith(".pdf")):
            return list(attach_pdf(read_file(name), self._blobs, self._pdf, pages))
        part = attach_file(name, self._blobs)
        if self._pdf != "file" and isinstance(part, DocumentPart):
            return list(attach_pdf(read_file(name), self._blobs, self._pdf))
        return [part]


def linked(url: str) -> Attachment:
    """Return the message part for an address that the provider fetches itself.

    Raises:
        AttachmentError: the address does not tell what it holds.
    """
    if _is_film(url):
        return VideoPart(digest="", media_type="", name=url, url=url)
    kind = mimetypes.guess_type(parts_of(url).path)[0] or ""
    made = {"image": ImagePart, "audio": AudioPart, "video": VideoPart}.get(kind.partition("/")[0])
    if kind == "application/pdf":
        made = DocumentPart
    if made is None:
        raise AttachmentError(f"{url} does not tell what it holds", hint="attach it without `--link`")
    return made(digest="", media_type=kind, name=url, url=url)


def _is_film(url: str) -> bool:
    host = parts_of(url).hostname or ""
    return any(host == film or host.endswith(f".{film}") for film in _FILMS)


def on_clipboard(environ: Mapping[str, str]) -> Source:
    """Return the picture on the clipboard of the desktop that the environment variables tell of.

    Raises:
        AttachmentError: there is none.
    """
    from tchat.media.clipboard import paste_picture

    source = paste_picture(environ)
    if source is None:
        raise AttachmentError(
            "there is no picture on the clipboard that tchat can reach",
            hint="on Linux it needs `wl-paste` or `xclip`",
        )
    return source
