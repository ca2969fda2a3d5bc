"""Attachments from the web, through the network settings that hold for everything else."""

from http import HTTPStatus
from urllib.parse import urlsplit

from tchat.domain.errors import AttachmentError
from tchat.domain.text import one_line
from tchat.media.attachment import LARGEST, Source
from tchat.net import Route, httpx_client


async def fetch(route: Route) -> Source:
    """Return what the URL of a route holds.

    Raises:
        AttachmentError: it cannot be had, or is larger than any provider takes.
    """
    import httpx

    url = route.base_url
    name = urlsplit(url).path.rpartition("/")[2] or urlsplit(url).netloc
    try:
        async with httpx_client(route) as client, client.stream("GET", url) as answer:
            if answer.status_code != HTTPStatus.OK:
                raise AttachmentError(f"{url} answered {answer.status_code}", hint=_hint(answer.status_code))
            data = bytearray()
            async for block in answer.aiter_bytes():
                data += block
                if len(data) > LARGEST:
                    raise AttachmentError(f"{url} has more than {LARGEST:,} bytes")
    except httpx.HTTPError as error:
        raise AttachmentError(f"cannot fetch {url}: {one_line(str(error) or type(error).__name__)}") from error
    return Source(bytes(data), name)


def _hint(status: int) -> str | None:
    moved = HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST
    return "redirects are not followed: give the final address" if moved else None
