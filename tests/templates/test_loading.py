"""Templates as they are loaded: what they come to, and what is said of what is wrong."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tchat.domain.errors import TemplateError
from tchat.domain.request import Settings
from tchat.paths import shipped_prompts
from tchat.templates.format import Input, Limits, PromptStep, Template, TextStep
from tchat.templates.loading import load_file, load_text
from tchat.templates.vocabulary import EXPECT_KEYS, STEP_KEYS, UNSUPPORTED_KEYS
from tests.templates.documents import dumped

SCHEMA = '{ type = "object", properties = { a = { type = "string" } } }'

FULL = """\
format = 1
title = "All of it"
about = "Uses every key."
technique = "chain"
paper = "arXiv:1"
tags = ["a", "b"]
source = "own, MIT"
output = "{{ two }}"
system = "s"
model = "fast"
effort = "max"
temperature = 1
top_p = 0.9
max_tokens = 10
seed = 0
stop = "END"
shots = 1

[inputs]
q = { type = "text", default = "d", help = "h", stdin = true, required = false }
n = { type = "int", min = 1, max = 3, default = 2 }
c = { type = "choice", choices = ["x", "y"] }
f = "file"

[limits]
max_calls = 3
max_cost = 0.5
max_seconds = 60

[[examples]]
user = "u {{ q }}"
assistant = "a"

[[step]]
name = "one"
prompt = "{{ q }} {{ n }} {{ c }} {{ f }}"
stop = ["A", "B"]
schema = SCHEMA

[[step]]
name = "two"
needs = ["one"]
text = "{{ one }}"

[[test]]
name = "t"
inputs = { q = "x", c = "y" }
replies = { one = ["r", "s"] }
expect = { contains = "r" }
calls = 1
data = "d.jsonl"
map = { q = "question" }
limit = 5
repeat = 2
""".replace("SCHEMA", SCHEMA)


def load(source: str, folder: Path | None = None) -> Template:
    """Return the template in `source`."""
    return load_text(source, file="t.toml", folder=folder)


def complaints(source: str, folder: Path | None = None) -> list[str]:
    """Return what is said of a wrong template, one problem an item."""
    with pytest.raises(TemplateError) as raised:
        load(source, folder)
    return raised.value.message.split("\n")


def only_prompt(template: Template) -> PromptStep:
    """Return the step of a template that is one prompt."""
    (step,) = template.steps
    assert isinstance(step, PromptStep)
    return step


def test_three_lines_make_a_template() -> None:
    """One prompt is one step, and `input` is there without being declared."""
    template = load('title = "T"\nsystem = "S"\nprompt = "Say {{ input }}"')
    assert template.inputs == (Input(name="input", type="text", stdin=True),)
    assert only_prompt(template).name == "answer"


def test_an_input_that_is_not_used_is_not_asked_for() -> None:
    """A template without `{{ input }}` needs nothing."""
    assert load('prompt = "Tell a joke"').inputs == ()


def test_every_key_has_its_place_in_the_template() -> None:
    """What the file says is what the template holds."""
    template = load(FULL)
    assert (template.title, template.technique, template.tags) == ("All of it", "chain", ("a", "b"))
    assert [spec.type for spec in template.inputs] == ["text", "int", "choice", "file"]
    assert template.limits == Limits(max_calls=3, max_cost=0.5, max_seconds=60)
    one, two = template.steps
    assert isinstance(one, PromptStep)
    assert isinstance(two, TextStep)
    assert two.needs == ("one",)
    assert [example.user.source for example in one.examples] == ["u {{ q }}"]
    assert one.call.settings == Settings(
        effort="max",
        temperature=1,
        top_p=0.9,
        max_tokens=10,
        seed=0,
        stop=("A", "B"),
        schema={"type": "object", "properties": {"a": {"type": "string"}}},
    )
    (case,) = template.tests
    assert (case.inputs, case.replies, case.expect) == ({"q": "x", "c": "y"}, {"one": ("r", "s")}, {"contains": "r"})
    assert (case.calls, case.data, case.map, case.limit, case.repeat) == (1, "d.jsonl", {"q": "question"}, 5, 2)


def test_prompts_are_dedented_and_lose_their_last_newline() -> None:
    """A prompt can be indented with its table; indentation within it stays, and so do backslashes."""
    template = load("[[step]]\nname = 'a'\n  prompt = '''\n  one \\n\n    two\n\n  three\n  '''")
    assert only_prompt(template).prompt.source == "one \\n\n  two\n\nthree"
    assert only_prompt(template).prompt.lines[:5] == (4, 5, 6, 7, 8)


def test_a_text_on_one_line_keeps_its_blanks() -> None:
    """Only texts of several lines are dedented."""
    assert only_prompt(load('prompt = "  x "')).prompt.source == "  x "


def test_a_schema_can_stand_in_a_file(tmp_path: Path) -> None:
    """It is read when the template is, from the template's folder."""
    (tmp_path / "s.json").write_text('{"type": "array", "items": {"type": "string"}}', "utf-8")
    template = load('prompt = "x"\nschema = "s.json"', tmp_path)
    assert only_prompt(template).call.settings.schema == {"type": "array", "items": {"type": "string"}}


