"""What is written, counted by the provider that would be asked: where it does that for free, and while it answers.

Law: nobody waits for it and nobody is told where it fails; what fails is not tried again soon.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable

from tchat.domain.errors import TchatError
from tchat.domain.message import user
from tchat.domain.model import ModelFacts, ModelRef
from tchat.domain.request import Request
from tchat.engine.session import Connection
from tchat.providers.base import Counting

COUNT_SECONDS = 15.0
"""How long a provider may take, its SDK's import included."""
LONGEST = 200_000
"""Characters of a text that is worth a request whenever its writer pauses."""
FIRST_REST, LONGEST_REST = 30.0, 3_600.0
"""Seconds for which a provider that failed is not asked again: at first, and at most."""
_REMEMBERED = 200
"""Texts whose tokens are remembered."""


class Counts:
    """Tokens of texts as the provider of each model counts them: as messages, with what stands around one.

    Args:
        connect: returns the provider of a name, ready to be asked.
        clock: tells seconds.
    """

    def __init__(
        self, connect: Callable[[str], Awaitable[Connection]], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._connect = connect
        self._clock = clock
        self._known: dict[tuple[ModelRef, str], int] = {}
        self._rests: dict[str, tuple[float, float]] = {}
        """For each provider that failed: until when it is left alone, and for how long that is."""

    def known(self, ref: ModelRef, text: str) -> int | None:
        """Return the tokens of a text, if they were counted before."""
        return self._known.get((ref, text))

    async def count(self, facts: ModelFacts, text: str) -> int | None:
        """Return the tokens of a text; None where they cannot be had now."""
        known = self.known(facts.ref, text)
        if known is not None or len(text) > LONGEST or self._clock() < self._rests.get(facts.provider, (0.0, 0.0))[0]:
            return known
        try:
            async with asyncio.timeout(COUNT_SECONDS):
                counted = await self._asked(facts, text)
        except (TimeoutError, TchatError):
            counted = None
        if counted is None:
            self._leave_alone(facts.provider)
            return None
        self._rests.pop(facts.provider, None)
        self._known[facts.ref, text] = counted
        if len(self._known) > _REMEMBERED:
            del self._known[next(iter(self._known))]
        return counted

    async def _asked(self, facts: ModelFacts, text: str) -> int | None:
        provider = (await self._connect(facts.provider)).provider
        if not isinstance(provider, Counting):
            return None
        return await provider.count(Request(facts=facts, messages=(user(text),)))

    def _leave_alone(self, provider: str) -> None:
        """Ask a provider no more for a while, each time for twice as long."""
        _, last = self._rests.get(provider, (0.0, FIRST_REST / 2))
        rest = min(2 * last, LONGEST_REST)
        self._rests[provider] = (self._clock() + rest, rest)
