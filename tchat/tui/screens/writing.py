"""Writing on the main screen: what the composer tells and asks for, and what a draft would take."""

import asyncio
from abc import abstractmethod
from typing import TYPE_CHECKING

from textual import events, on
from textual.worker import Worker

from tchat.domain.draft import Draft
from tchat.domain.errors import TchatError
from tchat.domain.model import ModelRef
from tchat.runtime import Runtime
from tchat.tui.acting import Acting
from tchat.tui.attaching import Attaching
from tchat.tui.commanding import Commanding
from tchat.tui.drafting import Drafting
from tchat.tui.estimating import Estimating, is_blank, told
from tchat.tui.key_order import all_caught_up, caught_up
from tchat.tui.screens.organising import OrganisingScreen
from tchat.tui.sending import Decide, Sending
from tchat.tui.sheet import Sheet
from tchat.tui.visiting import Visiting
from tchat.tui.widgets.composer import Composer
from tchat.tui.widgets.prompt_area import PromptArea
from tchat.tui.widgets.transcript import Transcript
from tchat.tui.widgets.welcome import Way, Welcome

if TYPE_CHECKING:
    from tchat.engine.foreseeing import Prospect
    from tchat.engine.shortening import WaysOut

COUNT_AFTER = 0.6
"""Seconds without a change after which a draft is counted by its provider."""
_LINE_ENDS = ("enter", "ctrl+j")
"""The Enter key, and what the terminal makes of it as long as nobody reads its keys."""
_EDITING = "editing, Esc leaves"
"""Stands before the size of what will be a sibling."""
_ASKS_AGAIN = Draft(text="r")
"""What asks again where the end of the conversation says that r does; elsewhere it is a message."""


