"""What was sent, from Enter until the store has it.

Laws: where it goes is settled when Enter is pressed; in a conversation one message is sent after the other, and those
that wait can be seen; what is attached goes with it, however long it takes to read; what cannot be sent comes back to
where it was written, and what was typed since stays.
"""

from collections.abc import Callable
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tchat.domain.draft import Draft
from tchat.domain.errors import TchatError, UsageError
from tchat.domain.message import Message
from tchat.tui.arriving import PATIENCE, all_over
from tchat.tui.branches import answered_by
from tchat.tui.choice import Choice
from tchat.tui.drafted import draft_of, message_of
from tchat.tui.outgoing import Outgoing
from tchat.tui.sheet import Sheet
from tchat.tui.talk import Plan, Talk
from tchat.tui.talk_events import TurnEnded, TurnRefused
from tchat.tui.turns import LiveTurn
from tchat.tui.widgets.composer import Composer

if TYPE_CHECKING:
    from tchat.engine.fitting_in import Fit
    from tchat.engine.foreseeing import Prospect
    from tchat.engine.session import Ask
    from tchat.tui.screens.writing import WritingScreen
    from tchat.tui.templates.named import Named

_STOPPED = "stopped: nothing was sent, and what you wrote is back"

Decide = Callable[["Fit | None"], None]
"""Takes what is to be done with what does not fit the model; None sends nothing."""


