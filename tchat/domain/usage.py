"""Token usage, with one meaning for every provider.

None means that the provider did not say; it is never 0.
"""

from msgspec import Struct


class Usage(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Tokens that one reply read and wrote."""

    input: int | None = None
    """Everything that was read, cached tokens included."""
    cached_read: int | None = None
    """Of `input`: read from a cache."""
    cached_write: int | None = None
    """Of `input`: written to a cache."""
    output: int | None = None
    """Everything that was written, reasoning included."""
    reasoning: int | None = None
    """Of `output`: reasoning, shown or withheld."""

    def raised_to(self, later: "Usage") -> "Usage":
        """Return the larger of each figure: usage is cumulative and never decreases."""
        return Usage(
            input=_larger(self.input, later.input),
            cached_read=_larger(self.cached_read, later.cached_read),
            cached_write=_larger(self.cached_write, later.cached_write),
            output=_larger(self.output, later.output),
            reasoning=_larger(self.reasoning, later.reasoning),
        )


def _larger(a: int | None, b: int | None) -> int | None:
    if a is None or b is None:
        return b if a is None else a
    return max(a, b)


def token_count(value: object) -> int | None:
    """Return a provider's figure as a token count; None for what is no plausible count (null, text, negative)."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if 0 <= value < 2**53 else None


def total(*counts: int | None) -> int | None:
    """Return the sum of what is known; None if nothing is."""
    known = [count for count in counts if count is not None]
    return sum(known) if known else None
