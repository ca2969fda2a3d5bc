"""What a draft would take."""

from tchat.domain.draft import Draft, Paste
from tchat.domain.model import ModelFacts, Price
from tchat.tui.estimating import estimate, tokens_of

PAID = ModelFacts(provider="p", name="m", max_output=1_000, price=Price(input=1.0, output=10.0))


def test_an_empty_draft_says_nothing() -> None:
    """There is nothing to send."""
    assert estimate(Draft(text=" \n"), 0, PAID, None) == ""


def test_pastes_count_with_their_text() -> None:
    """Not with their marks."""
    draft = Draft(text="see [pasted 9 lines #1]", pastes=(Paste("[pasted 9 lines #1]", "x" * 4_000),))
    assert tokens_of(draft) == 1_001


def test_the_worst_case_has_the_history_and_the_longest_reply() -> None:
    """Everything is read again, and as much is written as may be."""
    assert estimate(Draft(text="abcd" * 100), 900, PAID, None) == "≈100 tok · ≤ $0.011"
    assert estimate(Draft(text="abcd" * 100), 900, PAID, 100) == "≈100 tok · ≤ $0.002"


def test_what_is_unknown_is_no_number() -> None:
    """Neither a price nor a history that nobody knows is taken for nothing."""
    assert estimate(Draft(text="abcd"), None, PAID, None) == "≈1 tok · ≤ $?"
    assert estimate(Draft(text="abcd"), 0, ModelFacts(provider="p", name="m"), None) == "≈1 tok · ≤ $?"


def test_a_free_model_is_free_whatever_is_unknown() -> None:
    """Local models cost nothing."""
    free = ModelFacts(provider="local", name="m", price=Price(input=0, output=0))
    assert estimate(Draft(text="abcd"), None, free, None) == "≈1 tok · free"
