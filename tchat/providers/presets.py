"""The providers that tchat knows by name, and how any provider is reached with the user's settings on top."""

import difflib
from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

from tchat.config import Kind, ProviderConfig
from tchat.domain.errors import ConfigError
from tchat.domain.model import ModelRef
from tchat.keys import KeyPlan
from tchat.net import is_loopback
from tchat.providers.base import Endpoint

_SLOW_LOCALLY = 600.0
"""Seconds that a server on a small machine may take to load a model and read a long prompt."""
_LONG_THOUGHT = 300.0
"""Seconds that a hosted model may think without a word."""
_OLLAMA_PORT = 11434


class Preset(Struct, frozen=True, kw_only=True):
    """A well-known provider."""

    name: str
    kind: Kind
    base_url: str = ""
    """Empty where no URL is needed."""
    base_url_variable: str = ""
    """The environment variable that moves it, the same as its SDK's."""
    variables: tuple[str, ...] = ()
    """Where its key is looked for in the environment, in this order."""
    needs_key: bool = True
    console: str = ""
    """Where a key is to be had, as text."""
    default_model: str | None = None
    concurrency: int | None = None
    stall_timeout: float | None = None
    """Seconds without a byte that mean nothing bad here."""
    families: tuple[str, ...] = ()
    """Globs of the model names that are this provider's alone."""
    catalogues: tuple[str, ...] = ()
    """The files of facts that speak of its models; see `tchat.providers.catalogue`."""


COUNTING_SERVERS = ("llamacpp", "vllm")
"""Compatible servers that have the model's own tokenizer at hand."""
KEYLESS = ("local", "scripted")
"""Kinds of providers that are part of tchat and take no key."""
_COUNTING_KINDS = ("openai", "anthropic", "gemini", "local")


class ProviderSpec(Struct, frozen=True, kw_only=True):
    """How a provider is reached: a preset with the user's settings on top."""

    name: str
    kind: Kind
    base_url: str
    variables: tuple[str, ...] = ()
    key_command: str | list[str] | None = None
    needs_key: bool = False
    headers: dict[str, str] = {}
    extra_body: dict[str, Any] = {}
    concurrency: int | None = None
    """Calls under way at once; None leaves it to the network settings, as with both timeouts."""
    connect_timeout: float | None = None
    stall_timeout: float | None = None
    preset: str = ""
    """The well-known server that speaks here; empty if unknown."""
    default_model: str | None = None
    console: str = ""

    @property
    def key_plan(self) -> KeyPlan:
        """Where its key may be."""
        return KeyPlan(provider=self.name, variables=self.variables, command=self.key_command, needed=self.needs_key)

    def endpoint(self, key: str | None) -> Endpoint:
        """Return where it is, with its key."""
        return Endpoint(
            name=self.name,
            base_url=self.base_url,
            key=key,
            headers=self.headers,
            extra_body=self.extra_body,
            preset=self.preset,
            key_variable=self.variables[0] if self.variables else "",
        )

    @property
    def takes_key(self) -> bool:
        """Whether it can have a key."""
        return self.kind not in KEYLESS

    @property
    def counts(self) -> bool:
        """Whether it counts the tokens of a request for free."""
        return self.kind in _COUNTING_KINDS or self.preset in COUNTING_SERVERS


