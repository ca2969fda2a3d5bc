"""Earlier turns as a model can take them: what it takes no form of is told by its name.

Law: a model that takes everything is told everything as it is; what is said now is never changed.
"""

from collections import Counter
from collections.abc import Sequence

from msgspec.structs import replace

from tchat.domain.conversation import StoredMessage
from tchat.domain.message import Message, Part, TextPart
from tchat.domain.model import ModelFacts
from tchat.providers.fitting import not_taken


def retold(
    history: Sequence[StoredMessage], facts: ModelFacts, *, is_answered: bool
) -> tuple[tuple[StoredMessage, ...], tuple[str, ...]]:
    """Return a branch as a model can take it, and a sentence for each kind of what it is only told of.

    Args:
        history: the branch.
        facts: the model.
        is_answered: whether the last message is an earlier one too, and not the one that is to be answered.
    """
    earlier = len(history) if is_answered else len(history) - 1
    counts: Counter[str] = Counter()
    told: list[StoredMessage] = []
    for place, stored in enumerate(history):
        kinds = [kind for kind, _ in not_taken(facts, (stored.message,))] if place < earlier else []
        counts.update(kinds)
        told.append(replace(stored, message=_without(stored.message, facts)) if kinds else stored)
    return tuple(told), tuple(_notice(facts, kind, count) for kind, count in counts.items())


def _without(message: Message, facts: ModelFacts) -> Message:
    return replace(message, parts=tuple(_taken(part, message, facts) for part in message.parts))


def _taken(part: Part, message: Message, facts: ModelFacts) -> Part:
    """Return a part, or what is said in its place."""
    refused = next(not_taken(facts, (replace(message, parts=(part,)),)), None)
    if refused is None:
        return part
    kind, name = refused
    return TextPart(f"[{name or 'an attachment'} was shown here: you take no {kind}]\n")


def _notice(facts: ModelFacts, kind: str, count: int) -> str:
    if count == 1:
        return f"{facts.ref} takes no {kind}: it is only told the name of the one in an earlier turn"
    return f"{facts.ref} takes no {kind}: it is only told the names of the {count} in earlier turns"
