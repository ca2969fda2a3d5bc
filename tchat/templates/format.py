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

RESERVED = ("run", "model", "examples", "today", "index", "done", "candidates", "candidate")
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


class Expression(Text, frozen=True):
    """What may stand between `{{` and `}}`: it has a value of any kind, where a text has a text."""


Pattern = Text | Expression | int | float | bool | list[Any] | dict[str, Any]
"""A value as TOML has it, with texts in place of strings: lists and tables hold patterns.

A string that is one `{{ expression }}` and nothing else is that expression, so that its value keeps its kind.
"""

Count = int | Expression
"""A whole number, or an expression for one, so that an input may say how many."""


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


class Example(Struct, frozen=True):
    """`[[examples]]`: one exchange that is shown to the model before the prompt.

    With keys beyond `user` and `assistant` it is for a prompt that renders `examples` itself.
    """

    fields: dict[str, Text]


class Picture(Struct, frozen=True, kw_only=True):
    """A picture that goes with a prompt."""

    source: str
    """An input of type image."""
    grid: tuple[int, int] | None = None
    """Columns and rows of a numbered grid to draw over it."""
    max_side: int | None = None
    """Pixels that its longer side has at most."""


class Call(Struct, frozen=True, kw_only=True):
    """How a step asks a model; what a step leaves open is taken from the top of the file."""

    system: Text | None = None
    model: Text | None = None
    """A model or an alias; None leaves the choice to the user."""
    settings: Settings = Settings()
    """Among them the JSON Schema of `schema`, written out in full where the file has its short form."""
    images: tuple[Picture, ...] = ()


# --- what becomes of a reply

ExtractKind = Literal["text", "number", "first_number", "letter", "yesno", "line", "lines", "json", "code", "boxed"]


class Named(Struct, frozen=True, tag="named"):
    """A kind of answer: `number` is the last one in the text, `letter` a choice such as (B), `lines` a list."""

    kind: ExtractKind


class After(Struct, frozen=True, tag="after"):
    """What follows the last occurrence of a phrase, in either case."""

    phrase: str


class Tagged(Struct, frozen=True, tag="tag"):
    """What stands in the last `<name>…</name>`."""

    name: str


class Matched(Struct, frozen=True, kw_only=True, tag="regex"):
    """What a regular expression finds."""

    regex: str
    which: Literal["first", "last", "all"] = "last"
    """`all` makes a list."""
    group: int | str | None = None
    """None takes group 1 where there is one, else everything."""


class Mapped(Struct, frozen=True, tag="map"):
    """What a word stands for: the word of the table that comes last in the text, as a whole word in either case."""

    table: dict[str, Any]


Stage = Named | After | Tagged | Matched | Mapped
"""One stage of `extract`: it takes what the stage before has found."""


class Answer(Struct, frozen=True, kw_only=True):
    """What a step's value is made of and must be."""

    extract: tuple[Stage, ...] = ()
    check: dict[str, Pattern] = {}
    """Words of `vocabulary.EXPECT`; `expr` is an `Expression` over `value` and the names of the step."""
    retries: int = 1
    """How often a model is asked again for an answer that cannot be read or does not pass."""
    if_missing: Literal["stop", "null"] = "stop"
    """What becomes of a step whose last try has no answer."""
    line: int = 1
    """The line of `extract`, `check` or `schema`, for messages."""


Vote = Literal["majority", "check", "judge", "score", "mean", "all"]


class Judge(Struct, frozen=True, kw_only=True):
    """`[step.judge]`: a model that chooses among the samples, `candidates`, or gives each, `candidate`, a score."""

    prompt: Text
    call: Call = Call()
    extract: tuple[Stage, ...] = (Named("number"),)


class Sampling(Struct, frozen=True, kw_only=True):
    """`samples`: the same step several times over, and what its value is made of.

    `majority` takes the answer given most often, `check` the first that passes `check`, `judge` the one whose number
    the judge says, `score` the one that the judge scores highest, `mean` the mean of numbers, `all` the whole list.
    """

    count: Count
    vote: Vote
    judge: Judge | None = None


