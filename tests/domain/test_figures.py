"""Figures as people read them."""

import pytest

from tchat.domain.conversation import Reply
from tchat.domain.figures import count_range, dollars, reply_parts, seconds, short_count, speed
from tchat.domain.usage import Usage


@pytest.mark.parametrize(
    ("tokens", "shown"),
    [(None, "?"), (0, "0"), (812, "812"), (1_000, "1k"), (14_230, "14.2k"), (99_960, "100k"), (200_000, "200k"),
     (999_600, "1M"),
     (1_000_000, "1M"), (1_048_576, "1.05M")],
)  # fmt: skip
def test_a_short_count_has_at_most_five_characters(tokens: int | None, shown: str) -> None:
    """Unknown is a question mark, never nothing."""
    assert short_count(tokens) == shown


@pytest.mark.parametrize(
    ("cost", "shown"),
    [(None, "$?"), (0, "free"), (0.00001, "<$0.0001"), (0.00123, "$0.0012"), (0.0123, "$0.012"), (0.99996, "$1.00"),
     (3.1, "$3.10"),
     (1234.5, "$1,234.50")],
)  # fmt: skip
def test_money_has_the_digits_it_needs(cost: float | None, shown: str) -> None:
    """A small sum is not rounded to nothing."""
    assert dollars(cost) == shown


@pytest.mark.parametrize(
    ("duration", "shown"),
    [(None, "?"), (0.84, "0.8 s"), (12.3, "12 s"), (59.7, "1:00"), (185, "3:05"), (9_000, "2:30:00")],
)
def test_a_duration_is_short(duration: float | None, shown: str) -> None:
    """Tenths while they matter."""
    assert seconds(duration) == shown


@pytest.mark.parametrize(
    ("low", "high", "shown"),
    [(120, 350, "120 to 350"), (1_234, 5_678, "1,200 to 5,700"), (0.00012, 0.03, "0.00012 to 0.03"), (7, 7, "7")],
)
def test_a_range_has_two_digits_written_out(low: float, high: float, shown: str) -> None:
    """Nobody has to read powers of ten."""
    assert count_range(low, high) == shown


def test_speed_leaves_out_the_wait_and_says_nothing_of_little() -> None:
    """Tokens per second count from the first token, and from eight tokens on."""
    assert speed(Usage(output=100), 11.0, 1.0) == 10.0
    assert speed(Usage(output=3), 11.0, 1.0) is None
    assert speed(Usage(), 11.0, 1.0) is None


def test_the_meters_of_a_reply_tell_what_is_known_and_what_is_not() -> None:
    """An unfinished count bears a mark, an unknown one is a question mark."""
    reply = Reply(
        provider="p", model="m", state="stopped",
        usage=Usage(input=2_310, cached_read=1_900, output=412, reasoning=200),
        first_token_after=0.5, seconds=6.3,
    )  # fmt: skip
    assert reply_parts(reply) == [
        "≈2,310 in (1,900 cached) · ≈412 out (200 reasoning)", "$?", "first after 0.5 s", "6.3 s", "≈71 tok/s"
    ]  # fmt: skip
    assert reply_parts(Reply(provider="p", model="m", state="failed")) == ["? in · ? out", "$?"]
    counted = Reply(
        provider="p", model="m", state="complete", usage=Usage(input=400, output=5), usage_final=True, cost=0.0,
        expected_input=380,
    )  # fmt: skip
    assert reply_parts(counted) == ["400 in · 5 out", "free", "estimate −5 %"]
    estimated = Reply(provider="p", model="m", state="stopped", usage=Usage(output=92))
    assert reply_parts(estimated) == ["? in · ≈92 out", "$?"]
