"""Any document is a template or a TemplateError: nothing that a file can hold ends in another exception."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tchat.domain.errors import TemplateError
from tchat.paths import shipped_prompts
from tchat.templates import vocabulary
from tests.templates.documents import dumped, load, put
from tests.templates.editing import groups, marked
from tests.templates.full import FULL

EXAMPLES = Path(__file__).parents[3] / "shared" / "design" / "examples"
SOURCES = [
    FULL,
    *(
        path.read_text("utf-8")
        for folder in (shipped_prompts(), EXAMPLES)
        if folder.is_dir()
        for path in sorted(folder.rglob("*.toml"))
    ),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the templates that the others use."""
    folder = tmp_path_factory.mktemp("beside")
    put(folder, "inner", 'prompt = "{{ word }}"\n[inputs]\nword = "text"')
    for path in (*shipped_prompts().glob("*/handlers/*.toml"), *EXAMPLES.glob("handlers/*.toml")):
        put(folder, f"handlers/{path.stem}", path.read_text("utf-8"))
    return folder


def loads_or_complains(source: str, folder: Path | None = None) -> bool:
    """Tell whether `source` loads; a problem must be a TemplateError whose every line names file and line."""
    try:
        template = load(source, folder)
    except TemplateError as error:
        for line in error.message.split("\n"):
            file, number, _ = line.split(":", 2)
            assert file == "t.toml"
            assert 1 <= int(number) <= source.count("\n") + 1
        return False
    assert template.steps
    return True


@pytest.mark.parametrize(
    "source",
    [
        "a = " + "1" * 5000,
        "seed = 0x" + "f" * 5000,
        "a = " + "[" * 3000,
        "[" + ".".join("a" * 2000) + "]",
        "[[step" + ".do" * 500 + "]]\nname = 'x'",
        "a = 1979-13-45",
        'prompt = "\ud800"',
        "prompt = '{{ " + "(" * 3000 + "'",
        "prompt = '" + "{{ x | " * 500 + "'",
        "prompt = 'x'\nwhen = '" + "(" * 3000 + "'",
        "prompt = 'x'\nschema = " + "{ a = " * 60 + "5" + "}" * 60,
        "prompt = 'x'\ncheck = { matches = '" + "(" * 3000 + "' }",
        "prompt = 'x'\ncheck = { matches = 'a{99999999999}' }",
        "[[test]]\ninputs = { a = " + "[" * 150 + "]" * 150 + " }\n",
        "prompt = 'x'\n[inputs]\na = { type = 'int', default = 0x" + "f" * 5000 + " }",
        "prompt = 'x'\ntemperature = nan\ntop_p = 0x" + "f" * 500,
        "step = 1\ninputs = 2\ntest = 3\nlimits = 4\nexamples = 5",
        "step = [1]\ninputs = [2]\ntest = [3]\nexamples = [{}]",
        "step = []",
        "step.x = 1\n[inputs.a.b]\n",
    ],
)
def test_hostile_documents_are_template_errors(source: str) -> None:
    """Numbers without end, nesting without end and wrong shapes are told like every other mistake."""
    assert not loads_or_complains(source)


def test_names_from_a_template_cannot_command_a_terminal() -> None:
    """Control characters do not reach the message, and long names are cut."""
    with pytest.raises(TemplateError) as raised:
        load('prompt = "x"\n"\\u001b[31m' + "k" * 500 + '" = 1')
    assert "\x1b" not in raised.value.message
    assert len(raised.value.message) < 150


# --- random documents

KEYS = sorted({key for group in groups() for key in group})
TEXTS = st.sampled_from(
    [
        *(
            "",
            "x",
            "text",
            "a",
            "{{ x }}",
            "{{ input }}",
            "{% if",
            "{{ x | fence }}",
            "{{ run.a.text }}",
            "a\nb",
            "'''",
        ),
        *("é", "number", "majority", "judge", "all", "int, 0 to 3", "(", "a +", "range(3)", "item", "4x3", "null"),
    ]
) | st.text(max_size=8)
SCALARS = TEXTS | st.integers() | st.floats() | st.booleans() | st.dates()
NAMES = st.sampled_from(KEYS) | st.text(max_size=3)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
PARTS = {
    "do": st.lists(st.dictionaries(st.sampled_from([*vocabulary.STEP]), VALUES, max_size=4), max_size=2),
    "judge": st.dictionaries(st.sampled_from([*vocabulary.JUDGE]), VALUES, max_size=3),
    "check": st.dictionaries(st.sampled_from([*vocabulary.EXPECT]), VALUES, max_size=4),
    "start": st.dictionaries(st.sampled_from("abc"), VALUES, max_size=2),
    "samples": st.integers(0, 3) | TEXTS,
    "repeat": st.integers(0, 3) | TEXTS,
    **dict.fromkeys(("prompt", "text", "value", "for_each", "when", "until", "as"), TEXTS),
}


