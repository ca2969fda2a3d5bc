"""Laws of sums: whatever becomes of conversations, every reply is in every sum exactly once."""

import datetime as dt
import sqlite3
import time
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule
from msgspec.structs import replace

from tchat.domain.conversation import CallMark, Reply, TurnIds
from tchat.domain.message import assistant
from tchat.domain.model import Price
from tchat.domain.run import NewRun
from tchat.domain.spending import Claim, Grouping, Spending
from tchat.domain.usage import Usage, total
from tchat.store.conversations import Conversations
from tests.store.running import Loop
from tests.store.stores import backfill, complete, opened, turn

DAY = 86_400.0
NEW = NewRun(template="tldr", file=None, digest="d", inputs={})
GROUPINGS: tuple[Grouping, ...] = ("day", "month", "provider", "model", "template", "conversation", "run")
COUNTS = st.none() | st.integers(0, 10**6)
USAGES = st.builds(Usage, input=COUNTS, cached_read=COUNTS, output=st.integers(0, 10**6), reasoning=COUNTS)


class Books(RuleBasedStateMachine):
    """A store in memory beside a list of what was spent."""

    turns: Bundle[TurnIds] = Bundle("turns")

    def __init__(self) -> None:
        super().__init__()
        self.loop = Loop()
        self.now = 0.0
        self.store = self.loop.run(self.loop.open_store(lambda: self.now))
        self.runs: list[str] = []
        self.spent: list[tuple[str, str | None, Reply]] = []
        """The reply's id and run, and what became of it."""
        self.homes: dict[str, str] = {}

    def teardown(self) -> None:
        """Close the store."""
        self.loop.close(self.store)

    def ask(self, ids: TurnIds, run: str | None, reply: Reply) -> TurnIds:
        """End a turn and take it into the books."""
        self.loop.run(self.store.finish(ids.reply_id, assistant("said"), reply))
        if reply.usage.output is not None or reply.cost is not None:
            self.spent.append((ids.reply_id, run, reply))
        self.homes[ids.reply_id] = ids.conversation_id
        return ids

    @rule(
        target=turns,
        after=st.none() | turns,
        again=st.booleans(),
        usage=USAGES,
        cost=st.none() | st.floats(0, 9),
        model=st.sampled_from("ab"),
        run=st.booleans(),
        state=st.sampled_from(["complete", "stopped", "failed", "interrupted"]),
    )
    def turn(  # noqa: PLR0913  # everything that a turn may be
        self, *, after: TurnIds | None, again: bool, usage: Usage, cost: float | None, model: str, run: bool, state: str
    ) -> TurnIds:
        """Begin a conversation, go on in one, or answer again; as a call of a run or not."""
        gone = after is not None and self.homes.get(after.reply_id) is None
        asked = turn(None, after=after.message_id) if after and again else turn("q", after=after and after.reply_id)
        if gone:
            asked = turn("q")
        marked = None
        if run:
            marked = self.loop.run(self.store.runs.begin(NEW))
            self.runs.append(marked)
            asked = replace(asked, mark=CallMark(run_id=marked, place="x", digest="d"))
        ids = self.loop.run(self.store.begin_turn(replace(asked, model=model)))
        reply = replace(
            complete(cost=cost), model=model, usage=usage, state=state, usage_estimated=state == "stopped", seconds=1.0
        )
        return self.ask(ids, marked, reply)

    @rule(ids=turns, usage=USAGES, cost=st.none() | st.floats(0, 9))
    def summarise(self, ids: TurnIds, usage: Usage, cost: float | None) -> None:
        """Ask for a summary beside a conversation, which counts like any turn and is on no branch."""
        home = self.homes.get(ids.reply_id)
        if home is None:
            return
        before = self.loop.run(self.store.tree(home))
        asked = replace(turn("sum up", after=ids.reply_id), model="a", is_aside=True)
        aside = self.loop.run(self.store.begin_turn(asked))
        self.ask(aside, None, replace(complete(cost=cost), model="a", usage=usage, seconds=1.0))
        assert self.loop.run(self.store.tree(home)) == before
        self.loop.run(self.store.stand_for(ids.reply_id, aside.reply_id))

    @rule(days=st.integers(0, 40))
    def pass_days(self, days: int) -> None:
        """Let time pass."""
        self.now += days * DAY

    @rule(ids=turns)
    def fork(self, ids: TurnIds) -> None:
        """Copy a branch, which costs nothing."""
        if self.homes.get(ids.reply_id) is not None:
            self.loop.run(self.store.fork(ids.reply_id))

    @rule(ids=turns)
    def purge(self, ids: TurnIds) -> None:
        """Remove a conversation for good; what it took stays."""
        home = self.homes.get(ids.reply_id)
        if home is not None:
            self.loop.run(self.store.purge(home))
            self.homes = {reply: kept for reply, kept in self.homes.items() if kept != home}

    @rule(ids=turns)
    def delete_and_undelete(self, ids: TurnIds) -> None:
        """Hide a conversation and show it again, which changes no sum."""
        home = self.homes.get(ids.reply_id)
        if home is not None:
            self.loop.run(self.store.delete(home))
            self.loop.run(self.store.undelete(home))

    @invariant()
    def sums_are_those_of_the_parts(self) -> None:
        """In whatever way replies are grouped, the groups together are everything, and each is its own replies."""
        everything = self.loop.run(self.store.usage.sum())
        same(everything, [reply for _, _, reply in self.spent])
        for grouping in GROUPINGS:
            rows = self.loop.run(self.store.usage.by(grouping))
            counted = [reply for _, run, reply in self.spent if run is not None or grouping != "run"]
            assert sum(row.spending.replies for row in rows) == len(counted)
            assert sum(row.spending.known_cost for row in rows) == pytest.approx(sum(r.cost or 0 for r in counted))
            same(self.loop.run(self.store.usage.sum(grouping)), counted)
            assert set(self.loop.run(self.store.usage.by(grouping, limit=2))) <= set(rows)
        by_model: dict[str | None, list[Reply]] = defaultdict(list)
        by_home: dict[str | None, list[Reply]] = defaultdict(list)
        by_run: dict[str | None, list[Reply]] = defaultdict(list)
        for name, run, reply in self.spent:
            by_model[f"own/{reply.model}"].append(reply)
            by_home[self.homes.get(name)].append(reply)
            by_run[run].append(reply)
        parts: dict[Grouping, dict[str | None, list[Reply]]] = {
            "model": by_model, "conversation": by_home, "run": by_run,
        }  # fmt: skip
        for grouping, expected in parts.items():
            rows = self.loop.run(self.store.usage.by(grouping))
            assert {row.key for row in rows} == set(expected) - ({None} if grouping == "run" else set())
            for row in rows:
                same(row.spending, expected[row.key])
        for home, replies in by_home.items():
            if home is not None:
                same(self.loop.run(self.store.usage.of_conversation(home)), replies)
        for run, replies in by_run.items():
            if run is not None:
                same(self.loop.run(self.store.usage.of_run(run)), replies)


