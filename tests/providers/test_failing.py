"""Laws of what becomes of a provider's words: the right error, the right setting, and no key in them."""

import pytest

from tchat.domain.errors import BadRequest, Origin, ProviderError, QuotaExhausted, RateLimited
from tchat.providers.failing import from_answer, scrubbed

FREE_TIER = (
    "Rate limit reached for gpt-5 on requests per min. Please try again in 20s. Add a payment method to your account"
    " to increase your rate limit: https://platform.openai.com/account/billing"
)


@pytest.mark.parametrize(
    ("code", "message", "kind"),
    [
        ("rate_limit_exceeded requests", FREE_TIER, RateLimited),
        ("insufficient_quota", "You exceeded your current quota, check your plan and billing details.", QuotaExhausted),
        ("", "Your credit balance is too low.", QuotaExhausted),
    ],
)
def test_a_rate_limit_is_no_empty_account(code: str, message: str, kind: type[ProviderError]) -> None:
    """Where the code says rate limit, talk of billing changes nothing: waiting helps."""
    assert type(from_answer(429, message, code=code, origin=Origin(provider="openai"))) is kind


@pytest.mark.parametrize(
    ("message", "parameter"),
    [
        ("response_format is not supported by this model", "schema"),
        ("Invalid schema for response_format 'reply': 'additionalProperties' is required", None),
    ],
)
def test_a_schema_with_a_mistake_is_not_left_out(message: str, parameter: str | None) -> None:
    """The user is to mend it, where a model that takes none is asked without."""
    error = from_answer(400, message, origin=Origin(provider="openai"))
    assert type(error) is BadRequest
    assert error.origin.parameter == parameter


def test_words_are_not_taken_for_keys() -> None:
    """Keys of every form are hidden; what only has their letters in it is not."""
    words = "a task-oriented, risk-sensitive disk-cached desk-lamp"
    assert scrubbed(words) == words
    keys = ("sk-proj-0123456789abcdef", "sk_live_0123456789abcdef", "AIzaSyA-1234567", "gsk_1234567", "Bearer abcdef1")
    for key in keys:
        assert scrubbed(f"key={key}, no") == "key=••••, no"
