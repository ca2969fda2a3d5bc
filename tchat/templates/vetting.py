"""Checks one text or expression before anything runs: its syntax, and that all it mentions exists."""

from collections.abc import Mapping

import minijinja
from msgspec import Struct

from tchat.domain.text import one_line
from tchat.templates.bounding import Meter
from tchat.templates.expressions import Mention, is_one_expression, mentions
from tchat.templates.filters import FILTERS
from tchat.templates.format import Expression, Text
from tchat.templates.metering import excess, multiplies
from tchat.templates.naming import did_you_mean, quoted
from tchat.templates.patterns import has_names
from tchat.templates.reading import Findings
from tchat.templates.rendering import measured, new_environment, reason
from tchat.templates.vocabulary import MODEL_FIELDS, RUN_FIELDS

_OTHER_TEMPLATES = ("include", "import", "from", "extends", "block")
_CALLABLE_FIELDS = ("cycle", "changed")
"""What minijinja's own `loop` can do."""
_FUNCTIONS = ("range", "dict", "namespace")
_KNOWN_ELSEWHERE: Mapping[str, str] = {
    "model": "the texts of a step that asks a model",
    "examples": "a prompt that has examples",
    "item": 'a step with "for_each"',
    "index": 'a step with "for_each"',
    "done": 'a step with "for_each" and "serial = true"',
    "candidates": "the prompt of a judge",
    "candidate": 'the prompt of a judge whose vote is "score"',
    "value": '"expr" of a check',
}
"""Names that tchat gives, and where."""


class Scope(Struct, frozen=True, kw_only=True):
    """What a text may mention."""

    names: tuple[str, ...]
    """Inputs, steps that are done, and what tchat gives in this place."""
    steps: tuple[str, ...] = ()
    """What may follow `run.`."""
    later: tuple[str, ...] = ()
    """Steps from here on."""
    unstarted: tuple[str, ...] = ()
    """Steps that have no value in the first round of the loop around."""
    inner: Mapping[str, str] = {}
    """Every step of the file that is within another, and that one."""

    def problem(self, dotted: str) -> str | None:
        """Return what is wrong with a name and the fields after it; None if nothing is."""
        name, *fields = dotted.split(".")
        if name == "run" and name not in self.names:
            return self._run_problem(fields)
        if name == "model" and name in self.names:
            return _model_problem(dotted, fields)
        if name in self.names or name in _FUNCTIONS:
            return None
        if name in _KNOWN_ELSEWHERE:
            return f"{quoted(name)} is known only in {_KNOWN_ELSEWHERE[name]}"
        return self._elsewhere(name) or (
            f"{quoted(name)} is not an input or an earlier step{did_you_mean(name, self.names)}"
        )

    def _run_problem(self, fields: list[str]) -> str | None:
        if not fields:
            return '"run" is used as run.step.field, such as run.answer.share'
        step, *rest = fields
        if step not in self.steps:
            near = did_you_mean(step, self.steps)
            return self._elsewhere(step) or f"{quoted(f'run.{step}')}: {quoted(step)} is not an earlier step{near}"
        if rest and rest[0] not in RUN_FIELDS:
            near = did_you_mean(rest[0], RUN_FIELDS)
            return f"{quoted(f'run.{step}.{rest[0]}')} is not known of a step{near}"
        return None

    def _elsewhere(self, name: str) -> str | None:
        """Return where a step is that cannot be used here; None if there is no such step."""
        if name in self.unstarted:
            return f'{quoted(name)} has no value in the first round: say in "start" what it is then'
        if name in self.later:
            return f"{quoted(name)} is not an earlier step: a step uses what stands above it"
        if name in self.inner:
            return f"{quoted(name)} is a step within {quoted(self.inner[name])}, and is not known outside it"
        return None


def _model_problem(dotted: str, fields: list[str]) -> str | None:
    if not fields or fields[0] in MODEL_FIELDS:
        return None
    return f"{quoted(dotted)} is not known of a model{did_you_mean(fields[0], MODEL_FIELDS)}"


class Checker:
    """Checks the texts of one file."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._environment = new_environment(Meter())
        self._known: dict[str, bool] = {}

    def check(self, text: Text, scope: Scope | None) -> None:
        """Note what is wrong in one text; without a scope, names are not looked at."""
        if isinstance(text, Expression):
            self._check_expression(text, scope)
        elif has_names(text.source):
            self._check_source(text, text.source, scope)

    def _check_expression(self, text: Expression, scope: Scope | None) -> None:
        if not text.source:
            return
        if is_one_expression(text.source):
            self._check_source(text, f"{{{{ {text.source}\n}}}}", scope)
        else:
            self._findings.add(text.line(1), f"{quoted(text.source)} is not an expression")

    def _check_source(self, text: Text, source: str, scope: Scope | None) -> None:
        """Check a text as minijinja takes it: `source` has the lines of `text`."""
        problem = excess(source)
        if problem is not None:
            self._findings.add(text.line(1), problem)
            return
        read = measured(source) if multiplies(source) else source
        try:
            undeclared = self._environment.undeclared_variables_in_str(read, nested=True)
        except minijinja.TemplateError as error:
            self._findings.add(text.line(error.line or 1), one_line(reason(error)))
            return
        words = mentions(source)

        def note(offset: int, problem: str) -> None:
            self._findings.add(text.line(source.count("\n", 0, offset) + 1), problem)

        for word in words:
            problem = self._mention_problem(word)
            if problem:
                note(word.offset, problem)
        if scope is None:
            return
        for name in sorted(undeclared | {word.word for word in words if word.word == "self"}):
            problem = scope.problem(name)
            if problem:
                note(_offset(words, name.split(".")), problem)

    def _mention_problem(self, mention: Mention) -> str | None:
        word = mention.word
        match mention.role:
            case "filter" if word not in FILTERS and not self._knows(f"{{{{ 0 | {word} }}}}", "UnknownFilter"):
                return f"{quoted(word)} is not a filter{did_you_mean(word, FILTERS)}"
            case "test" if not self._knows(f"{{{{ 0 is {word} }}}}", "UnknownTest"):
                return f"{quoted(word)} is not a test"
            case "method" if word not in _CALLABLE_FIELDS:
                return f"{quoted(word)} cannot be called: values have no methods, only filters"
            case "tag" if word in _OTHER_TEMPLATES:
                return f"{quoted(word)} does nothing here: a template is one file"
            case _:
                return None

    def _knows(self, expression: str, unknown: str) -> bool:
        known = self._known.get(expression)
        if known is None:
            known = self._known[expression] = self._is_known(expression, unknown)
        return known

    def _is_known(self, expression: str, unknown: str) -> bool:
        try:
            self._environment.render_str(expression)
        except minijinja.TemplateError as error:
            return error.kind != unknown
        return True


def _offset(words: tuple[Mention, ...], fields: list[str]) -> int:
    """Return where a name with these fields stands first, or the name alone."""
    first: int | None = None
    for index, word in enumerate(words):
        if word.word != fields[0] or word.role != "name":
            continue
        first = word.offset if first is None else first
        if [after.word for after in words[index + 1 : index + len(fields)]] == fields[1:]:
            return word.offset
    return first or 0
