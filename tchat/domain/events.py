"""The one event stream: what a provider says while it answers, and what the engine adds.

Laws of a provider's stream: one `Started` first and one `Finished` last; the joined `TextDelta`s are the message;
`Metered` never decreases; a failure is raised as an error of `tchat.domain.errors`, never an event.
"""

from typing import Any, Literal

from msgspec import Struct

from tchat.domain.usage import Usage

FinishReason = Literal["stop", "length", "filtered", "refused"]


class Started(Struct, frozen=True, kw_only=True, tag="started"):
    """The provider answers."""

    model: str
    """The model that answers, in the provider's words."""
    request_id: str | None = None


class ReasoningDelta(Struct, frozen=True, tag="reasoning"):
    """More of the model's visible reasoning."""

    text: str


class TextDelta(Struct, frozen=True, tag="text"):
    """More of the answer."""

    text: str


class Pictured(Struct, frozen=True, kw_only=True, tag="picture"):
    """A picture that the model made, whole."""

    data: bytes
    media_type: str


class Sealed(Struct, frozen=True, tag="sealed"):
    """State to replay in the next turn instead of the visible text (see `SealedPart`); at most one a reply."""

    data: Any


class Metered(Struct, frozen=True, tag="metered"):
    """Usage so far: cumulative."""

    usage: Usage


class Finished(Struct, frozen=True, tag="finished"):
    """The reply is complete, in the provider's view."""

    reason: FinishReason
    detail: str | None = None
    """What the provider says about a refusal or filter."""


Event = Started | ReasoningDelta | TextDelta | Pictured | Sealed | Metered | Finished


class TurnOpened(Struct, frozen=True, kw_only=True, tag="turn"):
    """The user's message is stored and the request is about to go out."""

    conversation_id: str
    message_id: str
    reply_id: str
    provider: str
    model: str


class Notice(Struct, frozen=True, tag="notice"):
    """Something the user should know and that changes nothing: a setting left out, reasoning state dropped."""

    text: str


class Retrying(Struct, frozen=True, kw_only=True, tag="retrying"):
    """The request failed before its first token and goes out again after `delay` seconds; said every second anew."""

    attempt: int
    """The number of the attempt to come, from 2."""
    delay: float
    reason: str


class Summarising(Struct, frozen=True, kw_only=True, tag="summarising"):
    """The oldest turns are being summarised before the turn is stored, since the conversation does not fit."""

    turns: int
    model: str
    """The model that summarises, as `provider/model`."""


TurnEvent = Event | TurnOpened | Notice | Retrying | Summarising
