"""A whole Markdown text as terminal lines."""

from tchat.markdown.growing import Growing
from tchat.markdown.line import Line
from tchat.markdown.look import Look


def render(text: str, width: int, look: Look) -> list[Line]:
    """Return a text as lines of at most `width` cells, at least ten; none for a text that shows nothing."""
    growing = Growing(look, width)
    growing.feed(text)
    growing.close()
    return growing.lines()


def warm() -> None:
    """Import what rendering needs, so that the first text is shown at once; fit for a thread."""
    from tchat.markdown import highlighting, inline

    inline.warm()
    highlighting.warm()
