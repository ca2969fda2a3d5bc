"""Which models there are: what is known at once, then what every provider lists when it is asked."""

import asyncio
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from tchat.domain.errors import ConnectionFailed, NetworkError, TchatError
from tchat.net import is_loopback
from tchat.runtime import Runtime
from tchat.threads import in_background
from tchat.tui.model_rows import Source

PATIENCE = 15.0
"""Seconds that a provider may take to list its models."""


class ModelListing:
    """The providers of one user, as far as they are known.

    Args:
        runtime: where they are found.
        changed: is told whenever more is known.
    """

    def __init__(self, runtime: Runtime, changed: Callable[[], None]) -> None:
        self._runtime = runtime
        self._changed = changed
        self._sources: dict[str, Source] = {}
        self.aliases: dict[str, str] = {}
        """The reference that each alias stands for."""

    @property
    def sources(self) -> tuple[Source, ...]:
        """The providers that are known of, in their order, what is part of tchat last."""
        names = (name for name in self._runtime.provider_names if name in self._sources)
        return tuple(sorted((self._sources[name] for name in names), key=lambda source: source.provider == "script"))

    async def read(self) -> None:
        """Take in what is known without the network; what the keyring has to be asked for comes second."""
        runtime = self._runtime
        self.aliases = await in_background(lambda: _aliases(runtime))
        at_once, later = _by_haste(runtime)
        for names in (at_once, later):
            self._take(await in_background(lambda names=names: [_known(runtime, name) for name in names]))

    async def ask(self) -> None:
        """Have every provider that can be asked list its models, all at once; failures are noted beside them."""
        names = [source.provider for source in self.sources if source.state == "known"]
        self._take([replace(self._sources[name], state="asking") for name in names])
        async with asyncio.TaskGroup() as group:
            for name in names:
                group.create_task(self._ask(name))

    async def _ask(self, name: str) -> None:
        runtime = self._runtime
        source = self._sources[name]
        try:
            async with asyncio.timeout(PATIENCE):
                await runtime.list_models(name)
            models = await in_background(lambda: runtime.known_models(name))
            source = replace(source, state="listed", models=models)
        except TimeoutError:
            source = replace(source, state="failed", note=f"did not answer in {PATIENCE:.0f} s")
        except ConnectionFailed as error:
            is_here = is_loopback(runtime.spec(name).base_url)
            source = replace(source, state="silent" if is_here else "failed", note=_words(error, is_here=is_here))
        except TchatError as error:
            source = replace(source, state="failed", note=_words(error))
        self._take([source])

    def _take(self, sources: Sequence[Source]) -> None:
        self._sources.update({source.provider: source for source in sources})
        self._changed()


def _words(error: TchatError, *, is_here: bool = False) -> str:
    if is_here:
        return "does not answer on this machine"
    hint = f"; {error.hint}" if error.hint and not isinstance(error, NetworkError) else ""
    return f"{error.message}{hint}"


def _by_haste(runtime: Runtime) -> tuple[list[str], list[str]]:
    """Return the providers of which all is known at once, and those for which the keyring is asked."""
    at_once: list[str] = []
    later: list[str] = []
    for name in runtime.provider_names:
        try:
            plan = runtime.key_plan(name)
        except TchatError:
            at_once.append(name)
        else:
            is_known = not plan.needed or plan.command or runtime.keys.variable(plan)
            (at_once if is_known else later).append(name)
    return at_once, later


def _known(runtime: Runtime, name: str) -> Source:
    """Return what is known of a provider without asking it."""
    try:
        spec = runtime.spec(name)
        models = runtime.known_models(name)
        if spec.needs_key and not runtime.is_ready(name):
            return Source(provider=name, state="keyless", models=models, note=way_to_key(runtime, name))
    except TchatError as error:
        return Source(provider=name, state="failed", note=_words(error))
    return Source(provider=name, models=models)


def way_to_key(runtime: Runtime, name: str) -> str:
    """Return how a provider is given a key, and where one is to be had; nothing for what takes none."""
    spec = runtime.spec(name)
    if not spec.takes_key:
        return ""
    ways = ", or set ".join(("Enter adds it", " or ".join(spec.variables))) if spec.variables else "Enter adds it"
    return f"{ways}  {spec.console}".rstrip()


def _aliases(runtime: Runtime) -> dict[str, str]:
    aliases: dict[str, str] = {}
    for alias in runtime.config.aliases:
        try:
            aliases[alias] = str(runtime.resolve(alias))
        except TchatError:
            continue
    return aliases