def test_a_step_can_empty_what_the_top_says() -> None:
    """An empty text or list is a value, not a gap."""
    template = load('system = "S"\nstop = ["X"]\n[[step]]\nname = "a"\nprompt = "p"\nsystem = ""\nstop = []')
    call = only_prompt(template).call
    assert call.system is not None
    assert (call.system.source, call.settings.stop) == ("", ())


BROKEN = {
    "a name with a typo": (
        'prompt = "x {{ quest }}"\n[inputs]\nquestion = "text"',
        ['t.toml:1: "quest" is not an input or an earlier step (did you mean "question"?)'],
    ),
    "the line within a long prompt": (
        "\n\nprompt = '''\n\nfine\n  {{ input }} {{ inptu }}\n'''",
        ['t.toml:6: "inptu" is not an input or an earlier step (did you mean "input"?)'],
    ),
    "the line after a continued line": (
        'prompt = """\\\n   a \\\n   b\n{{ x }}"""',
        ['t.toml:4: "x" is not an input or an earlier step'],
    ),
    "a top-level key below a step": (
        '[[step]]\nname = "a"\nprompt = "x"\n\noutput = "{{ a }}"',
        [
            (
                't.toml:5: "output" belongs to the whole file: in TOML it must stand above the first [table], '
                "and here it is inside [[step]]"
            )
        ],
    ),
    "a prompt below the inputs": (
        '[inputs]\nquestion = "text"\nprompt = "{{ question }}"',
        [
            (
                't.toml:3: "prompt" belongs to the whole file: in TOML it must stand above the first [table], '
                "and here it is inside [inputs]"
            )
        ],
    ),
    "a call key below the examples": (
        'prompt = "x"\n[[examples]]\nuser = "u"\nassistant = "a"\ntemperature = 0',
        [
            (
                't.toml:5: "temperature" belongs to the whole file: in TOML it must stand above the first [table], '
                "and here it is inside [[examples]]"
            )
        ],
    ),
    "a step's key below its examples": (
        '[[step]]\nname = "a"\n[[step.examples]]\nuser = "u"\nassistant = "a"\nprompt = "x"',
        [
            't.toml:1: step "a" needs a "prompt" or a "text"',
            (
                't.toml:6: "prompt" belongs to the step: in TOML it must stand above the first table within [[step]], '
                "and here it is inside [[step.examples]]"
            ),
        ],
    ),
    "a step's key at the top": ('prompt = "x"\nneeds = ["a"]', ['t.toml:2: "needs" belongs to a [[step]]']),
    "an unknown key": ('promt = "x"', ['t.toml:1: "promt" is not a key of a template (did you mean "prompt"?)']),
    "an unknown key of a step": (
        '[[step]]\nname = "a"\nprompt = "x"\nmodl = "fast"',
        ['t.toml:4: "modl" is not a key of [[step]] (did you mean "model"?)'],
    ),
    "nothing to do": (
        'title = "T"',
        ['t.toml:1: there is nothing to do: a template has a "prompt" at its top, or [[step]] tables'],
    ),
    "prompt and steps": (
        'prompt = "x"\n[[step]]\nname = "a"\nprompt = "y"',
        ['t.toml:1: "prompt" at the top and [[step]] exclude each other: move the prompt into a step of its own'],
    ),
    "a later step": (
        '[[step]]\nname = "a"\nprompt = "{{ b }}"\n[[step]]\nname = "b"\nprompt = "x"',
        ['t.toml:3: "b" is not an earlier step: a step uses what stands above it'],
    ),
    "continue with a later step": (
        '[[step]]\nname = "a"\ncontinue = "b"\nprompt = "y"\n[[step]]\nname = "b"\nprompt = "x"',
        ['t.toml:3: "b" is not an earlier step'],
    ),
    "continue with a text": (
        '[[step]]\nname = "a"\ntext = "y"\n[[step]]\nname = "b"\ncontinue = "a"\nprompt = "x"',
        ['t.toml:6: "a" only renders a text: there is no conversation to go on in'],
    ),
    "a text that asks": (
        '[[step]]\nname = "a"\ntext = "y"\nmodel = "fast"',
        ['t.toml:4: "model" has no meaning in a step that only renders a text'],
    ),
    "two kinds": (
        '[[step]]\nname = "a"\ntext = "y"\nprompt = "x"',
        ['t.toml:3: "prompt" and "text" exclude each other: a step asks a model or renders a text'],
    ),
    "a name twice": (
        '[[step]]\nname = "a"\nprompt = "x"\n[[step]]\nname = "a"\nprompt = "x"',
        ['t.toml:5: "a" is already a step'],
    ),
    "a reserved name": (
        'prompt = "x"\n[inputs]\nmodel = "text"\n[[test]]\nname = "t"',
        ['t.toml:3: "model" is a reserved name'],
    ),
    "an unknown input type": (
        'prompt = "x"\n[inputs]\na = "txt"\nb = { type = "integer" }',
        [
            (
                't.toml:3: "a" is "text", "int", "number", "bool", "choice", "list", "file", "image" or "json", '
                'not "txt" (did you mean "text"?)'
            ),
            (
                't.toml:4: "type" is "text", "int", "number", "bool", "choice", "list", "file", "image" or "json", '
                'not "integer" (did you mean "int"?)'
            ),
        ],
    ),
    "wrong types and ranges": (
        'prompt = 5\ntemperature = 3\nmax_tokens = "many"\neffort = "hihg"\ntags = "a"',
        [
            't.toml:1: "prompt" is a text, not the number 5',
            't.toml:2: "temperature" is a number from 0 to 2, not 3',
            't.toml:3: "max_tokens" is a whole number, not the text "many"',
            (
                't.toml:4: "effort" is "none", "minimal", "low", "medium", "high", "xhigh" or "max", '
                'not "hihg" (did you mean "high"?)'
            ),
            't.toml:5: "tags" is a list of texts, not the text "a"',
        ],
    ),
    "defaults that do not fit": (
        (
            'prompt = "x"\n[inputs]\n'
            'a = { type = "int", default = "x" }\n'
            'b = { type = "int", default = 9, max = 5 }\n'
            'c = { type = "choice", choices = ["red", "blue"], default = "rde" }\n'
            'd = { type = "text", min = 3 }\n'
            'e = { type = "choice" }\n'
            'f = { type = "file", default = "../secret" }'
        ),
        [
            't.toml:3: the default of "a" is wrong: "x" is not of type int',
            't.toml:4: the default of "b" is wrong: 9 is more than 5',
            't.toml:5: the default of "c" is wrong: "rde" is not "red" or "blue" (did you mean "red"?)',
            't.toml:6: "min" is for inputs of type int and number, and "d" is text',
            't.toml:7: "e" needs choices, a list of texts',
            't.toml:8: the default of "f" is wrong: "../secret" is not in the template\'s folder',
        ],
    ),
    "two inputs of stdin": (
        'prompt = "x"\n[inputs]\na = { type = "text", stdin = true }\nb = { type = "text", stdin = true }',
        ['t.toml:4: "b" cannot take stdin too: only one input can'],
    ),
    "syntax in a text": (
        "prompt = '''\nfine\n{% if x %}\n'''",
        ["t.toml:3: unexpected end of input, expected end of block"],
    ),
    "an unknown filter": (
        "prompt = '''\n{{ input }}\n{{ input | fenc }}'''",
        ['t.toml:3: "fenc" is not a filter (did you mean "fence"?)'],
    ),
    "an unknown test": ('prompt = "{{ input is weird }}"', ['t.toml:1: "weird" is not a test']),
    "a method": (
        'prompt = "{{ input.upper() }}"',
        ['t.toml:1: "upper" cannot be called: values have no methods, only filters'],
    ),
    "another template": (
        "prompt = '{% include \"x\" %}'",
        ['t.toml:1: "include" does nothing here: a template is one file'],
    ),
    "a field that models do not have": (
        'prompt = "{{ model.nam }}"',
        ['t.toml:1: "model.nam" is not known of a model (did you mean "name"?)'],
    ),
    "a model where none is asked": (
        '[[step]]\nname = "a"\ntext = "{{ model.name }}"',
        ['t.toml:3: "model" is known only in the texts of a step that asks a model'],
    ),
    "names of what is not built": (
        '[[step]]\nname = "a"\nprompt = "x"\n[[step]]\nname = "b"\nprompt = "{{ run.a.text }} {{ examples }}"',
        [
            't.toml:6: "examples" is not supported by this version of tchat',
            't.toml:6: "run" is not supported by this version of tchat',
        ],
    ),
    "a schema in short form": (
        'prompt = "x"\nschema = { score = "int, 0 to 10" }',
        ['t.toml:2: the short form of "schema" is not supported by this version of tchat: write a JSON Schema'],
    ),
    "pictures in tables": (
        'prompt = "x"\nimages = [{ from = "chart" }]',
        ['t.toml:2: "images" with tables is not supported by this version of tchat: name the inputs'],
    ),
    "examples of another kind": (
        'prompt = "x"\n[[examples]]\nuser = "u"\nassistant = "a"\nhint = "h"',
        ['t.toml:5: "hint" is not supported by this version of tchat'],
    ),
    "half an example": (
        'prompt = "x"\n\n[[examples]]\nuser = "u"',
        ['t.toml:3: an example needs "user" and "assistant", and here is no "assistant"'],
    ),
    "examples in the middle of a conversation": (
        (
            '[[step]]\nname = "a"\nprompt = "x"\n[[step]]\nname = "b"\ncontinue = "a"\nprompt = "y"\n'
            '[[step.examples]]\nuser = "u"\nassistant = "a"'
        ),
        ["t.toml:8: examples go before the first prompt of a conversation, and this step continues one"],
    ),
    "tests of what is not there": (
        (
            'prompt = "{{ input }}"\n[[test]]\ninputs = { inpt = "x" }\n'
            'replies = { anser = "y" }\nexpect = { contain = "z" }'
        ),
        [
            't.toml:3: "inpt" is not an input (did you mean "input"?)',
            't.toml:4: "anser" is not a step that asks a model (did you mean "answer"?)',
            't.toml:5: "contain" is not something to expect (did you mean "contains"?)',
        ],
    ),
    "a newer format": (
        'format = 2\nprompt = "x"',
        ["t.toml:1: format 2 is newer than this version of tchat, which reads format 1"],
    ),
    "no TOML": (
        'prompt = "x"\ntitle = \n',
        ["t.toml:2: not valid TOML: Invalid value"],
    ),
    "no TOML at the end": ('prompt = "x"\ntitle = """', ["t.toml:2: not valid TOML: Unterminated string"]),
    "all at once, in the order of the lines": (
        'promt = "a"\nprompt = "{{ x }}"\nsamples = 5\n[limits]\nmax_call = 1\n[inputs]\na = "txt"\n',
        [
            't.toml:1: "promt" is not a key of a template (did you mean "prompt"?)',
            't.toml:3: "samples" is not supported by this version of tchat',
            't.toml:5: "max_call" is not a key of [limits] (did you mean "max_calls"?)',
            (
                't.toml:7: "a" is "text", "int", "number", "bool", "choice", "list", "file", "image" or "json", '
                'not "txt" (did you mean "text"?)'
            ),
        ],
    ),
}


