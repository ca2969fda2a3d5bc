"""Fills the inputs of a template: from flags, files, piped text and defaults, with everything missing in one error."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from msgspec import Struct
from msgspec.structs import replace

from tchat.domain.errors import UsageError
from tchat.domain.message import ImagePart
from tchat.templates.files import find_beside, find_text_beside, read_bytes, read_value, value_of
from tchat.templates.format import Input, Template, Value
from tchat.templates.naming import did_you_mean, flag, flagged, listed, quoted
from tchat.templates.values import empty, from_plain, from_text

Attach = Callable[[str], ImagePart]
"""Takes in a picture by its path, URL or other name, `-` for what is piped in; raises AttachmentError."""


class Sources(Struct, frozen=True, kw_only=True):
    """Where a user's values come from."""

    given: Mapping[str, str | Sequence[str]] = {}
    """Flags: a value, `@path` for the text of a file (`@@` for a text that begins with `@`), or `-` for piped text.
    Several values make a list. An input of type `file` takes a path with or without `@`. In names, `-` counts as `_`.
    The text of a PDF is what can be read in it.
    """
    stdin: Callable[[], str] | None = None
    """Reads the piped text, at most once; None where nothing is piped."""
    attach: Attach


def fill(template: Template, sources: Sources) -> dict[str, Value]:
    """Return a value for every input of `template`.

    What is piped in goes to the input with `stdin = true`, else to the first text input that is not given and has no
    default, else to the first such picture; blank text counts as nothing.

    Raises:
        UsageError: values are missing or wrong; the message lists all of them, the missing ones with their help.
    """
    given = {name.replace("-", "_"): _single(value) for name, value in sources.given.items()}
    filler = _Filler(template, replace(sources, given=given))
    for spec in template.inputs:
        filler.fill(spec)
    return filler.result()


def fill_plain(template: Template, values: Mapping[str, object], attach: Attach) -> dict[str, Value]:
    """Return a value for every input, from `values` of its own type: what a test or a form holds.

    For `file` that is the text of the file, for `image` a picture or what `attach` takes.

    Raises:
        UsageError: values are missing or wrong; the message lists all of them.
    """
    filler = _Filler(template, Sources(attach=attach))
    filler.refuse_unknown(values)
    for spec in template.inputs:
        if spec.name in values:
            filler.take_plain(spec, values[spec.name])
        else:
            filler.fill(spec)
    return filler.result()


class _Filler:
    """Collects values and what is wrong with them."""

    def __init__(self, template: Template, sources: Sources) -> None:
        self._template = template
        self._sources = sources
        self._values: dict[str, Value] = {}
        self._problems: list[str] = []
        self._missing: list[Input] = []
        self._read_stdin = False
        self._piped_to = _taker_of_stdin(template.inputs, sources.given)
        self.refuse_unknown(sources.given)

    def refuse_unknown(self, names: Mapping[str, object]) -> None:
        """Note every name that is not an input."""
        known = [spec.name for spec in self._template.inputs]
        for name in names:
            if name not in known:
                self._problems.append(f"{quoted(name)} is not an input{did_you_mean(name, known)}")

    def take_plain(self, spec: Input, value: object) -> None:
        """Use a value of the input's own type."""
        if spec.type == "image" and isinstance(value, ImagePart):
            self._values[spec.name] = value
        else:
            self._try(spec, lambda: self._attached(spec, from_plain(spec, value)))

    def fill(self, spec: Input) -> None:
        """Use the first source that has a value."""
        given = self._sources.given.get(spec.name)
        if given is not None:
            self._try(spec, lambda: self._given(spec, given))
            return
        is_piped = self._sources.stdin is not None and spec.name == self._piped_to
        if is_piped and spec.type == "image":
            self._try(spec, lambda: self._sources.attach("-"))
            return
        piped = self._piped() if is_piped else ""
        if piped.strip():
            self._try(spec, lambda: from_text(spec, piped))
        elif spec.default is not None:
            self._try(spec, lambda: self._default(spec))
        elif not spec.required:
            self._values[spec.name] = empty(spec)
        else:
            self._missing.append(spec)

    def result(self) -> dict[str, Value]:
        """Return the values, or raise one error for everything that is wrong."""
        if self._problems or self._missing:
            lines = [*self._problems, *(f"missing: {_described(spec)}" for spec in self._missing)]
            raise UsageError("\n".join(lines), hint=_hint(self._missing) if self._missing else None)
        return self._values

    def _try(self, spec: Input, value: Callable[[], Value]) -> None:
        try:
            self._values[spec.name] = value()
        except UsageError as error:
            self._problems.append(f"{flag(spec.name)}: {error.message}")

    def _given(self, spec: Input, given: str | Sequence[str]) -> Value:
        if not isinstance(given, str):
            return from_plain(spec, list(given)) if spec.type == "list" else _refuse_several()
        if spec.type == "image":
            return self._sources.attach(given.removeprefix("@"))
        if given == "-":
            return from_text(spec, self._piped())
        if given.startswith("@@"):
            return from_text(spec, given[1:])
        if given.startswith("@") or spec.type == "file":
            return from_text(spec, read_value(given.removeprefix("@")))
        return from_text(spec, given)

    def _default(self, spec: Input) -> Value:
        default = from_plain(spec, spec.default)
        if spec.type == "file" and isinstance(default, str):
            return _beside(self._template.folder, default)
        if spec.type == "image" and isinstance(default, str):
            return self._sources.attach(str(find_beside(self._template.folder, default)))
        return default

    def _attached(self, spec: Input, value: Value) -> Value:
        return self._sources.attach(value) if spec.type == "image" and isinstance(value, str) else value

    def _piped(self) -> str:
        if self._sources.stdin is None:
            raise UsageError("nothing is piped in")
        if self._read_stdin:
            raise UsageError("the piped text can go to one input only")
        self._read_stdin = True
        return _without_last_newline(self._sources.stdin())


def _single(value: str | Sequence[str]) -> str | Sequence[str]:
    """Return the value of a list of one."""
    return value[0] if not isinstance(value, str) and len(value) == 1 else value


def _refuse_several() -> NoReturn:
    raise UsageError("is given more than once")


def _taker_of_stdin(inputs: Sequence[Input], given: Mapping[str, object]) -> str | None:
    """Return the input that piped text goes to; None where a flag claims it."""
    if "-" in given.values():
        return None
    declared = next((spec for spec in inputs if spec.stdin), None)
    if declared is not None:
        return None if declared.name in given else declared.name
    missing = [spec for spec in inputs if spec.default is None and spec.name not in given]
    texts, pictures = ([spec.name for spec in missing if spec.type == kind] for kind in ("text", "image"))
    return next(iter((*texts, *pictures)), None)


def _described(spec: Input) -> str:
    kind = listed(spec.choices) if spec.choices else spec.type
    return f"{flag(spec.name)} ({kind}){': ' + spec.help if spec.help else ''}"


def _hint(missing: Sequence[Input]) -> str:
    pipes = next((spec for spec in missing if spec.stdin), None)
    piped = f"; the text for {flag(pipes.name)} can be piped in" if pipes else ""
    return f"give each as a flag: {flagged(missing[0].name, 'VALUE')}, or @FILE for the text of a file{piped}"


def _beside(folder: Path | None, name: str) -> str:
    """Return what a file beside the template holds, as a value."""
    path, pages = find_text_beside(folder, name)
    return value_of(read_bytes(path), path, pages)


def _without_last_newline(text: str) -> str:
    return text.removesuffix("\n").removesuffix("\r")
