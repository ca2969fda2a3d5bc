"""The part of the composer above the text: messages that wait for the reply before them.

Law: a message that waits is sent, taken back into the text, or can be recalled.
"""

from abc import abstractmethod

from textual import on
from textual.actions import SkipAction

from tchat.domain.draft import Draft
from tchat.tui.widgets.attaching_composer import AttachingComposer
from tchat.tui.widgets.queued_rows import QueuedRows


class QueuingComposer(AttachingComposer):
    """Holds messages until they can be sent."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id)
        self._queue = QueuedRows()

    @abstractmethod
    def _take_back(self, draft: Draft) -> None:
        """Put a queued message before what is being written."""

    @abstractmethod
    def recall_unsent(self, text: str) -> None:
        """Let a text that was given up be recalled as the newest prompt."""

    def queue(self, draft: Draft) -> None:
        """Keep a message until it can be sent."""
        self._queue.drafts = (*self._queue.drafts, draft)
        self._changed()

    def take_queued(self) -> Draft | None:
        """Return the message that waits longest, which waits no more; None if there is none."""
        draft = self._queue.take(0) if self._queue.drafts else None
        self._changed()
        return draft

    def let_queue_wait_for_enter(self, *, waits: bool) -> None:
        """Say whether what is queued is sent by Enter in the empty composer, and by nothing else."""
        self._queue.waits_for_enter = waits

    def action_take_back(self) -> None:
        """Take the newest queued message back into the text."""
        if not self._queue.drafts:
            raise SkipAction
        self._take_back(self._queue.take(len(self._queue.drafts) - 1))

    @on(QueuedRows.TakenBack)
    def _take_taken_back(self, event: QueuedRows.TakenBack) -> None:
        event.stop()
        self._take_back(event.draft)

    @on(QueuedRows.Discarded)
    def _take_discarded(self, event: QueuedRows.Discarded) -> None:
        event.stop()
        if event.draft.attachments:  # which cannot be recalled
            self._take_back(event.draft)
        else:
            self.recall_unsent(event.draft.full_text)
            self.notify("taken out of the queue; Alt+Up brings it back", markup=False)
            self._changed()
