"""Which adapter speaks to a provider. Each is imported when it is first needed."""

from typing import assert_never

from msgspec.structs import replace

from tchat.config import Kind, LocalConfig
from tchat.net import Route
from tchat.paths import Paths
from tchat.providers.base import Endpoint, Provider


def make_keyless(kind: Kind, endpoint: Endpoint, route: Route, *, paths: Paths, local: LocalConfig) -> Provider:
    """Return an adapter that can spell requests and send none: the name of a variable stands for its key."""
    return make_provider(kind, replace(endpoint, key=f"${endpoint.variable}"), route, paths=paths, local=local)


def make_provider(kind: Kind, endpoint: Endpoint, route: Route, *, paths: Paths, local: LocalConfig) -> Provider:
    """Return the adapter for a kind of API.

    Args:
        kind: the API.
        endpoint: where it is, and how it knows who asks.
        route: the way there.
        paths: where the embedded model's weights are.
        local: how the embedded model is run.
    """
    match kind:
        case "openai":
            from tchat.providers.openai import OpenAIProvider

            return OpenAIProvider(endpoint, route)
        case "anthropic":
            from tchat.providers.anthropic import AnthropicProvider

            return AnthropicProvider(endpoint, route)
        case "gemini":
            from tchat.providers.gemini import GeminiProvider

            return GeminiProvider(endpoint, route)
        case "compatible":
            from tchat.providers.compatible import CompatibleProvider

            return CompatibleProvider(endpoint, route)
        case "local":
            from tchat.providers.local import LocalProvider

            return LocalProvider(endpoint, route, paths=paths, local=local)
        case "scripted":
            from tchat.providers.scripted import ScriptedProvider

            return ScriptedProvider(endpoint)
        case _:
            assert_never(kind)