def same(spending: Spending, replies: list[Reply]) -> None:
    """Compare a sum with its parts."""
    assert spending.replies == len(replies)
    assert spending.estimated == sum(reply.usage_estimated for reply in replies)
    assert spending.unpriced == sum(reply.cost is None for reply in replies)
    assert spending.known_cost == pytest.approx(sum(reply.cost or 0.0 for reply in replies))
    for name in ("input", "cached_read", "output", "reasoning"):
        parts = total(*(getattr(reply.usage, name) for reply in replies)) or 0
        assert getattr(spending.usage, name) == parts


Books.TestCase.settings = settings(max_examples=12, stateful_step_count=14, deadline=None)
TestBooks = Books.TestCase


async def test_sums_are_by_the_users_days(path: Path) -> None:
    """A day is a local one; between two days both count; months are made of days."""
    times = iter([0.0, DAY * 40, DAY * 41])
    now = 0.0
    async with opened(path, lambda: now) as store:
        for moment in times:
            now = moment + DAY / 2
            ids = await store.begin_turn(turn("q"))
            await store.finish(ids.reply_id, assistant("a"), replace(complete(cost=1.0), usage=Usage(output=5)))
        days = [row.key for row in await store.usage.by("day")]
        assert days == [
            dt.datetime.fromtimestamp(day * DAY + DAY / 2, dt.UTC).astimezone().date().isoformat()
            for day in (0, 40, 41)
        ]
        assert [row.spending.replies for row in await store.usage.by("month")] == [1, 2]
        assert (await store.usage.sum(since=days[1], until=days[1])).replies == 1
        assert (await store.usage.in_period("month")).known_cost == 2.0
        assert (await store.usage.in_period("day")).known_cost == 1.0


