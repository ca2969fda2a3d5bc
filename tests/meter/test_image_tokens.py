"""What pictures are read as: the examples that the providers publish (`../shared/design/providers.md`, 4.1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tchat.meter.image_tokens import Detail, image_tokens, most_image_tokens, most_page_tokens, page_tokens

EXAMPLES: list[tuple[str, int, int, Detail, int]] = [
    ("gpt-5.6-sol", 1024, 1024, "high", 1229),
    ("gpt-6-sol", 1024, 1024, "high", 1229),
    ("gpt-5.6-sol", 2048, 2048, "high", 3000),
    ("gpt-5.2", 1024, 1024, "auto", 1229),
    ("gpt-6-luna", 512, 512, "low", 308),
    ("gpt-6-luna", 4096, 4096, "low", 308),
    ("gpt-6-luna", 4096, 4096, "auto", 19661),
    ("gpt-4o", 1024, 1024, "high", 765),
    ("gpt-4o", 2048, 4096, "high", 1105),
    ("gpt-4o", 4096, 4096, "low", 85),
    ("gpt-4.1", 1024, 1024, "high", 765),
    ("gpt-4o-mini", 1024, 1024, "high", 25501),
    ("gpt-5", 1024, 1024, "high", 630),
    ("o3", 1024, 1024, "high", 675),
    ("claude-opus-5-5", 1920, 1080, "auto", 2691),
    ("claude-sonnet-4-5", 1920, 1080, "auto", 1560),
    ("claude-opus-4-7", 3840, 2160, "auto", 4784),
    ("gemini-2.5-flash", 384, 384, "auto", 258),
    ("gemini-2.0-flash", 1024, 1024, "auto", 1032),
    ("gemini-3.8-flash", 4000, 3000, "auto", 1120),
    ("openrouter/anthropic/claude-opus-5-5", 1920, 1080, "auto", 2691),
    ("some-vision-model", 64, 65, "auto", 6),
]


@pytest.mark.parametrize(("model", "width", "height", "detail", "tokens"), EXAMPLES)
def test_published_examples_hold(model: str, width: int, height: int, detail: Detail, tokens: int) -> None:
    """Each formula gives what its provider's page says."""
    assert image_tokens(model, width, height, detail) == tokens


MODELS = sorted({example[0] for example in EXAMPLES})


@given(st.sampled_from(MODELS), st.integers(1, 20_000), st.integers(1, 20_000))
def test_no_picture_is_read_as_more_than_the_most(model: str, width: int, height: int) -> None:
    """The bound that budgets count with holds for every size."""
    assert 0 < image_tokens(model, width, height) <= most_image_tokens(model, width, height)


def test_a_picture_of_unknown_size_is_no_small_one() -> None:
    """Without a size, something in the order of a screen is assumed."""
    assert image_tokens("gpt-6-sol", None, None) == 1_500


def test_a_page_is_never_taken_to_be_more_than_the_most() -> None:
    """The bound that budgets count with is above the estimate; where no vendor says anything there is none."""
    for model in MODELS:
        most = most_page_tokens(model)
        assert most is None or 200 < page_tokens(model) < most
    assert most_page_tokens("qwen3") is None
