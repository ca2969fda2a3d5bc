"""Words on a line that do what a key does when they are clicked."""

from textual.content import Content
from textual.style import Style
from textual.widget import Widget


class ClickableLine(Widget):
    """A line of words that look as they do anywhere else, rather than like links."""

    def __init__(self) -> None:
        super().__init__()
        self.set_reactive(ClickableLine.auto_links, False)


def clicked(action: str, *words: Content | str | tuple[str, str]) -> Content:
    """Return words that carry out an action, as Textual names them."""
    return Content.assemble(*words).stylize(Style.from_meta({"@click": action}))
