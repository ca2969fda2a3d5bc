"""Messages as pure values: who says what, in which parts. Identity and state belong to the store."""

from collections.abc import Sequence
from typing import Any, Literal

from msgspec import Struct

Role = Literal["user", "assistant"]

_BRIEF = 20_000
"""Characters that are gone over in less than a millisecond."""
_FEW = 20
"""Messages."""


class TextPart(Struct, frozen=True, tag="text"):
    """Visible text."""

    text: str


class _Kept(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What every attachment is: bytes named by their SHA-256, or an address that the provider fetches itself."""

    digest: str
    """SHA-256 of the bytes as the user gave them, in hexadecimal; empty where `url` stands for them."""
    media_type: str
    """For example `image/png`, judged by the content."""
    name: str = ""
    """What the user called it: a file name or URL."""
    size: int | None = None
    """Bytes."""
    url: str = ""
    """The address, where the provider fetches it itself."""

    @property
    def key(self) -> str:
        """What it is known by within a request."""
        return self.digest or self.url


class ImagePart(_Kept, frozen=True, kw_only=True, omit_defaults=True, tag="image"):
    """A picture."""

    width: int | None = None
    """Pixels, as it is seen upright."""
    height: int | None = None
    is_animated: bool = False
    """Whether it moves; a model gets its first frame."""
    pages: int | None = None
    """How many pictures it holds, where that are several as in a fax; a model gets the first."""


class DocumentPart(_Kept, frozen=True, kw_only=True, omit_defaults=True, tag="document"):
    """A document that is sent as a file: a PDF."""

    pages: int | None = None
    """How many pages it has; None if it does not say."""


class AudioPart(_Kept, frozen=True, kw_only=True, omit_defaults=True, tag="audio"):
    """A recording."""

    seconds: float | None = None


class VideoPart(_Kept, frozen=True, kw_only=True, omit_defaults=True, tag="video"):
    """A film."""

    seconds: float | None = None


class SealedPart(Struct, frozen=True, kw_only=True, tag="sealed"):
    """Opaque provider state of an assistant's message, to be replayed in place of its visible text.

    It holds everything that the provider wrote in that turn, verbatim and in order. Only the adapter that made it
    looks inside, and it may be sent only where `provider`, `model`, `account` and `prefix` still match.
    """

    provider: str
    model: str
    data: Any
    """The provider's own items or blocks as JSON values."""
    account: str = ""
    """Fingerprint of the key it was made with; empty where there is none."""
    prefix: str = ""
    """Fingerprint of the system prompt and the messages it followed."""


Attachment = ImagePart | DocumentPart | AudioPart | VideoPart
"""What is sent as a file and not as text."""
Part = TextPart | Attachment | SealedPart


class Message(Struct, frozen=True):
    """One turn of a conversation, as a model is told of it."""

    role: Role
    parts: tuple[Part, ...]

    @property
    def text(self) -> str:
        """The visible text, without attachments."""
        return "".join(part.text for part in self.parts if isinstance(part, TextPart))

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        """Pictures, documents, audio and video, in their order."""
        return tuple(part for part in self.parts if isinstance(part, Attachment))

    @property
    def sealed(self) -> SealedPart | None:
        """The provider state to replay instead of the text, if there is any."""
        return next((part for part in self.parts if isinstance(part, SealedPart)), None)

    def without_sealed(self) -> "Message":
        """Return the same message as plain text and attachments."""
        if self.sealed is None:
            return self
        return Message(self.role, tuple(part for part in self.parts if not isinstance(part, SealedPart)))


def user(text: str, *attachments: Attachment) -> Message:
    """Return what a user says, attachments before the text."""
    return Message("user", (*attachments, TextPart(text)))


def assistant(text: str) -> Message:
    """Return what a model said, as plain text."""
    return Message("assistant", (TextPart(text),))


def are_brief(messages: Sequence[Message], system: str | None = None) -> bool:
    """Whether messages and system prompt are gone over in no time worth a thread: few short texts, no attachments."""
    if len(messages) > _FEW:
        return False
    length = len(system or "")
    for message in messages:
        for part in message.parts:
            if not isinstance(part, TextPart):
                return False
            length += len(part.text)
    return length <= _BRIEF
