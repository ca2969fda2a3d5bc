"""Laws of budgets: no limit is ever passed, whatever runs at once, in one process or in many."""

import asyncio
import json
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tchat.domain.conversation import Reply
from tchat.domain.costs import cost_of
from tchat.domain.errors import BudgetExceeded
from tchat.domain.message import assistant, user
from tchat.domain.model import ModelFacts, Price, Tier
from tchat.domain.request import Request, Settings
from tchat.domain.spending import Claim
from tchat.domain.usage import Usage
from tchat.engine.budget import Allowance, Budget, Limits, worst_cost
from tchat.store.conversations import Conversations
from tests.servers import ROOT
from tests.store.stores import complete, opened, turn


def claim(name: str, conversation: str | None = None) -> Claim:
    """Return what is reserved for a call."""
    return Claim(id=name, conversation_id=conversation, provider="own", model="model")


async def refused(budget: Budget, worst: float | None, words: str) -> None:
    """Check that a call is refused, and for which limit."""
    with pytest.raises(BudgetExceeded, match=words):
        await budget.reserve(claim("refused"), worst)


def reply(cost: float) -> Reply:
    """Return a reply that has cost something."""
    return replace(complete(cost=cost), usage=Usage(input=1, output=1))


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (Limits(per_call=0.5), "a call"),
        (Limits(per_run=0.5), "a run"),
        (Limits(per_day=0.5), "a day"),
        (Limits(per_month=0.5), "a month"),
    ],
)
async def test_a_call_that_could_pass_a_limit_is_refused(store: Conversations, limits: Limits, words: str) -> None:
    """The worst case counts, and the message names the limit; a call within it goes out, a free one always."""
    budget = Budget(lambda: limits, store.usage)
    await refused(budget, 0.6, words)
    await refused(budget, None, "unknown")
    await budget.reserve(claim("small"), 0.4)
    await budget.reserve(claim("free"), 0.0)


async def test_what_is_missing_for_a_limit_is_named(store: Conversations) -> None:
    """The model's price, or how much it may say: with the command that tells it."""
    budget = Budget(lambda: Limits(per_month=1.0), store.usage)
    for price, key in ((None, "price' '{"), (Price(input=1, output=2), "max_output' 8000")):
        with pytest.raises(BudgetExceeded, match="no spending limit can be held") as caught:
            await budget.reserve(replace(claim("a"), price=price), None)
        assert "own/model" in caught.value.message
        assert f'tchat config set \'models."own/model".{key}' in (caught.value.hint or "")


async def test_without_a_limit_anything_goes(store: Conversations) -> None:
    """Not knowing a price is no reason to refuse then."""
    budget = Budget(Limits, store.usage)
    await budget.reserve(claim("unknown"), None)
    await budget.reserve(claim("dear"), 1e6)


async def test_a_conversation_has_a_limit_of_its_own(store: Conversations) -> None:
    """What other conversations have cost does not count."""
    one, two = [await store.begin_turn(turn("hi")) for _ in range(2)]
    await store.finish(one.reply_id, assistant("x"), reply(0.4))
    budget = Budget(lambda: Limits(per_conversation=0.5), store.usage)
    with pytest.raises(BudgetExceeded, match="conversation"):
        await budget.reserve(claim("a", one.conversation_id), 0.2)
    await budget.reserve(claim("b", two.conversation_id), 0.5)


async def test_a_conversation_that_is_kept_nowhere_has_its_limit_too(store: Conversations) -> None:
    """What it has cost is known to this process alone, and its reservations bear no name of it."""
    budget = Budget(lambda: Limits(per_conversation=0.5), store.usage, is_kept=False)
    for number in range(2):
        await budget.reserve(claim(f"call {number}", "talk"), 0.2)
        await budget.settle(f"call {number}", reply(0.2))
    with pytest.raises(BudgetExceeded, match="a conversation"):
        await budget.reserve(claim("third", "talk"), 0.2)
    await budget.reserve(claim("another", "other talk"), 0.4)
    query = "SELECT conversation_id FROM reservation"
    assert await store.database.run(lambda db: [tuple(row) for row in db.execute(query)]) == [(None,)]


