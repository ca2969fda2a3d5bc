"""One reply as it is written: collected from its events, stored as it comes, and priced when it ends."""

import asyncio
from collections.abc import Callable
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from tchat.domain.conversation import Reply, ReplyState, TurnIds, failure_of
from tchat.domain.errors import TchatError
from tchat.domain.events import (
    Finished,
    Metered,
    Notice,
    Pictured,
    ReasoningDelta,
    Retrying,
    Sealed,
    Started,
    Summarising,
    TextDelta,
    TurnEvent,
    TurnOpened,
)
from tchat.domain.message import ImagePart, Message, SealedPart, TextPart
from tchat.domain.model import ModelRef
from tchat.domain.request import Request, Settings
from tchat.domain.spending import Claim
from tchat.engine.attaching import Media
from tchat.engine.budget import Budget
from tchat.engine.metering import ReplyMeter
from tchat.engine.replaying import seal
from tchat.engine.turn_log import TurnLog

FLUSH_SECONDS = 0.15
"""Text that is not stored yet is never older than this: what `kill -9` can lose."""


class Desk(Struct, frozen=True, kw_only=True):
    """What a reply is written with."""

    log: TurnLog
    budget: Budget
    media: Media
    clock: Callable[[], float]


class ReplyWriter:
    """Collects one reply and keeps the store up to date with it."""

    def __init__(self, ids: TurnIds, opening: Reply, desk: Desk) -> None:
        self._ids = ids
        self._log = desk.log
        self._budget = desk.budget
        self._media = desk.media
        self.meter = ReplyMeter(desk.clock)
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._written = (0, 0, 0)
        """How many pieces of text and of reasoning, and how many pictures, the store has."""
        self._timer: asyncio.TimerHandle | None = None
        self._writing: asyncio.Task[None] | None = None
        self._sealed: SealedPart | None = None
        self._seal: Callable[[object], SealedPart] | None = None
        self._pictures: list[ImagePart] = []
        self._reply = opening
        self._ref = ModelRef(opening.provider, opening.model)

    @property
    def shown(self) -> bool:
        """Whether the user has seen any of the reply."""
        return bool(self._text or self._reasoning or self._pictures)

    @property
    def is_finished(self) -> bool:
        """Whether the provider has said all of the reply."""
        return self._reply.finish is not None

    def sealing(self, account: str, request: Request) -> None:
        """Remember what the request was, so that reasoning state can be bound to it."""
        asked = request.messages
        self._seal = lambda data: seal(data, self._ref, account, request.system, asked)

    def claim(self, request: Request) -> Claim:
        """Return what is to be reserved for the reply."""
        return Claim(
            id=self._ids.reply_id,
            conversation_id=self._ids.conversation_id,
            provider=self._ref.provider,
            model=self._ref.model,
            expected_input=self.meter.expected_input,
            price=request.facts.price,
        )

    def sent_with(self, settings: Settings) -> None:
        """Remember the settings that went out."""
        self._reply = replace(self._reply, settings=settings)

    def take(self, event: TurnEvent) -> None:
        """Keep what an event brings."""
        self.meter.take(event)
        match event:
            case TextDelta(text):
                self._text.append(text)
                self._schedule()
            case ReasoningDelta(text):
                self._reasoning.append(text)
                self._schedule()
            case Pictured():
                self._pictures.append(self._media.keep_picture(event.data, event.media_type))
                self._schedule()
            case Sealed(data):
                self._sealed = self._seal(data) if self._seal else None
            case Finished(reason):
                self._reply = replace(self._reply, finish=reason)
            case Started(model=model):
                self._reply = replace(self._reply, answered_by=model)
            case Metered() | TurnOpened() | Notice() | Retrying() | Summarising():
                pass
            case _:
                assert_never(event)

    async def close(self, state: ReplyState, error: TchatError | None = None) -> None:
        """Store the reply's final form."""
        sealed = (self._sealed,) if self._sealed and state == "complete" else ()
        parts = (TextPart("".join(self._text)), *self._pictures, *sealed)
        reasoning, failure = "".join(self._reasoning), failure_of(error) if error else None
        said = replace(self._reply, state=state, reasoning=reasoning, failure=failure)
        reply = self.meter.read(said, "".join(self._text), error)
        if self._timer is not None:
            self._timer.cancel()
        await asyncio.shield(self._finish(Message("assistant", parts), reply))

    async def _finish(self, message: Message, reply: Reply) -> None:
        try:
            await self._log.finish(self._ids.reply_id, message, reply)
        finally:
            await self._budget.settle(self._ids.reply_id, reply)

    def _schedule(self) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(FLUSH_SECONDS, self._flush)

    def _flush(self) -> None:
        texts, thoughts, shown = self._written
        self._written = (len(self._text), len(self._reasoning), len(self._pictures))
        self._timer = None
        text, reasoning = "".join(self._text[texts:]), "".join(self._reasoning[thoughts:])
        pictures = tuple(self._pictures) if shown < len(self._pictures) else ()
        self._writing = asyncio.create_task(
            self._log.append(self._ids.reply_id, text=text, reasoning=reasoning, pictures=pictures)
        )
        self._writing.add_done_callback(_seen)


def _seen(writing: "asyncio.Task[None]") -> None:
    """Mark an error as noticed: what could not be stored in between is stored, or fails aloud, at the end."""
    if not writing.cancelled():
        writing.exception()
