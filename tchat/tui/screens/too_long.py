"""A choice in place of sending, where a conversation does not fit the model's window any more."""

import time
from collections.abc import Callable
from typing import ClassVar, Literal

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tchat.domain.figures import oldest_turns, short_count
from tchat.domain.model import ModelFacts
from tchat.domain.text import one_line
from tchat.engine.shortening import WaysOut

PAUSE = 0.8
"""Seconds without a key after which a letter is an answer: it comes up while one may be typing."""
Way = Literal["summarise", "drop", "model"]
"""What is done about it: the oldest turns are summarised or left out of what is sent, or another model is asked."""


class TooLongScreen(ModalScreen[Way | None]):
    """Gives what is to be done; None sends nothing.

    Args:
        tokens: about how many would be sent.
        facts: the model.
        ways: what helps.
        has_turns: whether there is an earlier turn.
        typed: takes what is typed by who does not mean this.
    """

    CSS_PATH = "question.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "s",
            "summarise",
            "Summarise",
            id="too-long.summarise",
            tooltip="Have the oldest turns summarised, and send the summary in their place",
        ),
        Binding("d", "drop", "Drop", id="too-long.drop", tooltip="Send it without the oldest turns"),
        Binding("m", "choose_model", "Model", id="too-long.model", tooltip="Choose a model with a larger window"),
        Binding("escape,n", "cancel", "Leave", id="too-long.cancel", tooltip="Send nothing; the draft stays"),
    ]

    def __init__(
        self,
        tokens: int,
        facts: ModelFacts,
        ways: WaysOut,
        *,
        has_turns: bool,
        typed: Callable[[events.Key | events.Paste], None],
    ) -> None:
        super().__init__()
        self._typed = typed
        self._quiet_since = time.monotonic()
        self._tokens = tokens
        self._facts = facts
        self._summary = ways.summary
        self._left_out = ways.left_out
        self._has_turns = has_turns

    @property
    def takes_answers(self) -> bool:
        """Whether nothing was typed for a moment."""
        return time.monotonic() - self._quiet_since >= PAUSE

    def on_key(self, event: events.Key) -> None:
        """Hand on the letters of who was typing when this came up: the first one after a pause is an answer."""
        is_answer, self._quiet_since = self.takes_answers, time.monotonic()
        if (event.is_printable or event.key == "backspace") and not is_answer:
            self._typed(event)
            event.stop()
            event.prevent_default()

    def on_paste(self, event: events.Paste) -> None:
        """Hand on what is pasted: it is no answer."""
        event.stop()
        self._typed(event)

    def compose(self) -> ComposeResult:
        """Put the ways out below what is the matter."""
        what = "This conversation" if self._has_turns else "This message"
        with Vertical(id="question"):
            yield Static(f"{what} does not fit the model", classes="title", markup=False)
            yield Static(
                f"It would be about {short_count(self._tokens)} tokens and a reply; {one_line(self._facts.name)} takes"
                f" {short_count(self._facts.window)} together. Nothing was sent, and what you wrote stays.",
                markup=False,
                classes="text",
            )
            if self._has_turns and self._summary is None:
                no_use = "Even with a summary in place of the oldest turns it would not fit"
                more = ", nor without them." if self._left_out is None else "."
                yield Static(f"{no_use}{more}", markup=False, classes="text")
            yield Static(Content("\n").join(self._ways()), markup=False, classes="keys")

    def _ways(self) -> list[Content]:
        """Return what each key does."""
        ways: list[tuple[str, str]] = []
        if self._summary is not None:
            ways.append(("s", f"{self._summary.deed}\n    {self._summary.dollars}"))
        if self._left_out is not None:
            ways.append(("d", f"leave out the {oldest_turns(self._left_out)} this once"))
        ways += [("m", "another model"), ("Esc", "go back")]
        return [Content.assemble((f"{key:<4}", "bold $foreground"), what) for key, what in ways]

    def action_summarise(self) -> None:
        """Summarise the oldest turns."""
        if self._summary is not None:
            self.dismiss("summarise")

    def action_drop(self) -> None:
        """Leave out the oldest turns."""
        if self._left_out is not None:
            self.dismiss("drop")

    def action_choose_model(self) -> None:
        """Choose another model."""
        self.dismiss("model")

    def action_cancel(self) -> None:
        """Send nothing."""
        self.dismiss(None)
