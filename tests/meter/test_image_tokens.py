"""What pictures are read as: the examples that the providers publish (`../shared/design/providers.md`, 4.1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tchat.domain.detail import DETAILS, Detail
from tchat.meter.image_tokens import image_tokens, most_image_tokens, most_page_tokens, page_tokens
from tchat.meter.picture_grid import details_of, grid_of

EXAMPLES: list[tuple[str, int, int, Detail | None, int]] = [
    ("gpt-5.6-sol", 1024, 1024, "high", 1229),
    ("gpt-6-sol", 1024, 1024, "high", 1229),
    ("gpt-5.6-sol", 2048, 2048, "high", 3000),
    ("gpt-5.2", 1024, 1024, None, 1229),
    ("gpt-6-luna", 512, 512, "low", 308),
    ("gpt-6-luna", 4096, 4096, "low", 308),
    ("gpt-6-luna", 4096, 4096, None, 19661),
    ("gpt-4o", 1024, 1024, "high", 765),
    ("gpt-4o", 2048, 4096, "high", 1105),
    ("gpt-4o", 4096, 4096, "low", 85),
    ("gpt-4.1", 1024, 1024, "high", 765),
    ("gpt-4o-mini", 1024, 1024, "high", 25501),
    ("gpt-5", 1024, 1024, "high", 630),
    ("o3", 1024, 1024, "high", 675),
    ("claude-opus-5-5", 1920, 1080, None, 2691),
    ("claude-sonnet-4-5", 1920, 1080, None, 1560),
    ("claude-opus-4-7", 3840, 2160, None, 4784),
    ("openrouter/anthropic/claude-opus-4.7", 1920, 1080, None, 2691),
    ("openrouter/anthropic/claude-sonnet-4.5", 1920, 1080, None, 1560),
    ("gemini-2.5-flash", 384, 384, None, 258),
    ("gemini-2.0-flash", 1024, 1024, None, 1032),
    ("gemini-3.8-flash", 4000, 3000, None, 1120),
    ("openrouter/anthropic/claude-opus-5-5", 1920, 1080, None, 2691),
    ("some-vision-model", 64, 65, None, 6),
    ("gpt-5.5", 8000, 8000, "original", 12000),
    ("gpt-5.4", 2048, 2048, None, 3000),
    ("gpt-5-nano", 1024, 1024, "high", 1536),
    ("gpt-4.1-mini", 1024, 1024, "high", 1659),
    ("o4-mini", 1024, 1024, "high", 1762),
    ("claude-opus-5-5", 3840, 2160, None, 4784),
    ("claude-haiku-5-5", 1000, 1000, None, 1296),
    ("claude-sonnet-4-5", 200, 200, None, 64),
    ("gemini-3.8-flash", 4000, 3000, "low", 280),
    ("gemini-3.8-flash", 4000, 3000, "medium", 560),
    ("gemini-3.8-flash", 4000, 3000, "original", 2240),
    ("gemini-2.5-flash", 4000, 3000, "low", 64),
]


@pytest.mark.parametrize(("model", "width", "height", "detail", "tokens"), EXAMPLES)
def test_published_examples_hold(model: str, width: int, height: int, detail: Detail | None, tokens: int) -> None:
    """Each formula gives what its provider's page says."""
    assert image_tokens(model, width, height, detail) == tokens


MODELS = sorted({example[0] for example in EXAMPLES})


@given(st.sampled_from(MODELS), st.integers(1, 20_000), st.integers(1, 20_000))
def test_no_picture_is_read_as_more_than_the_most(model: str, width: int, height: int) -> None:
    """The bound that budgets count with holds for every size."""
    assert 0 < image_tokens(model, width, height) <= most_image_tokens(model, width, height)


@given(st.sampled_from(MODELS), st.integers(1, 20_000), st.integers(1, 20_000), st.sampled_from([None, *DETAILS]))
def test_scaling_a_picture_to_its_grid_changes_nothing_of_the_grid(
    model: str, width: int, height: int, detail: Detail | None
) -> None:
    """So that it can be scaled before it is sent: the model sees the same, and takes the same."""
    grid = grid_of(model, width, height, detail)
    assert grid == grid_of(model, grid.width, grid.height, detail)
    assert (grid.width, grid.height) <= (width, height)
    assert grid.height <= height


def test_a_4k_screen_is_read_at_its_published_size() -> None:
    """Claude's page has 2576 by 1449 for it, in patches of 28."""
    grid = grid_of("claude-opus-5-5", 3840, 2160)
    assert (grid.width, grid.height, grid.columns, grid.rows) == (2576, 1449, 92, 52)


def test_levels_that_are_alike_are_one() -> None:
    """A level is worth choosing only where it makes a difference."""
    assert list(details_of("claude-opus-5-5", 4000, 3000)) == ["low", "medium", "high"]
    assert list(details_of("claude-opus-5-5", 300, 300)) == ["low"]
    assert list(details_of("gemini-3.8-flash", 4000, 3000)) == ["low", "medium", "high", "original"]


def test_a_picture_of_unknown_size_is_no_small_one() -> None:
    """Without a size, something in the order of a screen is assumed."""
    assert image_tokens("gpt-6-sol", None, None) == 1_500


def test_a_page_is_never_taken_to_be_more_than_the_most() -> None:
    """The bound that budgets count with is above the estimate; where no vendor says anything there is none."""
    for model in MODELS:
        most = most_page_tokens(model)
        assert most is None or 200 < page_tokens(model) < most
    assert most_page_tokens("qwen3") is None
