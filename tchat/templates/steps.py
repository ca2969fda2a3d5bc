"""Reads the steps of a template: what each asks or renders, and how."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, cast

import msgspec
from msgspec import Struct

from tchat.domain.effort import EFFORTS
from tchat.domain.errors import UsageError
from tchat.domain.request import Settings
from tchat.templates.declarations import name_problem
from tchat.templates.files import find_beside, read_text
from tchat.templates.format import ONLY_STEP, Call, Example, Input, PromptStep, Step, Text, TextStep
from tchat.templates.naming import did_you_mean, quoted
from tchat.templates.reading import Table
from tchat.templates.values import is_plain
from tchat.templates.vocabulary import CALL_KEYS, KIND_KEYS, UNSUPPORTED_KEYS, misplaced

_SCHEMA_TYPES = ("object", "array", "string", "number", "integer", "boolean", "null")
_SCHEMA_SHAPES = {"$ref": str, "anyOf": list, "oneOf": list, "allOf": list, "enum": list}

_SUPPORTED = "supported by this version of tchat"


class Defaults(Struct, frozen=True, kw_only=True):
    """What the top of the file says for every step."""

    call: Call
    examples: tuple[Example, ...]
    inputs: Sequence[Input]
    folder: Path | None


def read_steps(top: Table, inputs: Sequence[Input], folder: Path | None) -> tuple[Step, ...]:
    """Read the one prompt or the list of steps, with the defaults at the top applied to each."""
    defaults = Defaults(
        call=_read_call(top, Call(), inputs, folder), examples=_read_examples(top), inputs=inputs, folder=folder
    )
    prompt = top.text("prompt")
    tables = top.tables("step") if "step" in top.values else []
    if prompt is not None and tables:
        top.note(
            "prompt", '"prompt" at the top and [[step]] exclude each other: move the prompt into a step of its own'
        )
    if tables:
        return _read_list(tables, defaults)
    if prompt is None:
        return ()
    return (PromptStep(name=ONLY_STEP, prompt=prompt, call=defaults.call, examples=defaults.examples),)


def _read_list(tables: list[Table], defaults: Defaults) -> tuple[Step, ...]:
    steps: list[Step] = []
    taken: dict[str, str] = {spec.name: "an input" for spec in defaults.inputs}
    for table in tables:
        name = table.string("name")
        problem = name_problem(name) if name else "a step needs a name"
        if name in taken:
            problem = f"{quoted(name)} is already {taken[name]}"
        if problem:
            table.note("name", problem)
        name = name or ""
        steps.append(_read_step(table, name, steps, defaults))
        taken.setdefault(name, "a step")
    return tuple(steps)


def _read_step(table: Table, name: str, earlier: list[Step], defaults: Defaults) -> Step:
    needs = table.strings("needs", or_one=True)
    for need in needs:
        _check_earlier(table, "needs", need, [step.name for step in earlier])
    if "text" in table.values and "prompt" not in table.values:
        text = table.text("text")
        for key in (*CALL_KEYS, "continue", "examples", "shots"):
            if table.take(key) is not None:
                table.note(key, f"{quoted(key)} has no meaning in a step that only renders a text")
        step: Step = TextStep(name=name, text=text or _empty_text(table), needs=needs)
    else:
        step = _read_prompt_step(table, name, earlier, defaults)
        step = msgspec.structs.replace(step, needs=needs)
    table.close("a step", UNSUPPORTED_KEYS)
    return step


def _read_prompt_step(table: Table, name: str, earlier: list[Step], defaults: Defaults) -> PromptStep:
    prompt = table.text("prompt")
    if "prompt" not in table.values and not any(kind in table.values for kind in KIND_KEYS):
        table.findings.add(table.line, f'step {quoted(name)} needs a "prompt" or a "text"')
    if prompt is not None and table.take("text") is not None:
        table.note("text", '"prompt" and "text" exclude each other: a step asks a model or renders a text')
    continued = _continued(table, earlier)
    own = _read_examples(table)
    if "continue" in table.values and own:
        table.note("examples", "examples go before the first prompt of a conversation, and this step continues one")
    base = _base_call(defaults.call, continued, continues="continue" in table.values)
    return PromptStep(
        name=name,
        prompt=prompt or _empty_text(table),
        call=_read_call(table, base, defaults.inputs, defaults.folder),
        examples=() if "continue" in table.values else own or defaults.examples,
        continues=continued.name if continued else None,
    )


def _continued(table: Table, earlier: list[Step]) -> PromptStep | None:
    name = table.string("continue")
    if name is None:
        return None
    found = next((step for step in earlier if step.name == name), None)
    if isinstance(found, TextStep):
        table.note("continue", f"{quoted(name)} only renders a text: there is no conversation to go on in")
        return None
    if found is None:
        _check_earlier(table, "continue", name, [step.name for step in earlier if isinstance(step, PromptStep)])
    return found


def _base_call(top: Call, continued: PromptStep | None, *, continues: bool) -> Call:
    """Return what a step starts from: a conversation keeps its system prompt and has its pictures already."""
    if not continues:
        return top
    system = continued.call.system if continued else top.system
    return msgspec.structs.replace(top, system=system, images=())


def _check_earlier(table: Table, key: str, name: str, earlier: Sequence[str]) -> None:
    if name not in earlier:
        table.note(key, f"{quoted(name)} is not an earlier step{did_you_mean(name, earlier)}")


def _empty_text(table: Table) -> Text:
    return Text("", (table.line,))


def _read_call(table: Table, base: Call, inputs: Sequence[Input], folder: Path | None) -> Call:
    below = base.settings
    stop = table.strings("stop", or_one=True) if "stop" in table.values else None
    settings = Settings(
        effort=table.word("effort", EFFORTS) or below.effort,
        temperature=_first(table.number("temperature", 0, 2), below.temperature),
        top_p=_first(table.number("top_p", 0, 1), below.top_p),
        max_tokens=table.integer("max_tokens", 1) or below.max_tokens,
        seed=_first(table.integer("seed"), below.seed),
        stop=below.stop if stop is None else stop,
        schema=_read_schema(table, folder) or below.schema,
    )
    return Call(
        system=table.text("system") or base.system,
        model=table.text("model") or base.model,
        settings=settings,
        images=_read_images(table, inputs) if "images" in table.values else base.images,
    )


def _first(value: Any, otherwise: Any) -> Any:  # noqa: ANN401  # one setting's type
    return otherwise if value is None else value


def _read_images(table: Table, inputs: Sequence[Input]) -> tuple[str, ...]:
    value = table.values["images"]
    if isinstance(value, list) and any(isinstance(item, dict) for item in cast("list[object]", value)):
        table.take("images")
        table.note("images", f'"images" with tables is not {_SUPPORTED}: name the inputs')
        return ()
    images = table.strings("images")
    known = [spec.name for spec in inputs if spec.type == "image"]
    for name in images:
        if name not in known:
            table.note("images", f"{quoted(name)} is not an input of type image{did_you_mean(name, known)}")
    return images


def _read_examples(table: Table) -> tuple[Example, ...]:
    shots = table.integer("shots", 0)
    if "examples" not in table.values:
        if shots is not None:
            table.note("shots", '"shots" cuts a list of examples, and there is none here')
        return ()
    examples = tuple(_read_example(inner) for inner in table.tables("examples"))
    return examples if shots is None else examples[:shots]


def _read_example(table: Table) -> Example:
    texts: dict[Literal["user", "assistant"], Text] = {}
    for key in ("user", "assistant"):
        text = table.text(key)
        if text is None and key not in table.values:
            table.findings.add(table.line, f'an example needs "user" and "assistant", and here is no {quoted(key)}')
        texts[key] = text or _empty_text(table)
    table.close("an example", [key for key in table.left() if not misplaced(key, table.header)])
    return Example(user=texts["user"], assistant=texts["assistant"])


def _read_schema(table: Table, folder: Path | None) -> dict[str, Any] | None:
    value = table.take("schema")
    try:
        return None if value is None else _schema(value, folder)
    except UsageError as error:
        table.note("schema", error.message)
        return None


def _schema(value: object, folder: Path | None) -> dict[str, Any]:
    if not isinstance(value, str):
        if not is_json_schema(value):
            raise UsageError(f'the short form of "schema" is not {_SUPPORTED}: write a JSON Schema')
        return cast("dict[str, Any]", value)
    try:
        content = msgspec.json.decode(read_text(find_beside(folder, value)))
    except (msgspec.DecodeError, RecursionError) as error:
        raise UsageError(f"{quoted(value)} is not JSON") from error
    if not is_json_schema(content):
        raise UsageError(f"{quoted(value)} is not a JSON Schema")
    return cast("dict[str, Any]", content)


def is_json_schema(value: object) -> bool:
    """Tell a JSON Schema from the short form, in which every key is a field and every value its type in words."""
    if not isinstance(value, dict) or not is_plain(cast("object", value)):
        return False
    table = cast("dict[str, object]", value)
    types = table.get("type")
    named = cast("list[object]", types) if isinstance(types, list) else [types]
    if types is not None:
        return all(name in _SCHEMA_TYPES for name in named)
    return any(isinstance(table.get(key), shape) for key, shape in _SCHEMA_SHAPES.items())
