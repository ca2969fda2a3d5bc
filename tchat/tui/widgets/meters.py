"""The last line: effort, context window, cost of the conversation and of the month; `?` is what nobody knows."""

from typing import Literal

from msgspec import Struct
from rich.cells import cell_len
from textual.content import Content
from textual.reactive import reactive

from tchat.domain.effort import Effort
from tchat.domain.figures import dollar_limit, dollars, short_count
from tchat.domain.spending import Spending
from tchat.domain.sums import spent
from tchat.tui.widgets.clickable import ClickableLine, clicked

_BAR = 8
_WARN, _ALARM = 0.7, 0.9
_Words = Literal["all", "some", "few"]


class _Shape(Struct, frozen=True, kw_only=True):
    """What the line has room for."""

    words: _Words = "few"
    effort: bool = False
    periods: bool = False
    hint: bool = False


_SHAPES = (
    _Shape(words="all", effort=True, periods=True, hint=True),
    _Shape(words="some", effort=True, periods=True, hint=True),
    _Shape(effort=True, periods=True, hint=True),
    _Shape(effort=True, periods=True),
    _Shape(periods=True),
    _Shape(effort=True, hint=True),
    _Shape(effort=True),
    _Shape(),
)
"""The longest first."""


class Readings(Struct, frozen=True, kw_only=True):
    """What the meters show."""

    effort: Effort | None = None
    """None leaves it to the provider."""
    efforts: tuple[Effort, ...] | None = None
    """The levels of the model; empty for one that does not reason, None if unknown."""
    context: int | None = None
    """Tokens that the conversation takes, as far as the last reply said."""
    is_estimated: bool = False
    """Whether `context` is an estimate, as the provider did not count that reply to its end."""
    window: int | None = None
    cost: Spending | None = None
    """What the conversation took; None while that is not looked up."""
    cost_limit: float | None = None
    day: Spending | None = None
    """What today took."""
    day_limit: float | None = None
    """None leaves the day out."""
    month: Spending | None = None
    month_limit: float | None = None


class Meters(ClickableLine):
    """One line. Where it is narrow, the words are shortened, then the hint goes, and the effort, before day and month.

    Context and cost stay to the last. A click does what the key for that does.
    """

    readings: reactive[Readings] = reactive(Readings())

    def render(self) -> Content:
        """Return the line, in the longest form that fits."""
        width = self.size.width - 2
        forms = map(self._form, _SHAPES)
        chosen = next((form for form in forms if cell_len(form.plain) <= width), None) or self._form(_SHAPES[-1])
        gap = width - cell_len(chosen.plain)
        left, mark, right = chosen.plain.partition("\0")
        if not mark:
            return chosen
        return Content.assemble(chosen[: len(left)], " " * (gap + 1), chosen[len(left) + 1 :]) if right else chosen

    def _form(self, shape: _Shape) -> Content:
        long = shape.words != "few"
        costs = [self._cost(long=shape.words == "all"), *(self._periods() if shape.periods else [])]
        parts = [
            *([clicked("screen.effort(1)", self._effort(long=long))] if shape.effort else []),
            clicked("screen.sent", self._window(shape.words)),
            *(clicked("screen.usage", cost) for cost in costs),
        ]
        pieces: list[Content | str] = []
        for part in parts:
            pieces += ["   " if long else "  ", part] if pieces else [part]
        hint = ["\0", clicked("screen.help", ("F1 help", "$foreground-muted"))] if shape.hint else []
        return Content.assemble(*pieces, *hint)

    def _effort(self, *, long: bool) -> Content:
        readings = self.readings
        if readings.efforts is not None and not [level for level in readings.efforts if level != "none"]:
            return Content.styled("no reasoning", "$foreground-disabled")
        word = readings.effort or "default"
        if not long or not readings.efforts:
            return Content.assemble(("effort ", "$foreground-muted"), word)
        filled = readings.efforts.index(readings.effort) + 1 if readings.effort in readings.efforts else 0
        dots = "●" * filled + "○" * (len(readings.efforts) - filled)
        return Content.assemble(("effort ", "$foreground-muted"), (dots, "$accent"), f" {word}")

    def _window(self, words: _Words) -> Content:
        readings, long = self.readings, words != "few"
        name = ("context " if long else "ctx ", "$foreground-muted")
        mark = "≈" if readings.is_estimated else ""
        if readings.context is None or not readings.window:
            of = f" of {short_count(readings.window)}" if readings.window else ""
            return Content.assemble(name, f"{mark}{short_count(readings.context)}{of}")
        share = readings.context / readings.window
        style = "$text-error" if share >= _ALARM else "$text-warning" if share >= _WARN else ""
        filled = min(_BAR, round(share * _BAR))
        bar = f"{'▓' * filled}{'░' * (_BAR - filled)} " if long else ""
        of = f" of {short_count(readings.window)}" if words == "all" else ""
        warning = " !" if share >= _WARN else ""
        return Content.assemble(name, (f"{bar}{mark}{share * 100:.0f} %{warning}", style), of)

    def _cost(self, *, long: bool) -> Content:
        return _spent("conversation " if long else "", self.readings.cost, self.readings.cost_limit)

    def _periods(self) -> list[Content]:
        """Return the day, where it is limited, and the month."""
        readings = self.readings
        day = [] if readings.day_limit is None else [_spent("today ", readings.day, readings.day_limit)]
        return [*day, _spent("month ", readings.month, readings.month_limit)]


def _spent(name: str, spending: Spending | None, limit: float | None) -> Content:
    said = f" / {dollar_limit(limit)}" if limit is not None else ""
    known = spending.known_cost if spending else 0.0
    share = 0.0 if limit is None else known / limit if limit else 1.0
    style = "$text-error" if share >= _ALARM else "$text-warning" if share >= _WARN else ""
    warning = " !" if share >= _WARN else ""
    return Content.assemble((name, "$foreground-muted"), (f"{_sum(spending)}{said}{warning}", style))


def _sum(spending: Spending | None) -> str:
    return dollars(None) if spending is None else spent(spending)
