"""Writing on the main screen: what is sent, edited, queued and kept, and what the composer asks for."""

import asyncio
from abc import abstractmethod
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from msgspec.structs import replace
from textual import events, on
from textual.worker import Worker

from tchat.domain.draft import Draft
from tchat.domain.errors import TchatError
from tchat.domain.message import Message
from tchat.domain.model import ModelRef
from tchat.engine.fitting_in import Fit
from tchat.engine.foreseeing import Prospect
from tchat.runtime import Runtime
from tchat.tui.acting import Acting
from tchat.tui.attaching import Attaching
from tchat.tui.choice import Choice
from tchat.tui.commanding import Commanding
from tchat.tui.drafting import Drafting
from tchat.tui.estimating import Estimating, is_blank, told
from tchat.tui.screens.organising import OrganisingScreen
from tchat.tui.sending import draft_of, message_of
from tchat.tui.visiting import Visiting
from tchat.tui.widgets.composer import Composer
from tchat.tui.widgets.transcript import Transcript

if TYPE_CHECKING:
    from tchat.tui.templates.named import Named

COUNT_AFTER = 0.6
"""Seconds without a change after which a draft is counted by its provider."""
_LINE_ENDS = ("enter", "ctrl+j")
"""The Enter key, and what the terminal makes of it as long as nobody reads its keys."""


_ASKS_AGAIN = Draft(text="r")
_LONE_SECONDS = 0.4
"""How long a letter stands alone in the composer, beyond the time after which a draft is told, until it is a key."""