@st.composite
def steps(draw: st.DrawFn) -> dict[str, object]:
    """Return a table with keys of a step."""
    keys = draw(st.lists(st.sampled_from([*vocabulary.STEP]), max_size=6, unique=True))
    kind = draw(st.sampled_from([*vocabulary.KINDS]))
    table: dict[str, object] = {key: draw(PARTS.get(key, VALUES)) for key in (kind, *keys)}
    return table | {"name": draw(st.sampled_from("abc"))}


DOCUMENT = st.dictionaries(NAMES, VALUES, max_size=8) | st.fixed_dictionaries(
    {"step": st.lists(steps(), max_size=3)}, optional=dict.fromkeys(("inputs", "limits", "test", "output"), VALUES)
)


@settings(max_examples=150, deadline=None)
@given(document=DOCUMENT)
def test_any_document_is_a_template_or_a_template_error(document: dict[str, object]) -> None:
    """No TOML document, however odd, ends in another exception; what loads, an editor does not mark."""
    if loads_or_complains(dumped(document)):
        assert marked(tomllib.loads(dumped(document))) == []


# --- slips of the hand

PIECES = [
    *("{{", "}}", "{%", "%}", '"', "'''", '"""', "[", "]", "[[step]]\n", "[[step.do]]\n", "[step.judge]\n", "=", "\n"),
    *("\\", "#", "{", "}", "0", "prompt", "\x00"),
]


@st.composite
def cut(draw: st.DrawFn) -> str:
    """Return a good template with a few pieces cut out or put in."""
    source = draw(st.sampled_from(SOURCES))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(source)))
        end = draw(st.integers(start, min(start + 40, len(source))))
        source = source[:start] + draw(st.sampled_from(["", *PIECES])) + source[end:]
    return source


@st.composite
def shuffled(draw: st.DrawFn) -> str:
    """Return a good template with a few lines moved."""
    lines = draw(st.sampled_from(SOURCES)).split("\n")
    for _ in range(draw(st.integers(1, 3))):
        line = lines.pop(draw(st.integers(0, len(lines) - 1)))
        lines.insert(draw(st.integers(0, len(lines))), line)
    return "\n".join(lines)


@settings(max_examples=150, deadline=None)
@given(source=cut() | shuffled() | st.text(max_size=60))
@example(source='prompt = "{{ {{ "')
def test_any_slip_of_the_hand_is_a_template_or_a_template_error(folder: Path, source: str) -> None:
    """Pieces put in, cut out and lines moved."""
    loads_or_complains(source, folder)


def tables_in(value: object) -> Iterator[dict[str, Any]]:
    """Yield every table of a document."""
    if isinstance(value, dict):
        table = cast("dict[str, Any]", value)
        yield table
        for inner in table.values():
            yield from tables_in(inner)
    elif isinstance(value, list):
        for inner in cast("list[object]", value):
            yield from tables_in(inner)


@st.composite
def changed(draw: st.DrawFn) -> dict[str, Any]:
    """Return a good document with a few keys dropped, renamed, moved or given another value."""
    document = tomllib.loads(draw(st.sampled_from(SOURCES)))
    for _ in range(draw(st.integers(1, 3))):
        tables = [table for table in tables_in(document) if table]
        table = draw(st.sampled_from(tables)) if tables else document
        if not table:
            continue
        key = draw(st.sampled_from(sorted(table)))
        value = table.pop(key)
        match draw(st.sampled_from(["drop", "rename", "retype", "move"])):
            case "rename":
                table[draw(NAMES)] = value
            case "retype":
                table[key] = draw(VALUES)
            case "move":
                draw(st.sampled_from([*tables_in(document)]))[key] = value
            case _:
                pass
    return document


@settings(max_examples=200, deadline=None)
@given(document=changed())
def test_any_changed_template_is_a_template_or_a_template_error(folder: Path, document: dict[str, Any]) -> None:
    """Keys dropped, renamed, moved and given other values; what still loads, an editor does not mark."""
    source = dumped(document, multiline=True)
    if loads_or_complains(source, folder):
        assert marked(document) == []