@pytest.mark.parametrize(
    ("zone", "days", "spent"),
    [
        ("UTC", ["2026-12-31", "2026-12-31", "2027-01-01"], (1.0, 1.0)),
        ("<+14>-14", ["2026-12-31", "2027-01-01", "2027-01-01"], (2.0, 2.0)),
        ("<-10>10", ["2026-12-30", "2026-12-31", "2026-12-31"], (2.0, 3.0)),
    ],
)
async def test_a_month_and_a_year_end_where_the_user_is(
    path: Path, monkeypatch: pytest.MonkeyPatch, zone: str, days: list[str], spent: tuple[float, float]
) -> None:
    """The limits of a day and a month begin anew at the local midnight, and only then."""
    now = 0.0
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        async with opened(path, lambda: now) as store:
            for moment in ((2026, 12, 31, 9), (2026, 12, 31, 12), (2027, 1, 1, 3)):
                now = dt.datetime(*moment, tzinfo=dt.UTC).timestamp()
                ids = await store.begin_turn(turn("q"))
                await store.finish(ids.reply_id, assistant("a"), replace(complete(cost=1.0), usage=Usage(output=5)))
            rows = await store.usage.by("day")
            assert [row.key for row in rows for _ in range(row.spending.replies)] == days
            periods = ("day", "month")
            assert tuple([(await store.usage.in_period(period)).known_cost for period in periods]) == spent
            for period, known in zip(periods, spent, strict=True):
                claim = Claim(id="c", conversation_id=None, provider="own", model="model", dollars=0.5)
                assert await store.usage.reserve(claim, {period: known + 0.5}) is None
                assert (await store.usage.reserve(claim, {period: known + 0.4})) is not None
    finally:
        monkeypatch.undo()
        time.tzset()


async def test_groups_are_named(store: Conversations) -> None:
    """A conversation by its title, a run by its template; the dearest comes first."""
    run = await store.runs.begin(NEW)
    for cost, mark in ((1.0, None), (2.0, CallMark(run_id=run, place="x", digest="d"))):
        ids = await store.begin_turn(replace(turn(f"about {cost}"), mark=mark))
        await store.finish(ids.reply_id, assistant("a"), complete(cost=cost))
    assert [row.label for row in await store.usage.by("conversation")] == ["about 2.0", "about 1.0"]
    assert [(row.key, row.label) for row in await store.usage.by("run")] == [(run, "tldr")]
    assert [row.key for row in await store.usage.by("template")] == ["tldr", None]
    assert [row.key for row in await store.usage.by("model", limit=1)] == ["own/model"]


