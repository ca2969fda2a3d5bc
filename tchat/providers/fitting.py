"""A request made to fit its model: tuning that the model does not take is left out and said so, content is refused.

Laws: what comes out is taken by a model whose facts are right; fitting again changes nothing; unknown facts forbid
nothing; there is a notice exactly where something changed.
"""

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from tchat.domain.effort import EFFORTS, Effort, nearest
from tchat.domain.errors import AttachmentError
from tchat.domain.message import Attachment, AudioPart, DocumentPart, ImagePart, Message, VideoPart
from tchat.domain.model import ModelFacts
from tchat.domain.request import Request, Settings

_SHARES: dict[Effort, float] = {
    "none": 0.0,
    "minimal": 0.1,
    "low": 0.2,
    "medium": 0.5,
    "high": 0.8,
    "xhigh": 0.95,
    "max": 1.0,
}
"""What each level is of the thinking tokens that a model may have: OpenRouter's shares, and all of them for `max`."""
_USUAL_BUDGET = (1024, 32_768)
"""Thinking tokens of a model whose own limits are unknown: Anthropic's least, and the most of Gemini 2.5 Pro."""
_THOUGHT_OF_REPLY = 0.8
"""The part of a reply that effort may spend on thinking, so that there is room for an answer."""
_DEFAULTS = Settings()
_FACTS = {"pictures": "vision", "documents": "documents", "audio": "audio", "video": "video"}
"""The fact that says whether a kind of attachment is taken."""


class Fitted(Struct, frozen=True):
    """Settings that a model takes, and what had to change for that."""

    settings: Settings
    notices: tuple[str, ...] = ()
    """One plain sentence for each change."""


Rule = Callable[[Settings, ModelFacts], tuple[Settings, str | None]]
"""Returns settings that keep one more law, and what to tell the user if they are other settings."""


def fit(settings: Settings, facts: ModelFacts) -> Fitted:
    """Return `settings` as a model takes them; an effort that is left to the provider stays so."""
    notices: list[str] = []
    for rule in _RULES:
        settings, notice = rule(settings, facts)
        if notice is not None:
            notices.append(f"{facts.ref} {notice}")
    return Fitted(settings, tuple(notices))


def refusals(settings: Settings, facts: ModelFacts) -> Mapping[str, str]:
    """Return the settings that a model takes in no form, by name, with the reason in words that follow its name.

    Args:
        settings: how much the model is to think decides whether it takes temperature and top-p.
        facts: the model.
    """
    for rule in _MEASURES:
        settings, _ = rule(settings, facts)
    found = {
        "effort": _no_effort(facts),
        "thinking_budget": _no_budget(facts),
        "temperature": _no_sampling("temperature", settings, facts),
        "top_p": _no_sampling("top_p", settings, facts),
        "detail": None if _sees(facts) else "takes no pictures",
        "stop": "does not take stop sequences" if facts.stops is False else None,
        "seed": "does not take a seed" if facts.seeds is False else None,
        "schema": "does not enforce a schema" if facts.structured is False else None,
    }
    return {name: why for name, why in found.items() if why is not None}


def without(settings: Settings, parameter: str) -> Settings:
    """Return `settings` without one of them, named as in `Settings`; any other name changes nothing.

    `effort` stands for both ways of saying how much to think.
    """
    return replace(settings, **{name: getattr(_DEFAULTS, name) for name in _fields_of(parameter)})


def value_of(settings: Settings, parameter: str) -> tuple[object, ...]:
    """Return what `without` would take out of `settings`."""
    return tuple(getattr(settings, name) for name in _fields_of(parameter))


def _fields_of(parameter: str) -> tuple[str, ...]:
    names = ("effort", "thinking_budget") if parameter == "effort" else (parameter,)
    return tuple(name for name in names if name in Settings.__struct_fields__)


