"""What becomes of several samples: a vote, a check, a judge, a mean, or all of them."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from msgspec.structs import replace

from tchat.domain.usage import Usage
from tchat.templates import voting
from tchat.templates.bindings import Bindings, Bound, Record, Spoken, added, usage_of
from tchat.templates.calling import Caller
from tchat.templates.composing import compose_judge, repaired
from tchat.templates.concurrency import spread
from tchat.templates.extracting import Unanswered, extract, split_reasoning
from tchat.templates.filters import shown
from tchat.templates.format import Judge, Sampling, Step, Value
from tchat.templates.frames import Scene
from tchat.templates.naming import quoted
from tchat.templates.voting import Tally
from tchat.templates.world import World

T = TypeVar("T")


class Chooser:
    """Makes one value of several samples.

    Args:
        world: what the run takes from outside.
        caller: makes the judge's calls.
    """

    def __init__(self, world: World, caller: Caller) -> None:
        self._world = world
        self._caller = caller

    async def choose(self, scene: Scene, step: Step, sampling: Sampling, drawn: Sequence[Bound]) -> Bound:
        """Return what the samples of a step come to; without a usable answer it is null, and its record says why.

        A judge that does not say what was asked of it, asked twice, abstains: what it was to score has no score, and
        what it was to choose is not chosen.

        Raises:
            TchatError: the judge gives no reply.
        """
        answers = [bound.value if _is_ok(bound) else None for bound in drawn]
        usages = [usage_of(bound) for bound in drawn]
        judge = sampling.judge
        match sampling.vote:
            case "majority":
                tally = voting.majority(answers)
            case "check":
                tally = voting.check([bound.value for bound in drawn], [_is_ok(bound) for bound in drawn])
            case "mean":
                tally = voting.mean(answers)
            case "all":
                tally = voting.everything(answers)
            case "judge" | "score":
                assert judge is not None  # noqa: S101  # the loader sees to it
                tally, usage = await self._judged(scene, step, judge, answers, is_scoring=sampling.vote == "score")
                usages.append(usage)
        is_silent = judge is not None and tally.value is None and bool(voting.candidates(answers))
        return _chosen(drawn, tally, usages, "the judge says nothing that counts" if is_silent else None)

    async def _judged(
        self, scene: Scene, step: Step, judge: Judge, answers: Sequence[Value], *, is_scoring: bool
    ) -> tuple[Tally, Usage]:
        """Have a judge choose among the answers that there are."""
        candidates = voting.candidates(answers)
        if not candidates:
            return voting.majority(answers), Usage()
        if not is_scoring:
            at = scene.at(".judge", bindings=Bindings.of({"candidates": candidates}, scene.bindings))
            tally, usage = await self._said(at, step, judge, lambda said: voting.judge(answers, said))
            return tally or voting.undecided(answers), usage

        async def score(index: int) -> tuple[float | None, Usage]:
            names: dict[str, Value] = {"candidate": candidates[index], "candidates": candidates}
            at = scene.at(f".judge[{index + 1}]", bindings=Bindings.of(names, scene.bindings))
            return await self._said(at, step, judge, _score)

        scored = await spread(len(candidates), self._world.jobs, score)
        given = iter(scored)
        scores = [None if answer is None else next(given)[0] for answer in answers]
        return voting.score(answers, scores), added([usage for _, usage in scored])

    async def _said(
        self, scene: Scene, step: Step, judge: Judge, understand: Callable[[Value], T]
    ) -> tuple[T | None, Usage]:
        """Return what a judge says, asked once more if it cannot be understood; None if it cannot then either."""
        call = compose_judge(self._world, scene, step.name, judge)
        usages: list[Usage] = []
        while True:
            heard, spoken = await self._caller.hear(scene.frame, call)
            usages.append(heard.usage)
            try:
                understood = understand(extract(split_reasoning(heard.text)[1], judge.extract))
            except Unanswered as unanswered:
                problem = str(unanswered)
            else:
                self._caller.done(call, heard)
                return understood, added(usages)
            if len(usages) > 1:
                self._caller.note(call, f"the judge of {quoted(step.name)} abstains: {problem}")
            self._caller.done(call, heard, problem)
            if len(usages) > 1:
                return None, added(usages)
            call = repaired(call, spoken, problem, 2)


def by_hand(value: Value, spoken: Spoken | None = None) -> Bound:
    """Return what stands in place of what a step would have made: the only sample, of one mind with itself.

    Args:
        value: what it is.
        spoken: where the conversation of the step goes on, if another one does that; the value is then its reply.
    """
    tally = voting.majority([value])
    record = Record(
        text=shown(value),
        samples=(value,),
        votes=tally.votes,
        share=tally.share,
        rounds=0,
        ok=value is not None,
    )
    return Bound(value=value, record=record, spoken=spoken.saying(shown(value)) if spoken is not None else None)


def _score(said: Value) -> float:
    number = voting.number_of(said)
    if number is None:
        raise Unanswered("no number")
    return number


def _chosen(drawn: Sequence[Bound], tally: Tally, usages: list[Usage], silence: str | None) -> Bound:
    records = [bound.record if isinstance(bound.record, Record) else Record() for bound in drawn]
    winner = tally.winner
    best = records[winner] if winner is not None else Record()
    is_ok = tally.value is not None
    told = (silence, *(record.problem for record in records), "no sample has an answer")
    problem = None if is_ok else next(text for text in told if text)
    return Bound(
        value=tally.value,
        record=replace(
            best,
            samples=tuple(bound.value for bound in drawn),
            votes=tally.votes,
            share=tally.share,
            scores=tally.scores,
            ok=is_ok,
            problem=problem,
            tries=sum(record.tries for record in records),
            usage=added(usages),
        ),
        spoken=drawn[winner].spoken if winner is not None else None,
    )


def _is_ok(bound: Bound) -> bool:
    return not isinstance(bound.record, Record) or bound.record.problem is None
