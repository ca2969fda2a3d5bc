"""What a user without a conversation is told: which models are at hand, and how to come by more."""

import importlib
from collections.abc import AsyncGenerator

from msgspec import Struct
from msgspec.structs import replace

from tchat.domain.effort import Effort
from tchat.domain.errors import TchatError
from tchat.domain.model import ModelFacts, ModelRef
from tchat.naming import EMBEDDED
from tchat.providers.finding import FoundServer
from tchat.runtime import Runtime
from tchat.threads import in_background


class Embedded(Struct, frozen=True):
    """Whether the embedded model can answer."""

    ref: ModelRef
    trouble: str = ""
    """What is missing; empty if nothing is."""
    hint: str = ""


class Greeting(Struct, frozen=True, kw_only=True):
    """What is known so far; None is not known yet."""

    ref: ModelRef | None = None
    """The model that is asked."""
    effort: Effort | None = None
    has_key: bool | None = None
    """Whether a model is configured, or any provider has a key."""
    embedded: Embedded | None = None
    servers: tuple[FoundServer, ...] | None = None
    """The servers that answer on this machine."""


async def greetings(runtime: Runtime, ref: ModelRef, effort: Effort | None) -> AsyncGenerator[Greeting]:
    """Yield what is known of the ways to begin, more each time; where there is a key, nothing else is looked for."""
    greeting = Greeting(ref=ref, effort=effort)
    yield greeting
    greeting = replace(greeting, has_key=await in_background(lambda: has_key(runtime)))
    yield greeting
    if greeting.has_key:
        return
    greeting = replace(greeting, embedded=await embedded(runtime))
    yield greeting
    yield replace(greeting, servers=await runtime.find_local_servers())


def has_key(runtime: Runtime) -> bool:
    """Whether a model is configured or any provider has a key; it takes as long as the keyring does."""
    if runtime.config.model is not None:
        return True
    for name in runtime.provider_names:
        try:
            if runtime.is_ready(name):
                return True
        except TchatError:
            continue
    return False


async def embedded(runtime: Runtime) -> Embedded:
    """Return whether the embedded model can answer, without starting it."""
    await in_background(lambda: importlib.import_module("tchat.providers.local"))
    ref = runtime.resolve(EMBEDDED)
    try:
        await (await runtime.provider(EMBEDDED)).models()
    except TchatError as error:
        return Embedded(ref, error.message, error.hint or "")
    return Embedded(ref)


def model_to_try(server: FoundServer) -> ModelFacts:
    """Return the first model of a server that looks like one to talk to."""
    talking = (facts for facts in server.models if "embed" not in facts.name.lower())
    return next(talking, server.models[0])