def thinking_tokens(effort: Effort, facts: ModelFacts, max_tokens: int | None = None) -> int:
    """Return the thinking tokens that an effort means for a model that takes a number; 0 turns thinking off.

    Args:
        effort: a level; each is a share of the model's range.
        facts: the model, with its range in `budget`.
        max_tokens: the longest reply, thinking included, if it is limited; what is returned leaves room for an answer,
            and is less than `max_tokens` wherever `fit` has left the effort in place.
    """
    if effort == "none":
        return 0
    least, most = facts.budget or _USUAL_BUDGET
    if max_tokens is not None:
        most = max(least, min(most, int(max_tokens * _THOUGHT_OF_REPLY)))
    return least + round(_SHARES[effort] * (most - least))


def check_content(request: Request, takers: Callable[[str], Sequence[str]] = lambda _: ()) -> None:
    """Refuse attachments that the model is known not to take.

    Args:
        request: what is about to be sent.
        takers: tells models that take a kind of attachment, by its name in `ModelFacts`.

    Raises:
        AttachmentError: a picture for a model without eyes, a recording for one without ears, and so on.
    """
    for kind, name in not_taken(request.facts, request.messages):
        which = f": {name!r} was not sent" if name else ""
        others = [other for other in takers(_FACTS[kind]) if other != str(request.facts.ref)]
        hint = f"ask {' or '.join(others)}" if others else f"use a model that takes {kind}"
        if kind == "documents":
            hint += ", or send its text (`--pdf text`) or its pages as pictures (`--pdf pages`)"
        raise AttachmentError(f"{request.facts.ref} does not take {kind}{which}", hint=hint)


def not_taken(facts: ModelFacts, messages: Iterable[Message]) -> Generator[tuple[str, str]]:
    """Yield the kind and the name of each attachment that a model is known not to take."""
    for message in messages:
        for part in message.attachments:
            kind = _kind(part)
            if getattr(facts, _FACTS[kind]) is False:
                yield kind, part.name


def _kind(part: Attachment) -> str:
    match part:
        case ImagePart():
            return "pictures"
        case DocumentPart():
            return "documents"
        case AudioPart():
            return "audio"
        case VideoPart():
            return "video"


def _sees(facts: ModelFacts) -> bool:
    """Whether a model may read anything that has a detail: pictures, or the pages and frames of others."""
    return facts.vision is not False or bool(facts.documents) or bool(facts.video)


def _no_effort(facts: ModelFacts) -> str | None:
    return "does not reason" if facts.efforts == () else None


def _no_budget(facts: ModelFacts) -> str | None:
    if facts.efforts and facts.effort_style != "budget":
        return "takes levels of effort"
    return _no_effort(facts)


def _no_sampling(names: str, settings: Settings, facts: ModelFacts) -> str | None:
    """Return why a model that thinks as in `settings` takes no sampling; `names` is what of it is asked for."""
    if facts.sampling is False:
        return f"does not take {names}"
    effort = _effective(settings, facts)
    if None in (facts.sampling_at, effort) or effort == facts.sampling_at:
        return None
    return f"takes {names} only with effort {facts.sampling_at}"


def _length(settings: Settings, facts: ModelFacts) -> tuple[Settings, str | None]:
    wanted, most = settings.max_tokens, facts.max_output
    if wanted is None or most is None or wanted <= most:
        return settings, None
    return replace(settings, max_tokens=most), f"writes at most {most} tokens: max_tokens {wanted} is lowered to that"


def _one_measure(settings: Settings, facts: ModelFacts) -> tuple[Settings, str | None]:
    """Of effort and thinking budget, a model that reasons is told the one that it takes as it is."""
    if settings.effort is None or settings.thinking_budget is None or not facts.efforts:
        return settings, None
    if facts.effort_style == "budget":
        return replace(settings, effort=None), f"is told thinking_budget, so effort {settings.effort} is left out"
    return replace(settings, thinking_budget=None), "takes effort, so thinking_budget is left out"