@pytest.mark.parametrize(("source", "expected"), BROKEN.values(), ids=BROKEN)
def test_a_wrong_template_is_told_what_where_and_what_was_meant(source: str, expected: list[str]) -> None:
    """Every problem has its file, its line in the TOML file and the nearest right name."""
    assert complaints(source) == expected


@pytest.mark.parametrize("key", UNSUPPORTED_KEYS)
def test_a_key_that_is_not_built_is_refused_by_name(key: str) -> None:
    """It is never ignored, neither in a step nor at the top."""
    said = f'"{key}" is not supported by this version of tchat'
    assert f"t.toml:4: {said}" in complaints(f'[[step]]\nname = "a"\nprompt = "x"\n{key} = "y"')
    assert f"t.toml:2: {said}" in complaints(f'prompt = "x"\n{key} = "y"')


def test_lines_stay_right_with_windows_line_ends() -> None:
    """CRLF counts as one line end."""
    assert complaints('title = "a"\r\nprompt = """\r\nx\r\n{{ y }}"""\r\n')[0].startswith("t.toml:4: ")


def test_names_from_a_template_cannot_command_a_terminal() -> None:
    """Control characters do not reach the message, and long names are cut."""
    (said,) = complaints('prompt = "x"\n"\\u001b[31m' + "k" * 500 + '" = 1')
    assert "\x1b" not in said
    assert len(said) < 150


