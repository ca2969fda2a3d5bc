"""The first line: which conversation, which model, and what happens at the moment."""

from msgspec import Struct
from rich.cells import cell_len
from textual.content import Content
from textual.reactive import reactive

from tchat.domain.text import one_line
from tchat.tui.widgets.clickable import ClickableLine, clicked
from tchat.tui.wrapping import cut

_LEAST_TITLE = 12


class Heading(Struct, frozen=True, kw_only=True):
    """What the title bar says."""

    title: str = ""
    model: str = ""
    provider: str = ""
    state: str = ""
    """`● streaming 7.0 s`, or nothing."""


class TitleBar(ClickableLine):
    """One line; what does not fit is shortened from the left: the title first, then provider and model.

    A click on the model chooses another one, one on the name of the program opens the palette.
    """

    heading: reactive[Heading] = reactive(Heading())

    def render(self) -> Content:
        """Return the line."""
        heading, width = self.heading, self.size.width - 2
        name = " tchat "
        model = one_line(heading.model)
        right = " · ".join(part for part in (model, one_line(heading.provider)) if part)
        state = heading.state
        apart = "   " if state else ""
        room = width - cell_len(name) - cell_len(apart + state) - 3
        if cell_len(right) > room - _LEAST_TITLE:
            right = cut(model, max(0, room - _LEAST_TITLE))
        title = cut(one_line(heading.title) or "new conversation", max(0, room - cell_len(right)))
        gap = max(1, width - cell_len(name) - cell_len(title) - cell_len(right) - cell_len(apart + state) - 1)
        return Content.assemble(
            clicked("app.command_palette", (name, "bold $accent")),
            " ",
            (title, "bold" if heading.title else "$foreground-muted"),
            " " * gap,
            clicked("screen.model", (right, "$foreground-muted")),
            apart,
            (state, "$accent"),
        )
