"""Exit codes: what a script can tell apart. They are an API; README.md lists them."""

from tchat.domain.errors import (
    AuthenticationError,
    BudgetExceeded,
    CheckFailed,
    LimitError,
    LocalModelError,
    NetworkError,
    RequestError,
    ServerError,
    StoreError,
    TchatError,
    UsageError,
)
from tchat.domain.events import FinishReason

DONE = 0
CRASH = 1
USAGE = 2
AUTHENTICATION = 3
RATE_LIMIT = 4
NETWORK = 5
REFUSED = 6
CUT_OFF = 7
CHECK_FAILED = 8
BUDGET = 9
PROVIDER = 10
STORE = 11
LOCAL_MODEL = 12
INTERRUPTED = 130
TERMINATED = 143

BY_ERROR: tuple[tuple[type[TchatError], int], ...] = (
    (UsageError, USAGE),
    (AuthenticationError, AUTHENTICATION),
    (LimitError, RATE_LIMIT),
    (NetworkError, NETWORK),
    (ServerError, PROVIDER),
    (RequestError, PROVIDER),
    (LocalModelError, LOCAL_MODEL),
    (CheckFailed, CHECK_FAILED),
    (BudgetExceeded, BUDGET),
    (StoreError, STORE),
)


def code_of(error: TchatError) -> int:
    """Return the exit code of an error."""
    return next((code for kind, code in BY_ERROR if isinstance(error, kind)), CRASH)


def code_of_finish(reason: FinishReason | None) -> int:
    """Return the exit code of a reply that came to its end."""
    match reason:
        case "refused" | "filtered":
            return REFUSED
        case "length":
            return CUT_OFF
        case _:
            return DONE
