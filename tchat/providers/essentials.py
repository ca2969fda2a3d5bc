"""Which headers of a request its server needs, beside those that every HTTP client makes by itself."""

from tchat.domain.errors import UsageError
from tchat.providers.base import WireRequest

_OF_EVERY_CLIENT = {"accept", "accept-encoding", "connection", "content-length", "host", "user-agent"}
_OF_AN_SDK = ("x-stainless-", "x-goog-api-client", "idempotency-key")


def essential_headers(wire: WireRequest) -> dict[str, str]:
    """Return the headers without which the same request cannot be made."""
    return {
        name: value
        for name, value in wire.headers.items()
        if name not in _OF_EVERY_CLIENT and not name.startswith(_OF_AN_SDK)
    }


def check_copyable(wire: WireRequest) -> None:
    """Refuse what is no request to a server.

    Raises:
        UsageError: a script is played inside tchat.
    """
    if wire.api == "script":
        raise UsageError(
            "a script is played inside tchat: there is no request to make again",
            hint="copy it as a template, or choose a model of a provider",
        )