async def test_calls_keep_within_their_allowances_too(store: Conversations) -> None:
    """What is spent and what is held count, for all calls of the same one and no others; another waits its turn."""
    budget, inner, outer = Budget(Limits, store.usage), Allowance(0.5, "max_cost of t.toml"), Allowance(2.0, "o")
    await budget.reserve(claim("a"), 0.4, (outer, inner))
    await budget.reserve(claim("beside"), 0.4, (outer,))
    waiting = asyncio.create_task(budget.reserve(claim("b"), 0.3, (outer, inner)))
    await asyncio.sleep(0)
    assert not waiting.done()
    await budget.settle("a", reply(0.1))
    await waiting
    await budget.settle("b", reply(0.3))
    assert (inner.spent, outer.spent) == (pytest.approx(0.4), pytest.approx(0.4))
    with pytest.raises(BudgetExceeded, match=r"max_cost of t\.toml"):
        await budget.reserve(claim("c"), 0.2, (outer, inner))
    with pytest.raises(BudgetExceeded, match="unknown"):
        await budget.reserve(claim("c"), None, (outer,))


async def test_calls_wait_for_those_that_are_under_way(store: Conversations) -> None:
    """Where only reservations stand in the way, a call goes out as soon as one has turned out cheaper."""
    budget = Budget(lambda: Limits(per_run=1.0), store.usage)
    await budget.reserve(claim("first"), 0.8)
    second = asyncio.create_task(budget.reserve(claim("second"), 0.8))
    await asyncio.sleep(0)
    assert not second.done()
    await budget.settle("first", reply(0.1))
    async with asyncio.timeout(10):
        await second
    await budget.settle("second", reply(0.8))
    await refused(budget, 0.2, "a run")


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0.001, 1.0), st.floats(0, 1)), min_size=1, max_size=12),
    st.floats(0.1, 3.0),
    st.sampled_from(["per_run", "per_day", "per_month"]),
)
def test_no_interleaving_of_parallel_calls_passes_a_limit(
    calls: list[tuple[float, float]], limit: float, period: str
) -> None:
    """Each call costs a part of its worst case; whatever was sent, together it is within the limit."""
    limits = Limits(**{period: limit})

    async def scene() -> None:
        async with opened(None) as store:
            budget = Budget(lambda: limits, store.usage)
            costs: list[float] = []

            async def call(number: int, worst: float, share: float) -> None:
                ids = await store.begin_turn(turn(f"call {number}"))
                try:
                    await budget.reserve(claim(ids.reply_id, ids.conversation_id), worst)
                except BudgetExceeded:
                    await store.finish(ids.reply_id, assistant(""), replace(complete(), state="failed"))
                    return
                await asyncio.sleep(0)
                costs.append(worst * share)
                await store.finish(ids.reply_id, assistant("x"), reply(worst * share))
                await budget.settle(ids.reply_id, reply(worst * share))

            await asyncio.gather(*(call(number, *each) for number, each in enumerate(calls)))
            assert sum(costs) <= limit + 1e-9
            assert (await store.usage.sum()).known_cost == pytest.approx(sum(costs))

    asyncio.run(scene())


def _spend_in_thread(path: Path, limit: float, worsts: Sequence[float], sent: list[float]) -> None:
    """Call one after the other, as a process of its own would."""

    async def scene() -> None:
        async with opened(path) as store:
            budget = Budget(lambda: Limits(per_month=limit), store.usage)
            for worst in worsts:
                ids = await store.begin_turn(turn("hi"))
                cost = 0.0
                try:
                    await budget.reserve(claim(ids.reply_id, ids.conversation_id), worst)
                    cost = worst
                    sent.append(cost)
                except BudgetExceeded:
                    pass
                await store.finish(ids.reply_id, assistant("x"), reply(cost))
                await budget.settle(ids.reply_id, reply(cost))

    asyncio.run(scene())


