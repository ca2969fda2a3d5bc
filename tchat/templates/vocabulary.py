"""The keys of the format: where each belongs and what it says, in one place for messages, editors and documents."""

from collections.abc import Mapping

from tchat.templates.format import ExtractKind

ABOUT: Mapping[str, str] = {
    "format": "The version of the format: 1.",
    "title": "One line for lists.",
    "about": "When it helps, when it does not, and what it costs in calls.",
    "technique": "The technique's name, such as `self-consistency`.",
    "paper": "Where the technique comes from, such as `arXiv:2203.11171`.",
    "tags": "Words to find it by.",
    "source": "Origin and licence of the examples.",
    "output": "A text with names: what a run returns. Without it, the value of the last step that ran.",
}
"""Keys about the file; they stand at its top."""

TABLES: Mapping[str, str] = {
    "inputs": 'What the user gives: `name = "type"` or `name = { type = … }`. Without this table there is `input`.',
    "limits": "Where a run stops, before the call that would pass it.",
    "step": "One step; a step may use inputs and the steps above it.",
    "test": "A test of the template: offline with `replies`, or against a model with `data`.",
}
"""Tables of the file."""

INPUT: Mapping[str, str] = {
    "type": "What kind of value it is.",
    "default": "The value where none is given; for a file or an image, a path beside the template.",
    "help": "What it is, for forms and for messages about missing inputs.",
    "choices": "The texts that a choice is made among.",
    "min": "The least number.",
    "max": "The greatest number.",
    "stdin": "Whether piped text goes here.",
    "required": "Whether a run needs it; without it, an input that is not required is empty.",
}
"""Keys of one input."""

LIMITS: Mapping[str, str] = {
    "max_calls": "Calls of models, all steps together.",
    "max_cost": "US dollars.",
    "max_seconds": "Seconds of wall-clock time.",
}
"""Keys of `[limits]`."""

CALL: Mapping[str, str] = {
    "system": "The system prompt, a text with names.",
    "model": "A model, or an alias of the user's: `fast`, `strong`, `judge` or `vision`.",
    "effort": "How much a model that reasons is to reason, mapped to the nearest level that it has.",
    "temperature": "0 to 2.",
    "top_p": "0 to 1.",
    "detail": "How closely a model looks at pictures: `low`, `medium`, `high` or `original`.",
    "max_tokens": "Tokens of the reply at most, reasoning included.",
    "seed": "For providers that can repeat a reply; each sample adds its index.",
    "stop": "Texts that end the reply.",
    "images": "Inputs of type image that go with the prompt; a table can draw a grid over one or make it smaller.",
    "schema": 'What JSON the reply is: `{ answer = "text", score = "int, 0 to 10" }`, a JSON Schema, or its file.',
}
"""Keys of a model call: in a step, or at the top as its default."""

EXAMPLES: Mapping[str, str] = {
    "examples": "Exchanges that are shown before the prompt, each with `user` and `assistant`.",
    "examples_from": "A step whose value is a list of examples.",
    "shots": "How many of the examples are shown.",
}
"""Keys of examples."""

EXAMPLE: Mapping[str, str] = {
    "user": "What the user said.",
    "assistant": "What the model answered.",
}
"""Keys of one example; a prompt that renders `examples` itself may have others."""

KINDS: Mapping[str, str] = {
    "prompt": "Asks a model: a text with names.",
    "text": "Only renders a text.",
    "value": "Only evaluates an expression.",
    "use": "Runs another template: its name, as in `handlers/last-letter`.",
    "do": "Inner steps; the value is the last one's.",
    "command": "Runs a program, without a shell: a list of words. Needs permission.",
}
"""Keys that say what kind of step it is; a step has exactly one."""

KIND_WORDS: Mapping[str, str] = {
    "prompt": "asks a model",
    "text": "only renders a text",
    "value": "only evaluates an expression",
    "use": "uses another template",
    "do": "is made of inner steps",
    "command": "runs a program",
}
"""What a step of each kind does, for messages."""

