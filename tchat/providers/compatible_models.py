"""What the model lists of OpenAI-compatible servers say, beyond names.

The list itself is all that they share. llama.cpp, LM Studio, vLLM, Groq, Mistral and OpenRouter each add facts of
their own under names of their own; what is not understood is left unknown.
"""

from typing import Any, cast

from tchat.domain.model import ModelFacts, Price
from tchat.domain.text import one_line
from tchat.domain.usage import token_count

LONGEST_NAME = 200
"""Characters of a model's name that are believed."""

_WINDOWS = (
    ("meta", "n_ctx"),
    ("loaded_context_length",),
    ("max_model_len",),
    ("context_length",),
    ("context_window",),
    ("max_context_length",),
    ("meta", "n_ctx_train"),
)
"""Where the context window stands: what the server runs with before what the model could."""
_OUTPUTS = (("top_provider", "max_completion_tokens"), ("max_completion_tokens",), ("max_output_tokens",))


def facts_of(provider: str, listed: object) -> tuple[ModelFacts, ...] | None:
    """Return what a model list says; names that cannot be shown or typed are left out. None if it is no list."""
    if isinstance(listed, dict):
        table = cast("dict[str, Any]", listed)
        listed = table.get("data") if isinstance(table.get("data"), list) else table.get("models")
    if not isinstance(listed, list):
        return None
    models = [_table(entry) for entry in cast("list[object]", listed)]
    named = {name: model for model in models if (name := _name(model)) is not None}
    return tuple(_facts(provider, name, model) for name, model in named.items())


def _name(model: dict[str, Any]) -> str | None:
    name = model.get("id")
    if not isinstance(name, str) or not 0 < len(name) <= LONGEST_NAME or one_line(name) != name:
        return None
    return name


def _facts(provider: str, name: str, model: dict[str, Any]) -> ModelFacts:
    kinds, parameters = _kinds(model), _words(model.get("supported_parameters"))
    made = _words(_table(model.get("architecture")).get("output_modalities"))
    return ModelFacts(
        provider=provider,
        name=name,
        title=_title(model, name),
        window=_count(model, _WINDOWS),
        max_output=_count(model, _OUTPUTS),
        vision="image" in kinds if kinds else _can(model, "vision"),
        documents="file" in kinds if kinds else None,
        audio="audio" in kinds if kinds else _can(model, "audio") or None,
        video="video" in kinds if kinds else None,
        draws="image" in made if made else None,
        sampling="temperature" in parameters if parameters else None,
        stops="stop" in parameters if parameters else None,
        seeds="seed" in parameters if parameters else None,
        structured="structured_outputs" in parameters if parameters else None,
        price=_price(_table(model.get("pricing"))),
        listed=True,
    )


def _title(model: dict[str, Any], name: str) -> str:
    titles = (model.get("display_name"), model.get("name"))
    title = next((one_line(title) for title in titles if isinstance(title, str)), "")[:LONGEST_NAME]
    return "" if title == name else title


def _count(model: dict[str, Any], places: tuple[tuple[str, ...], ...]) -> int | None:
    """Return the first positive figure among some places."""
    for *tables, last in places:
        table = model
        for name in tables:
            table = _table(table.get(name))
        if count := token_count(table.get(last)):
            return count
    return None


def _kinds(model: dict[str, Any]) -> list[str]:
    """Return what a model reads: `text`, `image`, `file`; nothing if that is not said."""
    return _words(_table(model.get("architecture")).get("input_modalities")) or _words(model.get("input_modalities"))


def _can(model: dict[str, Any], what: str) -> bool | None:
    """Return whether a capability is listed, or is true in a table of them; None if neither is said."""
    capabilities = model.get("capabilities")
    if isinstance(capabilities, list):
        return what in capabilities if capabilities else None
    said = _table(capabilities).get(what)
    return said if isinstance(said, bool) else None


def _price(pricing: dict[str, Any]) -> Price | None:
    """Return dollars for a million tokens from dollars for one; None for what is no price, as a router's -1."""
    try:
        read, written = float(pricing["prompt"]), float(pricing["completion"])
    except (KeyError, TypeError, ValueError):
        return None
    if not (0 <= read < 1 and 0 <= written < 1):
        return None
    return Price(
        input=round(read * 1e6, 6),
        output=round(written * 1e6, 6),
        cached_read=_rate(pricing.get("input_cache_read")),
        cached_write=_rate(pricing.get("input_cache_write")),
        reasoning=_rate(pricing.get("internal_reasoning")),
        source="provider",
    )


def _rate(said: object) -> float | None:
    """Return dollars for a million tokens; None for nothing, which only says that there is no price of its own."""
    try:
        rate = float(said)  # pyright: ignore[reportArgumentType]  # whatever is listed
    except (TypeError, ValueError):
        return None
    return round(rate * 1e6, 6) if 0 < rate < 1 else None


def _words(value: object) -> list[str]:
    items = cast("list[object]", value) if isinstance(value, list) else []
    return [item for item in items if isinstance(item, str)]


def _table(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
