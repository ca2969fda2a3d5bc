"""What the lines above and below a conversation say of it."""

import time

from msgspec import Struct

from tchat.config import BudgetConfig
from tchat.domain.conversation import Conversation
from tchat.domain.figures import seconds
from tchat.domain.spending import Spending
from tchat.runtime import Runtime
from tchat.tui.talk import Talk
from tchat.tui.widgets.meters import Readings
from tchat.tui.widgets.title_bar import Heading


class Spent(Struct, frozen=True, kw_only=True):
    """What replies took; None while that is not looked up, and for a day without a limit."""

    conversation: Spending | None = None
    day: Spending | None = None
    month: Spending | None = None


async def spent_so_far(runtime: Runtime, conversation: Conversation | None) -> Spent:
    """Return what was spent, in a conversation and beside it.

    Raises:
        StoreError: the database cannot be read.
    """
    store = await runtime.store()
    return Spent(
        conversation=await store.usage.of_conversation(conversation.id) if conversation else Spending(),
        day=await runtime.spent_in("day") if runtime.config.budget.per_day is not None else None,
        month=await runtime.spent_in("month"),
    )


def heading_of(talk: Talk) -> Heading:
    """Return the line above: the title, who is asked, and what a reply is at."""
    live, ref = talk.live, talk.choice.ref
    return Heading(
        title=talk.conversation.title if talk.conversation else "",
        model=ref.model,
        provider=ref.provider,
        state=f"● {live.doing} {seconds(time.monotonic() - live.began)}" if live is not None else "",
    )


def readings_of(talk: Talk, spent: Spent, budget: BudgetConfig) -> Readings:
    """Return the line below: effort, context and cost."""
    facts = talk.facts
    return Readings(
        effort=talk.choice.settings.effort,
        efforts=facts.efforts,
        context=_tokens_so_far(talk),
        window=facts.window,
        cost=spent.conversation,
        day=spent.day,
        day_limit=budget.per_day,
        month=spent.month,
        month_limit=budget.per_month,
    )


def _tokens_so_far(talk: Talk) -> int | None:
    """Return the tokens of the conversation, as far as the last reply said."""
    replies = (item.stored.reply for item in reversed(talk.branch))
    usage = next((reply.usage for reply in replies if reply and reply.usage.input is not None), None)
    return None if usage is None or usage.input is None else usage.input + (usage.output or 0)