ANSWER: Mapping[str, str] = {
    "extract": "What of the text is the answer: a stage, or a list of stages.",
    "check": "What the answer must be.",
    "retries": "How often a model is asked again for an answer that cannot be read or does not pass: 1 if not said.",
    "if_missing": "What becomes of a step without an answer: `stop` ends the run, `null` goes on with null.",
}
"""What becomes of a reply."""

MANY: Mapping[str, str] = {
    "for_each": "An expression for a list: the step runs once for each item, and its value is the list of values.",
    "as": "What the item is called; `item` if not said. `index` counts from 1.",
    "serial": "One item after the other; `done` is then the list of what was so far.",
    "limit": "Only so many of the first items.",
}
"""Keys of a step that runs for each item of a list."""

SAMPLES: Mapping[str, str] = {
    "samples": "How often the step is done; `vote` says what its value is made of.",
    "vote": "The most frequent answer, the first that passes `check`, a judge's choice, the mean, or the whole list.",
    "judge": "A model that chooses among the `candidates`, or gives each `candidate` a score.",
}
"""Keys of a step that is sampled."""

FLOW: Mapping[str, str] = {
    "when": "An expression: without it the step is skipped, and its value is null or, in a loop, what it was.",
    "repeat": "How many rounds at most.",
    "until": "An expression that ends the rounds, tested after each.",
    "start": "What names are before the first round.",
    "continue": "A step whose conversation goes on with this prompt.",
    "needs": "Steps to wait for that no text mentions.",
}
"""When a step runs."""

PLAN: Mapping[str, str] = {
    "expect_items": "How many items, or lines, a plan assumes.",
    "expect_tokens": "How many tokens of reply a plan assumes.",
}
"""What a plan assumes."""

OTHERS: Mapping[str, str] = {
    "name": "What the step's value is called.",
    "with": "The inputs of the other template.",
    "stdin": "What the program reads: a text with names.",
    "timeout": "Seconds that the program may take: 30 if not said.",
}
"""Keys of a step that belong to no group."""

STEP: Mapping[str, str] = {**OTHERS, **KINDS, **CALL, **EXAMPLES, **ANSWER, **MANY, **SAMPLES, **FLOW, **PLAN}
"""All keys of a step."""

AT_TOP: Mapping[str, str] = {
    key: said
    for key, said in STEP.items()
    if key
    in {"prompt", "examples", "shots", *CALL, *ANSWER, *MANY, *SAMPLES, *PLAN, "when", "repeat", "until", "start"}
}
"""Keys of a step that may stand at the top of a file that is one prompt."""

JUDGE: Mapping[str, str] = {
    "prompt": "What the judge is asked: a text with names, among them `candidates`.",
    **{key: CALL[key] for key in CALL if key not in ("images", "schema")},
    "extract": "How the number is read of the judge's reply: the last number if not said.",
}
"""Keys of `[step.judge]`."""

PICTURE: Mapping[str, str] = {
    "from": "An input of type image.",
    "grid": "Columns and rows of a numbered grid to draw over it, such as `4x3`.",
    "max_side": "Pixels that its longer side has at most.",
}
"""Keys of a picture."""

STAGES: Mapping[str, str] = {
    "after": "What follows the last occurrence of a phrase.",
    "tag": "What stands in the last `<name>…</name>`.",
    "regex": "What a regular expression finds.",
    "map": "What a word stands for.",
}
"""Keys that say what a stage of `extract` is."""

REGEX: Mapping[str, str] = {
    "which": "Which match: the last if not said; `all` makes a list.",
    "group": "A group of the match by number or name; group 1 if there is one.",
}
"""Further keys of a stage with `regex`."""

EXTRACTS: Mapping[ExtractKind, str] = {
    "text": "All of it.",
    "number": "The last number.",
    "first_number": "The first number.",
    "letter": "A choice such as (B).",
    "yesno": "yes or no, in small letters.",
    "line": "The first line that is not empty.",
    "lines": "The lines as a list, without bullets and numbers.",
    "json": "The JSON value in it.",
    "code": "The first fenced block.",
    "boxed": "What stands in the last \\boxed{…}.",
}
"""What a stage of `extract` can be named."""

