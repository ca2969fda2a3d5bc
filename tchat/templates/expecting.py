"""What a test expects, held against what came of a run."""

from collections.abc import Mapping

from tchat.domain.errors import UsageError
from tchat.domain.text import one_line
from tchat.templates.bindings import Bindings
from tchat.templates.conditions import problems
from tchat.templates.filters import shown
from tchat.templates.format import Expression, Pattern, Value
from tchat.templates.naming import quoted
from tchat.templates.outcomes import Outcome
from tchat.templates.rendering import Renderer
from tchat.templates.world import ProgramCall, RunProgram

_ELSEWHERE = ("expr", "command", "threshold")
"""Words that need more than the value, or that say how an answer counts."""
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
        """Whether an output says that there is no answer, in the phrases of `abstain` or the usual ones."""
        phrases = self.filled(names, "abstain") or True
        return not problems(outcome.value, outcome.text, {"abstain": phrases})

    async def unmet(self, outcome: Outcome, names: Mapping[str, Value], *, without: str = "") -> list[str]:
        """Return what the output is not that it should be; `without` is a word that is left out.

        Raises:
            TemplateError: a name is missing, or an expression has no value.
            UsageError: programs may not run, or it cannot be started.
        """
        bound = Bindings.of({**names, "value": outcome.value})
        wanted = {
            word: self._renderer.fill(pattern, bound)
            for word, pattern in self._expect.items()
            if word not in ("threshold", without)
        }
        plain = {word: value for word, value in wanted.items() if word not in _ELSEWHERE}
        found = problems(outcome.value, outcome.text, plain)
        expression = self._expect.get("expr")
        if isinstance(expression, Expression) and "expr" in wanted and not wanted["expr"]:
            found.append(f"{quoted(expression.source)} does not hold")
        command = wanted.get("command")
        return found + (await self._said_by(command, outcome.text) if isinstance(command, list) else [])

    async def _said_by(self, command: list[object], text: str) -> list[str]:
        """Return what a program says against a text that it reads; nothing if it ends well."""
        if self._run_program is None:
            raise UsageError("the test runs a program on this machine", hint="read it, and allow it: --allow-commands")
        arguments = tuple(map(shown, command))
        printed = await self._run_program(
            ProgramCall(place="expect", reply_names=("expect",), arguments=arguments, stdin=text)
        )
        if printed.code == 0:
            return []
        how = "does not end" if printed.code is None else "fails"
        return [f"{quoted(arguments[0])} {how}: {one_line(printed.err or printed.out)[-_LONGEST:]}"]
