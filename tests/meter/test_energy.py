"""Laws of energy: an estimate with its range, for models of which something is known, and only where it is wanted."""

import pytest

from tchat.domain.figures import count_range
from tchat.meter.energy import Footprint, footprint, is_installed

needs_extra = pytest.mark.skipif(not is_installed(), reason="the extra 'energy' is not installed")


@needs_extra
@pytest.mark.parametrize("model", ["gpt-4o", "claude-opus-5-5", "gemini-2.5-flash", "mistral-large-latest"])
def test_more_words_take_more(model: str) -> None:
    """The range is one, and grows with what was written; nothing goes to stderr."""
    short, long = footprint(model, 100, 2.0), footprint(model, 1_000, 20.0)
    assert short is not None
    assert long is not None
    assert 0 < short.watt_hours[0] <= short.watt_hours[1] < long.watt_hours[1]
    assert 0 < short.grams_of_co2[0] <= short.grams_of_co2[1]


@needs_extra
@pytest.mark.parametrize("model", ["smollm2", "script/echo", "gpt-no-such-model"])
def test_of_what_nothing_is_known_nothing_is_said(model: str) -> None:
    """No figure is better than a made-up one."""
    assert footprint(model, 100, 2.0) is None


def test_a_footprint_is_shown_as_a_range() -> None:
    """In two digits, which is more than it deserves."""
    shown = Footprint(watt_hours=(0.5786, 0.9635), grams_of_co2=(0.238, 0.386)).words()
    assert shown == "≈ 0.58 to 0.96 Wh, 0.24 to 0.39 g CO2"
    assert count_range(0.5001, 0.5002) == "0.5"
