"""Where messages are written: the text, its attachments, and the messages that wait to be sent.

Law: what is typed is never lost. What was sent stays in the draft until the screen has taken it, and comes back into
the text if the screen does not.
"""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Self

from msgspec.structs import replace
from textual import events, on
from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import TextArea

from tchat.domain.draft import Draft
from tchat.domain.message import TextPart
from tchat.domain.text import one_line
from tchat.tui.arriving import Arrived
from tchat.tui.command_line import Given, Refusal, meaning
from tchat.tui.commands import Command
from tchat.tui.dropped import dropped_paths
from tchat.tui.key_order import act_at_once, all_caught_up
from tchat.tui.keyboard import teach_alt_enter
from tchat.tui.outbox import Outbox, joined
from tchat.tui.pastes import Pastes, cleaned, has_long_line, is_long
from tchat.tui.widgets.chips import Chips
from tchat.tui.widgets.completer import Completer
from tchat.tui.widgets.completing import CompletionList
from tchat.tui.widgets.composer_keys import COMPOSER_KEYS
from tchat.tui.widgets.draft_teller import DraftTeller
from tchat.tui.widgets.prompt_area import PromptArea
from tchat.tui.widgets.queued_rows import QueuedRows
from tchat.tui.widgets.queuing_composer import QueuingComposer

TAKING_SECONDS = 2.0
"""How long the screen has to take what was sent; then it comes back into the text."""
_REPEAT_SECONDS = 0.5
"""A key that is held down comes again within this."""