class Sending:
    """Owns what is under way between the composer and the store."""

    def __init__(self, screen: "WritingScreen", talk: Talk, sheet: Sheet) -> None:
        self._screen = screen
        self._talk = talk
        self._sheet = sheet
        self._outgoing: list[Outgoing] = []

    # --- what is under way

    @property
    def is_idle(self) -> bool:
        """Whether nothing is under way."""
        return not self._outgoing

    @property
    def is_busy(self) -> bool:
        """Whether a turn is under way in the conversation on the screen, or about to be, in any program."""
        return self._is_busy_beside(None) or self._talk.is_written_elsewhere

    def waiting_in(self, conversation_id: str | None) -> Draft:
        """Return what was sent in a conversation and is not stored yet."""
        draft = Draft()
        for out in self._outgoing:
            if out.page is not None and out.home == conversation_id and not out.is_stored:
                draft = draft.followed_by(out.draft)
        return draft

    async def decided(self) -> None:
        """Wait until all that was sent in the conversation on the screen is stored, or given back.

        What takes long to read is given back with its message.
        """
        for out in tuple(self._outgoing):
            if self._is_here(out):
                await all_over(out.arrivals, PATIENCE)
                await out.decided()

    async def all_decided(self) -> None:
        """Wait until all that was sent anywhere is stored, or given back; a summary that comes first is not awaited."""
        await self._sheet.ready()
        for out in tuple(self._outgoing):
            await out.decided()

    def _is_busy_beside(self, mine: Outgoing | None) -> bool:
        at = self._outgoing.index(mine) if mine in self._outgoing else len(self._outgoing)
        others = (out for out in self._outgoing[:at] if out.is_turn)
        whole = (out for out in self._outgoing[at + 1 :] if out.is_turn and out.is_whole.is_set())
        return self._talk.live is not None or any(map(self._is_here, chain(others, whole)))

    def _is_here(self, out: Outgoing) -> bool:
        if out.home is None:
            return out.page == self._talk.page
        return out.page is not None and out.home == self._talk.conversation_id

    # --- sending

    def take(self, event: Composer.Sent) -> None:
        """Send what the composer hands over, or run the template that it names."""
        if not self._screen.composer.take(event):
            return
        is_name = self._sheet.editing is None and event.draft.text.startswith("#")
        arrivals = self._sheet.take_arrivals()
        out = self._begin(Outgoing(event.draft, self._sheet, edited=self._sheet.take_edited()))
        out.arrivals = arrivals
        for arrival in out.arrivals:
            arrival.belong(out.add)
        self._screen.do(lambda: self._run_or_deliver(out) if is_name else self._deliver(out))

    def send_first(self, draft: Draft) -> None:
        """Send a message in the conversation that is shown, before all that waits to be sent in it."""
        out = self._begin(Outgoing(draft, self._sheet), is_placed=True)
        self._screen.do(lambda: self._deliver_here(out))

    async def go_on(self, message: Message) -> None:
        """Say something at the end of the conversation, whatever is being written."""
        plan = self._talk.plan()
        out = self._begin(Outgoing(Draft(), self._sheet), is_placed=True)
        out.said = draft_of(message)
        await self._ask(out, replace(plan.ask, message=message), plan)

    async def ask_again(self, message_id: str, choice: Choice | None = None) -> None:
        """Have a message answered again, or, for a reply, the message before it."""
        said = answered_by(self._talk.branch, message_id)
        ask, plan = self._talk.again(message_id, choice), self._talk.plan(said.id, choice)
        out = self._begin(Outgoing(Draft(), self._sheet), is_placed=True)
        out.said = draft_of(said.message)
        await self._ask(out, ask, plan)

    def send_next(self) -> bool:
        """Send what is queued longest, where it waits for nothing; return whether there was anything."""
        is_waiting = bool(self._screen.composer.draft.queued) and not self.is_busy
        if is_waiting:
            self._send_queued()
        return is_waiting

    def stop(self) -> bool:
        """Stop what is under way in the conversation on the screen; return whether there was anything.

        The reply first: what is still being read to be sent after it costs nothing.
        """
        if self._talk.stop():
            return True
        early = [out for out in self._outgoing if self._is_here(out) and out.is_turn and out.turn is None]
        for out in reversed(early):
            self._come_back(out)
        if early:
            self._screen.say(_STOPPED)
        return bool(early)

    def _begin(self, out: Outgoing, *, is_placed: bool = False) -> Outgoing:
        if is_placed:
            out.page, out.home = self._talk.page, self._talk.conversation_id
            out.is_whole.set()
        self._outgoing.append(out)
        return out

    async def _place(self, out: Outgoing) -> bool:
        """Wait for the conversation that it was sent in; return whether there is one."""
        await self._sheet.ready()
        if out.leaving.has_failed:
            self._come_back(out)
        elif out in self._outgoing:
            out.page, out.home = self._talk.page, self._talk.conversation_id
        return out in self._outgoing

    async def _gather(self, out: Outgoing) -> bool:
        """Wait for what is still being read for it, and for what was sent before it; return whether all is there."""
        earlier = [before for before in self._outgoing[: self._outgoing.index(out)] if self._is_here(before)]
        for before in earlier:
            await before.is_whole.wait()
        for arrival in out.arrivals:
            await arrival.over()
        if any(arrival.has_failed for arrival in out.arrivals) and out in self._outgoing:
            self._come_back(out)
            self._screen.say("not sent, as not all that is attached could be read: it is the draft again", "warning")
        elif any(before.has_come_back for before in earlier) and out.edited is None and out in self._outgoing:
            self._end(out)
            self._sheet.queue(out.draft)
            self._tell_queue("the message before it was not sent")
        out.is_whole.set()
        return out in self._outgoing

    async def _deliver(self, out: Outgoing) -> None:
        """Send what was written, or let it wait behind what is under way."""
        if await self._place(out):
            await self._deliver_here(out)

    async def _deliver_here(self, out: Outgoing) -> None:
        """Send what was written on the page that is shown; whoever turns to another one waits for that."""
        if not await self._gather(out):
            return
        if self._talk.is_written_elsewhere:
            await self._talk.refresh()
            if out not in self._outgoing:
                return
        is_busy = self._is_busy_beside(out)
        try:
            if is_busy and out.edited is not None:
                raise UsageError("a reply is under way", hint="Ctrl+C stops it; then Enter sends what you have edited")
            plan = self._talk.plan(out.edited)
        except TchatError:
            self._come_back(out)
            raise
        if is_busy or (self._talk.is_written_elsewhere and out.edited is None):
            self._end(out)
            self._sheet.queue(out.draft)
            return
        await self._ask(out, replace(plan.ask, message=message_of(out.draft)), plan)

    async def _ask(self, out: Outgoing, ask: "Ask", plan: Plan) -> None:
        """Ask a model; where that does not fit, offer what can be done about it."""
        try:
            if not ask.ref.provider:
                raise UsageError("no model is chosen yet", hint="Ctrl+O lists those that there are")
            prospect = await self._too_long(out, ask, plan)
            ways = await self._screen.estimating.ways_out(out.said, plan) if prospect is not None else None
            await self._talk.engine()
            if out not in self._outgoing:
                return
            if prospect is None or ways is None:
                out.turn = await self._talk.start(replace(ask, fit=out.fit))
                return
        except TchatError:
            self._come_back(out)
            raise
        finally:
            out.has_started.set()
        if self._sheet.is_leaving:
            self._come_back(out)
            self._screen.say(
                "it does not fit the model and was not sent: it is the draft where you wrote it", "warning"
            )
        else:
            decide = partial(self._decide, out, ask, plan)
            self._screen.offer(prospect, ways, decide, ask.ref, has_turns=bool(plan.history))

    def _decide(self, out: Outgoing, ask: "Ask", plan: Plan, fit: "Fit | None") -> None:
        """Send what does not fit even so, or let it come back; what was written goes to the end as it is by now."""
        if fit is None or not self._is_here(out):
            self._come_back(out)
        elif out in self._outgoing:
            out.fit = fit
            out.has_started.clear()
            goes_to_the_end = out.edited is None and not out.draft.is_empty
            self._screen.do(lambda: self._deliver_here(out) if goes_to_the_end else self._ask(out, ask, plan))

    async def _too_long(self, out: Outgoing, ask: "Ask", plan: Plan) -> "Prospect | None":
        """Return what it would take, if it does not fit; None where it does, or where that cannot be told."""
        if out.fit != "refuse" or not self._talk.facts_of(ask.ref).window:
            return None
        try:
            prospect = await self._screen.estimating.foresee(out.said, plan)
        except TchatError:
            return None  # sending it meets the same error, and tells it
        return None if prospect is None or prospect.fits else prospect

    async def _run_or_deliver(self, out: Outgoing) -> None:
        """Run the template whose name begins what was written, or send it if there is none."""
        if not await self._place(out):
            return
        try:
            named = await self._screen.visiting.desk.named(out.draft)
        except TchatError:
            self._come_back(out)
            raise
        if out not in self._outgoing:
            return
        if named is None:
            await self._deliver_here(out)
        else:
            await self._run(named, out)

    async def _run(self, named: "Named", out: Outgoing) -> None:
        """Run a template on what was written; that comes back where it does not run."""
        out.is_turn = False
        out.has_started.set()
        if not await self._gather(out):
            return
        try:
            is_running = await self._screen.visiting.desk.run_named(named, out.draft)
        except TchatError:
            self._come_back(out)
            raise
        if is_running:
            self._end(out)
            await self.keep()
        else:
            self._come_back(out)

    # --- what becomes of it

    def stored(self, turn: LiveTurn) -> None:
        """Let go of what the store has; what is written meanwhile belongs to the conversation that it began."""
        for out in self._of(turn):
            self._end(out)
        if turn.ask.conversation_id is None:
            self._screen.drafting.write(None, Draft())
        self._screen.do(self.keep)

    def refused(self, event: TurnRefused) -> None:
        """Put what could not be sent, or was stopped before it was, back where it was written."""
        is_here = True
        for out in self._of(event.turn):
            is_here = self._is_here(out)
            self._come_back(out)
        if event.error is None:
            self._screen.say(_STOPPED)
        else:
            self._screen.trouble(event.error)
        if not is_here:
            self._screen.say("what was not sent is the draft of its conversation")
        self._tell_queue("the message before it was not sent")

    def ended(self, event: TurnEnded) -> None:
        """Send what waits longest, if the reply that it waited for stands on the screen; else say why it waits."""
        if event.turn.conversation_id != self._talk.conversation_id or not self._screen.composer.draft.queued:
            return
        if event.turn.is_stopping:
            self._tell_queue("the reply was stopped")
        elif event.turn.error is not None:
            self._tell_queue("the reply failed")
        elif event.reply is None:
            self._tell_queue("its reply is not on the screen any more")
        else:
            self._send_queued()

    def other_ended(self) -> None:
        """Send what waits longest, if what another program wrote is complete; else say why it waits."""
        reply = self._talk.branch[-1].stored.reply if self._talk.branch else None
        if reply is not None and reply.state == "complete":
            self._send_queued()
        else:
            self._tell_queue("the reply of the other tchat broke off")

    def _send_queued(self) -> None:
        if (draft := self._screen.composer.take_queued()) is not None:
            out = Outgoing(draft, self._sheet)
            out.page, out.home = self._talk.page, self._talk.conversation_id
            self._outgoing.insert(0, out)  # before what was sent later and is still being read for
            self._screen.do(lambda: self._deliver_here(out))

    def _tell_queue(self, why: str) -> None:
        if self._screen.composer.draft.queued:
            self._screen.say(f"what is queued waits, as {why}: Alt+Q takes it back into the composer")

    def _of(self, turn: LiveTurn) -> list[Outgoing]:
        return [out for out in self._outgoing if out.turn is turn]

    def _end(self, out: Outgoing) -> None:
        """Have it under way no more."""
        if out in self._outgoing:
            self._outgoing.remove(out)
        out.is_whole.set()
        out.has_started.set()

    def _come_back(self, out: Outgoing) -> None:
        """Put it before what is written where it was sent."""
        if out not in self._outgoing:
            return
        out.has_come_back = True
        self._end(out)
        if out.page is None or (self._is_here(out) and self._sheet.is_ready):
            self._sheet.give_back(out.draft, out.edited)
            self._sheet.expect(*out.arrivals)
        else:
            self._screen.drafting.give_back(out.home, out.draft)
            for arrival in out.arrivals:
                arrival.belong(partial(self._sheet.add, out.home))
        self._screen.do(self.keep)

    async def keep(self) -> None:
        """Store what is written, and what was sent and is not stored yet, in every conversation.

        Raises:
            StoreError: it cannot be stored.
        """
        await self._sheet.keep()
        await self._screen.drafting.flush_all()
