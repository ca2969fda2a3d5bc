"""Gemini's Files API: what is too large for a request, in pieces, until it is ready to be read.

Source: https://ai.google.dev/gemini-api/docs/files. Files that are not removed vanish after two days.
"""

import asyncio
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from msgspec import Struct

from tchat.domain.errors import AttachmentError, Origin
from tchat.providers import failing
from tchat.providers.gemini_errors import from_status
from tchat.providers.json_values import decoded, table, words
from tchat.providers.uploads import Upload

if TYPE_CHECKING:
    import httpx2

PIECE = 8 * 2**20
"""Bytes of a piece; all but the last are a multiple of 256 kB."""
POLL_SECONDS = 1.0
READY_SECONDS = 300.0
"""How long a film may take to be made ready."""


class Place(Struct, frozen=True, kw_only=True):
    """Where the API is."""

    base_url: str
    version: str
    key: str | None
    headers: dict[str, str]


class GeminiFiles:
    """The files of one call.

    Args:
        client: sends requests.
        place: where the API is.
        origin: provider and model, for errors.
    """

    def __init__(self, client: "httpx2.AsyncClient", place: Place, origin: Origin) -> None:
        self._client = client
        self._place = place
        self._origin = origin
        self._told: dict[str, dict[str, Any]] = {}
        """What the API said of each file when it was uploaded, by its address."""
        self._called: dict[str, str] = {}

    async def put(self, upload: Upload) -> str:
        """Upload a file and return its address.

        Raises:
            ProviderError: it is refused.
            AttachmentError: its bytes are gone, or the provider cannot read them.
        """
        where = await self._begun(upload)
        told = table((await self._sent(where, upload)).get("file"))
        address = words(told.get("uri"))
        if not address:
            raise self._unreadable(upload.name)
        self._told[address], self._called[address] = told, upload.name
        return address

    async def ready(self, file: str) -> None:
        """Wait until a file can be read, by its address.

        Raises:
            ProviderError: the API does not answer.
            AttachmentError: the provider cannot read it.
        """
        told, waited = self._told[file], 0.0
        while words(told.get("state")) == "PROCESSING" and waited < READY_SECONDS:
            await asyncio.sleep(POLL_SECONDS)
            waited += POLL_SECONDS
            told = await self._asked("GET", self._at(file))
        if words(told.get("state")) in ("FAILED", "PROCESSING"):
            raise self._unreadable(self._called[file])

    async def remove(self, file: str) -> None:
        """Remove a file by its address.

        Raises:
            ProviderError: it is refused.
        """
        await self._asked("DELETE", self._at(file))

    def _unreadable(self, name: str) -> AttachmentError:
        return AttachmentError(f"{self._origin.provider} cannot read {name}", hint="convert it first")

    async def _begun(self, upload: Upload) -> str:
        headers = {
            "X-Goog-Upload-Protocol": "resumable",
            "X-Goog-Upload-Command": "start",
            "X-Goog-Upload-Header-Content-Length": str(upload.size),
            "X-Goog-Upload-Header-Content-Type": upload.media_type,
        }
        url = f"{self._place.base_url.rstrip('/')}/upload/{self._place.version}/files"
        response = await self._response("POST", url, headers, json={"file": {"displayName": upload.name}})
        told = urlsplit(response.headers.get("x-goog-upload-url", ""))
        home = urlsplit(self._place.base_url)
        return urlunsplit(told._replace(scheme=home.scheme, netloc=home.netloc))  # the key travels nowhere else

    async def _sent(self, url: str, upload: Upload) -> dict[str, Any]:
        at = 0
        with upload.open() as file:
            while True:
                piece = file.read(PIECE) or b""
                is_last = at + len(piece) >= upload.size
                if not piece and not is_last:
                    raise AttachmentError(f"{upload.name} is cut off: {at:,} of {upload.size:,} bytes are there")
                command = "upload, finalize" if is_last else "upload"
                headers = {"X-Goog-Upload-Command": command, "X-Goog-Upload-Offset": str(at)}
                response = await self._response("POST", url, headers, content=piece)
                at += len(piece)
                if is_last:
                    return self._object(response.content)

    def _at(self, file: str) -> str:
        return f"{self._place.base_url.rstrip('/')}/{self._place.version}/{words(self._told[file].get('name'))}"

    async def _asked(self, method: str, url: str) -> dict[str, Any]:
        return self._object((await self._response(method, url, {})).content)

    async def _response(self, method: str, url: str, headers: dict[str, str], **body: Any) -> "httpx2.Response":  # noqa: ANN401  # what httpx2 takes
        import httpx2

        place = self._place
        told = {**place.headers, **({"x-goog-api-key": place.key} if place.key else {}), **headers}
        secrets = (place.key,) if place.key else ()
        try:
            response = await self._client.request(method, url, headers=told, **body)
        except httpx2.TransportError as error:
            raise failing.from_transport(error, self._origin, started=False, secrets=secrets) from None
        if not response.is_success:
            said = self._object(response.content) or response.text[:1000]
            raise from_status(
                response.status_code, said, headers=response.headers, origin=self._origin, secrets=secrets
            )
        return response

    def _object(self, content: bytes) -> dict[str, Any]:
        try:
            return table(decoded(content))
        except ValueError:
            return {}