class Composer(QueuingComposer):
    """The text being written and all that goes with it. It tells what is asked for and does nothing of it."""

    BINDINGS: ClassVar[list[BindingType]] = COMPOSER_KEYS

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id)
        self._outbox = Outbox()
        self._patience: Timer | None = None
        self._deleted_at = 0.0
        self.commands: Sequence[Command] = ()
        """What can be asked for after a slash."""
        self.templates: Sequence[tuple[str, str]] = ()
        """Templates that can be named after `#`, each with what it is about."""
        self.folder = Path()
        """Where names after `@` and pasted paths begin."""
        self._list = CompletionList(self)
        self._completer = Completer(self._area, self._list, self.post_message)
        self._teller = DraftTeller(self, lambda: self.draft, self._tell)

    def _made_area(self, pastes: Pastes) -> PromptArea:
        return PromptArea(self, pastes)

    def compose(self) -> ComposeResult:
        """Put the parts in their places."""
        yield self._list
        yield self._queue
        yield self._area
        with Horizontal(id="foot"):
            yield self._chips
            yield self._status

    @property
    def prompts(self) -> Sequence[str]:
        """Earlier prompts that can be recalled, newest last."""
        return self._area.recall.prompts

    @prompts.setter
    def prompts(self, prompts: Sequence[str]) -> None:
        self._area.recall.prompts = prompts

    def recall_too(self, text: str) -> None:
        """Let a prompt that was said now be recalled as the newest."""
        self._area.recall.add(text)

    def recall_unsent(self, text: str) -> None:
        """Let a text that was given up be recalled as the newest prompt."""
        self._area.recall.keep(text)

    # --- the draft

    @property
    def draft(self) -> Draft:
        """All that would be lost, what was sent and is not taken yet included."""
        written = self._written
        waiting = self._outbox.waiting
        return replace(joined(*waiting, written) if waiting else written, queued=self._queue.drafts)

    @property
    def _written(self) -> Draft:
        text = self._area.text
        return Draft(text=text, pastes=self._pastes.used_in(text), attachments=self._chips.parts)

    def _write(self, draft: Draft) -> None:
        """Put a draft in place of what is written, as one step of undo for the text."""
        self._area.rewrite(draft.text)
        self._hold(draft.attachments)
        self._changed()

    def rewrite(self, text: str) -> None:
        """Put another text in place of what is written, as one step of undo; attachments stay."""
        self._write(replace(self._written, text=self._pastes.fold_long_lines(cleaned(text))))

    def restore(self, draft: Draft) -> Draft:
        """Hold another draft, queue included, with nothing to undo; return the one that was held before.

        A change of the earlier draft that was not told yet is in what is returned and is not told any more.
        """
        before = self.draft
        self._outbox.give_back()
        self._begin_with(draft)
        self._teller.know(self.draft)
        return before

    def put_before(self, draft: Draft) -> None:
        """Hold a draft before what is written, queue included; what was sent and is not taken yet still is."""
        self._begin_with(draft.followed_by(replace(self._written, queued=self._queue.drafts)))
        self._changed()

    def _begin_with(self, draft: Draft) -> None:
        self._pastes.begin_anew()
        self._queue.drafts = draft.queued
        self._hold(draft.attachments)
        self._area.begin(self._pastes.fold_long_lines(self._pastes.adopt(cleaned(draft.text), draft.pastes)))
        self._show_foot()

    def take(self, sent: "Composer.Sent") -> bool:
        """Let go of what was sent and of nothing written since; False where it came back into the text before that."""
        if not self._outbox.take(sent.written):
            return False
        self._area.recall.begin_anew()
        self._pastes.begin_anew()
        self._changed()
        return True

    def insert(self, text: str) -> None:
        """Put text at the cursor as if it had been pasted, a long one as a mark."""
        text = cleaned(text)
        self._area.write(self._pastes.fold(text) if is_long(text) else text)

    def insert_paste(self, text: str, name: str = "pasted") -> None:
        """Put a mark at the cursor that stands for a text, however short; `name` says what it is."""
        self._area.write(self._pastes.fold(cleaned(text), name))

    def add(self, arrived: Arrived) -> None:
        """Attach what was read; texts are put at the cursor, each as a mark."""
        if arrived.instead_of is not None:
            self.detach(arrived.instead_of)
        for part in arrived.parts:
            if isinstance(part, TextPart):
                self.insert_paste(part.text, one_line(arrived.name) or "pasted")
            else:
                self.attach(part)

    def take_typed(self, event: events.Key | events.Paste) -> None:
        """Act on what was typed before the focus came here, in its order; now it does: keys are bound where it is."""
        self.screen.set_focus(self._area)
        is_key = isinstance(event, events.Key)
        self._area.post_message(events.Key(event.key, event.character) if is_key else events.Paste(event.text))

    def focus(self, scroll_visible: bool = True) -> Self:  # noqa: FBT001, FBT002  # Textual's signature
        """Let the user write."""
        self._area.focus(scroll_visible)
        return self

    # --- changes

    def edited(self) -> None:
        """Notice that the text has changed; PromptArea calls it."""
        self._completer.look()
        self._teller.changed()

    def _changed(self) -> None:
        self._show_foot()
        self._teller.changed()

    def _tell(self, draft: Draft) -> None:
        """Tell through what holds the composer where that takes no messages of its own any more."""
        message = self.DraftChanged(draft)
        if not self.post_message(message) and isinstance(self.parent, Widget):
            self.parent.post_message(message)

    def on_mount(self) -> None:
        """Be ready for keys."""
        teach_alt_enter()

    def on_unmount(self) -> None:
        """Tell the last change."""
        self._teller.tell_now()

    @on(events.DescendantBlur)
    def _take_blur(self) -> None:
        self._list.decline()
        self._teller.tell_now()

    @on(TextArea.SelectionChanged)
    def _follow_cursor(self, event: TextArea.SelectionChanged) -> None:
        event.stop()
        self._completer.look()

    @on(TextArea.Changed)
    def _keep_to_itself(self, event: TextArea.Changed) -> None:
        event.stop()

    # --- keys and pastes

    async def press(self, key: str) -> bool:
        """Do what a key is bound to here; PromptArea calls it."""
        return await act_at_once(key, self, self._area)

    async def receive(self, text: str) -> None:
        """Take in what the terminal pasted; PromptArea calls it. A terminal pastes a picture as an empty text."""
        if not text:
            self.post_message(self.ClipboardPasted())
        elif paths := await dropped_paths(text, self.folder):
            self.post_message(self.PathsPasted(paths))
        else:
            self.insert(text)

    def on_key(self, event: events.Key) -> None:
        """Let letters that are typed over the attachments or the queue go into the text."""
        if event.is_printable and event.character and not self._area.has_focus and "+" not in event.key:
            event.stop()
            self.focus()
            self._area.write(event.character)

    async def action_send(self) -> None:
        """Choose from the open list, begin a line after a backslash, give a command, or send."""
        if self._completer.takes_enter:
            if self._completer.choose():
                await self._send()
        elif not self._area.begin_line(after_backslash=True):
            await self._send()

    async def _send(self) -> None:
        draft = self._written
        match meaning(draft.text, self.commands):
            case Refusal(text):
                self.post_message(self.Refused(text))
            case Given(name, argument):
                self._area.recall.keep(draft.text)
                self._area.rewrite("")
                self.post_message(self.CommandGiven(name, self._pastes.whole(argument)))
                await all_caught_up(self)  # /new: the next key belongs to another conversation
            case str(text):
                if text.strip() or draft.attachments:
                    self._outbox.send(draft)
                    self._write(Draft())
                    self._wait()
                    self.post_message(self.Sent(replace(draft, text=text), draft))
                else:
                    self.post_message(self.SentNothing())

    def _wait(self) -> None:
        """Give the screen time to take what was sent."""
        if self._patience is not None:
            self._patience.stop()
        self._patience = self.set_timer(TAKING_SECONDS, self._give_back)

    def _give_back(self) -> None:
        if waiting := self._outbox.give_back():
            self._write(joined(*waiting, self._written))

    def action_new_line(self) -> None:
        """Begin a new line."""
        self._area.begin_line()

    def action_up(self) -> None:
        """Go up in the list, to an earlier prompt, out of the empty composer, or in the text."""
        if self._list.is_open:
            self._list.move(-1)
        elif self._area.is_empty:
            self.post_message(self.CursorLeftUp())
        elif self._area.is_on_first_row and self._area.stands_recalled:
            self._area.recall_older()
        else:
            self._area.action_cursor_up()

    def action_down(self) -> None:
        """Go down in the list, to a later prompt, or in the text."""
        if self._list.is_open:
            self._list.move(1)
        elif self._area.is_on_last_row and self._area.stands_recalled:
            self._area.recall_newer()
        else:
            self._area.action_cursor_down()

    def action_recall_older(self) -> None:
        """Recall the prompt before."""
        self._area.recall_older()
        self._list.decline()

    def action_recall_newer(self) -> None:
        """Recall the prompt after, at last what was written."""
        self._area.recall_newer()
        self._list.decline()

    def action_complete(self) -> None:
        """Choose from the open list, or leave the key to the screen."""
        if not self._list.is_open:
            raise SkipAction
        self._completer.choose()

    @on(CompletionList.Picked)
    def _take_picked(self, event: CompletionList.Picked) -> None:
        event.stop()
        self._completer.choose()
        self.focus()

    def action_stop(self) -> None:
        """Close the open list, or ask for the reply to be stopped."""
        if self._list.is_open:
            self._list.decline()
        else:
            self.post_message(self.Stopped())

    def action_delete_left(self) -> None:
        """Delete to the left; in an empty text the last attachment, but not by a key that is held down."""
        now = time.monotonic()
        if not self._area.is_empty:
            self._deleted_at = now
            self._area.action_delete_left()
        elif now - self._deleted_at < _REPEAT_SECONDS:
            self._deleted_at = now
        elif self._chips.parts:
            self._chips.remove_part(len(self._chips.parts) - 1)

    def action_paste_clipboard(self) -> None:
        """Ask for what is on the clipboard."""
        self.post_message(self.ClipboardPasted())

    def action_open_paste(self) -> None:
        """Put a pasted text in place of its mark, or show the attachment of one."""
        if self._open_marked():
            return
        text = self._area.marked_text
        if text is None:
            raise SkipAction
        if has_long_line(text):
            self.post_message(
                self.Refused("it has a line that is too long to be edited here; Ctrl+G opens your editor")
            )
        else:
            self._area.open_mark()

    def action_ask_editor(self) -> None:
        """Ask for the user's own editor."""
        self.post_message(self.EditorAsked())

    def _take_back(self, draft: Draft) -> None:
        """Put a queued message before what is being written."""
        text = self._pastes.adopt(draft.text, draft.pastes)
        self._write(joined(replace(draft, text=text), self._written))
        self.focus()

    @on(Chips.Left)
    @on(QueuedRows.Left)
    def _return_to_text(self, event: Message) -> None:
        event.stop()
        self.focus()
