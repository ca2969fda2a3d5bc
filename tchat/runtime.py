"""Wiring: settings, keys, store and providers put together for the doors.

Nothing is made before it is needed, and what the interface does not need for its first paint is not imported before.
"""

import asyncio
import contextlib
import os
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from msgspec.structs import replace

from tchat.config import Config, load_config
from tchat.connections import Connections
from tchat.domain.errors import ConfigError, TchatError
from tchat.domain.ids import id_maker
from tchat.domain.model import ModelFacts, ModelRef
from tchat.domain.spending import Spending
from tchat.keys import KeyPlan, Keys
from tchat.media.blobs import Blobs
from tchat.meter.prices import Prices
from tchat.naming import EMBEDDED, default_of, named
from tchat.net import Route, is_loopback, plan_route
from tchat.outgoing import Outgoing
from tchat.paths import Paths, find_paths
from tchat.pricing import is_in_library, with_price
from tchat.providers.base import Endpoint, Provider
from tchat.providers.catalogue import Catalogue
from tchat.providers.finding import FoundServer, find_servers
from tchat.providers.presets import PRESETS, ProviderSpec, resolve
from tchat.providers.registry import make_keyless, make_provider
from tchat.threads import in_background

if TYPE_CHECKING:
    from tchat.engine.counting import Counts
    from tchat.engine.session import Connection, Engine
    from tchat.engine.turn_log import TurnLog
    from tchat.media.fetching import Fetching
    from tchat.meters import Estimators
    from tchat.store.conversations import Conversations


