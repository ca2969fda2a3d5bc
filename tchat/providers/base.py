"""What every adapter promises, and what is common to turning foreign failures into ours."""

from collections.abc import AsyncGenerator
from typing import Protocol

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
