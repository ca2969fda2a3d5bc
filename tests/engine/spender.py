"""A process that spends: `python -m tests.engine.spender DATABASE LIMIT WORST CALLS|die`; prints how many were sent.

Nothing is limited, and nothing known of the worst case, where `WORST` is 0.
"""

import asyncio
import os
import sys
from pathlib import Path

from tchat.domain.conversation import TurnIds
from tchat.domain.errors import BudgetExceeded
from tchat.domain.message import assistant
from tchat.domain.model import Price
from tchat.domain.spending import Claim
from tchat.engine.budget import Budget, Limits
from tests.store.stores import complete, opened, turn


def _claim(name: str, ids: TurnIds | None) -> Claim:
    return Claim(
        id=name,
        conversation_id=ids and ids.conversation_id,
        provider="own",
        model="model",
        expected_input=1_000,
        price=Price(input=1.0, output=10.0),
    )


async def spend(path: Path, limit: float, worst: float, calls: str) -> int:
    """Call until the limit stands in the way; or hold two sums and die."""
    async with opened(path) as store:
        budget = Budget(lambda: Limits(per_month=limit) if worst else Limits(), store.usage)
        if calls == "die":
            ids = await store.begin_turn(turn("hi"))
            await budget.reserve(_claim(ids.reply_id, ids), worst or None)
            await store.append(ids.reply_id, text="some words", reasoning="")
            await budget.reserve(_claim("kept-nowhere", None), worst or None)
            os._exit(9)
        sent = 0
        for _ in range(int(calls)):
            ids = await store.begin_turn(turn("hi"))
            try:
                await budget.reserve(_claim(ids.reply_id, ids), worst)
            except BudgetExceeded:
                await store.finish(ids.reply_id, assistant(""), complete(cost=0.0))
                continue
            sent += 1
            await asyncio.sleep(0.01)
            await store.finish(ids.reply_id, assistant("x"), complete(cost=worst))
            await budget.settle(ids.reply_id, complete(cost=worst))
    return sent


if __name__ == "__main__":
    sys.stdout.write(f"{asyncio.run(spend(Path(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]), sys.argv[4]))}\n")
