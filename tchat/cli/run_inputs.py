"""The inputs of a run: from flags, the pipe, an earlier run, and the person at the terminal."""

import sys
from collections.abc import Callable, Mapping
from typing import IO

from msgspec import Struct
from msgspec.structs import replace

from tchat.cli import stdin
from tchat.cli.run_words import Given
from tchat.domain.errors import TchatError, UsageError
from tchat.domain.message import ImagePart
from tchat.domain.text import printable
from tchat.media.attachment import Source, decode
from tchat.media.documents import text_of
from tchat.media.kinds import media_type
from tchat.templates.format import Input, Template, Value
from tchat.templates.inputs import Attach, Sources, fill
from tchat.templates.naming import flag, listed


class Person:
    """Who sits at the terminal and is asked for what is missing.

    Args:
        stdin: what is typed.
        stderr: where the questions go, so that stdout stays the answer's.
    """

    def __init__(self, stdin: IO[str], stderr: IO[str]) -> None:
        self._in = stdin
        self._out = stderr

    @classmethod
    def at_terminal(cls) -> "Person | None":
        """Return the person at this terminal; None if there is none."""
        return cls(sys.stdin, sys.stderr) if sys.stdin.isatty() and sys.stderr.isatty() else None

    def ask(self, spec: Input, read: Callable[[str], Value]) -> Value:
        """Return the value of an input, asked for until `read` takes it.

        Raises:
            UsageError: the input has ended.
        """
        self._say(question(spec))
        while True:
            text = self._answer(spec)
            if not text.strip():
                self._say("a value is needed")
                continue
            try:
                return read(text)
            except TchatError as error:
                self._say(error.message.removeprefix(f"{flag(spec.name)}: "))

    def agrees(self, text: str) -> bool:
        """Whether the person says yes."""
        self._write(f"{printable(text)} [y/N] ")
        return self._in.readline().strip().lower() in ("y", "yes")

    def _answer(self, spec: Input) -> str:
        """Return what is typed: one line, or for a text all lines up to an empty one."""
        lines: list[str] = []
        while True:
            self._write("… " if lines else "> ")
            line = self._in.readline()
            if not line and not lines:
                self._write("\n")
                raise UsageError(f"no value was given for {flag(spec.name)}")
            if spec.type != "text" or not line.strip("\r\n"):
                return "".join([*lines, line]).rstrip("\r\n")
            lines.append(line)

    def _say(self, text: str) -> None:
        self._write(f"{printable(text)}\n")

    def _write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()


def question(spec: Input) -> str:
    """Return how an input is asked for: its name, what it is, and how its text ends."""
    kind = listed(spec.choices) if spec.choices else spec.type
    span = " to ".join(f"{end:g}" for end in (spec.min, spec.max) if end is not None)
    ends = "; an empty line ends it" if spec.type == "text" else ""
    about = f": {spec.help}" if spec.help else ""
    return f"{spec.name} ({kind}{f', {span}' if span else ''}{ends}){about}"


class Filling(Struct, frozen=True, kw_only=True):
    """Where the values of the inputs come from."""

    given: Given
    note: Callable[[str], None]
    """Tells why the program waits for the pipe, or why it does not."""
    attach: Attach
    stored: Mapping[str, Value] = {}
    """The inputs of the run that is taken up again; what is given again goes before them."""
    person: Person | None = None


def fill_inputs(template: Template, filling: Filling) -> dict[str, Value]:
    """Return a value for every input; what is missing is asked for where there is a person.

    Raises:
        UsageError: values are wrong, or missing without a person; the message lists all of them.
    """
    kept, pictures = _with_stored(template, filling)
    sources = Sources(given=filling.given, stdin=_piped(filling), attach=filling.attach)
    is_known = filling.given.keys() <= {spec.name for spec in template.inputs}  # else it is an error, told at once
    asks = filling.person is not None and sources.stdin is None and is_known
    asked = _asked(kept, filling, filling.person) if asks and filling.person else {}
    left = replace(kept, inputs=tuple(spec for spec in kept.inputs if spec.name not in asked))
    values = {**fill(left, sources), **asked, **pictures}
    return {spec.name: values[spec.name] for spec in template.inputs}


def _with_stored(template: Template, filling: Filling) -> tuple[Template, dict[str, Value]]:
    """Return the template with stored values as defaults, and the stored pictures, which no default can be."""
    inputs: list[Input] = []
    pictures: dict[str, Value] = {}
    for spec in template.inputs:
        value = filling.stored.get(spec.name)
        if spec.name in filling.given or value is None:
            inputs.append(spec)
        elif isinstance(value, ImagePart):
            pictures[spec.name] = value
        else:  # a file was read when the run began: what is kept is its text
            inputs.append(replace(spec, default=value, type="text" if spec.type == "file" else spec.type))
    return replace(template, inputs=tuple(inputs)), pictures


def _asked(template: Template, filling: Filling, person: Person) -> dict[str, Value]:
    missing = [
        spec for spec in template.inputs if spec.required and spec.default is None and spec.name not in filling.given
    ]
    return {spec.name: person.ask(spec, _reader(template, spec, filling.attach)) for spec in missing}


def _reader(template: Template, spec: Input, attach: Attach) -> Callable[[str], Value]:
    only = replace(template, inputs=(spec,))
    return lambda text: fill(only, Sources(given={spec.name: text}, attach=attach))[spec.name]


def _piped(filling: Filling) -> Callable[[], str] | None:
    is_named = any("-" in values for values in filling.given.values())
    if not is_named and not stdin.is_piped():
        return None
    return lambda: _text(stdin.read_piped(filling.note, wait=is_named))


def _text(piped: bytes) -> str:
    """Return what is piped in as text; of a PDF, the text that is in it."""
    name = "standard input"
    return text_of(piped, name) if media_type(piped) == "application/pdf" else decode(Source(piped, name))
