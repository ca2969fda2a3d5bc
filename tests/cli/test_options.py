"""Values of options: what cannot be meant is refused."""

import click
import pytest

from tchat.cli.options import Dollars, settings_from
from tchat.domain.errors import UsageError


@pytest.mark.parametrize("option", ["max_tokens=-1", "max_tokens=0", "temperature=nan", "top_p=1.5", "temperature=inf"])
def test_numbers_that_no_model_takes_are_refused(option: str) -> None:
    """A negative length would make the worst case a gift."""
    with pytest.raises(UsageError, match="is not"):
        settings_from((option,), None)


@pytest.mark.parametrize("text", ["nan", "inf", "-1", "much", ""])
def test_limits_of_cost_are_numbers(text: str) -> None:
    """No comparison with NaN ever holds."""
    with pytest.raises(click.BadParameter):
        Dollars().convert(text, None, None)
    assert Dollars().convert("$0.50", None, None) == 0.5
