"""One request to a provider in tests, what comes of it, and what every stream keeps to."""

import asyncio
from typing import Any

import msgspec
from msgspec import Struct

from tchat.domain.errors import TchatError
from tchat.domain.events import Event, Finished, Metered, ReasoningDelta, Sealed, Started, TextDelta
from tchat.domain.message import user
from tchat.domain.model import ModelFacts
from tchat.domain.request import Request
from tchat.domain.usage import Usage
from tchat.providers.base import Provider

KEY = "sk-dummy-0123456789abcdef"
FACTS = ModelFacts(provider="house", name="model-1")
HI = Request(facts=FACTS, messages=(user("hi"),))


class Outcome(Struct, frozen=True, kw_only=True):
    """What came of one request."""

    events: tuple[Event, ...]
    error: TchatError | None = None

    @property
    def text(self) -> str:
        """The visible answer."""
        return "".join(event.text for event in self.events if isinstance(event, TextDelta))

    @property
    def reasoning(self) -> str:
        """The visible reasoning."""
        return "".join(event.text for event in self.events if isinstance(event, ReasoningDelta))

    @property
    def usage(self) -> Usage:
        """The last figures."""
        return next((event.usage for event in reversed(self.events) if isinstance(event, Metered)), Usage())

    @property
    def sealed(self) -> Any:  # noqa: ANN401  # the provider's own JSON
        """What is to be replayed."""
        return next((event.data for event in self.events if isinstance(event, Sealed)), None)

    @property
    def finished(self) -> Finished | None:
        """How the reply ended, if it did."""
        last = self.events[-1] if self.events else None
        return last if isinstance(last, Finished) else None

    @property
    def story(self) -> tuple[object, ...]:
        """Everything that may not depend on how the bytes were cut."""
        started = self.events[0] if self.events else None
        return started, self.text, self.reasoning, self.usage, self.sealed, self.finished, str(self.error)


async def ask(asked: Provider, request: Request = HI, *, keep: bool = False) -> Outcome:
    """Send a request, check the laws of an event stream, and return what came; close the provider unless `keep`."""
    events: list[Event] = []
    error = None
    try:
        async with asyncio.timeout(30):
            async for event in asked.stream(request):
                events.append(event)  # noqa: PERF401  # what came before a failure counts
    except TchatError as failure:
        error = failure
    finally:
        if not keep:
            await asked.aclose()
    outcome = Outcome(events=tuple(events), error=error)
    check_laws(outcome)
    return outcome


def check_laws(outcome: Outcome) -> None:
    """Check what holds for every provider's stream, whatever was on the wire."""
    events = outcome.events
    assert [isinstance(event, Started) for event in events] == [place == 0 for place in range(len(events))]
    ends = [place for place, event in enumerate(events) if isinstance(event, Finished)]
    assert ends == ([] if outcome.error else [len(events) - 1])
    assert sum(isinstance(event, Sealed) for event in events) <= (0 if outcome.error else 1)
    usage = Usage()
    for event in events:
        if isinstance(event, TextDelta | ReasoningDelta):
            assert event.text
            event.text.encode()
        if isinstance(event, Metered):
            assert event.usage == usage.raised_to(event.usage) != usage
            usage = event.usage
        if isinstance(event, Sealed):
            assert msgspec.json.decode(msgspec.json.encode(event.data)) == event.data
    if outcome.error is not None:
        assert KEY not in f"{outcome.error} {outcome.error.hint}"