_ALL = (
    Preset(
        name="openai",
        kind="openai",
        base_url="https://api.openai.com/v1",
        base_url_variable="OPENAI_BASE_URL",
        variables=("OPENAI_API_KEY",),
        console="platform.openai.com/api-keys",
        default_model="gpt-6-sol",
        stall_timeout=_LONG_THOUGHT,
        families=("gpt-[3-9]*", "chatgpt-*", "chat-latest", "o[1-9]*", "ft:gpt-*", "ft:o[1-9]*"),
        catalogues=("openai",),
    ),
    Preset(
        name="anthropic",
        kind="anthropic",
        base_url="https://api.anthropic.com",
        base_url_variable="ANTHROPIC_BASE_URL",
        variables=("ANTHROPIC_API_KEY",),
        console="platform.claude.com/settings/keys",
        default_model="claude-sonnet-5-5",
        families=("claude-*",),
        catalogues=("anthropic",),
    ),
    Preset(
        name="gemini",
        kind="gemini",
        base_url="https://generativelanguage.googleapis.com",
        base_url_variable="GOOGLE_GEMINI_BASE_URL",
        variables=("GEMINI_API_KEY", "GOOGLE_API_KEY"),
        console="aistudio.google.com/apikey",
        default_model="gemini-3.8-flash",
        stall_timeout=_LONG_THOUGHT,
        families=("gemini-*",),
        catalogues=("gemini",),
    ),
    Preset(
        name="openrouter",
        kind="compatible",
        base_url="https://openrouter.ai/api/v1",
        variables=("OPENROUTER_API_KEY",),
        console="openrouter.ai/settings/keys",
        default_model="openrouter/auto",
        catalogues=("openrouter",),
    ),
    Preset(
        name="deepseek",
        kind="compatible",
        base_url="https://api.deepseek.com",
        variables=("DEEPSEEK_API_KEY",),
        console="platform.deepseek.com/api_keys",
        default_model="deepseek-v4-flash",
        families=("deepseek-chat", "deepseek-reasoner", "deepseek-flash", "deepseek-v4-flash*", "deepseek-v4-pro*"),
        catalogues=("deepseek",),
    ),
    Preset(
        name="mistral",
        kind="compatible",
        base_url="https://api.mistral.ai/v1",
        variables=("MISTRAL_API_KEY",),
        console="console.mistral.ai/api-keys",
        default_model="mistral-medium-latest",
        families=("mistral-*-latest", "magistral-*-latest", "ministral-*-latest", "codestral-*", "devstral-*-latest"),
        catalogues=("mistral",),
    ),
    Preset(
        name="groq",
        kind="compatible",
        base_url="https://api.groq.com/openai/v1",
        variables=("GROQ_API_KEY",),
        console="console.groq.com/keys",
        default_model="openai/gpt-oss-120b",
        catalogues=("groq", "open"),
    ),
    Preset(
        name="xai",
        kind="compatible",
        base_url="https://api.x.ai/v1",
        variables=("XAI_API_KEY",),
        console="console.x.ai",
        default_model="grok-4.7",
        stall_timeout=900.0,
        families=("grok-*",),
        catalogues=("xai",),
    ),
    Preset(
        name="ollama",
        kind="compatible",
        base_url=f"http://localhost:{_OLLAMA_PORT}/v1",
        base_url_variable="OLLAMA_HOST",
        variables=("OLLAMA_API_KEY",),
        needs_key=False,
        console="ollama.com/settings/keys",
        concurrency=2,
        stall_timeout=_SLOW_LOCALLY,
        catalogues=("ollama", "open"),
    ),
    Preset(
        name="lmstudio",
        kind="compatible",
        base_url="http://localhost:1234/v1",
        needs_key=False,
        concurrency=2,
        stall_timeout=_SLOW_LOCALLY,
        catalogues=("own", "open"),
    ),
    Preset(
        name="llamacpp",
        kind="compatible",
        base_url="http://127.0.0.1:8080/v1",
        needs_key=False,
        concurrency=2,
        stall_timeout=_SLOW_LOCALLY,
        catalogues=("own", "open"),
    ),
    Preset(
        name="vllm",
        kind="compatible",
        base_url="http://localhost:8000/v1",
        needs_key=False,
        stall_timeout=_SLOW_LOCALLY,
        catalogues=("own", "open"),
    ),
    Preset(
        name="local",
        kind="local",
        needs_key=False,
        default_model="smollm2-135m-instruct",
        concurrency=2,
        stall_timeout=_SLOW_LOCALLY,
        catalogues=("own", "open"),
    ),
    Preset(name="script", kind="scripted", needs_key=False, catalogues=("own",)),
)
PRESETS: Mapping[str, Preset] = MappingProxyType({preset.name: preset for preset in _ALL})
"""By name, in the order in which a provider that has a key is looked for."""


def resolve(name: str, config: ProviderConfig | None, environ: Mapping[str, str]) -> ProviderSpec:
    """Return how the provider `name` is reached: `config` first, then the environment, then the preset.

    A name of the user's own speaks the OpenAI-compatible API unless `config` says otherwise. It needs a key if
    `config` names a place for one, or if its URL is that of a well-known provider that needs one.

    Raises:
        ConfigError: there is no such provider, or its base URL is missing or no URL.
    """
    own = config or ProviderConfig()
    preset = _preset_for(name, own)
    if preset is None and config is None:
        raise _unknown(name)
    kind = own.kind or (preset.kind if preset else "compatible")
    base_url = _base_url(name, kind, own, preset, environ)
    known = preset or Preset(name="", kind=kind, needs_key=False)
    return ProviderSpec(
        name=name,
        kind=kind,
        base_url=base_url,
        variables=(own.key_env,) if own.key_env else _variables(name, base_url, known),
        key_command=own.key_command,
        needs_key=_needs_key(own, known),
        headers=own.headers,
        extra_body=own.extra_body,
        concurrency=own.concurrency or known.concurrency,
        connect_timeout=own.connect_timeout,
        stall_timeout=own.stall_timeout or known.stall_timeout,
        preset=known.name,
        default_model=known.default_model,
        console=known.console,
    )


