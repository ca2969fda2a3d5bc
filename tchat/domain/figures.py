"""Figures as people read them: tokens, money, time. What is unknown is `?`, never 0."""

from decimal import Decimal

from tchat.domain.conversation import Reply
from tchat.domain.usage import Usage

ENOUGH_TOKENS = 8
"""Fewer tokens say nothing about speed."""

ENOUGH_READ = 100
"""Fewer tokens say nothing about an estimate."""

_THOUSAND = 1_000
_MILLION = 1_000_000
_BILLION = 1_000_000_000
_CENT = 0.01
_MINUTE = 60


def count(tokens: int | None) -> str:
    """Return a token count in full."""
    return "?" if tokens is None else f"{tokens:,}"


def short_count(tokens: int | None) -> str:
    """Return a token count in at most five characters: `812`, `14.2k`, `200k`, `1.05M`."""
    if tokens is None:
        return "?"
    if tokens < _THOUSAND:
        return str(tokens)
    if tokens < _MILLION - _THOUSAND / 2:
        thousands = tokens / _THOUSAND
        return f"{thousands:.1f}".removesuffix(".0") + "k" if thousands < 99.95 else f"{round(thousands)}k"  # noqa: PLR2004
    if tokens < _BILLION - 5 * _THOUSAND:
        return _two_digits(tokens / _MILLION) + "M"
    return _two_digits(tokens / _BILLION) + "G"


def _two_digits(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")


def dollars(cost: float | None) -> str:
    """Return US dollars: cents, or as many digits as a small sum needs; `free` for nothing."""
    if cost is None:
        return "$?"
    if cost == 0:
        return "free"
    if cost >= _CENT:
        return f"${cost:,.2f}" if cost >= 0.9995 else f"${cost:.3f}"  # noqa: PLR2004
    return f"${cost:.2g}" if cost >= 0.0001 else "<$0.0001"  # noqa: PLR2004


def seconds(duration: float | None) -> str:
    """Return a duration: `0.8 s`, `12 s`, `3:05`, `2:30:00`."""
    if duration is None:
        return "?"
    if duration < 9.95:  # noqa: PLR2004
        return f"{duration:.1f} s"
    whole = round(duration)
    if whole < _MINUTE:
        return f"{whole} s"
    minutes, rest = divmod(whole, _MINUTE)
    return f"{minutes}:{rest:02}" if minutes < _MINUTE else f"{minutes // _MINUTE}:{minutes % _MINUTE:02}:{rest:02}"


def speed(usage: Usage, duration: float | None, first_token_after: float | None) -> float | None:
    """Return tokens per second while the model wrote; None where too little is known to say."""
    if not usage.output or usage.output < ENOUGH_TOKENS or duration is None:
        return None
    writing = duration - (first_token_after or 0.0)
    return usage.output / writing if writing > 0 else None


def tokens_line(usage: Usage, *, is_final: bool = True) -> str:
    """Return what was read and written; what is not final bears a mark."""
    mark = "" if is_final else "≈"
    cached = f" ({usage.cached_read:,} cached)" if usage.cached_read else ""
    reasoning = f" ({usage.reasoning:,} reasoning)" if usage.reasoning else ""
    read, written = (
        count(tokens) if tokens is None else f"{mark}{count(tokens)}" for tokens in (usage.input, usage.output)
    )
    return f"{read} in{cached} · {written} out{reasoning}"


def oldest_turns(turns: int) -> str:
    """Return how many turns at the beginning are meant."""
    return "oldest turn" if turns == 1 else f"{turns} oldest turns"


def count_range(low: float, high: float) -> str:
    """Return two figures in two digits each, or one where they are the same."""
    first, last = (f"{Decimal(f'{figure:.2g}'):,f}" for figure in (low, high))
    return first if first == last else f"{first} to {last}"


def cost_of_reply(reply: Reply) -> str:
    """Return what a reply cost, and whether that is an estimate or the provider's own word."""
    cost = dollars(reply.cost)
    if reply.usage.cost is not None:
        return f"{cost} as charged"
    return f"≈ {cost}" if reply.usage_estimated and reply.cost else cost


def dollar_limit(limit: float) -> str:
    """Return a spending limit: whole cents, or as many digits as a smaller one needs."""
    return f"${limit:,.2f}" if limit == 0 or limit >= _CENT else dollars(limit)


def estimate_error(reply: Reply) -> str | None:
    """Return by how much the estimate of what was read was off; None where there is nothing to compare."""
    read = reply.usage.input
    if reply.expected_input is None or read is None or read < ENOUGH_READ or not reply.usage_final:
        return None
    return f"estimate {100 * (reply.expected_input / read - 1):+.0f} %".replace("-", "\N{MINUS SIGN}")


def reply_parts(reply: Reply) -> list[str]:
    """Return the meters of one reply: tokens, cost, time to first token, time, speed, error of the estimate."""
    parts = [tokens_line(reply.usage, is_final=reply.usage_final), cost_of_reply(reply)]
    if reply.first_token_after is not None:
        parts.append(f"first after {seconds(reply.first_token_after)}")
    if reply.seconds is not None:
        parts.append(seconds(reply.seconds))
    rate = speed(reply.usage, reply.seconds, reply.first_token_after)
    if rate is not None:
        parts.append(f"{'' if reply.usage_final else '≈'}{rate:,.0f} tok/s")
    error = estimate_error(reply)
    return parts if error is None else [*parts, error]
