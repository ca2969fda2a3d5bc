"""A line to type in, whose keys act in the order in which they are pressed."""

from textual import events
from textual.widgets import Input

from tchat.tui.key_order import act_in_order


class LineInput(Input):
    """Textual's line, in which a letter does not overtake the Backspace before it."""

    async def _on_key(self, event: events.Key) -> None:
        await act_in_order(self, event, types=True)