@pytest.mark.parametrize("name", ["/etc/hostname", "../s.json", "sub/../../s.json", "missing.json", "", "a\\u0000b"])
def test_a_schema_file_stands_in_the_templates_folder(tmp_path: Path, name: str) -> None:
    """A template from elsewhere cannot have other files read."""
    (tmp_path / "s.json").write_text('{"type": "object"}', "utf-8")
    folder = tmp_path / "prompts"
    (folder / "sub").mkdir(parents=True)
    (said,) = complaints(f'prompt = "x"\nschema = "{name}"', folder)
    assert said.startswith("t.toml:2: ")


def test_a_link_does_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    """It is where a file is that counts, not what it is called."""
    (tmp_path / "s.json").write_text('{"type": "object"}', "utf-8")
    folder = tmp_path / "prompts"
    folder.mkdir()
    (folder / "s.json").symlink_to(tmp_path / "s.json")
    assert complaints('prompt = "x"\nschema = "s.json"', folder) == [
        't.toml:2: "s.json" is not in the template\'s folder'
    ]


@pytest.mark.parametrize(
    "content", ["not json", '{"type": "service_account"}', "[1]", "[" * 5000, '{"answer": "text"}']
)
def test_a_schema_file_holds_a_json_schema(tmp_path: Path, content: str) -> None:
    """Other JSON is not sent anywhere."""
    (tmp_path / "s.json").write_text(content, "utf-8")
    (said,) = complaints('prompt = "x"\nschema = "s.json"', tmp_path)
    assert said.startswith('t.toml:2: "s.json" is not ')


