"""How attachments go out: prepared for the model that is asked, remembered while a conversation goes on."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence

from tchat.config import Kind
from tchat.domain.errors import AttachmentError
from tchat.domain.message import Attachment, ImagePart
from tchat.domain.model import ModelFacts
from tchat.domain.request import Inline, Linked, OnDisk, Payload, Request
from tchat.media.attachment import LARGEST, described
from tchat.media.blobs import Blobs
from tchat.media.kinds import media_type as media_type_of
from tchat.meter.picture_grid import fitted, grid_of
from tchat.providers.limits import MediaLimits, limits_of

REMEMBERED = 64 * 2**20
"""Bytes of prepared pictures that are remembered."""

MOST_TAKERS = 3
"""Models that are named where another one does not take an attachment."""

Models = tuple[str | None, tuple[ModelFacts, ...]]
Key = tuple[str, tuple[int, int] | None, int]


class Outgoing:
    """Prepares attachments.

    Args:
        blobs: where their bytes are.
        kind_of: tells which API a provider speaks.
        ready: yields the usual model, and all known ones, of each provider that can be asked.
    """

    def __init__(self, blobs: Blobs, kind_of: Callable[[str], Kind], ready: Callable[[], Iterable[Models]]) -> None:
        self._blobs = blobs
        self._kind_of = kind_of
        self._of_ready = ready
        self._lock = threading.Lock()
        self._ready: OrderedDict[Key, Inline] = OrderedDict()
        self._held = 0

    def payload(self, part: Attachment, request: Request) -> Payload:
        """Return how an attachment of a request goes out; it takes its time: a thread is the place for it.

        Raises:
            AttachmentError: its bytes are gone or no readable picture, or its provider cannot fetch the address.
        """
        limits = limits_of(self._kind_of(request.facts.provider))
        if part.url:
            if not limits.links:
                raise AttachmentError(
                    f"{request.facts.ref} fetches no addresses", hint=f"attach {part.url} without `--link`"
                )
            return Linked(url=part.url, media_type=part.media_type)
        if isinstance(part, ImagePart) and _is_replayed(part, request):
            return Inline(data=self._blobs.get(part.digest), media_type=part.media_type)
        if isinstance(part, ImagePart):
            return self._picture(part, request, limits)
        from tchat.media.notes import notes_in
        from tchat.media.stripping import stripped

        if (part.size or 0) > LARGEST:
            path = self._blobs.path(part.digest)
            try:
                with path.open("rb") as file:
                    notes = notes_in(file, part.media_type)
            except OSError as error:
                raise AttachmentError(f"{part.name} is gone", hint=f"it should be {path}") from error
            return OnDisk(path=str(path), size=part.size or 0, media_type=part.media_type, notes=notes)
        return Inline(data=stripped(self._blobs.get(part.digest), part.media_type), media_type=part.media_type)

    def require(self, part: Attachment) -> None:
        """Make sure that the bytes of an attachment are there, without reading them.

        Raises:
            AttachmentError: they are gone.
        """
        if part.digest and not self._blobs.holds(part.digest):
            raise self._blobs.gone(part.digest)

    def keep_picture(self, data: bytes, media_type: str) -> ImagePart:
        """Keep a picture that a model made; what it is, is judged by its bytes.

        Raises:
            StoreError: it cannot be kept.
        """
        digest = self._blobs.put(data)
        kind = media_type_of(data) or media_type
        try:
            part = described(data, kind, "")
        except AttachmentError:
            part = None
        return part if isinstance(part, ImagePart) else ImagePart(digest=digest, media_type=kind, size=len(data))

    def takers(self, kind: str) -> Sequence[str]:
        """Return models that the user can ask and that take a kind of attachment, one a provider."""
        found: list[str] = []
        for usual, known in self._of_ready():
            takers = [facts for facts in known if getattr(facts, kind) is True]
            first = next((facts for facts in takers if facts.name == usual), takers[0] if takers else None)
            found += [str(first.ref)] if first else []
        return found[:MOST_TAKERS]

    def _picture(self, part: ImagePart, request: Request, limits: MediaLimits) -> Inline:
        key = (part.digest, _size(part, request, limits), limits.picture)
        with self._lock:
            if key in self._ready and self._blobs.holds(part.digest):
                self._ready.move_to_end(key)
                return self._ready[key]
        from tchat.media.preparing import Bounds, prepare

        data = self._blobs.get(part.digest)
        name = part.name or "a picture"
        ready = prepare(data, part.media_type, name, Bounds(size=key[1], most_bytes=key[2]))
        return self._remember(key, Inline(data=ready.data, media_type=ready.media_type))

    def _remember(self, key: Key, made: Inline) -> Inline:
        with self._lock:
            if key not in self._ready:
                self._ready[key] = made
                self._held += len(made.data)
            while self._held > REMEMBERED and len(self._ready) > 1:
                self._held -= len(self._ready.popitem(last=False)[1].data)
        return made


def _is_replayed(part: ImagePart, request: Request) -> bool:
    """Whether the provider made a picture itself, and is told it in its own words again."""
    own = (message for message in request.messages if message.sealed is not None)
    return any(part in message.attachments for message in own)


def _size(part: ImagePart, request: Request, limits: MediaLimits) -> tuple[int, int] | None:
    """Return the pixels of a picture that its reader can use."""
    if not part.width or not part.height:
        return None
    grid = grid_of(request.model, part.width, part.height, request.settings.detail)
    pictures = sum(isinstance(other, ImagePart) for message in request.messages for other in message.attachments)
    if limits.crowd is not None and pictures > limits.crowd:
        return fitted(grid.width, grid.height, limits.crowded_side)
    return grid.width, grid.height
