"""Everything that can go wrong, as one tree; foreign errors are turned into these where they arise.

TchatError
├── UsageError            the command line, an option or an input is wrong
│   ├── ConfigError       a configuration file is wrong
│   ├── TemplateError     a template is wrong
│   ├── AttachmentError   an attachment cannot be read or is not taken
│   └── NotFound          no such conversation, template or model alias
├── ProviderError         a provider did not give a reply
│   ├── AuthenticationError
│   │   ├── MissingKey    there is no key
│   │   └── KeyRejected   the provider does not accept the key
│   ├── LimitError
│   │   ├── RateLimited   too many requests or tokens for now
│   │   └── QuotaExhausted  no credit left
│   ├── NetworkError
│   │   ├── ConnectionFailed  no connection: DNS, TLS, proxy, refused, reset
│   │   ├── TimedOut      no connection or no answer in time
│   │   ├── Stalled       the stream went silent
│   │   └── Interrupted   the stream broke off or ended early
│   ├── ServerError
│   │   ├── ServerFault   the provider failed (5xx, or an answer that makes no sense)
│   │   └── Overloaded    the provider is too busy
│   ├── RequestError
│   │   ├── BadRequest    the provider does not take the request
│   │   ├── UnknownModel  the provider has no such model
│   │   └── ContextTooLong  the conversation does not fit the model
│   └── LocalModelError   the embedded model cannot run
├── CheckFailed           a reply is not what was asked for
├── BudgetExceeded        a call could pass a spending limit
└── StoreError            the database cannot be used
    └── DatabaseTooNew    it was written by a newer tchat
"""

from typing import ClassVar

from msgspec import Struct


class TchatError(Exception):
    """Anything that tchat tells its user about.

    Args:
        message: what happened, to which thing; lower case, no final period.
        hint: what to do about it.
    """

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    @property
    def in_full(self) -> str:
        """What happened and, on a line of its own, what to do."""
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class UsageError(TchatError):
    """The command line, an option or an input is wrong."""


class ConfigError(UsageError):
    """A configuration file is wrong; the message names file and key."""


class TemplateError(UsageError):
    """A template is wrong; the message names file and line."""


class AttachmentError(UsageError):
    """An attachment cannot be read, or the model does not take it."""


class NotFound(UsageError):
    """There is no such conversation, template or alias."""


class Origin(Struct, frozen=True, kw_only=True):
    """Where a provider's error came from, and what the provider said about it."""

    provider: str = ""
    model: str = ""
    status: int | None = None
    """The HTTP status."""
    request_id: str | None = None
    retry_after: float | None = None
    """Seconds to wait before the next attempt."""
    parameter: str | None = None
    """The setting that the provider objects to, by its name in `Settings`."""


class ProviderError(TchatError):
    """A provider did not give a reply."""

    retryable: ClassVar[bool] = False
    """Whether the same request may succeed when it is sent again before anything was shown."""

    def __init__(self, message: str, *, hint: str | None = None, origin: Origin | None = None) -> None:
        super().__init__(message, hint=hint)
        self.origin = origin or Origin()


class AuthenticationError(ProviderError):
    """No key, or one that the provider does not accept."""


class MissingKey(AuthenticationError):
    """There is no key for the provider."""


class KeyRejected(AuthenticationError):
    """The provider does not accept the key, or the key may not do this."""


class LimitError(ProviderError):
    """A limit of the provider was reached."""


class RateLimited(LimitError):
    """Too many requests or tokens for now."""

    retryable = True


class QuotaExhausted(LimitError):
    """The account has no credit left; waiting does not help."""


class NetworkError(ProviderError):
    """The way to the provider failed."""


class ConnectionFailed(NetworkError):
    """No connection: name resolution, TLS, proxy, refused or reset."""

    retryable = True


class TimedOut(NetworkError):
    """No connection or no answer in time."""

    retryable = True


class Stalled(NetworkError):
    """The stream went silent for longer than the stall timeout."""


class Interrupted(NetworkError):
    """The stream broke off, or ended without its final event."""

    retryable = True


class ServerError(ProviderError):
    """The provider failed."""


class ServerFault(ServerError):
    """The provider answered 5xx, or something that makes no sense."""

    retryable = True


class Overloaded(ServerError):
    """The provider is too busy."""

    retryable = True


class RequestError(ProviderError):
    """The provider does not take this request."""


class BadRequest(RequestError):
    """The provider refuses the request; `origin.parameter` names the setting it objects to, if it says so."""


class UnknownModel(RequestError):
    """The provider has no such model."""


class ContextTooLong(RequestError):
    """The conversation and the reply do not fit the model's context window."""


class LocalModelError(ProviderError):
    """The embedded model cannot run: its extra, its weights or its server is missing or broken."""


class CheckFailed(TchatError):
    """A reply is not what was asked for."""


class BudgetExceeded(TchatError):
    """A call could pass a spending limit and was not sent."""


class StoreError(TchatError):
    """The database cannot be used."""


class DatabaseTooNew(StoreError):
    """The database was written by a newer tchat; it is left as it is."""