def _budget(settings: Settings, facts: ModelFacts) -> tuple[Settings, str | None]:
    tokens = settings.thinking_budget
    if tokens is None or facts.efforts is None:
        return settings, None
    bare = replace(settings, thinking_budget=None)
    if tokens < 0 or not facts.efforts:
        why = _no_effort(facts) or "takes no negative number"
        return bare, f"{why}: sent without thinking_budget"
    why = _no_budget(facts)
    if why is not None:
        effort = nearest(_level_of(tokens), facts.efforts)
        return replace(bare, effort=effort), f"{why}: thinking_budget {tokens} is sent as {effort}"
    possible = _possible_budget(tokens, settings.max_tokens, facts)
    if possible == tokens:
        return settings, None
    if possible is None:
        return bare, f"has no room to think in max_tokens {settings.max_tokens}: sent without thinking_budget"
    return replace(settings, thinking_budget=possible), f"thinks with {possible} tokens instead of {tokens}"


def _possible_budget(tokens: int, max_tokens: int | None, facts: ModelFacts) -> int | None:
    """Return the nearest number of thinking tokens that is taken with a reply of `max_tokens`; None if none is."""
    off = 0 if "none" in (facts.efforts or ()) else None
    if tokens == 0 and off == 0:
        return 0
    least, most = facts.budget or (0, tokens)
    if max_tokens is not None:
        most = min(most, max_tokens - 1)
    return off if most < least else min(max(tokens, least), most)


def _level_of(tokens: int) -> Effort:
    """Return the level whose share of the usual range is nearest; any thinking at all is more than `none`."""
    if tokens <= 0:
        return "none"
    share = tokens / _USUAL_BUDGET[1]
    return min(EFFORTS[1:], key=lambda level: abs(_SHARES[level] - share))


def _effort(settings: Settings, facts: ModelFacts) -> tuple[Settings, str | None]:
    wanted = settings.effort
    if wanted is None or facts.efforts is None or wanted in facts.efforts:
        return settings, None
    chosen = nearest(wanted, facts.efforts)
    if chosen is None:
        return replace(settings, effort=None), f"{_no_effort(facts)}: sent without effort {wanted}"
    return replace(settings, effort=chosen), f"has no effort {wanted}: sent with {chosen}"


def _room(settings: Settings, facts: ModelFacts) -> tuple[Settings, str | None]:
    """An effort that becomes a number of tokens needs a reply that is longer than the least number."""
    tight = settings.max_tokens is not None and facts.budget is not None and settings.max_tokens <= facts.budget[0]
    if not tight or settings.effort in (None, "none") or facts.effort_style != "budget" or not facts.efforts:
        return settings, None
    effort = "none" if "none" in facts.efforts else None
    said = f"has no room to think in max_tokens {settings.max_tokens}: sent with"
    return replace(settings, effort=effort), f"{said} effort none" if effort else f"{said}out effort"


def _sampling(settings: Settings, facts: ModelFacts) -> tuple[Settings, str | None]:
    given = [name for name in ("temperature", "top_p") if getattr(settings, name) is not None]
    why = _no_sampling(" and ".join(given), settings, facts) if given else None
    if why is None:
        return settings, None
    return replace(settings, temperature=None, top_p=None), f"{why}: sent without"


def _effective(settings: Settings, facts: ModelFacts) -> Effort | None:
    """Return the level at which the model will think, as far as that is known."""
    if settings.thinking_budget is not None:
        return _level_of(settings.thinking_budget)
    return settings.effort or facts.default_effort


def _unless_refused(name: str) -> Rule:
    """Return the rule that a setting is left out where the model refuses it."""

    def rule(settings: Settings, facts: ModelFacts) -> tuple[Settings, str | None]:
        fewer = without(settings, name)
        why = None if fewer == settings else refusals(settings, facts).get(name)
        return (settings, None) if why is None else (fewer, f"{why}: sent without")

    return rule


_MEASURES: tuple[Rule, ...] = (_length, _one_measure, _budget, _effort, _room)
"""How long and how thoughtful the reply may be."""
_RULES: tuple[Rule, ...] = (*_MEASURES, _sampling, *(_unless_refused(name) for name in ("stop", "seed", "schema")))
"""In an order in which no rule undoes an earlier one."""
