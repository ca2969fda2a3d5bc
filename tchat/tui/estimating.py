"""What a draft would take if it were sent now: an estimate, and the worst case of its cost."""

from tchat.domain.costs import cost_of
from tchat.domain.draft import Draft
from tchat.domain.figures import dollars
from tchat.domain.message import ImagePart
from tchat.domain.model import ModelFacts
from tchat.domain.usage import Usage

BYTES_PER_TOKEN = 4
"""Of English text, in most tokenizers."""
TOKENS_PER_PICTURE = 1_500
"""About what the large providers read a picture of a screen as."""


def tokens_of(draft: Draft) -> int:
    """Return about how many tokens a draft has."""
    pictures = sum(isinstance(part, ImagePart) for part in draft.attachments)
    size = len(draft.full_text.encode("utf-8", "replace"))
    return -(-size // BYTES_PER_TOKEN) + pictures * TOKENS_PER_PICTURE


def estimate(draft: Draft, history: int | None, facts: ModelFacts, max_tokens: int | None) -> str:
    """Return what the composer says of a draft; nothing for an empty one.

    Args:
        draft: what is being written.
        history: tokens of the conversation so far; None if unknown.
        facts: of the model that would be asked.
        max_tokens: the limit of the reply, if one is set.
    """
    if not draft.text.strip() and not draft.attachments:
        return ""
    tokens = tokens_of(draft)
    shown = f"≈{tokens:,} tok"
    read = tokens + history if history is not None else None
    cost = cost_of(Usage(input=read, output=max_tokens or facts.max_output), facts.price)
    return f"{shown} · {'free' if cost == 0 else f'≤ {dollars(cost)}'}"