class Runtime:
    """One program run: everything is opened at most once, and closed by `aclose`."""

    def __init__(self, paths: Paths, config: Config, environ: Mapping[str, str], *, keep: bool = True) -> None:
        """Take the settings; `keep` says whether what happens is stored."""
        self.paths = paths
        self.config = config
        self.keep = keep
        self.environ = environ
        """The environment variables of this process."""
        self._connections = Connections(self._connect)
        self._remembering = asyncio.Lock()
        self._opening = asyncio.Lock()
        self._reloading = asyncio.Lock()
        self._store: Conversations | None = None
        self._accounts: Conversations | None = None

    @classmethod
    def open(cls, environ: Mapping[str, str] | None = None, *, keep: bool = True) -> "Runtime":
        """Read the configuration of this machine's user.

        Raises:
            ConfigError: a configuration file is wrong.
        """
        environ = os.environ if environ is None else environ
        paths = find_paths(environ)
        return cls(paths, load_config(paths), environ, keep=keep)

    @cached_property
    def keys(self) -> Keys:
        """Where API keys are found and kept."""
        return Keys(self.paths.keys_file, self.environ)

    @cached_property
    def catalogue(self) -> Catalogue:
        """What is known of models."""
        return Catalogue.load(lists=self.paths.model_lists, overrides=self.config.models)

    @cached_property
    def prices(self) -> Prices:
        """What models cost."""
        return Prices(self.paths.prices)

    @cached_property
    def blobs(self) -> Blobs:
        """The bytes of attachments."""
        return Blobs(self.paths.media, keep=self.keep)

    @cached_property
    def outgoing(self) -> Outgoing:
        """How attachments go out."""
        return Outgoing(self.blobs, lambda provider: self.spec(provider).kind, self._known_to_be_ready)

    @cached_property
    def estimators(self) -> "Estimators":
        """What estimates tokens."""
        from tchat.meters import Estimators

        return Estimators(self.store)

    @cached_property
    def counts(self) -> "Counts":
        """What has drafts counted by their providers."""
        from tchat.engine.counting import Counts

        return Counts(self.connect)

    @property
    def provider_names(self) -> tuple[str, ...]:
        """Every provider that can be named: the well-known ones and the user's own."""
        return (*PRESETS, *(name for name in self.config.providers if name not in PRESETS))

    def spec(self, provider: str) -> ProviderSpec:
        """Return how a provider is reached.

        Raises:
            ConfigError: there is no such provider.
        """
        return resolve(provider, self.config.providers.get(provider), self.environ)

    def may_count(self, provider: str) -> bool:
        """Whether a provider may be asked how many tokens a draft has: it does that for free, and the user lets it.

        Raises:
            ConfigError: there is no such provider.
        """
        return self.config.count_by_provider and self.spec(provider).counts

    def is_ready(self, provider: str) -> bool:
        """Whether a provider that needs a key has one."""
        plan = self.key_plan(provider)
        return plan.needed and self.keys.has(plan)

    def _known_to_be_ready(self) -> Iterator[tuple[str | None, tuple[ModelFacts, ...]]]:
        """Yield the usual model of each provider that has its key, and all of it that are known."""
        for provider in filter(self.is_ready, self.provider_names):
            yield self.spec(provider).default_model, self.known_models(provider)

    def key_plan(self, provider: str) -> KeyPlan:
        """Return where the key of a provider may be."""
        return self.spec(provider).key_plan

    def route(self, provider: str) -> Route:
        """Return the way to a provider: proxy, certificates, timeouts."""
        spec = self.spec(provider)
        return plan_route(
            spec.base_url,
            self.config.network,
            self.environ,
            connect_timeout=spec.connect_timeout,
            stall_timeout=spec.stall_timeout,
        )

    def route_to(self, url: str) -> Route:
        """Return the way to any URL, for attachments."""
        return plan_route(url, self.config.network, self.environ)

    @property
    def fetching(self) -> "Fetching":
        """How attachments are fetched from the web."""
        from tchat.media.fetching import Fetching

        return Fetching(route_to=self.route_to, allows_private=self.config.network.private_addresses)

    # --- models

    def resolve(self, name: str | None, *, fallback: str | None = None) -> ModelRef:
        """Return the model that a name, an alias or a provider stands for; the default model for None.

        A role (`fast`, `strong`, `judge`, `vision`) that the user has given no model is the `fallback`, or the default.

        Raises:
            NotFound: the name says neither provider nor known model, or is an alias of itself.
        """
        return named(name, self, fallback=fallback)

    def find_provider(self, model: str) -> str | None:
        """Return the provider of a model that is known, if it is."""
        return self.catalogue.find_provider(model)

    def facts(self, ref: ModelRef) -> ModelFacts:
        """Return what is known of a model; an unknown one has mostly unknown facts."""
        spec = self.spec(ref.provider)
        return self._as_run(spec, self.catalogue.facts(ref, spec))

    def known_models(self, provider: str) -> tuple[ModelFacts, ...]:
        """Return what is known, without asking it, of the models of a provider; its default model is among them.

        Raises:
            ConfigError: there is no such provider.
        """
        spec = self.spec(provider)
        known = self.catalogue.known(spec)
        if spec.default_model and all(facts.name != spec.default_model for facts in known):
            known = (self.catalogue.facts(ModelRef(provider, spec.default_model), spec), *known)
        return tuple(self._as_run(spec, facts) for facts in known)

    async def list_models(self, provider: str) -> tuple[ModelFacts, ...]:
        """Ask a provider for its models and keep the list, for `known_models` and the next time.

        Raises:
            ProviderError: the list cannot be had.
            ConfigError: the provider is not configured, or its settings cannot be used.
        """
        listed = await self._connections.models(provider)
        async with self._remembering:
            await in_background(lambda: self.catalogue.remember(provider, listed))
        return listed

    async def priced(self, facts: ModelFacts) -> ModelFacts:
        """Return facts with the price, which after an update of the library takes a second to find."""
        if facts.price is not None or not is_in_library(self.spec(facts.provider)):
            return facts
        return await in_background(lambda: self.priced_now(facts))

    def priced_now(self, facts: ModelFacts) -> ModelFacts:
        """Return facts with the price, as `priced` does, and keep the thread waiting for it."""
        if facts.price is not None or not is_in_library(self.spec(facts.provider)):
            return facts
        if not self.prices.is_ready:
            self.prices.prepare()
        return replace(facts, price=self.facts(facts.ref).price)

    def _as_run(self, spec: ProviderSpec, known: ModelFacts) -> ModelFacts:
        """Return the facts of a model as they hold for how it is run here, with its price if that needs no waiting."""
        if spec.kind == "scripted":
            from tchat.providers.scripted import script_facts

            return script_facts(known)
        if spec.kind != "local":
            own = self.config.providers.get(spec.name)
            return with_price(known, spec, self.prices, own.price_factor if own else None)
        window = known.window or self.config.local.window
        takes = {name: bool(getattr(known, name)) for name in ("vision", "documents", "audio", "video")}
        return replace(known, window=window, **takes)

    async def find_local_servers(self) -> tuple[FoundServer, ...]:
        """Return the providers that answer on this machine without a key and list models; see `find_servers`."""
        places: list[tuple[Endpoint, Route]] = []
        for name in self.provider_names:
            with contextlib.suppress(ConfigError):
                spec = self.spec(name)
                if spec.kind == "compatible" and not spec.needs_key and is_loopback(spec.base_url):
                    places.append((spec.endpoint(None), self.route(name)))
        return await find_servers(places)

    # --- providers

    async def provider(self, name: str) -> Provider:
        """Return the adapter of a provider, made at first use.

        Raises:
            MissingKey: it needs a key and there is none.
            ConfigError: it is not configured, or its settings cannot be used.
        """
        return (await self.connect(name)).provider

    async def connect(self, name: str) -> "Connection":
        """Return a provider that is ready to be asked; see `provider` for the errors."""
        return await self._connections.get(name)

    async def _connect(self, name: str) -> "tuple[Connection, int]":
        from tchat.engine.replaying import fingerprint
        from tchat.engine.session import Connection

        spec = self.spec(name)
        plan = spec.key_plan
        is_keyed = bool(plan.variables) or plan.needed
        key = await in_background(lambda: self.keys.need(plan)) if is_keyed else None
        value = key.value if key else None
        provider = make_provider(
            spec.kind, spec.endpoint(value), self.route(name), paths=self.paths, local=self.config.local
        )
        concurrency = spec.concurrency or self.config.network.concurrency
        slots = asyncio.Semaphore(concurrency)
        return Connection(provider=provider, account=fingerprint(value), slots=slots), concurrency

    def _keyless(self, name: str) -> Provider:
        spec = self.spec(name)
        return make_keyless(spec.kind, spec.endpoint(None), self.route(name), paths=self.paths, local=self.config.local)

    async def reload(self, provider: str | None = None) -> None:
        """Take in what has changed in the settings, and in the key of `provider` if one is named.

        What is under way keeps the connections that it has; they are closed when it has ended.

        Raises:
            ConfigError: a configuration file is wrong; everything stays as it was.
        """
        async with self._reloading:
            old, new = self.config, await in_background(lambda: load_config(self.paths))
            self.config = new
            if old.models != new.models:
                self.__dict__.pop("catalogue", None)
            self._connections.renew(lambda name: name == provider or _reach(old, name) != _reach(new, name))

    async def warm(self, model: str | None) -> None:
        """Do what the first request to a model needs while the user's message is still being read.

        What fails here fails again when the model is asked, and is told then.
        """
        with contextlib.suppress(TchatError):
            ref = self.resolve(model)
            provider = await self.provider(ref.provider)
            if ref.provider == EMBEDDED and ref != default_of(EMBEDDED, self):
                self._start_child(provider, ref.model)
            else:
                await provider.warm()

    def _start_child(self, provider: Provider, model: str) -> None:
        """Start the process of a model file that is not the embedded one."""
        from tchat.providers.local import LocalProvider

        if isinstance(provider, LocalProvider):
            provider.start(model)

    # --- store

    async def store(self) -> "Conversations":
        """Return the conversations of this user.

        Raises:
            StoreError: the database cannot be used.
        """
        async with self._opening:
            if self._store is None:
                self._store = await _opened(self.paths.database if self.keep else None)
            return self._store

    async def accounts(self) -> "Conversations":
        """Return where all that was spent is kept, also that of conversations which are not.

        Raises:
            StoreError: the database cannot be used.
        """
        if self.keep:
            return await self.store()
        async with self._opening:
            if self._accounts is None:
                self._accounts = await _opened(self.paths.database)
            return self._accounts

    async def engine(self, *, max_cost: float | None = None) -> "Engine":
        """Return what asks models, for at most `max_cost` dollars beside the limits of the configuration."""
        from tchat.engine.budget import Budget
        from tchat.engine.retry import RetryPolicy
        from tchat.engine.session import Engine, Surroundings
        from tchat.meters import LateLedger, limits_of

        log: TurnLog = await self.store()
        return Engine(
            Surroundings(
                connect=self.connect,
                keyless=self._keyless,
                facts=self.facts,
                log=log,
                media=self.outgoing,
                priced=self.priced,
                budget=Budget(
                    lambda: limits_of(self.config.budget, max_cost), LateLedger(self.accounts), is_kept=self.keep
                ),
                estimator=self.estimators.of,
                retry=RetryPolicy(attempts=self.config.network.attempts),
            )
        )

    async def spent_in(self, period: Literal["day", "month"]) -> Spending:
        """Return what the replies of this day or calendar month took."""
        return await (await self.accounts()).usage.in_period(period)

    async def aclose(self) -> None:
        """Close connections, child processes and the database; what fails to close keeps nothing else open."""
        async with contextlib.AsyncExitStack() as closing:
            for opened in (self._accounts, self._store, self._connections):
                if opened is not None:
                    closing.push_async_callback(opened.aclose)
            closing.callback(self.blobs.close)


async def _opened(path: Path | None) -> "Conversations":
    """Return the conversations of a database, in memory where there is no path."""
    from tchat.store.conversations import Conversations
    from tchat.store.database import Database

    return Conversations(await Database.open(path), id_maker())


def _reach(config: Config, provider: str) -> tuple[object, ...]:
    """Return the settings that an open connection depends on."""
    return config.providers.get(provider), config.network, config.local