# --- when and how often


class Each(Struct, frozen=True, kw_only=True):
    """`for_each`: once for each item; the value is the list of values."""

    items: Expression
    name: str = "item"
    """What the item is called in the step; `index` counts from 1."""
    serial: bool = False
    """One after the other; `done` is then the list of what was so far, each with `name` and `value`."""
    limit: Count | None = None
    """Only so many of the first items."""


class Loop(Struct, frozen=True, kw_only=True):
    """`repeat`: again and again; a name is then its newest value."""

    rounds: Count
    until: Expression | None = None
    start: dict[str, Pattern] = {}
    """What names are before the first round."""


# --- kinds of step


class Prompt(Struct, frozen=True, kw_only=True, tag="prompt"):
    """Asks a model; the value is made of its reply."""

    prompt: Text
    call: Call = Call()
    examples: tuple[Example, ...] = ()
    examples_from: str | None = None
    """A step whose value is a list of examples."""
    shots: int | None = None
    """How many of the examples are shown."""
    shows_examples: bool = False
    """Whether the prompt renders `examples` itself, so that they are not sent as turns."""
    continues: str | None = None
    """The step whose conversation goes on."""


class Render(Struct, frozen=True, tag="text"):
    """Only renders a text."""

    text: Text


class Evaluate(Struct, frozen=True, tag="value"):
    """Only evaluates an expression."""

    value: Expression


class Use(Struct, frozen=True, kw_only=True, tag="use"):
    """Runs another template; the value is its output."""

    template: "Template"
    inputs: dict[str, Pattern] = {}
    """`with`."""


class Do(Struct, frozen=True, tag="do"):
    """Runs inner steps; the value is the last one's."""

    steps: tuple["Step", ...]


class Command(Struct, frozen=True, kw_only=True, tag="command"):
    """Runs a program, without a shell; the value is what it prints."""

    arguments: tuple[Text, ...]
    stdin: Text | None = None
    timeout: float = 30.0
    """Seconds."""


Deed = Prompt | Render | Evaluate | Use | Do | Command
"""What a step does."""


class Step(Struct, frozen=True, kw_only=True):
    """One step. From the outside in: `when`, `each`, `loop`, `sampling`, then the deed and its answer."""

    name: str
    line: int
    deed: Deed
    answer: Answer = Answer()
    when: Expression | None = None
    """Without it the step is skipped: its value is null, or within a loop what it was in the round before."""
    each: Each | None = None
    loop: Loop | None = None
    sampling: Sampling | None = None
    needs: tuple[str, ...] = ()
    expect_items: int | None = None
    """How many items, or lines, a plan assumes."""
    expect_tokens: int | None = None
    """How many tokens of reply a plan assumes."""


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
    """What the model says, per step, in order; the last one from then on.

    A step in a template that is used is `step` or `step.inner`, a judge is `step.judge`.
    """
    expect: dict[str, Pattern] = {}
    """Words of `vocabulary.EXPECT`; names in it are columns of `data`."""
    calls: int | None = None
    data: str | None = None
    """A jsonl or csv file, beside the template."""
    map: dict[str, str] = {}
    """Names of inputs, or of what `expect` uses, and the columns of `data` they are taken from."""
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
    digest: str = ""
    """SHA-256 of the file and of the templates it uses, in hexadecimal: what a permission to run commands is for."""
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
    """What a run returns; None for the value of the last step that ran."""
    limits: Limits = Limits()
    tests: tuple[Case, ...] = ()

    @property
    def runs_commands(self) -> bool:
        """Whether any step, or any step of a template that it uses, runs a program."""
        return any(_runs_commands(step) for step in self.steps)


def _runs_commands(step: Step) -> bool:
    if "command" in step.answer.check:
        return True
    match step.deed:
        case Command():
            return True
        case Use(template=template):
            return template.runs_commands
        case Do(steps):
            return any(map(_runs_commands, steps))
        case Prompt() | Render() | Evaluate():
            return False
