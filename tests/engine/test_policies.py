"""Laws of the engine's pure parts: retry, budget, replay of reasoning state."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tchat.domain.conversation import Reply, StoredMessage
from tchat.domain.costs import cost_of
from tchat.domain.errors import KeyRejected, Origin, RateLimited, ServerFault
from tchat.domain.message import DocumentPart, Message, SealedPart, TextPart, assistant, user
from tchat.domain.model import ModelFacts, ModelRef, Price
from tchat.domain.request import Request, Settings
from tchat.domain.usage import Usage
from tchat.engine.budget import worst_cost
from tchat.engine.replaying import fingerprint, replayable, seal
from tchat.engine.retry import LONGEST_DELAY, LONGEST_WAIT, RetryPolicy

REF = ModelRef("anthropic", "claude")
FACTS = ModelFacts(provider="anthropic", name="claude", max_output=1000, price=Price(input=1.0, output=10.0))


@given(st.integers(1, 20), st.floats(0, 1))
def test_backoff_grows_and_is_bounded(attempt: int, jitter: float) -> None:
    """The delay doubles from half a second, is never over its bound, and ends with the attempts."""
    delay = RetryPolicy(attempts=10).delay(ServerFault("x"), attempt, jitter)
    if attempt >= 10:
        assert delay is None
    else:
        assert delay is not None
        assert 0 < delay <= LONGEST_DELAY * 1.25


def test_retry_obeys_the_provider() -> None:
    """Retry-After is waited for and a little longer, not by all at once; past a bound it is left to the user."""
    policy = RetryPolicy()
    limited = RateLimited("x", origin=Origin(retry_after=7))
    assert [policy.delay(limited, 1, jitter) for jitter in (0, 0.5)] == [7, 7.25]
    assert policy.delay(RateLimited("x", origin=Origin(retry_after=LONGEST_WAIT + 1)), 1, 0.5) is None
    assert policy.delay(KeyRejected("x"), 1, 0.5) is None


def _ask(text: str, max_tokens: int) -> Request:
    return Request(facts=FACTS, messages=(user(text),), settings=Settings(max_tokens=max_tokens))


@given(st.text(max_size=300), st.integers(1, 500))
def test_worst_cost_is_no_less_than_any_real_cost(text: str, most: int) -> None:
    """No tokenizer reads more tokens than bytes, and no reply is longer than its limit."""
    worst = worst_cost(_ask(text, most))
    real = cost_of(Usage(input=len(text.encode()), output=most), FACTS.price)
    assert worst is not None
    assert real is not None
    assert worst >= real


def test_unknown_cost_is_unknown_and_not_nothing() -> None:
    """Without price, usage or a bound, a cost is None; a free model costs nothing even so."""
    assert cost_of(Usage(), FACTS.price) is None
    assert cost_of(Usage(input=1, output=1), None) is None
    assert cost_of(Usage(), Price(input=0, output=0)) == 0
    assert worst_cost(Request(facts=ModelFacts(provider="x", name="y"), messages=(user("hi"),))) is None


def test_a_document_costs_at_most_what_its_pages_do_or_the_window() -> None:
    """Unknown pages fill the window, as nothing larger is taken; without a window the worst case is unknown."""
    written = 1_000 * 10.0

    def worst(pages: int | None, window: int | None) -> float | None:
        document = Message("user", (DocumentPart(digest="0" * 64, media_type="application/pdf", pages=pages),))
        return worst_cost(Request(facts=replace(FACTS, window=window), messages=(document,)))

    assert worst(None, None) is None
    assert worst(None, 200_000) == pytest.approx((200_000 + written) / 1e6)
    some, more = worst(2, 200_000), worst(3, 200_000)
    assert some is not None
    assert more is not None
    assert (4_000 * 2 + written) / 1e6 < some < more < 0.1


def test_tokens_that_are_counted_in_two_ways_are_paid_once() -> None:
    """Where nobody says how many pictures came from the cache, all that did is paid as such."""
    price = Price(input=1.0, output=1.0, cached_read=0.1, image=2.0)
    paid = [
        (cost_of(usage, price) or 0) * 1_000_000
        for usage in (
            Usage(input=1_000, output=0, cached_read=950, image=900),
            Usage(input=1_000, output=0, cached_read=950, image=900, cached_image=900),
            Usage(input=1_000, output=0, cached_read=50, image=900),
        )
    ]
    assert [round(cost, 3) for cost in paid] == [95 + 100, 95 + 50, 5 + 1_800 + 50]


def _stored(*messages: Message) -> tuple[StoredMessage, ...]:
    reply = Reply(provider="anthropic", model="claude", state="complete")
    return tuple(
        StoredMessage(
            id=str(place),
            conversation_id="c",
            parent_id=None,
            created_at=0,
            message=message,
            reply=reply if message.role == "assistant" else None,
        )
        for place, message in enumerate(messages)
    )


def _sealed(account: str, system: str | None, *asked: Message) -> Message:
    return Message("assistant", (TextPart("four"), seal([{"s": 1}], REF, account, system, asked)))


def test_reasoning_state_goes_back_to_the_model_that_made_it() -> None:
    """With the same model, account, system prompt and messages before it, a sealed reply is replayed as it was."""
    question = user("2 + 2?")
    reply = _sealed("k", "be brief", question)
    messages, dropped = replayable(_stored(question, reply), REF, "k", "be brief")
    assert messages == (question, reply)
    assert dropped == 0


@pytest.mark.parametrize(
    ("ref", "account", "system"),
    [
        (ModelRef("anthropic", "other"), "k", "be brief"),
        (ModelRef("openai", "claude"), "k", "be brief"),
        (REF, "other", "be brief"),
        (REF, "k", "be verbose"),
    ],
)
def test_reasoning_state_goes_nowhere_else(ref: ModelRef, account: str, system: str) -> None:
    """Another model, account or system prompt is told the visible text only, and the loss is counted."""
    question = user("2 + 2?")
    history = _stored(question, _sealed("k", "be brief", question))
    messages, dropped = replayable(history, ref, account, system)
    assert messages == (question, assistant("four"))
    assert dropped == 1


def test_replies_without_a_word_are_not_sent_again() -> None:
    """A turn that failed before its first word leaves the question only."""
    history = _stored(user("a"), assistant(""), user("b"))
    assert replayable(history, REF, "", None)[0] == (user("a"), user("b"))


def test_a_fingerprint_hides_its_key() -> None:
    """A key's fingerprint is stable, differs between keys and holds nothing of the key."""
    assert fingerprint("sk-secret-value") == fingerprint("sk-secret-value") != fingerprint("sk-other")
    assert "secret" not in fingerprint("sk-secret-value")
    assert fingerprint(None) == ""
    assert isinstance(seal([1], REF, "k", None, ()), SealedPart)