EXPECT: Mapping[str, str] = {
    "equals": "The value: numbers by value, texts in either case, JSON by content.",
    "number": "The number that it is.",
    "tolerance": "How far off the number may be.",
    "one_of": "The values of which it is one.",
    "matches": "A regular expression that finds something in it.",
    "contains": "A text, or several, that it contains.",
    "lacks": "A text, or several, that it does not contain.",
    "max_words": "How many words it has at most.",
    "min_words": "How many words it has at least.",
    "expr": "An expression over `value` that holds.",
    "command": "A program that gets it as stdin and ends with 0: a list of words. Needs permission.",
    "abstain": "Whether it says that there is no answer: true, or the phrases that say so.",
    "threshold": "What an answer must be surer than: a wrong one costs t/(1-t) points.",
}
"""What `check` and `expect` may say."""

TEST: Mapping[str, str] = {
    "name": "What the test shows.",
    "inputs": "The inputs.",
    "replies": "What the model says, per step: a text, or several in order.",
    "expect": "What the output must be.",
    "calls": "How many calls the run makes.",
    "data": "A jsonl or csv file, beside the template.",
    "map": "Names of inputs, or of what `expect` uses, and the columns of `data` that they are taken from.",
    "limit": "Only so many of the first rows.",
    "repeat": "How often each row is run.",
}
"""Keys of `[[test]]`."""

UNSUPPORTED_KEYS = ("tools", "logprobs")
"""Keys that this version cannot run, and so refuses."""

MODEL_FIELDS = ("name", "provider", "reasons", "context")
"""What `model` has in a text."""

RUN_FIELDS = ("text", "reasoning", "samples", "votes", "share", "scores", "rounds", "ok", "tries", "usage")
"""What `run.name` has in a text."""

_FOR_EVERY_KIND = (
    *("name", "needs", "when", "repeat", "until", "start", "check", "if_missing", "expect_items"),
    *MANY,
    *SAMPLES,
)
_ASKING = (*CALL, *EXAMPLES, "continue", "extract", "retries", "expect_tokens")

_OF_KIND: Mapping[str, tuple[str, ...]] = {
    "prompt": _ASKING,
    "text": ("extract",),
    "value": (),
    "use": ("with", "extract"),
    "do": (),
    "command": ("stdin", "timeout", "extract"),
}


def has_meaning(key: str, kind: str) -> bool:
    """Tell whether a key of a step means something in a step of a kind."""
    return key == kind or key in _FOR_EVERY_KIND or key in _OF_KIND[kind]


def misplaced(key: str, header: str | None, *, is_list: bool) -> str | None:
    """Return what to say of a key below a table header that belongs above it; None if it is not one.

    Args:
        key: the key.
        header: the header that it stands below, such as `[[step]]`; None for an inline table.
        is_list: whether the file has steps, so that most keys of a step are not of the whole file.
    """
    if header is None:
        return None
    *around, last = header.strip("[]").split(".")
    in_step = (around or [last])[0] == "step"
    if key in ABOUT or (key in TABLES and key != "step") or (not in_step and _is_of_the_file(key, is_list=is_list)):
        return (
            f'"{key}" belongs to the whole file: in TOML it must stand above the first [table], '
            f"and here it is inside {header}"
        )
    if is_list and not in_step and key in STEP:
        return f'"{key}" belongs to a [[step]], and here it is inside {header}'
    if in_step and header != "[[step]]" and key in STEP:
        return (
            f'"{key}" belongs to the step: in TOML it must stand above the first table within '
            f"[[{'.'.join(around)}]], and here it is inside {header}"
        )
    return None


def _is_of_the_file(key: str, *, is_list: bool) -> bool:
    return key in ("prompt", "examples", "shots") or key in CALL or (not is_list and key in AT_TOP)
