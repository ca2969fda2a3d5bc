"""An application that knows what its terminal shows: it asks when a picture is to be seen large for the first time."""

import os

from textual import events
from textual.app import App
from textual.reactive import reactive

from tchat.tui.pictures.graphics import shows_pictures
from tchat.tui.pictures.probing import PATIENCE, QUESTION, Answers, Graphics, may_be_asked, teach_answers


class GraphicApp(App[None]):
    """Asks once, and takes the answer out of the keys."""

    graphics: reactive[Graphics | None] = reactive(None)
    """How the terminal shows pictures; None: in half blocks, or not at all."""

    def __init__(self) -> None:
        super().__init__()
        self._answers: Answers | None = None
        self._was_asked = False

    def ask_terminal(self) -> None:
        """Ask for graphics, unless that was done, or colours are not wanted."""
        if self._was_asked or self.is_headless or self._driver is None or not shows_pictures(self):
            return
        self._was_asked = True
        if may_be_asked(os.environ):
            teach_answers()
            self._answers = Answers()
            self._driver.write(QUESTION)
            self._driver.flush()
            self.set_timer(PATIENCE, self._end_asking)

    async def on_event(self, event: events.Event) -> None:
        """Pick the terminal's answer out of the keys."""
        if self._answers is None or not isinstance(event, events.Key) or event.is_forwarded:
            await super().on_event(event)
            return
        for key in self._answers.take(event):
            await super().on_event(key)
        if self._answers.is_complete:
            await self._end_asking()

    async def _end_asking(self) -> None:
        answers, self._answers = self._answers, None
        if answers is not None:
            numbers_fit = self.console.color_system == "truecolor"  # kitty is told by colours which picture is meant
            self.graphics = answers.graphics if answers.graphics != "kitty" or numbers_fit else None
            for key in answers.give_up():
                await super().on_event(key)
