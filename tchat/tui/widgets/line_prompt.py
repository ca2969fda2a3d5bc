"""A question that is answered with one line, in the place where it came up."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.suggester import SuggestFromList
from textual.widget import Widget
from textual.widgets import Input, Label

from tchat.tui.widgets.line_input import LineInput


class LinePrompt(Widget):
    """Hidden until `ask`; posts the answer, or that there is none."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel", id="prompt.cancel", tooltip="Leave everything as it is"),
        Binding("tab", "complete", "Complete", id="prompt.complete", tooltip="Take the completion that is shown"),
        Binding("up", "choose(-1)", "Choice before", id="prompt.previous", tooltip="Take the known answer before"),
        Binding("down", "choose(1)", "Next choice", id="prompt.next", tooltip="Take the next known answer"),
    ]

    class Answered(Message):
        """The line was entered."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Cancelled(Message):
        """There is no answer."""

    def __init__(self) -> None:
        super().__init__()
        self._choices: tuple[str, ...] = ()
        self.display = False

    def ask(self, question: str, answer: str, choices: Sequence[str] = ()) -> None:
        """Ask; `answer` stands there to be changed, `choices` complete what is typed.

        The question and the line are made when something is asked: the main screen has a prompt, and most never ask.
        """
        if not self.children:
            self.mount(Label(markup=False), LineInput(compact=True))
        self._choices = tuple(choices)
        self.query_one(Label).update(question)
        line = self.query_one(Input)
        line.suggester = SuggestFromList(self._choices, case_sensitive=False) if self._choices else None
        line.value = answer
        self.display = True
        line.focus()

    @on(Input.Submitted)
    def _take_line(self, event: Input.Submitted) -> None:
        event.stop()
        self.display = False
        self.post_message(self.Answered(event.value))

    @on(Input.Changed)
    def _keep_changes(self, event: Input.Changed) -> None:
        event.stop()

    def action_cancel(self) -> None:
        """Leave everything as it is."""
        self.display = False
        self.post_message(self.Cancelled())

    def action_complete(self) -> None:
        """Take the completion that is shown."""
        line = self.query_one(Input)
        line.action_end()
        line.action_cursor_right()

    def action_choose(self, step: int) -> None:
        """Take another one of the known answers."""
        if self._choices:
            line = self.query_one(Input)
            known = self._choices.index(line.value) if line.value in self._choices else min(0, -step)
            line.value = self._choices[(known + step) % len(self._choices)]
            line.action_end()
