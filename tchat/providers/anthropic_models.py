"""What Anthropic's model list says of a model.

Source: https://platform.claude.com/docs/en/api/models-list.
"""

from typing import Any

from tchat.domain.effort import EFFORTS, Effort
from tchat.domain.model import EffortStyle, ModelFacts
from tchat.domain.text import one_line
from tchat.domain.usage import token_count
from tchat.providers.json_values import table, words

LONGEST_NAME = 200
"""Characters of a model's name that are believed."""
_LEAST_BUDGET = 1024
"""Thinking tokens that a request may ask for at least."""


def facts_of(provider: str, model: dict[str, Any]) -> ModelFacts | None:
    """Return what is said of one model; None if it is retired or its name cannot be shown or typed."""
    name = words(model.get("id"))
    if not 0 < len(name) <= LONGEST_NAME or one_line(name) != name or model.get("lifecycle") == "retired":
        return None
    title = one_line(words(model.get("display_name")))[:LONGEST_NAME]
    can = table(model.get("capabilities"))
    longest = token_count(model.get("max_tokens")) or None
    efforts, style = _efforts(can)
    return ModelFacts(
        provider=provider,
        name=name,
        title="" if title == name else title,
        window=token_count(model.get("max_input_tokens")) or None,
        max_output=longest,
        efforts=efforts,
        effort_style=style,
        budget=(_LEAST_BUDGET, longest - 1) if style == "budget" and longest and longest > _LEAST_BUDGET else None,
        vision=_supports(can, "image_input"),
        documents=_supports(can, "pdf_input"),
        structured=_supports(can, "structured_outputs"),
        listed=True,
    )


def _efforts(can: dict[str, Any]) -> tuple[tuple[Effort, ...] | None, EffortStyle]:
    """Return the levels of effort and how they are told to the model."""
    effort, thinking = table(can.get("effort")), table(can.get("thinking"))
    if not effort or not thinking:
        return None, "level"
    types = table(thinking.get("types"))
    off: tuple[Effort, ...] = ("none",) if _supports(types, "disabled") else ()
    levels: tuple[Effort, ...] = tuple(level for level in EFFORTS if _supports(effort, level))
    if levels and _supports(types, "adaptive"):
        return (*off, *levels), "adaptive"
    if _supports(types, "enabled"):
        return (*off, *EFFORTS[1:]), "budget"
    return (), "level"


def _supports(capabilities: dict[str, Any], name: str) -> bool | None:
    said = table(capabilities.get(name)).get("supported")
    return said if isinstance(said, bool) else None