class WritingScreen(OrganisingScreen):
    """Hands on what the composer tells."""

    runtime: Runtime
    composer: Composer
    transcript: Transcript
    visiting: Visiting
    attaching: Attaching
    acting: Acting
    _commanding: Commanding
    _welcome: Welcome
    drafting: Drafting
    estimating: Estimating
    sheet: Sheet
    sending: Sending

    def __init__(self) -> None:
        super().__init__()
        self._to_estimate = Draft()
        """What the composer is to say the size of."""
        self._estimation: Worker[None] | None = None

    @on(Composer.Sent)
    def _take_sent(self, event: Composer.Sent) -> None:
        if event.draft == _ASKS_AGAIN and self.sheet.editing is None and self.acting.offers("again"):
            self.composer.take(event)
            self.do(lambda: self.acting.take_offer("again"))
        else:
            self.sending.take(event)

    @on(Composer.TemplateChosen)
    def _take_template(self, event: Composer.TemplateChosen) -> None:
        self.do(lambda: self.visiting.desk.open_on(event.name, self.composer.draft))

    def offer(self, prospect: "Prospect", ways: "WaysOut", decide: Decide, ref: ModelRef, *, has_turns: bool) -> None:
        """Offer what can be done about what does not fit a model."""
        from tchat.tui.screens.too_long import TooLongScreen, Way

        def decided(way: Way | None) -> None:
            decide(None if way == "model" else way)
            if way == "model":
                self.visiting.pick_model(self.use_model)

        facts = self.talk.facts_of(ref)
        page = TooLongScreen(prospect.tokens, facts, ways, has_turns=has_turns, typed=self.composer.take_typed)
        self.app.push_screen(page, decided)

    @abstractmethod
    async def use_model(self, ref: ModelRef) -> None:
        """Ask another model from here on."""

    def restore(self, draft: Draft) -> None:
        """Put another draft into the composer."""
        self.composer.restore(draft)
        self.written_anew()

    def written_anew(self) -> None:
        """Tell what another draft in the composer would take."""
        self._show_estimate(self.composer.draft)

    def write(self) -> None:
        """Let the user go on writing."""
        self.composer.focus()

    def edit(self, message_id: str, draft: Draft) -> None:
        """Write another wording of a message; what is being written comes back after that."""
        if self.sheet.is_leaving:
            return
        self.sheet.edit(message_id, draft)
        self.composer.focus()
        self.say("editing: Enter sends it as a sibling, Esc leaves it as it was")

    @on(Composer.Stopped)
    def _take_stopped(self) -> None:
        draft = self.composer.draft
        wording = draft.full_text
        if self.sheet.leave_edit():
            if wording.strip() and wording not in self.composer.prompts:
                self.composer.recall_unsent(wording)
                text = "its text" if draft.attachments else "it"
                self.say(f"the other wording was not sent; Alt+Up brings {text} back")
        elif not self.sending.stop():
            self.clear_selection()

    @on(Composer.CursorLeftUp)
    def _go_up(self) -> None:
        if self.transcript.entries:
            self.transcript.enter()
        else:
            self._welcome.focus_ways()

    @on(Transcript.Left)
    @on(Way.Left)
    def _go_down(self) -> None:
        self.composer.focus()

    def on_key(self, event: events.Key) -> None:
        """Give the composer what was typed before it had the focus; the app has nobody else for it at the start."""
        is_text = (event.is_printable and "+" not in event.key) or event.key in _LINE_ENDS
        if is_text and (self.focused is None or self.composer.has_focus_within):
            event.stop()
            self.composer.take_typed(event)

    @on(Transcript.TypedOn)
    @on(Way.TypedOn)
    def _take_key(self, event: Transcript.TypedOn | Way.TypedOn) -> None:
        self.composer.focus()
        self.composer.take_typed(event.key)

    async def on_paste(self, event: events.Paste) -> None:
        """Write what is pasted, whatever keys are for at the moment; lines to type in take their own."""
        event.stop()
        self.composer.focus()
        await self.composer.receive(event.text)

    @on(Composer.SentNothing)
    def _take_enter(self) -> None:
        """Go on from a reply that broke off, as it says below it; else send what is queued."""
        if self.acting.offers("unfold") or not self.sending.send_next():
            self.do(lambda: self.acting.take_offer("unfold"))

    def name_what_waits(self) -> None:
        """Say whether Enter sends what is queued."""
        waits = not self.sending.is_busy and not self.acting.offers("unfold")
        self.composer.let_queue_wait_for_enter(waits=waits)

    @on(Composer.DraftChanged)
    def _take_draft(self, event: Composer.DraftChanged) -> None:
        self._show_estimate(event.draft)
        self.name_what_waits()
        self.visiting.beside.follow()
        self.do(self.sheet.keep)

    def _show_estimate(self, draft: Draft) -> None:
        """Tell what a draft would take, as soon as that is known; at most one is looked at at a time."""
        self._to_estimate = draft
        if is_blank(draft):
            self._tell_size("")
        elif self.talk.choice.ref.provider and (self._estimation is None or self._estimation.is_finished):
            self._estimation = self.run_worker(self._estimate, group="estimating")

    def _tell_size(self, size: str) -> None:
        """Tell the size of a draft, and whether it is another wording of a message."""
        self.composer.estimate = " · ".join(filter(None, (_EDITING if self.sheet.editing else "", size)))

    async def _estimate(self) -> None:
        draft = None
        while draft is not self._to_estimate:
            draft = self._to_estimate
            if is_blank(draft):
                return
            try:
                prospect = await self.estimating.foresee(draft, self.talk.plan(self.sheet.editing))
            except TchatError:
                prospect = None
            if draft is self._to_estimate:
                detail = self.talk.choice.settings.detail if draft.attachments else None
                self._tell_size(told(prospect, detail))
        if draft is not None and self.estimating.may_count():
            self.run_worker(self._count(draft), group="counting", exclusive=True)

    async def _count(self, draft: Draft) -> None:
        """Have a draft counted by its provider, once nothing was changed for a moment."""
        await asyncio.sleep(COUNT_AFTER)
        if draft is self._to_estimate and await self.estimating.count(draft) and draft is self._to_estimate:
            self._show_estimate(draft)

    async def caught_up(self) -> None:
        """Wait until all that was pressed so far is written, sent or asked for; not within a message of this screen."""
        text = self.composer.query_one(PromptArea)
        await caught_up(self)
        for widget in (text, self.focused or text, text):  # keys are handed on in this order
            await all_caught_up(widget)

    async def leave(self) -> None:
        """Keep what is written and what has arrived.

        Raises:
            StoreError: what is written cannot be kept.
        """
        await self.caught_up()
        await self.attaching.finish()
        await self.sheet.ready()
        await self.sending.keep()
        await self.sending.all_decided()
        await self.sending.keep()
        await self.talk.aclose()
        await self.drafting.flush_all()

    @on(Composer.CommandGiven)
    def _take_command(self, event: Composer.CommandGiven) -> None:
        self._commanding.run(event.name, event.argument)

    @on(Composer.Refused)
    def _take_refused(self, event: Composer.Refused) -> None:
        self.say(event.text, "warning")

    @on(Composer.PathsPasted)
    def _take_pasted_paths(self, event: Composer.PathsPasted) -> None:
        self.attaching.attach(event.paths)

    @on(Composer.FilesChosen)
    def _take_files(self, event: Composer.FilesChosen) -> None:
        self.attaching.attach(event.paths)

    @on(Composer.ClipboardPasted)
    def _take_clipboard(self) -> None:
        self.attaching.paste()

    @on(Composer.AttachmentOpened)
    def _take_attachment(self, event: Composer.AttachmentOpened) -> None:
        self.attaching.open(event.parts, event.index, event.way)

    @on(Transcript.AttachmentChosen)
    def _take_chosen_attachment(self, event: Transcript.AttachmentChosen) -> None:
        self.attaching.preview(event.entry, event.number)

    @on(Composer.EditorAsked)
    def _take_editor(self) -> None:
        self.do(self.visiting.use_editor)
