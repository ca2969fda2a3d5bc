"""The template format (format 1) as frozen values, positions in the file included.

A template is one prompt or a list of steps; one prompt is a list of the one step `answer`.
"""

from pathlib import Path
from typing import Any, Literal

from msgspec import Struct

from tchat.domain.message import ImagePart
from tchat.domain.request import Settings

InputType = Literal["text", "int", "number", "bool", "choice", "list", "file", "image", "json"]

Value = str | int | float | bool | list[Any] | dict[str, Any] | ImagePart | None
"""What an input or a step is while a template runs."""

RESERVED = ("run", "model", "examples", "today", "index", "done", "candidates")
"""Names that no input and no step may have."""

ONLY_STEP = "answer"
"""The name of the step of a template that is one prompt."""


class Text(Struct, frozen=True):
    """A text with `{{ names }}`, dedented and without its last newline."""

    source: str
    lines: tuple[int, ...]
    """For each line of `source`, the line of the TOML file that it stands on, from 1."""

    def line(self, number: int) -> int:
        """Return the line of the file for line `number` of the text, from 1; beyond the end, the last one."""
        return self.lines[min(max(number, 1), len(self.lines)) - 1]


class Input(Struct, frozen=True, kw_only=True):
    """`[inputs]`: a value that the user gives."""

    name: str
    type: InputType
    default: Any = None
    """A value as TOML has it; for `file` and `image` a path. None where there is none."""
    help: str = ""
    choices: tuple[str, ...] = ()
    min: float | None = None
    max: float | None = None
    stdin: bool = False
    """Whether piped text is this input's."""
    required: bool = True
    """Whether a run needs it; without it, an input that is not required is empty."""


class Example(Struct, frozen=True, kw_only=True):
    """`[[examples]]`: one exchange that is shown to the model before the prompt."""

    user: Text
    assistant: Text


class Call(Struct, frozen=True, kw_only=True):
    """How a step asks a model; what a step leaves open is taken from the top of the file."""

    system: Text | None = None
    model: Text | None = None
    """A model or an alias; None leaves the choice to the user."""
    settings: Settings = Settings()
    images: tuple[str, ...] = ()
    """Image inputs that go with the prompt."""


class PromptStep(Struct, frozen=True, kw_only=True, tag="prompt"):
    """A step that asks a model; its value is the text of the reply."""

    name: str
    prompt: Text
    call: Call = Call()
    examples: tuple[Example, ...] = ()
    continues: str | None = None
    """The step whose conversation goes on."""
    needs: tuple[str, ...] = ()


class TextStep(Struct, frozen=True, kw_only=True, tag="text"):
    """A step that only renders; its value is the text."""

    name: str
    text: Text
    needs: tuple[str, ...] = ()


Step = PromptStep | TextStep


class Limits(Struct, frozen=True, kw_only=True):
    """`[limits]`: where a run stops, before the call that would pass it."""

    max_calls: int | None = None
    max_cost: float | None = None
    """US dollars."""
    max_seconds: float | None = None


class Case(Struct, frozen=True, kw_only=True):
    """`[[test]]`: inputs and what should come of them, offline with `replies` or against a model with `data`."""

    name: str
    line: int
    inputs: dict[str, Any] = {}
    replies: dict[str, tuple[str, ...]] = {}
    """What the model says, per step, in order; the last one from then on."""
    expect: dict[str, Any] = {}
    calls: int | None = None
    data: str | None = None
    """A jsonl or csv file."""
    map: dict[str, str] = {}
    """Names of inputs and the columns of `data` they are taken from."""
    limit: int | None = None
    repeat: int | None = None


class Template(Struct, frozen=True, kw_only=True):
    """One file."""

    name: str
    """What it is called: `folder/name` in the library, else the file's name without its ending."""
    file: str
    """The file's name, for messages."""
    folder: Path | None = None
    """Where the files that the template names are looked for; None for a template that is not a file."""
    title: str = ""
    about: str = ""
    technique: str = ""
    paper: str = ""
    tags: tuple[str, ...] = ()
    source: str = ""
    """Origin and licence of the examples."""
    inputs: tuple[Input, ...] = ()
    steps: tuple[Step, ...] = ()
    output: Text | None = None
    """What a run returns; None for the value of its last step."""
    limits: Limits = Limits()
    tests: tuple[Case, ...] = ()
