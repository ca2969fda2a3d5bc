"""What the lines above and below a conversation say of it."""

from msgspec import Struct

from tchat.config import BudgetConfig
from tchat.domain.conversation import Conversation, Reply
from tchat.domain.spending import Spending
from tchat.domain.usage import total
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
        state=f"● {live.doing}" if live is not None else "",
    )


def readings_of(talk: Talk, spent: Spent, budget: BudgetConfig) -> Readings:
    """Return the line below: effort, context and cost."""
    facts, last = talk.facts, _last_metered(talk)
    return Readings(
        effort=talk.choice.settings.effort,
        efforts=facts.efforts,
        context=total(last.usage.input, last.usage.output) if last else None,
        is_estimated=last is not None and last.usage_estimated,
        window=facts.window,
        cost=spent.conversation,
        cost_limit=budget.per_conversation,
        day=spent.day,
        day_limit=budget.per_day,
        month=spent.month,
        month_limit=budget.per_month,
    )


def _last_metered(talk: Talk) -> Reply | None:
    """Return the last reply that says how many tokens the conversation had."""
    replies = (item.stored.reply for item in reversed(talk.branch))
    return next((reply for reply in replies if reply and reply.usage.input is not None), None)