@settings(max_examples=8, deadline=None)
@given(st.lists(st.lists(st.floats(0.01, 1.0), min_size=1, max_size=6), min_size=2, max_size=4), st.floats(0.2, 3.0))
def test_no_interleaving_of_writers_passes_the_month(
    tmp_path_factory: pytest.TempPathFactory, spenders: list[list[float]], limit: float
) -> None:
    """Connections to one database that know nothing of each other keep to one limit."""
    path = tmp_path_factory.mktemp("month") / "tchat.db"
    sent: list[float] = []
    threads = [threading.Thread(target=_spend_in_thread, args=(path, limit, worsts, sent)) for worsts in spenders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(sent) <= limit + 1e-9


async def test_processes_share_one_month(path: Path) -> None:
    """Real processes that each want to spend most of the limit never pass it together."""
    command = [sys.executable, "-m", "tests.engine.spender", str(path), "1.0", "0.3", "4"]
    piped = asyncio.subprocess.PIPE
    running = [await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=piped) for _ in range(3)]
    sent = [json.loads((await process.communicate())[0]) for process in running]
    assert [process.returncode for process in running] == [0, 0, 0]
    assert sum(sent) == 3
    async with opened(path) as store:
        assert (await store.usage.sum()).known_cost == pytest.approx(0.9)


async def test_what_a_dead_process_held_is_written_off(path: Path) -> None:
    """For a reply that is kept, by what it had said; for one that is kept nowhere, in full."""
    command = [sys.executable, "-m", "tests.engine.spender", str(path), "10", "2.0", "die"]
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT)
    assert await process.wait() == 9
    async with opened(path) as store:
        assert await store.usage.reserve(replace(claim("next"), dollars=1.0), {"month": 5.0}) is None
        spent = await store.usage.sum()
    assert spent.estimated == 2
    assert 2.0 < spent.known_cost < 2.1
    assert (await _held(path)) == 1


async def test_sums_hold_what_dead_processes_took(path: Path) -> None:
    """Whoever looks at them need not ask a model first."""
    command = [sys.executable, "-m", "tests.engine.spender", str(path), "10", "2.0", "die"]
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT)
    assert await process.wait() == 9
    async with opened(path) as store:
        assert (await store.usage.sum()).replies == 0
        await store.usage.catch_up()
        spent = await store.usage.sum()
        await store.usage.catch_up()
        assert await store.usage.sum() == spent
    assert (spent.replies, spent.estimated) == (2, 2)
    assert await _held(path) == 0


async def _held(path: Path) -> int:
    async with opened(path) as store:
        return await store.database.run(lambda db: db.execute("SELECT count(*) FROM reservation").fetchone()[0])


PRICES = st.builds(
    Price,
    input=st.floats(0, 50),
    output=st.floats(0, 200),
    cached_read=st.none() | st.floats(0, 50),
    cached_write=st.none() | st.floats(0, 80),
    reasoning=st.none() | st.floats(0, 300),
    tiers=st.lists(
        st.builds(Tier, above=st.integers(0, 500), input=st.floats(0, 90), output=st.floats(0, 300)), max_size=2
    ).map(tuple),
)


@given(PRICES, st.text(max_size=300), st.integers(1, 500), st.data())
def test_worst_cost_is_no_less_than_any_real_cost(price: Price, text: str, most: int, data: st.DataObject) -> None:
    """Whatever part of the bytes were tokens, cached or not, and whatever part of the reply was reasoning."""
    facts = ModelFacts(provider="p", name="m", price=price)
    request = Request(facts=facts, messages=(user(text),), settings=Settings(max_tokens=most))
    read = data.draw(st.integers(0, len(text.encode())))
    cached, output = data.draw(st.integers(0, read)), data.draw(st.integers(0, most))
    usage = Usage(
        input=read,
        cached_read=cached,
        cached_write=data.draw(st.integers(0, read - cached)),
        output=output,
        reasoning=data.draw(st.integers(0, output)),
    )
    worst, real = worst_cost(request), cost_of(usage, price)
    assert worst is not None
    assert real is not None
    assert worst >= real or worst == pytest.approx(real)