def parse_ref(text: str, names: Collection[str]) -> ModelRef | str:
    """Return the model that `provider/model` names, or the text itself if it begins with no provider of `names`.

    Only the first slash divides: `openrouter/anthropic/claude` is a model of openrouter. The path of a GGUF file is a
    model of the embedded server.
    """
    provider, slash, model = text.partition("/")
    if slash and model and provider in names:
        return ModelRef(provider, model)
    if text.lower().endswith(".gguf"):
        return ModelRef("local", text)
    return text


def _preset_for(name: str, own: ProviderConfig) -> Preset | None:
    """Return the preset of that name, or of the server that an own endpoint means, if it speaks the same API."""
    preset = PRESETS.get(name)
    if preset is not None:
        return preset if own.kind in (None, preset.kind) else None
    kind = own.kind or "compatible"
    alike = (each for each in _ALL if each.kind == kind)
    if own.base_url is None:
        return None if kind == "compatible" else next(alike, None)
    return next((each for each in alike if _host(each.base_url) == _host(own.base_url)), None)


def _unknown(name: str) -> ConfigError:
    near = difflib.get_close_matches(name, PRESETS, n=2, cutoff=0.6)
    meant = f" (did you mean {' or '.join(repr(each) for each in near)}?)" if near else ""
    return ConfigError(
        f"there is no provider {name!r}{meant}",
        hint=f"for an endpoint of your own run `tchat config set providers.{name}.base_url https://HOST/v1`",
    )


def _base_url(name: str, kind: Kind, own: ProviderConfig, preset: Preset | None, environ: Mapping[str, str]) -> str:
    if kind in ("local", "scripted"):
        return ""
    url, source = own.base_url, f"providers.{name}.base_url"
    if url is None and preset is not None:
        variable = preset.base_url_variable if preset.name == name else ""
        moved = environ.get(variable, "").strip() if variable else ""
        url, source = (moved, variable) if moved else (preset.base_url, source)
        if moved and preset.name == "ollama":
            url = _ollama_url(moved)
    if url is None:
        raise ConfigError(
            f"the provider {name!r} has no base URL",
            hint=f"run `tchat config set providers.{name}.base_url https://HOST/v1`",
        )
    if not _is_http(url):
        raise ConfigError(f"{source} is not an http or https URL", hint="for example http://localhost:8000/v1")
    return url.rstrip("/")


def _variables(name: str, base_url: str, preset: Preset) -> tuple[str, ...]:
    """Return where the environment may hold the key: nowhere for a second account, nor for a server that needs none."""
    if preset.name != name or (not preset.needs_key and is_loopback(base_url)):
        return ()
    return preset.variables


def _needs_key(own: ProviderConfig, preset: Preset) -> bool:
    if own.needs_key is not None:
        return own.needs_key
    return bool(own.key_env or own.key_command) or preset.needs_key


def _is_http(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _host(url: str) -> str:
    return urlsplit(url).netloc.lower() if _is_http(url) else ""


def _ollama_url(host: str) -> str:
    """Return the base URL that `OLLAMA_HOST` means, by Ollama's own rules: scheme, host and port may each be left out.

    An address to listen on at every interface is reached through loopback.
    """
    scheme, found, rest = host.partition("://")
    if not found:
        scheme, rest = "http", host
    address, _, path = rest.partition("/")
    port = {"http": 80, "https": 443}.get(scheme, _OLLAMA_PORT) if found else _OLLAMA_PORT
    try:
        parts = urlsplit(f"//{address}")
        name, port = parts.hostname or "127.0.0.1", parts.port or port
    except ValueError:
        return host
    name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(name, name)  # noqa: S104  # recognised, not bound
    shown = f"[{name}]" if ":" in name else name
    base = f"{scheme}://{shown}:{port}/{path}".rstrip("/")
    return base if base.endswith("/v1") else f"{base}/v1"
