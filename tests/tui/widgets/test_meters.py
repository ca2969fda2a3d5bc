"""The line of meters: what it says, how it shortens, when it warns."""

import pytest
from textual.app import App, ComposeResult

from tchat.domain.spending import Spending
from tchat.tui.widgets.meters import Meters, Readings


class Desk(App[None]):
    """Shows the meters."""

    def __init__(self, readings: Readings) -> None:
        super().__init__()
        self._readings = readings

    def compose(self) -> ComposeResult:
        """Show them."""
        meters = Meters()
        meters.readings = self._readings
        yield meters


def dollars(cost: float) -> Spending:
    """Return what one reply took."""
    return Spending(replies=1, known_cost=cost)


async def drawn(readings: Readings, width: int = 140) -> tuple[str, dict[str, str]]:
    """Return the line, and the style of each of its pieces."""
    app = Desk(readings)
    async with app.run_test(size=(width, 10)):
        content = app.query_one(Meters).render()
        colours = [span for span in content.spans if isinstance(span.style, str)]
        return content.plain, {content.plain[span.start : span.end]: str(span.style) for span in colours}


@pytest.mark.parametrize(
    ("tokens", "style", "said"),
    [(69_000, "", "69 %"), (70_000, "$text-warning", "70 % !"), (90_000, "$text-error", "90 % !")],
)
async def test_context_is_coloured_from_seventy_and_ninety_per_cent(tokens: int, style: str, said: str) -> None:
    """With a mark for those who do not see colours."""
    line, styles = await drawn(Readings(context=tokens, window=100_000))
    assert said in line
    assert next((styles[text] for text in styles if said in text), "") == style


@pytest.mark.parametrize(("cost", "style"), [(13.0, ""), (14.0, "$text-warning"), (18.5, "$text-error")])
async def test_month_is_told_against_its_limit(cost: float, style: str) -> None:
    """And coloured like the context."""
    line, styles = await drawn(Readings(month=dollars(cost), month_limit=20.0))
    said = f"${cost:.2f} / $20.00"
    assert f"month {said}" in line
    assert next((styles[text] for text in styles if said in text), "") == style


async def test_an_estimate_of_the_context_bears_its_mark() -> None:
    """The provider never counted it to the end."""
    line, _ = await drawn(Readings(context=500, window=1_000, is_estimated=True))
    assert "context ▓▓▓▓░░░░ ≈50 % of 1k" in line


async def test_a_conversation_is_told_against_its_limit() -> None:
    """Coloured like the month, and with its limit to the last."""
    readings = Readings(cost=dollars(0.8), cost_limit=1.0, month=dollars(3.0))
    line, styles = await drawn(readings)
    assert "conversation $0.800 / $1.00 !   month $3.00" in line
    assert styles["$0.800 / $1.00 !"] == "$text-warning"
    assert (await drawn(readings, 30))[0] == "ctx ?  $0.800 / $1.00 !"


async def test_what_is_known_is_told_beside_what_is_unknown() -> None:
    """One reply of unknown cost hides neither what is known nor that a limit is near; an estimate bears its mark."""
    month = Spending(replies=3, estimated=1, unpriced=1, known_cost=18.5)
    line, styles = await drawn(Readings(cost=Spending(replies=2, unpriced=2), month=month, month_limit=20.0))
    assert "conversation $?   month ≈$18.50 + ? / $20.00 !" in line
    assert styles["≈$18.50 + ? / $20.00 !"] == "$text-error"
    assert "conversation $0.00   month $?" in (await drawn(Readings(cost=Spending())))[0]


async def test_nothing_may_be_spent() -> None:
    """A limit of nothing is a figure, and reached from the beginning."""
    line, styles = await drawn(Readings(month=Spending(), month_limit=0.0))
    assert "month $0.00 / $0.00 !" in line
    assert styles["$0.00 / $0.00 !"] == "$text-error"


async def test_day_is_told_where_it_is_limited() -> None:
    """And only there."""
    line, _ = await drawn(Readings(day=dollars(0.5), day_limit=2.0, month=dollars(1.0)))
    assert "today $0.500 / $2.00   month $1.00" in line
    line, _ = await drawn(Readings(day=dollars(0.5), month=dollars(1.0)))
    assert "today" not in line


@pytest.mark.parametrize(
    ("width", "said"),
    [
        (
            140,
            "effort default   context ▓░░░░░░░ 10 % of 100   conversation $0.500   today $0.500 / $2.00   month $1.00",
        ),
        (100, "effort default   context ▓░░░░░░░ 10 %   $0.500   today $0.500 / $2.00   month $1.00"),
        (80, "effort default  ctx 10 %  $0.500  today $0.500 / $2.00  month $1.00"),
        (70, "effort default  ctx 10 %  $0.500  today $0.500 / $2.00  month $1.00"),
        (60, "ctx 10 %  $0.500  today $0.500 / $2.00  month $1.00"),
        (46, "effort default  ctx 10 %  $0.500"),
        (36, "effort default  ctx 10 %  $0.500"),
        (24, "ctx 10 %  $0.500"),
    ],
)
async def test_context_and_cost_stay_to_the_last(width: int, said: str) -> None:
    """Where it is narrow words are shortened, then the way to the help goes, the effort, and then day and month."""
    half = dollars(0.5)
    readings = Readings(context=10, window=100, cost=half, day=half, day_limit=2.0, month=dollars(1.0))
    line, _ = await drawn(readings, width)
    words, _, help_key = line.partition("F1")
    assert words.rstrip() == said
    assert bool(help_key) == (width in (46, 80, 100, 140))
