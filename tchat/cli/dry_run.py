"""`tchat ask --dry-run`: what a question would take, without asking it."""

from collections.abc import Iterator

import msgspec

from tchat.domain.figures import count, dollars, oldest_turns, short_count
from tchat.engine.forecast import Forecast, forecast
from tchat.engine.session import Ask, Engine
from tchat.engine.shortening import WaysOut


async def forecast_text(engine: Engine, ask: Ask, *, as_json: bool, asks_provider: bool) -> str:
    """Return the forecast of a turn as lines or as one JSON object."""
    found = await forecast(engine, ask, asks_provider=asks_provider)
    if as_json:
        return msgspec.json.encode({**msgspec.to_builtins(found), "model": str(found.model)}).decode() + "\n"
    return "".join(f"{line}\n" for line in _lines(found))


def _lines(found: Forecast) -> list[str]:
    read = f"≈{found.estimated:,}" if found.counted is None else f"{found.counted:,} (estimated ≈{found.estimated:,})"
    window = ""
    if found.window:
        window = f", {100 * found.tokens / found.window:.1f} % of {short_count(found.window)}"
    worst = "free" if found.worst_cost == 0 else f"at most {dollars(found.worst_cost)}"
    source = f" (prices: {found.source})" if found.source else ""
    return [
        f"model   {found.model}",
        f"input   {read} tokens{window}",
        f"reply   at most {count(found.longest_reply)} tokens",
        f"cost    {worst}{source}",
        *(() if found.fits else _ways(found.ways)),
        *(f"note    {note}" for note in found.notes),
    ]


def _ways(ways: WaysOut) -> Iterator[str]:
    """Yield what can be done about a turn that does not fit."""
    yield "fit     it does not fit the model and would not be sent"
    if ways.summary is not None:
        yield f"        --fit summarise  {ways.summary.deed}: {ways.summary.dollars}"
    if ways.left_out is not None:
        yield f"        --fit drop       leave out the {oldest_turns(ways.left_out)} this once"