def test_a_file_that_is_not_there_or_not_text_is_a_template_error(tmp_path: Path) -> None:
    """Whatever is wrong with the file is said of the file."""
    with pytest.raises(TemplateError, match="cannot read"):
        load_file(tmp_path / "none.toml")
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(TemplateError, match="not UTF-8 text"):
        load_file(binary)


@pytest.mark.parametrize(
    "source",
    [
        "a = " + "1" * 5000,
        "seed = 0x" + "f" * 5000,
        "a = " + "[" * 3000,
        "[" + ".".join("a" * 2000) + "]",
        "a = 1979-13-45",
        'prompt = "\ud800"',
        "prompt = '{{ " + "(" * 3000 + "'",
        "prompt = '" + "{{ x | " * 500 + "'",
        "[[test]]\ninputs = { a = " + "[" * 150 + "]" * 150 + " }\n",
        "prompt = 'x'\n[inputs]\na = { type = 'int', default = 0x" + "f" * 5000 + " }",
        "prompt = 'x'\ntemperature = nan\ntop_p = 0x" + "f" * 500,
        "step = 1\ninputs = 2\ntest = 3\nlimits = 4\nexamples = 5",
        "step = [1]\ninputs = [2]\ntest = [3]\nexamples = [{}]",
        "step.x = 1\n[inputs.a.b]\n",
    ],
)
def test_hostile_documents_are_template_errors(source: str) -> None:
    """Numbers without end, nesting without end and wrong shapes are told like every other mistake."""
    with pytest.raises(TemplateError):
        load(source)