class WritingScreen(OrganisingScreen):
    """Takes what is written from the composer, and gives back what could not be sent."""

    runtime: Runtime
    composer: Composer
    transcript: Transcript
    visiting: Visiting
    attaching: Attaching
    acting: Acting
    _commanding: Commanding
    _drafting: Drafting
    _estimating: Estimating

    def __init__(self) -> None:
        super().__init__()
        self._is_ready = asyncio.Event()
        """Set while what is written belongs to the conversation that is shown, and the model is known."""
        self._turning = asyncio.Lock()
        """Held while another conversation is turned to."""
        self._editing: str | None = None
        """The message whose other wording is being written."""
        self._set_aside = Draft()
        """What was being written before that."""
        self._to_estimate = Draft()
        """What the composer is to say the size of."""
        self._estimation: Worker[None] | None = None
        self._under_way: Draft | None = None
        """What was sent and is not stored yet."""

    @on(Composer.Sent)
    def _take_sent(self, event: Composer.Sent) -> None:
        draft = event.draft
        self.composer.clear()
        if self._editing is None and draft.text.startswith("#"):
            self.do(lambda: self._run_or_send(draft))
        else:
            self._send_or_queue(draft)

    async def _run_or_send(self, draft: Draft) -> None:
        """Run the template whose name begins what was written, or send it if there is none."""
        self._under_way = draft
        try:
            named = await self.visiting.desk.named(draft)
        except TchatError as error:
            self._give_back(error)
            return
        self._under_way = None
        if named is None:
            self._send_or_queue(draft)
        else:
            await self._run_named(named, draft)

    def _send_or_queue(self, draft: Draft) -> None:
        if self.talk.live is not None and self._editing is None:
            self.composer.queue(draft)
        else:
            self.do(lambda: self.send(draft))

    async def _run_named(self, named: "Named", draft: Draft) -> None:
        """Run a template on what was written; that comes back into the composer where it cannot be run."""
        await self._is_ready.wait()
        try:
            await self.visiting.desk.run_named(named, draft)
        except TchatError as error:
            self.composer.restore(draft.followed_by(self.composer.draft))
            self.trouble(error)

    @on(Composer.TemplateChosen)
    def _take_template(self, event: Composer.TemplateChosen) -> None:
        self.do(lambda: self.visiting.desk.open_on(event.name, self.composer.draft))

    async def send(self, draft: Draft, *, fit: Fit = "refuse") -> None:
        """Send what was written; it comes back into the composer where it cannot be stored, or does not fit."""
        self._under_way = draft
        await self._is_ready.wait()
        edited = self._editing
        if fit == "refuse" and (prospect := await self._too_long(draft, edited)) is not None:
            self._take_back()
            self._offer(prospect, self._send_written, has_turns=bool(self.talk.planned(edited)[1]))
            return
        message = message_of(draft)
        self._editing = None
        try:
            if edited is None:
                await self.talk.send(message, fit=fit)
            else:
                await self.talk.resend(edited, message, fit=fit)
                self.restore(self._set_aside)
                self._set_aside = Draft()
        except TchatError as error:
            self._editing = edited
            self._give_back(error)

    async def go_on(self, message: Message, *, fit: Fit = "refuse") -> None:
        """Say something at the end of the conversation, whatever is being written."""
        if fit == "refuse" and (prospect := await self._too_long(draft_of(message), None)) is not None:
            self._offer(prospect, lambda way: self.go_on(message, fit=way))
        else:
            await self.talk.send(message, fit=fit)

    async def ask_again(self, message_id: str, choice: Choice | None = None, *, fit: Fit = "refuse") -> None:
        """Have a message answered again, or, for a reply, the message before it."""
        said = self.talk.answered_by(message_id)
        prospect = await self._too_long(draft_of(said.message), said.id, choice) if fit == "refuse" else None
        if prospect is None:
            await self.talk.again(message_id, choice, fit=fit)
            return
        has_turns = bool(self.talk.planned(said.id)[1])
        self._offer(prospect, lambda way: self.ask_again(message_id, choice, fit=way), choice, has_turns=has_turns)

    async def _too_long(self, draft: Draft, instead_of: str | None, choice: Choice | None = None) -> Prospect | None:
        """Return what a draft would take, if it does not fit; None where it does, or where that cannot be told."""
        if not self.runtime.facts((choice or self.talk.choice).ref).window:
            return None
        try:
            prospect = await self._estimating.foresee(draft, instead_of, choice)
        except TchatError:
            return None  # sending it meets the same error, and tells it
        return None if prospect is None or prospect.fits else prospect

    async def _send_written(self, fit: Fit) -> None:
        """Send what is in the composer; what is queued stays there."""
        draft = replace(self.composer.draft, queued=())
        self.composer.restore(Draft(queued=self.composer.draft.queued))
        await self.send(draft, fit=fit)

    def _offer(
        self,
        prospect: Prospect,
        go: Callable[[Fit], Coroutine[None, None, None]],
        choice: Choice | None = None,
        *,
        has_turns: bool = True,
    ) -> None:
        """Offer what can be done about what does not fit; `go` asks for it even so."""
        from tchat.tui.screens.too_long import TooLongScreen, Way

        def decided(way: Way | None) -> None:
            if way == "model":
                self.visiting.pick_model(self.use_model)
            elif way is not None:
                self.do(lambda: go(way))

        facts = self.runtime.facts((choice or self.talk.choice).ref)
        self.app.push_screen(TooLongScreen(prospect.tokens, facts, has_turns=has_turns), decided)

    @abstractmethod
    async def use_model(self, ref: ModelRef) -> None:
        """Ask another model from here on."""

    def restore(self, draft: Draft) -> None:
        """Put another draft into the composer."""
        self.composer.restore(draft)
        self._show_estimate(self.composer.draft)

    def write(self) -> None:
        """Let the user go on writing."""
        self.composer.focus()

    def edit(self, message_id: str, draft: Draft) -> None:
        """Write another wording of a message; what is being written comes back after that."""
        if self._editing is None:
            self._set_aside = self.composer.draft
        self._editing = message_id
        self.restore(draft)
        self.composer.focus()
        self.say("editing: Enter sends it as a sibling, Esc leaves it as it was")

    @on(Composer.Stopped)
    def _take_stopped(self) -> None:
        if self._editing is not None:
            self._editing = None
            self.restore(self._set_aside)
            self._set_aside = Draft()
        elif not self.talk.stop():
            self.clear_selection()

    @on(Composer.CursorLeftUp)
    def _go_up(self) -> None:
        if self.transcript.entries:
            self.transcript.focus()

    @on(Transcript.Left)
    def _go_down(self) -> None:
        self.composer.focus()

    def on_key(self, event: events.Key) -> None:
        """Give the composer what was typed before it had the focus; the app has nobody else for it at the start."""
        is_text = (event.is_printable and "+" not in event.key) or event.key in _LINE_ENDS
        if is_text and (self.focused is None or self.composer.has_focus_within):
            event.stop()
            self.composer.focus()
            self.composer.take_key(event)

    @on(Transcript.TypedOn)
    def _take_key(self, event: Transcript.TypedOn) -> None:
        self.composer.take_key(event.key)

    @on(Composer.SentNothing)
    def _take_enter(self) -> None:
        """Go on from a reply that broke off, as it says below it."""
        self.do(lambda: self.acting.take_offer("unfold"))

    def _take_letter(self) -> None:
        """Ask again, as it says below a reply that failed, where r was typed and nothing after it."""
        if self.composer.draft == _ASKS_AGAIN and self._editing is None and self.acting.offers("again"):
            self.restore(Draft())
            self.do(lambda: self.acting.take_offer("again"))

    @on(Composer.DraftChanged)
    def _take_draft(self, event: Composer.DraftChanged) -> None:
        self._show_estimate(event.draft)
        if event.draft == _ASKS_AGAIN and self.acting.offers("again"):
            self.set_timer(_LONE_SECONDS, self._take_letter, name="lone letter")
        if self._under_way is None:
            self.do(self._keep_draft)

    def _show_estimate(self, draft: Draft) -> None:
        """Tell what a draft would take, as soon as that is known; at most one is looked at at a time."""
        self._to_estimate = draft
        if is_blank(draft):
            self.composer.estimate = ""
        elif self.talk.choice.ref.provider and (self._estimation is None or self._estimation.is_finished):
            self._estimation = self.run_worker(self._estimate, group="estimating")

    async def _estimate(self) -> None:
        draft = None
        while draft is not self._to_estimate:
            draft = self._to_estimate
            if is_blank(draft):
                return
            try:
                prospect = await self._estimating.foresee(draft, self._editing)
            except TchatError:
                prospect = None
            if draft is self._to_estimate:
                detail = self.talk.choice.settings.detail if draft.attachments else None
                self.composer.estimate = told(prospect, detail)
        if draft is not None and self._estimating.may_count():
            self.run_worker(self._count(draft), group="counting", exclusive=True)

    async def _count(self, draft: Draft) -> None:
        """Have a draft counted by its provider, once nothing was changed for a moment."""
        await asyncio.sleep(COUNT_AFTER)
        if draft is self._to_estimate and await self._estimating.count(draft) and draft is self._to_estimate:
            self._show_estimate(draft)

    async def leave(self) -> None:
        """Keep what is written and what has arrived.

        Raises:
            StoreError: what is written cannot be kept.
        """
        await self._is_ready.wait()
        if self.talk.live is not None and self.talk.live.is_summarising:
            self._take_back()
        await self._keep_draft()
        await self.talk.aclose()

    @asynccontextmanager
    async def turning(self) -> AsyncGenerator[None]:
        """Keep what is being written where it is written, while another conversation is turned to.

        What is typed meanwhile belongs to that one; where it cannot be turned to, everything stays.
        """
        async with self._turning:
            await self._is_ready.wait()
            written = self._written
            self._is_ready.clear()
            self._editing, self._set_aside = None, Draft()
            self.restore(Draft())
            try:
                await self._keep(written)
                yield
                await self._restore_draft()
            except TchatError:
                self.restore(written.followed_by(self.composer.draft))
                raise
            finally:
                self._is_ready.set()

    @property
    def _written(self) -> Draft:
        """What is being written, and what was put aside to edit a message."""
        is_editing = self._editing is not None and not self._set_aside.is_empty
        return self._set_aside.followed_by(self.composer.draft, "\n\n") if is_editing else self.composer.draft

    async def _keep_draft(self) -> None:
        if self._is_ready.is_set():
            await self._keep(self._written)

    async def _keep(self, draft: Draft) -> None:
        await self._drafting.keep(self.talk.conversation.id if self.talk.conversation else None, draft)

    async def _move_draft(self) -> None:
        """Keep what is being written with the conversation that has just begun, and not as that of the next new one."""
        await self._drafting.keep(None, Draft())
        await self._keep_draft()

    async def _restore_draft(self) -> None:
        """Bring back what was being written in this conversation; what was typed meanwhile comes after it."""
        kept = await self._drafting.find(self.talk.conversation.id if self.talk.conversation else None)
        if not kept.is_empty:
            self.restore(kept.followed_by(self.composer.draft))

    @on(Composer.CommandGiven)
    def _take_command(self, event: Composer.CommandGiven) -> None:
        self._commanding.run(event.name, event.argument)

    @on(Composer.Refused)
    def _take_refused(self, event: Composer.Refused) -> None:
        self.say(event.text, "warning")

    @on(Composer.PathsPasted)
    def _take_pasted_paths(self, event: Composer.PathsPasted) -> None:
        self.do(lambda: self.attaching.attach(event.paths))

    @on(Composer.FilesChosen)
    def _take_files(self, event: Composer.FilesChosen) -> None:
        self.do(lambda: self.attaching.attach(event.paths))

    @on(Composer.ClipboardPasted)
    def _take_clipboard(self) -> None:
        self.do(self.attaching.paste)

    @on(Composer.AttachmentOpened)
    def _take_attachment(self, event: Composer.AttachmentOpened) -> None:
        self.attaching.open(event.parts, event.index, event.way)

    @on(Transcript.AttachmentChosen)
    def _take_chosen_attachment(self, event: Transcript.AttachmentChosen) -> None:
        self.attaching.preview(event.entry, event.number)

    @on(Composer.EditorAsked)
    def _take_editor(self) -> None:
        self.do(self.visiting.use_editor)

    def _give_back(self, error: TchatError | None) -> None:
        """Put what could not be sent, or was stopped before it was (None), back where it was written."""
        self._take_back()
        if error is None:
            self.say("stopped: nothing was sent, and what you wrote is back")
        else:
            self.trouble(error)

    def _take_back(self) -> None:
        if self._under_way is not None:
            self.restore(self._under_way.followed_by(self.composer.draft))
            self._under_way = None
