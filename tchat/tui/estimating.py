"""What a draft would take if it were sent now: an estimate, and the worst case of its cost.

Law: no key waits for it. Everything that goes over a text is done in a thread.
"""

from typing import TYPE_CHECKING

from msgspec.structs import replace

from tchat.domain.detail import Detail
from tchat.domain.draft import Draft
from tchat.domain.errors import AttachmentError
from tchat.domain.figures import dollars
from tchat.domain.message import Message, user
from tchat.runtime import Runtime
from tchat.threads import in_background
from tchat.tui.drafted import message_of
from tchat.tui.talk import Plan, Talk

if TYPE_CHECKING:
    from tchat.engine.foreseeing import Foreseeing, Prospect
    from tchat.engine.shortening import WaysOut
    from tchat.meter.estimate import Estimator


class Estimating:
    """Foresees turns of the conversation on the screen."""

    def __init__(self, runtime: Runtime, talk: Talk) -> None:
        self._runtime = runtime
        self._talk = talk
        self._foreseeing: Foreseeing | None = None

    async def foresee(self, draft: Draft, plan: Plan) -> "Prospect | None":
        """Return what a draft would take; None where that cannot be told, as an attachment cannot be sent.

        Args:
            draft: what is being written.
            plan: the turn that it would be.

        Raises:
            ConfigError: the provider is not known.
            StoreError: the database cannot be read.
        """
        ask, history = plan.ask, plan.history
        if self._foreseeing is None:
            from tchat.engine.foreseeing import Foreseeing

            self._foreseeing = Foreseeing(await self._talk.engine())
        foreseeing = self._foreseeing
        facts = await self._runtime.priced(self._runtime.facts(ask.ref))
        estimator = await self._runtime.estimators.at_hand(ask.ref)
        counts = self._runtime.counts

        def foreseen() -> "Prospect":
            message = message_of(draft)
            prospect = foreseeing.tell(ask, message, history, facts, estimator)
            return _counted(prospect, message, estimator, counts.known(ask.ref, message.text))

        try:
            return await in_background(foreseen)
        except AttachmentError:
            return None

    async def ways_out(self, draft: Draft, plan: Plan) -> "WaysOut":
        """Return what can be done about a draft that does not fit the model.

        Raises:
            AttachmentError: it has an attachment that cannot be sent.
            StoreError: the database cannot be read.
        """
        from tchat.engine.shortening import ways_out

        ref, engine = plan.ask.ref, await self._talk.engine()
        facts = await self._runtime.priced(self._runtime.facts(ref))
        estimator = await self._runtime.estimators.at_hand(ref)
        return await in_background(
            lambda: ways_out(engine, replace(plan.ask, message=message_of(draft)), plan.history, facts, estimator)
        )

    def may_count(self) -> bool:
        """Whether the provider that would be asked may count a draft."""
        ref = self._talk.choice.ref
        return bool(ref.provider) and self._runtime.may_count(ref.provider)

    async def count(self, draft: Draft) -> bool:
        """Have a draft counted by the provider that would be asked; return whether more is known of it than before."""
        ref = self._talk.choice.ref
        text = await in_background(lambda: message_of(draft).text)
        if not text.strip() or self._runtime.counts.known(ref, text) is not None:
            return False
        return await self._runtime.counts.count(self._runtime.facts(ref), text) is not None


def _counted(prospect: "Prospect", message: Message, estimator: "Estimator", counted: int | None) -> "Prospect":
    """Return what a draft would take with its text as the provider counted it; attachments stay estimates."""
    if counted is None:
        return prospect
    more = counted - estimator.message(user(message.text))
    own, tokens = prospect.own + more, prospect.tokens + more
    return replace(prospect, own=own, tokens=tokens, is_counted=not message.attachments)


def is_blank(draft: Draft) -> bool:
    """Whether there is nothing to send."""
    return not draft.text.strip() and not draft.attachments


def told(prospect: "Prospect | None", detail: Detail | None = None) -> str:
    """Return what the composer says of a draft; `detail` is how closely its pictures are looked at."""
    looked = f" · detail {detail}" if detail is not None else ""
    if prospect is None:
        return f"≈? tok · ≤ $?{looked}"
    cost = prospect.worst_cost
    mark = "" if prospect.is_counted else "≈"
    return f"{mark}{prospect.own:,} tok · {'free' if cost == 0 else f'≤ {dollars(cost)}'}{looked}"
