"""A turn that is under way, whoever looks at it: it goes on while another conversation is on the screen."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing
from typing import TYPE_CHECKING, assert_never

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
from tchat.domain.figures import oldest_turns, seconds

if TYPE_CHECKING:
    from tchat.engine.session import Ask

BREATH = 0.002
"""Seconds of processor time after which the screen and the keyboard get their turn, however fast a model writes."""
QUEUES = 12
"""Turns that they get: a key passes through as many queues before it shows, and those that are empty cost nothing."""
PIECE = 600
"""Characters that are shown at once: laying them out takes about as long as a breath."""
SHOWN_AFTER = 0.02
"""Seconds after which what has come is told: less than a frame, and more than from one token to the next."""
SILENCE = 10.0
"""Seconds without a word after which that is told of a reply that had begun."""


class LiveTurn:
    """Follows the events of one turn to its end.

    Args:
        ask: what was asked.
        events: the engine's; closed when the turn ends or is stopped.
        opened: called once the user's message is stored.
        grew: called after each stretch of events.
    """

    def __init__(
        self,
        ask: "Ask",
        events: AsyncGenerator[TurnEvent],
        *,
        opened: Callable[["LiveTurn", TurnOpened], None],
        grew: Callable[["LiveTurn", str, str], None],
    ) -> None:
        self.ask = ask
        self.place: TurnOpened | None = None
        """What the turn is known by, once it is stored."""
        self.is_decided = asyncio.Event()
        """Set once the turn is stored, or refused; or as long as it is not, because something has to be done first."""
        self.text: list[str] = []
        self.reasoning: list[str] = []
        self.notices: list[str] = []
        self.status = "waiting for the model"
        """What happens, while there is no text."""
        self.began = time.monotonic()
        self.began_at = time.time()
        """Unix time."""
        self._heard_at = self.began
        self.first_token_at: float | None = None
        self.first_answer_at: float | None = None
        self.error: TchatError | None = None
        """Why the turn failed, if it did."""
        self.is_stopping = False
        self.has_summarised = False
        """Whether the beginning of the conversation was summarised for it, or is being."""
        self._events = events
        self._opened = opened
        self._grew = grew
        self._task: asyncio.Task[None] | None = None
        self._fresh_text: list[str] = []
        self._fresh_reasoning: list[str] = []
        """What has come and is not shown yet."""
        self._unshown = 0
        """Characters of it."""
        self._growing: asyncio.TimerHandle | None = None

    @property
    def conversation_id(self) -> str | None:
        """The conversation that it belongs to, once that is known."""
        return self.place.conversation_id if self.place else self.ask.conversation_id

    @property
    def thinking_for(self) -> float | None:
        """Seconds of reasoning; None if there was none."""
        if not self.reasoning or self.first_token_at is None:
            return None
        return (self.first_answer_at or time.monotonic()) - self.first_token_at

    @property
    def is_summarising(self) -> bool:
        """Whether nothing of it is stored yet, because the conversation is being summarised first."""
        return self.has_summarised and self.place is None

    @property
    def doing(self) -> str:
        """What happens, and for how long."""
        now = time.monotonic()
        silence = now - self._heard_at
        if silence >= SILENCE and (self.text or self.reasoning):
            return f"nothing new for {seconds(silence)}"
        what = "streaming" if self.text else "reasoning" if self.reasoning else "waiting"
        return f"{'summarising' if self.is_summarising else what} {seconds(now - self.began)}"

    def stop(self) -> None:
        """End the reply where it is; what arrived is kept. A turn that is not decided yet ends as soon as it is."""
        self.is_stopping = True
        if self._task is not None and self.is_decided.is_set():
            self._task.cancel()

    def take_notices(self) -> list[str]:
        """Return what the engine noted since this was asked last."""
        taken, self.notices = self.notices, []
        return taken

    async def run(self) -> None:
        """Follow the turn to its end; never raises but for what is a fault of this program."""
        self._task = asyncio.current_task()
        try:
            async with aclosing(self._events) as events:
                await self._follow(events)
        except TchatError as error:
            self.error = error
        except asyncio.CancelledError:
            if not self.is_stopping:
                raise
        finally:
            self._task = None
            self.is_decided.set()
            self._grow()

    async def _follow(self, events: AsyncGenerator[TurnEvent]) -> None:
        """Take events; what has come is shown, and others get their turn, every few milliseconds."""
        since = time.thread_time()
        async for event in events:
            match event:
                case TextDelta(text):
                    self._hear(is_answer=True)
                    for piece in pieces(text):
                        since = await self._kept(self._fresh_text, piece, since)
                case ReasoningDelta(text):
                    self._hear(is_answer=False)
                    for piece in pieces(text):
                        since = await self._kept(self._fresh_reasoning, piece, since)
                case _:
                    self._take(event)
                    self._grow()
                    if self.is_stopping:
                        self.stop()

    async def _kept(self, fresh: list[str], piece: str, since: float) -> float:
        """Keep a piece until what has come is shown; return since when others have not had their turn."""
        fresh.append(piece)
        self._unshown += len(piece)
        if self._unshown < PIECE and time.thread_time() - since < BREATH:
            self._grow_soon()
            return since
        await asyncio.sleep(0)  # taking it and laying it out are a step each
        self._grow()
        for _ in range(QUEUES):
            await asyncio.sleep(0)
        return time.thread_time()

    def _take(self, event: TurnEvent) -> None:
        match event:
            case TurnOpened():
                self.place = event
                self.is_decided.set()
                self._opened(self, event)
            case Notice(said):
                self.notices.append(said)
            case Summarising(turns=turns, model=model):
                self.has_summarised = True
                self.is_decided.set()
                self.notices.append(f"{model} summarises the {oldest_turns(turns)} first; Esc stops it")
            case Retrying(delay=delay, reason=reason, attempt=attempt):
                self.status = f"{reason}; asking again in {delay:.0f} s (attempt {attempt})"
            case Started():
                self.status = "waiting for the first word"
            case Pictured():
                self.status = "a picture has come"
            case TextDelta() | ReasoningDelta() | Sealed() | Metered() | Finished():
                pass
            case _:
                assert_never(event)

    def _grow_soon(self) -> None:
        """See that what has come is shown even if nothing follows it for a while."""
        if self._growing is None:
            self._growing = asyncio.get_running_loop().call_later(SHOWN_AFTER, self._grow)

    def _grow(self) -> None:
        if self._growing is not None:
            self._growing.cancel()
            self._growing = None
        more, thoughts = "".join(self._fresh_text), "".join(self._fresh_reasoning)
        if more:
            self.text.append(more)
        if thoughts:
            self.reasoning.append(thoughts)
        self._fresh_text.clear()
        self._fresh_reasoning.clear()
        self._unshown = 0
        self._grew(self, more, thoughts)

    def _hear(self, *, is_answer: bool) -> None:
        self._heard_at = time.monotonic()
        if self.first_token_at is None:
            self.first_token_at = self._heard_at
        if is_answer and self.first_answer_at is None:
            self.first_answer_at = self._heard_at


def pieces(text: str) -> Iterator[str]:
    """Yield a text in pieces that can each be laid out in a breath; most end where a line does."""
    start = 0
    while len(text) - start > PIECE:
        end = text.rfind("\n", start, start + PIECE) + 1 or start + PIECE
        yield text[start:end]
        start = end
    yield text[start:]
