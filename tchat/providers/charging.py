"""What servers say that a reply has cost, in their usage.

Sources: https://openrouter.ai/docs/use-cases/usage-accounting (`cost`, and `cost_details` where the user's own key pays
the provider), https://docs.x.ai (`cost_in_usd_ticks`: ten billion to the dollar), https://docs.perplexity.ai
(`cost.total_cost`).
"""

from typing import Any, cast

from tchat.domain.usage import dollar_amount, token_count

_TICKS = 10_000_000_000


def charged(usage: dict[str, Any]) -> float | None:
    """Return the US dollars that a block of usage tells of; None if it tells of none."""
    ticks = token_count(usage.get("cost_in_usd_ticks"))
    if ticks is not None:
        return ticks / _TICKS
    said = usage.get("cost")
    if isinstance(said, dict):
        return dollar_amount(cast("dict[str, Any]", said).get("total_cost"))
    cost = dollar_amount(said)
    details = usage.get("cost_details")
    if cost is None or not usage.get("is_byok") or not isinstance(details, dict):
        return cost
    upstream = dollar_amount(cast("dict[str, Any]", details).get("upstream_inference_cost"))
    return None if upstream is None else cost + upstream
