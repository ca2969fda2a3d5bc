"""Reads when and how often a step runs: `for_each`, `repeat`, `samples` and its judge."""

from collections.abc import Collection
from typing import get_args

from tchat.templates.answers import read_extract
from tchat.templates.calls import judging, read_call
from tchat.templates.format import Answer, Call, Each, Judge, Loop, Named, Sampling, Text, Vote
from tchat.templates.naming import did_you_mean, listed, name_problem, quoted
from tchat.templates.reading import Table
from tchat.templates.vocabulary import JUDGE

_VOTES: tuple[Vote, ...] = get_args(Vote)
_JUDGED = ("judge", "score")


def read_each(table: Table, items: list[tuple[str, Table]]) -> Each | None:
    """Read `for_each` and what goes with it; what its items are called is added to `items`."""
    if "for_each" not in table.values:
        is_limits = not table.path and isinstance(
            table.values.get("limit"), dict
        )  # which is told where tables are read
        _refuse_alone(table, ("as", "serial") if is_limits else ("as", "serial", "limit"), "for_each")
        return None
    name = table.string("as")
    problem = name_problem(name) if name is not None else None
    if problem:
        table.note("as", problem)
    items.append((name or "item", table))
    return Each(
        items=table.expression("for_each") or table.nothing("for_each"),
        name=name or "item",
        serial=table.boolean("serial") or False,
        limit=table.count("limit"),
    )


def read_loop(table: Table, names: Collection[str]) -> Loop | None:
    """Read `repeat` and what goes with it; `names` are those that change from round to round."""
    if "repeat" not in table.values:
        _refuse_alone(table, ("until", "start"), "repeat")
        return None
    start = table.table("start")
    for name in start.values if start else ():
        if start and name not in names:
            problem = f"{quoted(name)} does not change in the rounds{did_you_mean(name, names)}"
            start.note(name, start.stray(name) or problem)
    patterns = {name: start.pattern(name) for name in start.values} if start else {}
    return Loop(
        rounds=table.count("repeat") or 1,
        until=table.expression("until"),
        start={name: pattern for name, pattern in patterns.items() if pattern is not None},
    )


def read_sampling(table: Table, answer: Answer, top: Call, *, has_schema: bool) -> Sampling | None:
    """Read `samples` and what goes with it.

    Args:
        table: the step.
        answer: what was read of its answer.
        top: the calls' defaults of the file.
        has_schema: whether the step's reply is read by a schema.
    """
    if "samples" not in table.values:
        _refuse_alone(table, ("vote", "judge"), "samples")
        return None
    vote = table.word("vote", _VOTES)
    if "vote" not in table.values:
        vote = "majority" if answer.extract or "extract" in table.values or has_schema else None
        if vote is None:
            table.note("samples", f'"samples" needs a "vote": {listed(_VOTES)}')
    if vote == "check" and "check" not in table.values:
        table.note("vote", 'the vote "check" takes the first sample that passes "check", and there is none here')
    return Sampling(count=table.count("samples") or 1, vote=vote or "majority", judge=_read_judge(table, vote, top))


def _read_judge(table: Table, vote: Vote | None, top: Call) -> Judge | None:
    inner = table.table("judge")
    if vote in _JUDGED and "judge" not in table.values:
        table.note("vote", f"the vote {quoted(vote)} needs a judge: a table {_judge_header(table)} with a prompt")
    if inner is None:
        return None
    inner.close("a judge", JUDGE)
    inner = inner.only(JUDGE)
    if vote is not None and vote not in _JUDGED:
        table.note("judge", f'"judge" has no meaning with the vote {quoted(vote)}: it is for "judge" and "score"')
    if "prompt" not in inner.values:
        inner.findings.add(inner.line, 'a judge needs a "prompt"')
    return Judge(
        prompt=inner.text("prompt") or Text("", (inner.line,)),
        call=read_call(inner, judging(top), (), None),
        extract=read_extract(inner) or (Named("number"),),
    )


def _judge_header(table: Table) -> str:
    return f"[{table.header.strip('[]')}.judge]" if table.header else "[judge]"


def _refuse_alone(table: Table, keys: Collection[str], without: str) -> None:
    inner = table.header is not None and table.header != "[[step]]"
    hint = f"; what belongs to the step around must stand above the first {table.header}" if inner else ""
    for key in keys:
        if key in table.values:
            table.note(key, f"{quoted(key)} has no meaning without {quoted(without)}{hint}")
