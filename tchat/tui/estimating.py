"""What a draft would take if it were sent now: an estimate, and the worst case of its cost.

Law: no key waits for it. Everything that goes over a text is done in a thread.
"""

from tchat.domain.draft import Draft
from tchat.domain.errors import AttachmentError
from tchat.domain.figures import dollars
from tchat.engine.foreseeing import Foreseeing, Prospect
from tchat.runtime import Runtime
from tchat.threads import in_background
from tchat.tui.sending import message_of
from tchat.tui.talk import Plan, Talk


class Estimating:
    """Foresees turns of the conversation on the screen."""

    def __init__(self, runtime: Runtime, talk: Talk) -> None:
        self._runtime = runtime
        self._talk = talk
        self._foreseeing: Foreseeing | None = None

    async def foresee(self, draft: Draft, plan: Plan) -> Prospect | None:
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
            self._foreseeing = Foreseeing(await self._talk.engine())
        foreseeing = self._foreseeing
        facts = await self._runtime.priced(self._runtime.facts(ask.ref))
        estimator = await self._runtime.estimators.at_hand(ask.ref)
        try:
            return await in_background(lambda: foreseeing.tell(ask, message_of(draft), history, facts, estimator))
        except AttachmentError:
            return None


def is_blank(draft: Draft) -> bool:
    """Whether there is nothing to send."""
    return not draft.text.strip() and not draft.attachments


def told(prospect: Prospect | None) -> str:
    """Return what the composer says of a draft."""
    if prospect is None:
        return "≈? tok · ≤ $?"
    cost = prospect.worst_cost
    return f"≈{prospect.own:,} tok · {'free' if cost == 0 else f'≤ {dollars(cost)}'}"
