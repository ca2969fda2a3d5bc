"""Checks every text of a template before anything runs: its syntax, and that all it mentions exists."""

from collections.abc import Collection

import minijinja

from tchat.domain.text import one_line
from tchat.templates.expressions import Mention, keep_line_ends, mentions
from tchat.templates.filters import FILTERS
from tchat.templates.format import PromptStep, Step, Template, Text
from tchat.templates.naming import did_you_mean, quoted
from tchat.templates.reading import Findings
from tchat.templates.rendering import new_environment, reason
from tchat.templates.vocabulary import MODEL_FIELDS, UNSUPPORTED_NAMES

_OTHER_TEMPLATES = ("include", "import", "from", "extends", "block")
_CALLABLE_FIELDS = ("cycle", "changed")
"""What minijinja's own `loop` can do."""
_FUNCTIONS = ("range", "dict", "namespace")
_ALWAYS = ("today",)
_ASKING = ("today", "model")
"""What is given in the texts of a step that asks a model."""


def check_scope(template: Template, declared: Collection[str], unclear: Collection[str], findings: Findings) -> None:
    """Note everything in the texts of `template` that is not there when they are rendered.

    Args:
        template: what was read of the file.
        declared: the names in `[inputs]`, those with a wrong declaration included.
        unclear: steps whose own names may come from keys that this version does not support; they are passed over.
        findings: takes what is wrong.
    """
    checker = _Checker(findings)
    known = [*declared]
    names = [step.name for step in template.steps]
    for index, step in enumerate(template.steps):
        if step.name not in unclear:
            for text, given in _texts(step):
                checker.check(text, [*known, *given], later=names[index:])
        known.append(step.name)
    if template.output is not None and not unclear:
        checker.check(template.output, [*known, *_ALWAYS], later=())


def mentions_name(template: Template, name: str) -> bool:
    """Tell whether any text of `template` mentions `name`."""
    texts = [text for step in template.steps for text, _ in _texts(step)]
    if template.output is not None:
        texts.append(template.output)
    return any(word.word == name and word.role == "name" for text in texts for word in mentions(text.source))


def _texts(step: Step) -> list[tuple[Text, tuple[str, ...]]]:
    """Return the texts of a step, each with the names that tchat gives it."""
    if not isinstance(step, PromptStep):
        return [(step.text, _ALWAYS)]
    texts: list[tuple[Text, tuple[str, ...]]] = [
        (text, _ASKING) for example in step.examples for text in (example.user, example.assistant)
    ]
    texts.append((step.prompt, _ASKING))
    if step.call.system is not None:
        texts.append((step.call.system, _ASKING))
    if step.call.model is not None:
        texts.append((step.call.model, _ALWAYS))
    return texts


class _Checker:
    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._environment = new_environment()

    def check(self, text: Text, known: Collection[str], later: Collection[str]) -> None:
        """Note what is wrong in one text where `known` are its names and `later` the steps from here on."""
        if "{{" not in text.source and "{%" not in text.source:
            return
        try:
            undeclared = self._environment.undeclared_variables_in_str(keep_line_ends(text.source), nested=True)
        except minijinja.TemplateError as error:
            self._findings.add(text.line(error.line or 1), one_line(reason(error)))
            return
        words = mentions(text.source)
        for word in words:
            problem = self._mention_problem(word)
            if problem:
                self._note(text, word.offset, problem)
        for name in sorted(undeclared | {word.word for word in words if word.word == "self"}):
            problem = _name_problem(name, known, later)
            if problem:
                self._note(text, _offset(words, name.split(".")[0]), problem)

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
        try:
            self._environment.render_str(expression)
        except minijinja.TemplateError as error:
            return error.kind != unknown
        return True

    def _note(self, text: Text, offset: int, problem: str) -> None:
        self._findings.add(text.line(text.source.count("\n", 0, offset) + 1), problem)


def _offset(words: Collection[Mention], name: str) -> int:
    return next((word.offset for word in words if word.word == name and word.role == "name"), 0)


def _name_problem(dotted: str, known: Collection[str], later: Collection[str]) -> str | None:
    """Return what is wrong with a name and the fields after it; None if nothing is."""
    name, _, fields = dotted.partition(".")
    if name == "model":
        return _model_problem(dotted, fields.partition(".")[0], known)
    if name in known or name in _FUNCTIONS:
        return None
    if name in UNSUPPORTED_NAMES:
        return f"{quoted(name)} is not supported by this version of tchat"
    if name in later:
        return f"{quoted(name)} is not an earlier step: a step uses what stands above it"
    return f"{quoted(name)} is not an input or an earlier step{did_you_mean(name, known)}"


def _model_problem(dotted: str, field: str, known: Collection[str]) -> str | None:
    if "model" not in known:
        return '"model" is known only in the texts of a step that asks a model'
    if not field or field in MODEL_FIELDS:
        return None
    return f"{quoted(dotted)} is not known of a model{did_you_mean(field, MODEL_FIELDS)}"
