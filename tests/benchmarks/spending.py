"""How long the sums of a year take: 1,000,000 replies in 100,000 conversations, by every grouping, and on the screen.

`python -m tests.benchmarks.spending FOLDER` makes the database, if it is not there, and prints what each takes.
"""

import asyncio
import random
import sqlite3
import statistics
import sys
import time
from collections.abc import Generator
from contextlib import closing
from pathlib import Path

from tchat.domain.ids import id_maker
from tchat.domain.spending import Grouping
from tchat.store.conversations import Conversations
from tchat.store.database import Database
from tchat.tui.app import TchatApp
from tchat.tui.opening import Opening
from tchat.tui.screens.usage import GROUPINGS as GROUPING_KEYS
from tchat.tui.screens.usage import UsageScreen
from tests.benchmarks.measuring import Limited
from tests.store.stores import backfill
from tests.tui.running import make_runtime, wait_for

GROUPINGS: tuple[Grouping, ...] = ("day", "month", "provider", "model", "template", "conversation", "run")
LIMIT = 300
"""Milliseconds."""
_MODELS = (
    ("openai", "gpt-6-sol"), ("openai", "gpt-6-luna"), ("anthropic", "claude-opus-5-5"), ("local", "smollm2"),
    ("anthropic", "claude-sonnet-5-5"), ("gemini", "gemini-3.8-flash"), ("openrouter", "deepseek/deepseek-v4-flash"),
)  # fmt: skip
_YEAR = 365 * 86_400.0
_BEGIN = 1_764_000_000.0
_MESSAGE = """
    INSERT INTO message (number, id, conversation_id, role, created_at, text) VALUES (?, ?, ?, 'assistant', ?, 'x')
"""
_REPLY = """
    INSERT INTO reply (
        number, provider, model, settings, state, input_tokens, cached_read_tokens, output_tokens, reasoning_tokens,
        usage_final, cost, seconds, finished_at
    ) VALUES (?, ?, ?, '{}', 'complete', ?, ?, ?, ?, 1, ?, 4.0, ?)
"""


def make_year(path: Path, *, replies: int = 1_000_000, conversations: int = 100_000) -> None:
    """Make a database of so many replies in so many conversations over a year; every tenth is a call of a run."""
    asyncio.run(_make(path))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        triggers = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
        connection.execute("BEGIN")
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        _fill(connection, replies, conversations)
        for _, script in triggers:
            connection.execute(script)
        connection.execute(backfill())
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint (TRUNCATE)")


def _fill(connection: sqlite3.Connection, replies: int, conversations: int) -> None:
    drawn = random.Random(7)  # noqa: S311  # the same year every time
    make_id = id_maker(lambda: _BEGIN, drawn.getrandbits)
    homes = [make_id() for _ in range(conversations)]
    starts = sorted(drawn.random() * _YEAR for _ in homes)
    connection.executemany(
        "INSERT INTO conversation (id, title, created_at, updated_at) VALUES (?, 'a title', ?, ?)",
        ((home, _BEGIN + start, _BEGIN + start) for home, start in zip(homes, starts, strict=True)),
    )
    runs = [make_id() for _ in range(conversations // 100)]
    connection.executemany(
        "INSERT INTO run (id, template, request, state, started_at) VALUES (?, ?, '{}', 'done', ?)",
        ((run, f"template-{number % 40}", _BEGIN) for number, run in enumerate(runs)),
    )
    each = replies // conversations
    for number in range(1, replies + 1):
        place = (number - 1) // each % conversations
        at = _BEGIN + starts[place] + drawn.random() * 3_600 + (86_400 if drawn.random() < 0.1 else 0)
        provider, model = _MODELS[place % len(_MODELS)]
        connection.execute(_MESSAGE, (number, f"{number:026}", homes[place], at))
        read, written = drawn.randrange(50, 20_000), drawn.randrange(5, 2_000)
        figures = (read, read // 2, written, written // 3, read * 2e-6 + written * 1e-5)
        connection.execute(_REPLY, (number, provider, model, *figures, at))
        if place % 10 == 0:
            row = (number, runs[place // 10 % len(runs)])
            connection.execute("INSERT INTO run_call (number, run_id, place, digest) VALUES (?, ?, 'x', 'd')", row)


async def _make(path: Path) -> None:
    await (await Database.open(path)).aclose()


async def measure(path: Path, rounds: int = 5) -> dict[str, float]:
    """Return the median milliseconds of processor that each grouping takes."""
    store = Conversations(await Database.open(path), id_maker())
    took: dict[str, float] = {}
    for grouping in GROUPINGS:
        spans: list[float] = []
        for _ in range(rounds):
            began = time.process_time()
            await store.usage.by(grouping, limit=200)
            spans.append(1_000 * (time.process_time() - began))
        took[grouping] = statistics.median(spans)
    await store.aclose()
    return took


async def measure_screen(home: Path, rounds: int = 5) -> dict[str, float]:
    """Return the median milliseconds of processor from a key to what it shows: the screen, each grouping of all."""
    runtime = make_runtime(home)
    app = TchatApp(runtime, Opening())
    spans: dict[str, list[float]] = {}
    async with app.run_test(size=(140, 45)) as pilot:
        chat = app.screen_stack[0]
        await wait_for(pilot, lambda: getattr(chat, "is_settled", False) and not list(app.workers))
        for _ in range(rounds):
            await _pressed(app, "f6", spans.setdefault("open", []))
            for key, grouping in (("a", "day"), *GROUPING_KEYS):
                await _pressed(app, key, spans.setdefault(grouping, []))
            app.simulate_key("escape")
            await wait_for(pilot, lambda: app.screen is chat)
    await runtime.aclose()
    return {name: statistics.median(each) for name, each in spans.items()}


async def _pressed(app: TchatApp, key: str, spans: list[float]) -> None:
    """Press a key and take the time until what it asks for is shown."""
    began = time.process_time()
    if isinstance(app.screen, UsageScreen):
        app.screen.is_shown = False
    app.simulate_key(key)
    while not (isinstance(app.screen, UsageScreen) and app.screen.is_shown and app.screen.table.size.height):  # noqa: ASYNC110  # nothing tells
        await asyncio.sleep(0.001)
    spans.append(1_000 * (time.process_time() - began))


def spending_rows(folder: Path) -> Generator[Limited]:
    """Measure what is promised of sums."""
    path = folder / "year" / "tchat.db"
    make_year(path)
    for grouping, took in asyncio.run(measure(path)).items():
        name = f"a year of 1,000,000 replies by {grouping}"
        yield Limited(name=name, figure="cpu", unit="ms", ours=took, limit=LIMIT)
    for shown, took in asyncio.run(measure_screen(path.parent)).items():
        yield Limited(name=f"the usage screen of that year: {shown}", figure="cpu", unit="ms", ours=took, limit=LIMIT)


if __name__ == "__main__":
    file = Path(sys.argv[1]) / "tchat.db"
    if not file.exists():
        make_year(file)
    for grouping, took in asyncio.run(measure(file)).items():
        sys.stdout.write(f"{grouping:14} {took:8.1f} ms\n")
    for shown, took in asyncio.run(measure_screen(file.parent)).items():
        sys.stdout.write(f"screen {shown:14} {took:8.1f} ms\n")
