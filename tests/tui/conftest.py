"""What all tests of the interface share."""

from collections.abc import Generator

import pytest
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet
from textual.css.types import CSSLocation


@pytest.fixture(scope="session", autouse=True)
def _styles_are_parsed_once() -> Generator[None]:
    """Keep what was parsed: Textual parses all styles anew for each application, a seventh of what its start takes."""
    parsed: dict[object, list[RuleSet]] = {}
    parse = Stylesheet._parse_rules

    def recall(
        sheet: Stylesheet,
        css: str,
        read_from: CSSLocation,
        is_default_rules: bool = False,  # noqa: FBT001, FBT002  # Textual's signature
        tie_breaker: int = 0,
        scope: str = "",
    ) -> list[RuleSet]:
        what = (css, read_from, is_default_rules, tie_breaker, scope)
        if what not in sheet._parse_cache:
            key = (what, frozenset(sheet._variables.items()))
            if key not in parsed:
                parsed[key] = parse(sheet, *what)
            sheet._parse_cache[what] = parsed[key]
        return sheet._parse_cache[what]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Stylesheet, "_parse_rules", recall)
        yield
