"""A client of the embedded model for tests; as a program, a parent for its child process that ends in many ways.

usage: python -m tests.providers.local_client WEIGHTS (loading|ready|exit)
"""

import asyncio
import signal
import sys
from contextlib import aclosing
from pathlib import Path

from msgspec import Struct

from tchat.config import LocalConfig
from tchat.domain.events import Event, TextDelta
from tchat.domain.message import user
from tchat.domain.request import Request, Settings
from tchat.net import Route
from tchat.paths import Paths
from tchat.providers import weights
from tchat.providers.base import Endpoint
from tchat.providers.local import LocalProvider, facts
from tests.embedded import only_child

SHORT = Settings(temperature=0.0, max_tokens=12)
ENDLESS = Settings(temperature=0.0, max_tokens=3500)
"""So much that no test waits for its end, if the server does not heed the model's wish to stop."""


class Answer(Struct, frozen=True):
    """A reply as it came."""

    events: list[Event]

    @property
    def text(self) -> str:
        """The joined text."""
        return "".join(event.text for event in self.events if isinstance(event, TextDelta))


def local_paths(home: Path) -> Paths:
    """Return places that are all under `home`."""
    return Paths(config=home, data=home, cache=home / "cache", state=home / "state")


def provider(home: Path, local: LocalConfig, **extra_body: object) -> LocalProvider:
    """Return the provider of the embedded model, with weights looked for under `home`."""
    route = Route(base_url="", proxy=None, ca_file=None, ca_dir=None, connect_timeout=10, stall_timeout=600)
    endpoint = Endpoint(name="local", base_url="", extra_body=extra_body)
    return LocalProvider(endpoint, route, paths=local_paths(home), local=local)


def request(text: str, settings: Settings, model: str = weights.NAME) -> Request:
    """Return a question."""
    return Request(facts=facts("local", model, LocalConfig()), messages=(user(text),), settings=settings)


async def ask(asked: LocalProvider, text: str, settings: Settings, model: str = weights.NAME) -> Answer:
    """Ask and return the whole answer."""
    async with aclosing(asked.stream(request(text, settings, model))) as events:
        return Answer([event async for event in events])


async def _own(file: Path, how: str) -> None:
    own = provider(file.parent, LocalConfig(model=file))
    own.start(weights.NAME)
    sys.stdout.write(f"{only_child()}\n")
    sys.stdout.flush()
    if how != "loading":
        await own.warm()
        await ask(own, "Hello", Settings(max_tokens=2))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    if how != "exit":
        signal.pause()


if __name__ == "__main__":
    asyncio.run(_own(Path(sys.argv[1]), sys.argv[2]))
