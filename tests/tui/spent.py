"""A store in which money was spent on days that are always the same."""

import datetime as dt
import itertools
from pathlib import Path

from tchat.domain.conversation import NewTurn, Reply
from tchat.domain.message import assistant, user
from tchat.domain.usage import Usage
from tchat.store.conversations import Conversations
from tchat.store.database import Database

TODAY = dt.date(2026, 11, 28)
OPUS, LUNA, OWN = ("anthropic", "claude-opus-5-5"), ("openai", "gpt-6-luna"), ("lab", "own-model")
NOON = dt.datetime(2026, 11, 28, 12, tzinfo=dt.UTC).timestamp()
TITLES = (
    "Moon landing, explained to a class of ten-year-olds with diagrams",
    "月の満ち欠けと潮の満ち引き",
    "Tennis balls, step by step",
    "Which price is right?",
    "Sun, earth and moon in one picture",
    "Why do tides come twice a day?",
    "A poem about nothing",
    "Outline of lecture 6",
)


async def open_spent(path: Path | None = None, *, is_empty: bool = False) -> Conversations:
    """Return a store with a year of replies; the one of an unknown price and the estimated one are of today."""
    clock, numbers = [NOON], itertools.count(1)
    store = Conversations(await Database.open(path), lambda: f"01HRXK{next(numbers):020d}", clock=lambda: clock[0])
    if is_empty:
        return store

    async def spend(days_ago: int, title: str, model: tuple[str, str], **fields: object) -> None:
        clock[0] = NOON - 86_400 * days_ago
        provider, name = model
        ids = await store.begin_turn(
            NewTurn(
                provider=provider, model=name, message=user(title), title=title, source=str(fields.pop("source", ""))
                or None,
            )
        )  # fmt: skip
        values = {"usage_final": True, "state": "complete", "finish": "stop", "seconds": 3.0, **fields}
        await store.finish(ids.reply_id, assistant("So."), Reply(provider=provider, model=name, **values))  # pyright: ignore[reportArgumentType]  # keywords of the struct

    for days_ago in (0, 1, 2, 4, 5, 6, 9, 13, 14, 20, 27, 41, 70, 200):
        usage = Usage(input=9_000 + 700 * days_ago, cached_read=4_000, output=900 + 31 * days_ago, reasoning=300)
        title = TITLES[0] if days_ago == 0 else TITLES[4 + days_ago % 4]
        await spend(days_ago, title, OPUS, usage=usage, cost=0.11 + 0.021 * (days_ago % 7))
        if days_ago % 2 == 0:
            small = Usage(input=2_100, output=480)
            await spend(days_ago, TITLES[1], LUNA, usage=small, cost=0.0042, source="chain-of-density")
    stopped = Usage(input=1_400, output=210)
    await spend(
        1, TITLES[2], OPUS, usage=stopped, cost=0.0123, state="stopped", usage_final=False, usage_estimated=True
    )
    await spend(0, TITLES[3], OWN, usage=Usage(input=800, output=120))
    clock[0] = NOON
    return store
