"""Charts of plain characters, as wide as the terminal: what a picture says faster than a figure."""

from collections.abc import Iterator, Mapping, Sequence

from tchat.cli.layout import padded, width_of
from tchat.templates.measuring import Calibration
from tchat.templates.reporting import Report

_FULL, _PARTS = "█", " ▏▎▍▌▋▊▉"
_TRACK = "·"
_WIDEST = 60


def interval_chart(reports: Sequence[tuple[str, Report]], width: int) -> Iterator[str]:
    """Yield a bar for each test: how much is right, with the interval as a line across its end."""
    names = max((width_of(name) for name, _ in reports), default=0)
    room = _room(width, names + 13)
    for name, report in reports:
        cells = list(_bar(report.accuracy, room))
        low, high = round(report.low * (room - 1)), round(report.high * (room - 1))
        for at in range(low, high + 1):
            cells[at] = "├" if at == low else "┤" if at == high else "─" if cells[at] == _TRACK else "━"
        yield f"  {padded(name, names)}  {''.join(cells)}  {100 * report.accuracy:5.1f} %"


def pass_chart(pass_at: Mapping[int, float], width: int) -> Iterator[str]:
    """Yield a bar for each k: the chance that at least one of k attempts is right."""
    names = max((len(str(k)) for k in pass_at), default=0)
    room = _room(width, names + 17)
    for k, part in sorted(pass_at.items()):
        yield f"  k = {k:>{names}}  {_bar(part, room)}  {100 * part:5.1f} %"


def calibration_chart(calibration: Calibration, width: int) -> Iterator[str]:
    """Yield a bar for each bin with something in it: how much is right, with a mark where the stated confidence is."""
    room = _room(width, 48)
    for each in calibration.bins:
        if each.confidence is None or each.accuracy is None:
            continue
        cells = list(_bar(each.accuracy, room))
        cells[round(each.confidence * (room - 1))] = "│"
        told = f"said {100 * each.confidence:3.0f} %, right {100 * each.accuracy:3.0f} % of {each.count}"
        yield f"  {each.low:.1f} to {each.high:.1f}  {''.join(cells)}  {told}"
    yield "  │ is where the bar would end if the stated confidence held"


def _bar(part: float, room: int) -> str:
    """Return a bar that fills a part of `room` cells, to an eighth of a cell."""
    eighths = round(part * room * 8)
    full, rest = divmod(eighths, 8)
    bar = _FULL * full + (_PARTS[rest] if rest else "")
    return bar + _TRACK * (room - len(bar))


def _room(width: int, taken: int) -> int:
    return min(max(width - taken - 1, 10), _WIDEST)
