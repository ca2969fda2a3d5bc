"""The lines around the conversation: what is open and goes on above it, what it takes and costs below it."""

import time

from tchat.domain.figures import seconds
from tchat.runtime import Runtime
from tchat.tui.talk import Talk
from tchat.tui.widgets.meters import Meters, Readings
from tchat.tui.widgets.title_bar import Heading, TitleBar


class Figuring:
    """Keeps the title bar and the meters in step with the conversation."""

    def __init__(self, runtime: Runtime, talk: Talk, title_bar: TitleBar, meters: Meters) -> None:
        self._runtime = runtime
        self._talk = talk
        self._title_bar = title_bar
        self._meters = meters
        self._day: float | None = None
        self._month: float | None = None
        self._spent: float | None = None

    def show(self) -> None:
        """Show how things are, with what was spent as it was read last."""
        talk, live = self._talk, self._talk.live
        state = ""
        if live is not None:
            state = f"● {live.doing} {seconds(time.monotonic() - live.began)}"
        conversation = talk.conversation
        self._title_bar.heading = Heading(
            title=conversation.title if conversation else "",
            model=talk.choice.ref.model,
            provider=talk.choice.ref.provider,
            state=state,
        )
        if not talk.choice.ref.provider:
            return
        facts = talk.facts
        self._meters.readings = Readings(
            effort=talk.choice.settings.effort,
            efforts=facts.efforts,
            context=self._tokens_so_far(),
            window=facts.window,
            cost=self._spent,
            day=self._day,
            day_limit=self._runtime.config.budget.per_day,
            month=self._month,
            month_limit=self._runtime.config.budget.per_month,
        )

    async def read(self) -> None:
        """Read what was spent, and show it.

        Raises:
            StoreError: the database cannot be read.
        """
        store = await self._runtime.store()
        conversation = self._talk.conversation
        self._spent = await store.spent_in(conversation.id) if conversation else 0.0
        budget = self._runtime.config.budget
        self._day = await self._runtime.spent_in("day") if budget.per_day is not None else None
        self._month = await self._runtime.spent_in("month")
        self.show()

    def _tokens_so_far(self) -> int | None:
        """Return the tokens of the conversation, as far as the last reply said."""
        replies = (item.stored.reply for item in reversed(self._talk.branch))
        usage = next((reply.usage for reply in replies if reply and reply.usage.input is not None), None)
        return None if usage is None or usage.input is None else usage.input + (usage.output or 0)