KEYS = sorted({*STEP_KEYS, *UNSUPPORTED_KEYS, *EXPECT_KEYS, "step", "inputs", "limits", "test", "output", "x", "type"})
TEXTS = st.sampled_from(
    ["", "x", "text", "{{ x }}", "{{ input }}", "{% if", "{{ x | fence }}", "a\nb", "'''", "é"]
) | st.text(max_size=8)
SCALARS = TEXTS | st.integers() | st.floats() | st.booleans() | st.dates()
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=3), inner, max_size=4)
    ),
    max_leaves=12,
)
DOCUMENTS = st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=4), VALUES, max_size=8)


def loads_or_complains(source: str) -> None:
    """Load `source`; a problem must be a TemplateError whose every line names file and line."""
    try:
        load(source)
    except TemplateError as error:
        for line in error.message.split("\n"):
            file, number, _ = line.split(":", 2)
            assert file == "t.toml"
            assert 1 <= int(number) <= source.count("\n") + 1


@settings(max_examples=100, deadline=None)
@given(document=DOCUMENTS)
def test_any_document_is_a_template_or_a_template_error(document: dict[str, object]) -> None:
    """No TOML document, however odd, ends in another exception."""
    loads_or_complains(dumped(document))


SOURCES = [FULL, *(path.read_text("utf-8") for path in sorted(shipped_prompts().glob("*/*.toml")))]
PIECES = [
    "{{",
    "}}",
    "{%",
    "%}",
    '"',
    "'''",
    '"""',
    "[",
    "]",
    "[[step]]\n",
    "=",
    "\n",
    "\\",
    "#",
    "{",
    "}",
    "0",
    "prompt",
    "\x00",
]


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """Return a good template with a few pieces cut out or put in."""
    source = draw(st.sampled_from(SOURCES))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(source)))
        end = draw(st.integers(start, min(start + 40, len(source))))
        source = source[:start] + draw(st.sampled_from(["", *PIECES])) + source[end:]
    return source


@settings(max_examples=100, deadline=None)
@given(source=mutated() | st.text(max_size=60))
@example(source='prompt = "{{ {{ "')
def test_any_mutation_is_a_template_or_a_template_error(source: str) -> None:
    """No slip of the hand in a good template ends in another exception."""
    loads_or_complains(source)


def test_the_full_template_uses_every_supported_key() -> None:
    """What this file calls full is full."""
    document = tomllib.loads(FULL)
    used = {*document, *(key for step in document["step"] for key in step)}
    assert used >= {key for key in STEP_KEYS if key not in ("continue", "images")}