async def test_a_migrated_database_has_the_sums_of_its_replies(path: Path) -> None:
    """What the migration counts is what the triggers would have counted."""
    async with opened(path) as store:
        run = await store.runs.begin(NEW)
        for number in range(4):
            mark = CallMark(run_id=run, place="x", digest="d") if number % 2 else None
            ids = await store.begin_turn(replace(turn("q"), mark=mark))
            reply = replace(complete(cost=number or None), usage=Usage(input=number, output=1), seconds=0.5)
            await store.finish(ids.reply_id, assistant("a"), reply)
            if number == 3:
                await store.fork(ids.reply_id)
        before = await store.usage.by("run")

        def recount(db: sqlite3.Connection) -> None:
            db.execute("DELETE FROM spending")
            db.execute("DELETE FROM daily_spending")
            db.execute(backfill())

        await store.database.run(recount)
        assert await store.usage.by("run") == before
        assert (await store.usage.by("template"))[0].spending.replies in (2, 4)


async def test_a_reply_keeps_what_its_cost_came_from(store: Conversations) -> None:
    """Usage of every kind, price and estimate come back as they were stored, also in a fork."""
    reply = replace(
        complete(cost=0.5),
        usage=Usage(input=9, output=3, image=4, service="flex", cost=0.5, cached_write_1h=1),
        usage_estimated=True,
        price=Price(input=1.0, output=2.0, cached_read=0.1, source="genai-prices 0.2.3", as_of="2026-11-28"),
        expected_input=8,
        first_text_after=0.7,
    )
    ids = await store.begin_turn(turn("q"))
    await store.finish(ids.reply_id, assistant("a"), reply)
    assert (await store.message(ids.reply_id)).reply == reply
    copy = await store.conversation(await store.fork(ids.reply_id))
    assert (await store.message(copy.leaf_id or "")).reply == reply


async def test_calibrating_texts_are_those_that_a_provider_counted(store: Conversations) -> None:
    """Estimated, cut off or secretly reasoned replies teach nothing; the newest come first."""
    long = "word " * 40
    counted = replace(complete(), usage=Usage(output=50, reasoning=10), usage_final=True)
    for number, reply in enumerate(
        (
            counted,
            replace(counted, usage=Usage(output=60)),
            replace(counted, usage_final=False),
            replace(counted, finish="length"),
            replace(counted, usage=Usage(output=70), reasoning="hm"),
        )
    ):
        ids = await store.begin_turn(turn("q"))
        await store.finish(ids.reply_id, assistant(f"{number} {long}"), reply)
    assert [tokens for _, tokens in await store.usage.samples("own", "model", limit=9)] == [60, 40]
    assert await store.usage.samples("own", "other", limit=9) == ()


async def test_what_the_dead_held_is_counted_when_it_is_seen(path: Path) -> None:
    """On the day of the next call, whether or not a limit is set then."""
    claim = Claim(id="a", conversation_id=None, provider="own", model="m", dollars=1.0)
    async with opened(path) as dead:
        await dead.usage.reserve(claim, {})
    async with opened(path) as store:
        await store.usage.reserve(replace(claim, id="b"), {})
        assert (await store.usage.sum()).known_cost == 1.0


async def test_a_released_claim_holds_nothing(store: Conversations) -> None:
    """What was given back can be claimed by another call; what is settled counts instead."""
    claim = Claim(id="a", conversation_id=None, provider="own", model="m", dollars=1.0)
    assert await store.usage.reserve(claim, {"day": 1.5}) is None
    overrun = await store.usage.reserve(replace(claim, id="b"), {"day": 1.5})
    assert overrun is not None
    assert (overrun.period, overrun.spent, overrun.reserved) == ("day", 0.0, 1.0)
    await store.usage.release("a")
    assert await store.usage.reserve(replace(claim, id="b"), {"day": 1.5}) is None
    await store.usage.settle("b", replace(complete(cost=0.9), usage=Usage(input=1, output=2)))
    assert await store.usage.reserve(claim, {"day": 1.5}) is not None
    assert (await store.usage.sum()).known_cost == 0.9
