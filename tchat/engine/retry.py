"""When a failed request goes out again, and after how long."""

from msgspec import Struct

from tchat.domain.errors import ProviderError

FIRST_DELAY = 0.5
"""Seconds before the second attempt, on average."""
LONGEST_DELAY = 30.0
"""Seconds that the backoff grows to."""
LONGEST_WAIT = 120.0
"""Seconds that a provider may ask to wait; asked for more, the request fails instead."""


class RetryPolicy(Struct, frozen=True, kw_only=True):
    """How patient the engine is while nothing was shown of a reply."""

    attempts: int = 5
    """How often a request is sent at most."""

    def delay(self, error: ProviderError, attempt: int, jitter: float) -> float | None:
        """Return the seconds before the next attempt; None if there is none.

        Args:
            error: what the last attempt ended with.
            attempt: the number of that attempt, from 1.
            jitter: a random number from 0 to 1, so that many clients do not come back at once.
        """
        if not error.retryable or attempt >= self.attempts:
            return None
        backoff = min(LONGEST_DELAY, FIRST_DELAY * 2 ** (attempt - 1)) * (0.75 + jitter / 2)
        asked = error.origin.retry_after
        if asked is None:
            return backoff
        return asked + FIRST_DELAY * jitter if asked <= LONGEST_WAIT else None
