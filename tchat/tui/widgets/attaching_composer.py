"""The part of the composer below the text: the attachments, how large and dear it all would be, and marks in the text.

Law: a mark in the text stands for one attachment, whatever comes and goes.
"""

from abc import abstractmethod
from collections.abc import Callable

from textual import events, on
from textual.actions import SkipAction
from textual.reactive import reactive
from textual.widgets import Static

from tchat.domain.message import Attachment
from tchat.domain.text import one_line
from tchat.tui.marks import marks_of, without
from tchat.tui.pastes import Pastes
from tchat.tui.widgets.chips import Chips, Reading
from tchat.tui.widgets.composer_messages import ComposerMessages
from tchat.tui.widgets.prompt_area import PromptArea


class AttachingComposer(ComposerMessages):
    """Holds attachments beside a text."""

    estimate: reactive[str] = reactive("")
    """Size and cost of what would be sent, as the screen knows them."""

    reading: reactive[tuple[str, ...]] = reactive(())
    """What is being read to be attached."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id)
        self._pastes = Pastes()
        self._area = self._made_area(self._pastes)
        self._chips = Chips()
        self._status = Static(id="estimate", markup=False)

    @abstractmethod
    def _made_area(self, pastes: Pastes) -> PromptArea:
        """Return the text."""

    @abstractmethod
    def _changed(self) -> None:
        """Notice that the draft is another one."""

    def attach(self, part: Attachment) -> None:
        """Add an attachment."""
        self._hold((*self._chips.parts, part))
        self._changed()

    def detach(self, part: Attachment) -> None:
        """Let an attachment go, and what the text says of it."""
        if part in self._chips.parts:
            self._chips.remove_part(self._chips.parts.index(part))

    def read_by(self, read: Callable[[Attachment], Reading]) -> None:
        """Show what another model makes of the attachments."""
        self._chips.read_by(read)

    def _hold(self, parts: tuple[Attachment, ...]) -> None:
        """Show these attachments, and set their marks off in the text."""
        self._chips.parts = parts
        marks = marks_of(parts)
        if marks != self._pastes.labels:
            self._pastes.labels = marks
            self._area.repaint()

    def _show_foot(self) -> None:
        self.set_class(bool(self._chips.parts or self.estimate or self.reading), "-with-foot")

    def watch_estimate(self) -> None:
        """Show it beside the attachments, or what is being read for it."""
        many = len(self.reading)
        reading = f"reading {self.reading[0] if many == 1 else f'{many} files'} …" if many else ""
        self._status.update(one_line(reading or self.estimate))
        self._show_foot()

    def watch_reading(self) -> None:
        """Say what is being read."""
        self.watch_estimate()

    def action_choose_attachment(self) -> None:
        """Go to the attachments."""
        if not self._chips.parts:
            raise SkipAction
        self._chips.choose_last()

    def passes_on(self, key: events.Key) -> bool:
        """Hand a key to the attachments if keys belong to them by now; PromptArea calls it."""
        if self._chips.takes_keys:
            self._chips.post_message(events.Key(key.key, key.character))
            return True
        return False

    def _open_marked(self) -> bool:
        """Show the attachment whose mark is nearest to the cursor in its line; return whether there is one."""
        marks = marks_of(self._chips.parts)
        mark = self._area.nearest_mark
        if mark not in marks:
            return False
        self.post_message(self.AttachmentOpened(self._chips.parts, marks.index(mark), "preview"))
        return True

    @on(Chips.Opened)
    def _take_opened(self, event: Chips.Opened) -> None:
        event.stop()
        if event.way == "mark":
            self.screen.set_focus(self._area)
            self._area.write(marks_of(self._chips.parts)[event.index])
        else:
            self.post_message(self.AttachmentOpened(self._chips.parts, event.index, event.way))

    @on(Chips.TypedOn)
    def _take_typed(self, event: Chips.TypedOn) -> None:
        event.stop()
        self._area.post_message(events.Key(event.key.key, event.key.character))

    @on(Chips.Removed)
    def _take_removed(self, event: Chips.Removed) -> None:
        event.stop()
        text = self._area.text
        spoken = without(text, event.before, event.index)
        self._hold(self._chips.parts)
        if spoken != text:
            self._area.rewrite(spoken)
        self._changed()
