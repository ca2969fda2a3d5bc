"""What every adapter promises, and what is common to turning foreign failures into ours."""

import re
from collections.abc import AsyncGenerator
from typing import Any, Literal, Protocol, runtime_checkable

from msgspec import Struct

from tchat.domain.events import Event
from tchat.domain.model import ModelFacts
from tchat.domain.request import Request


class Endpoint(Struct, frozen=True, kw_only=True):
    """Where a provider is reached and how it knows who asks."""

    name: str
    """The provider's name in model references, errors and the store."""
    base_url: str
    key: str | None = None
    headers: dict[str, str] = {}
    extra_body: dict[str, object] = {}
    """Fields added to every request body as they are."""
    preset: str = ""
    """Which well-known server speaks here (`ollama`, `deepseek`, …), for its dialect; empty if unknown."""
    key_variable: str = ""
    """The environment variable that the key is usually kept in; empty if there is none."""

    def __repr__(self) -> str:
        return f"Endpoint({self.name!r}, {self.base_url!r}, ••••)"

    @property
    def variable(self) -> str:
        """The environment variable that stands for the key where the key itself must not be seen."""
        return self.key_variable or re.sub(r"\W", "_", f"{self.name}_API_KEY", flags=re.ASCII).upper()


Api = Literal["responses", "messages", "gemini", "chat", "script"]
"""What is spoken: OpenAI's Responses, Anthropic's Messages, Gemini's, Chat Completions, or tchat's own scripts."""


class WireRequest(Struct, frozen=True, kw_only=True):
    """A request as it goes out, for people to read: no key and no account is in it."""

    api: Api
    method: str
    url: str
    headers: dict[str, str]
    """By lower-case name; where the key goes stands `$` and `variable`."""
    body: Any
    """JSON values."""
    variable: str = ""
    """The environment variable that stands for the key; empty where none is sent."""
    notes: tuple[str, ...] = ()
    """Where it may differ from what goes out, one sentence each."""


class Provider(Protocol):
    """An API that answers requests.

    Laws: `stream` yields one `Started` first and one `Finished` last; it raises only errors of
    `tchat.domain.errors`; it never retries; closing the generator closes the connection at once.
    """

    @property
    def name(self) -> str:
        """The provider's name in model references."""
        ...

    def stream(self, request: Request) -> AsyncGenerator[Event]:
        """Send `request` and yield the reply as it arrives.

        Raises:
            ProviderError: there is no (complete) reply; what was yielded before stands.
        """
        ...

    async def wire(self, request: Request) -> WireRequest:
        """Return what `stream` would send, without sending it.

        Raises:
            ProviderError: it cannot be spelled for this provider.
            ConfigError: base URL, headers, proxy or certificates cannot be used.
        """
        ...

    async def models(self) -> tuple[ModelFacts, ...]:
        """Return the models that the provider lists, with what the list says of them.

        Raises:
            ProviderError: the list cannot be had.
        """
        ...

    async def warm(self) -> None:
        """Do what the first request needs and that needs no key: import the SDK, start the local model."""
        ...

    async def aclose(self) -> None:
        """Release connections and child processes."""
        ...


@runtime_checkable
class Counting(Protocol):
    """A provider that counts the tokens of a request for free."""

    async def count(self, request: Request) -> int | None:
        """Return the tokens that a request has; None if the server does not count.

        Raises:
            ProviderError: it did not answer.
        """
        ...
