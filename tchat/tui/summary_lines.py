"""What the transcript shows where a summary begins to stand for all that was said before."""

from rich.segment import Segment

from tchat.domain.conversation import Summary
from tchat.domain.figures import dollars, tokens_line
from tchat.domain.text import one_line
from tchat.markdown.line import Line
from tchat.tui.palette import Palette
from tchat.tui.wrapping import apart, wrapped

_BAR = "▏ "


def summary_lines(summary: Summary, width: int, palette: Palette) -> list[Line]:
    """Return what goes to the model from here on, who wrote it and what it took."""
    inside = max(8, width - len(_BAR))
    usage, cost = tokens_line(summary.usage, is_final=summary.usage_final), dollars(summary.cost)
    body = [
        *wrapped("a summary goes to the model in place of everything above", inside, palette.accent),
        *wrapped(summary.text.strip(), inside, palette.muted),
        *apart([one_line(summary.model), usage, cost], inside, palette.muted),
    ]
    return [Line(), *(_barred(line, palette) for line in body)]


def _barred(line: Line, palette: Palette) -> Line:
    return Line((Segment(_BAR, palette.accent), *line.segments), line.margin + len(_BAR), line.glue)
