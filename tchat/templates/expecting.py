"""What a test expects, held against what came of a run."""

from collections.abc import Mapping

from tchat.domain.errors import TemplateError, UsageError
from tchat.domain.text import one_line
from tchat.templates.bindings import Bindings
from tchat.templates.checking import Condition, abstains, problems
from tchat.templates.checking import Outcome as Held
from tchat.templates.filters import FilterError, shown
from tchat.templates.format import Expression, Pattern, Value
from tchat.templates.naming import quoted
from tchat.templates.outcomes import Outcome
from tchat.templates.rendering import Renderer
from tchat.templates.world import ProgramCall, RunProgram

_LONGEST = 200


class Expectation:
    """`expect` of one test.

    Args:
        expect: its words.
        renderer: fills in the names of its texts.
        run_program: runs the program of `command`; None where programs may not run.
    """

    def __init__(self, expect: Mapping[str, Pattern], renderer: Renderer, run_program: RunProgram | None) -> None:
        self._expect = expect
        self._renderer = renderer
        self._run_program = run_program

    def filled(self, names: Mapping[str, Value], word: str) -> Value:
        """Return what a word says with these names; None if the test does not use it.

        Raises:
            TemplateError: a name is missing.
        """
        pattern = self._expect.get(word)
        return None if pattern is None else self._renderer.fill(pattern, names)

    @property
    def words(self) -> tuple[str, ...]:
        """The words that an output is held against."""
        return tuple(word for word in self._expect if word != "threshold")

    def is_abstention(self, outcome: Outcome, names: Mapping[str, Value]) -> bool:
        """Whether an output says that there is no answer, in the phrases of `abstain` or the usual ones.

        Where abstaining is what a test does not expect, it is no way out.
        """
        phrases = self.filled(names, "abstain")
        return phrases is not False and abstains(outcome.text, True if phrases is None else phrases)

    @property
    def _forbids_abstaining(self) -> bool:
        return self._expect.get("abstain") is False

    async def unmet(self, outcome: Outcome, names: Mapping[str, Value], *, without: str = "") -> list[str]:
        """Return what the output is not that it should be, as clauses; `without` is a word that is left out.

        Raises:
            TemplateError: a name is missing, or an expression has no value.
            UsageError: programs may not run, or it cannot be started.
        """
        bound = Bindings.of({**names, "value": outcome.value})
        if self._forbids_abstaining:
            without = ""
        conditions = {
            word: await self._condition(word, pattern, bound, outcome.text)
            for word, pattern in self._expect.items()
            if word not in ("threshold", without)
        }
        return problems(outcome.value, outcome.text, conditions)

    async def _condition(self, word: str, pattern: Pattern, bound: Bindings, text: str) -> Condition:
        """Return what is held against the output: what came of an expression or a program, else the value itself."""
        if word == "expr" and isinstance(pattern, Expression):
            return self._evaluated(pattern, bound)
        filled = self._renderer.fill(pattern, bound)
        if word == "command" and isinstance(filled, list):
            return await self._said_by(tuple(map(shown, filled)), text)
        return filled

    def _evaluated(self, expression: Expression, bound: Bindings) -> Held:
        """Return whether an expression holds: one whose filter cannot take the output does not."""
        try:
            holds = bool(self._renderer.evaluate(expression, bound))
        except TemplateError as error:
            if isinstance(error.__cause__, FilterError):
                return Held(holds=False, problem=str(error.__cause__))
            raise
        return Held(holds=holds, problem=f"{quoted(expression.source)} does not hold")

    async def _said_by(self, arguments: tuple[str, ...], text: str) -> Held:
        """Return what a program says of a text that it reads."""
        if self._run_program is None:
            raise UsageError("the test runs a program on this machine", hint="read it, and allow it: --allow-commands")
        printed = await self._run_program(
            ProgramCall(place="expect", reply_names=("expect",), arguments=arguments, stdin=text)
        )
        how = "does not end" if printed.code is None else "fails"
        said = one_line(printed.err or printed.out)[-_LONGEST:]
        return Held(holds=printed.code == 0, problem=f"{quoted(arguments[0])} {how}: {said}")
