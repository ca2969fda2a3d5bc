"""Templates as they are loaded: what they come to, and where files stand that they name."""

import hashlib
from pathlib import Path

import pytest

from tchat.domain.errors import TemplateError
from tchat.domain.request import Settings
from tchat.templates.format import (
    After,
    Answer,
    Expression,
    Input,
    Limits,
    Mapped,
    Matched,
    Named,
    Picture,
    Prompt,
    Tagged,
    Template,
    Text,
    Use,
)
from tchat.templates.loading import load_file
from tests.templates.documents import complaints, load, only_prompt
from tests.templates.full import FULL, line


def test_three_lines_make_a_template() -> None:
    """One prompt is one step, and `input` is there without being declared."""
    template = load('title = "T"\nsystem = "S"\nprompt = "Say {{ input }}"')
    assert template.inputs == (Input(name="input", type="text", stdin=True),)
    assert template.steps[0].name == "answer"


def test_an_input_that_is_not_used_is_not_asked_for() -> None:
    """A template without `{{ input }}` needs nothing, and neither does one where a step or an item is called so."""
    assert load('prompt = "Tell a joke"').inputs == ()
    assert load('[[step]]\nname = "input"\nprompt = "x"\n[[step]]\nname = "b"\ntext = "{{ input }}"').inputs == ()
    assert load('prompt = "{{ input }}"\nfor_each = "range(3)"\nas = "input"').inputs == ()
    assert load('prompt = "x"\nfor_each = "input | lines"').inputs[0].name == "input"


def test_one_prompt_takes_the_keys_of_a_step() -> None:
    """What can be said of a step can be said at the top of a file that is one prompt."""
    template = load(
        'prompt = "{{ item }}"\nextract = "number"\ncheck = { min_words = 1 }\nretries = 0\nif_missing = "null"\n'
        'for_each = "input | lines"\nlimit = 3\nsamples = 5\nvote = "judge"\nrepeat = 2\nuntil = "answer"\n'
        'when = "input"\n[judge]\nprompt = "{{ candidates }}"'
    )
    (step,) = template.steps
    assert step.answer.extract == (Named("number"),)
    assert step.sampling is not None
    assert step.sampling.judge is not None
    assert step.each is not None
    assert step.loop is not None
    assert step.when == Expression("input", (12,))


@pytest.fixture
def full(tmp_path: Path) -> Template:
    """A template that uses every key."""
    (tmp_path / "inner.toml").write_text('prompt = "{{ word }}"\n[inputs]\nword = "text"', "utf-8")
    return load(FULL, tmp_path)


def test_the_top_of_the_file_has_its_place(full: Template) -> None:
    """What the file says of itself is what the template holds."""
    assert (full.title, full.about, full.technique, full.paper) == ("All of it", "Uses every key.", "chain", "arXiv:1")
    assert (full.tags, full.source) == (("a", "b"), "own, MIT")
    assert [spec.type for spec in full.inputs] == ["text", "int", "choice", "file", "image", "list"]
    assert full.limits == Limits(max_calls=3, max_cost=0.5, max_seconds=60)
    assert full.output is not None
    assert full.output.source == "{{ looped }}"


def test_a_call_has_the_defaults_of_the_top(full: Template) -> None:
    """What a step does not say is as the top says; what it says counts."""
    one = full.steps[0].deed
    assert isinstance(one, Prompt)
    assert one.call.settings == Settings(
        effort="max",
        temperature=1,
        top_p=0.9,
        max_tokens=10,
        detail="low",
        seed=0,
        stop=("A", "B"),
        schema={
            "type": "object",
            "properties": {"a": {"type": "string"}},
            "required": ["a"],
            "additionalProperties": False,
        },
    )
    assert one.call.images == (Picture(source="i"), Picture(source="i", grid=(4, 3), max_side=64))
    assert [example.fields["user"].source for example in one.examples] == ["u {{ q }}"]
    assert one.shots == 1


def test_what_becomes_of_a_reply_has_its_place(full: Template) -> None:
    """Every stage of extract, every word of check."""
    answer = next(step.answer for step in full.steps if step.name == "many")
    assert answer.extract == (
        After("Answer:"),
        Tagged("x"),
        Matched(regex=r"(\d+)(?P<u>\w)", which="first", group="u"),
        Mapped({"sure": 20, "likely": 0.5}),
        Named("number"),
    )
    assert answer.check["number"] == 3
    assert answer.check["max_words"] == Expression("n", (line("check.max_words"),))
    assert answer.check["expr"] == Expression("value > 1", (line("check.expr"),))
    at = (line("check.command"),)
    assert answer.check["command"] == [Text("true", at), Text("{{ q }}", at)]
    assert answer.line == line("extract = [")
    assert (answer.retries, answer.if_missing) == (2, "null")


def test_when_and_how_often_has_its_place(full: Template) -> None:
    """Items, samples, rounds and conditions."""
    many = next(step for step in full.steps if step.name == "many")
    assert many.each is not None
    assert (many.each.items.source, many.each.name, many.each.serial) == ("xs", "x", True)
    assert (many.each.limit, many.expect_items, many.expect_tokens) == (9, 4, 50)
    assert many.sampling is not None
    assert many.sampling.judge is not None
    assert isinstance(many.sampling.count, Expression)
    assert many.sampling.judge.extract == (Named("first_number"),)
    assert many.sampling.judge.call.settings == Settings(
        effort="low", temperature=1, top_p=0.9, max_tokens=10, detail="low", seed=0
    )
    looped = next(step for step in full.steps if step.name == "looped")
    assert looped.loop is not None
    assert looped.loop.until == Expression("inner > 3", (line("until"),))
    at = (line("start"),)
    assert looped.loop.start == {"inner": {"a": [1, Text("x {{ q }}", at), Expression("n", at)]}}
    assert looped.needs == ("one",)


def test_a_test_has_its_place(full: Template) -> None:
    """Inputs, replies, what is expected, and data."""
    (case,) = full.tests
    assert case.inputs == {"q": "x", "c": "y", "f": "text of a file", "i": "p.png", "xs": [1]}
    assert case.replies == {"one": ("r", "s"), "many.judge": ("1",), "used.answer": ("z",)}
    assert case.expect == {"contains": [Text("r", (case.line + 4,))]}
    assert (case.calls, case.data, case.map, case.limit, case.repeat) == (1, "../d.jsonl", {"q": "question"}, 5, 2)


def test_an_answer_knows_its_line() -> None:
    """It is that of the first of its keys, or of the step."""
    assert load('\nprompt = "x"\ncheck = { min_words = 1 }').steps[0].answer.line == 3
    assert load('[[step]]\nname = "a"\n\nprompt = "x"').steps[0].answer == Answer(line=1)


def test_prompts_are_dedented_and_lose_their_last_newline() -> None:
    """A prompt can be indented with its table; indentation within it stays, and so do backslashes."""
    template = load("[[step]]\nname = 'a'\n  prompt = '''\n  one \\n\n    two\n\n  three\n  '''")
    assert only_prompt(template).prompt.source == "one \\n\n  two\n\nthree"
    assert only_prompt(template).prompt.lines[:5] == (4, 5, 6, 7, 8)


def test_a_text_on_one_line_keeps_its_blanks() -> None:
    """Only texts of several lines are dedented."""
    assert only_prompt(load('prompt = "  x "')).prompt.source == "  x "


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('"{{ q }}"', Expression("q", (2,))),
        ("\"{{ {'a': {'b': q}} }}\"", Expression("{'a': {'b': q}}", (2,))),
        ("'''\n{{\n  q |\n  fence }}\n'''", Expression("q |\n  fence", (4, 5))),
        ("'{{- q -}}'", Expression("q", (2,))),
        ("\"{{ '}}' }}\"", Expression("'}}'", (2,))),
        ('" {{ q }}"', Text(" {{ q }}", (2,))),
        ('"{{ q }}{{ q }}"', Text("{{ q }}{{ q }}", (2,))),
        ('"q"', Text("q", (2,))),
        ("5", 5),
        ("[true, '{{ q }}']", [True, Expression("q", (2,))]),
    ],
)
def test_a_string_that_is_one_expression_keeps_the_kind_of_its_value(source: str, expected: object) -> None:
    """Every other string is a text, and what is no string is as it is."""
    (step,) = load(
        f'prompt = "{{{{ answer }}}}{{{{ q }}}}"\nstart.answer = {source}\nrepeat = 2\n[inputs]\nq = "text"'
    ).steps
    assert step.loop is not None
    assert step.loop.start == {"answer": expected}


def test_a_step_can_empty_what_the_top_says() -> None:
    """An empty text or list is a value, not a gap."""
    template = load('system = "S"\nstop = ["X"]\n[[step]]\nname = "a"\nprompt = "p"\nsystem = ""\nstop = []')
    call = only_prompt(template).call
    assert call.system is not None
    assert (call.system.source, call.settings.stop) == ("", ())


def test_a_step_that_extracts_has_no_schema_of_the_top() -> None:
    """How its reply is read is said by the step itself."""
    template = load('schema = { a = "text" }\n[[step]]\nname = "a"\nprompt = "p"\nextract = "number"')
    assert only_prompt(template).call.settings.schema is None


def test_a_prompt_that_shows_examples_has_them_for_itself() -> None:
    """They may have any keys, and are not sent as turns."""
    source = 'prompt = "{% for e in examples %}{{ e.hint }}{% endfor %}"\n[[examples]]\nhint = "h"'
    prompt = only_prompt(load(source))
    assert prompt.shows_examples
    assert prompt.examples[0].fields == {"hint": Text("h", (3,))}


# --- files


def test_the_digest_is_of_the_file_as_it_is(tmp_path: Path) -> None:
    """Of its bytes, and of the templates that it uses: it changes with each of them."""
    inner, outer = tmp_path / "inner.toml", tmp_path / "outer.toml"
    inner.write_bytes(b'\xef\xbb\xbfprompt = "x"\r\n')
    assert load_file(inner).digest == hashlib.sha256(inner.read_bytes()).hexdigest()
    outer.write_text('[[step]]\nname = "a"\nuse = "inner"\n', "utf-8")
    before = load_file(outer)
    inner.write_text('prompt = "y"', "utf-8")
    after = load_file(outer)
    assert before.digest != after.digest
    assert isinstance(after.steps[0].deed, Use)
    assert after.steps[0].deed.template.digest == load_file(inner).digest
    assert load('prompt = "x"').digest == hashlib.sha256(b'prompt = "x"').hexdigest()


def test_a_schema_can_stand_in_a_file(tmp_path: Path) -> None:
    """It is read when the template is, from the template's folder."""
    (tmp_path / "s.json").write_text('{"type": "array", "items": {"type": "string"}}', "utf-8")
    template = load('prompt = "x"\nschema = "s.json"', tmp_path)
    assert only_prompt(template).call.settings.schema == {"type": "array", "items": {"type": "string"}}


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


def test_lines_stay_right_with_windows_line_ends() -> None:
    """CRLF counts as one line end."""
    assert complaints('title = "a"\r\nprompt = """\r\nx\r\n{{ y }}"""\r\n')[0].startswith("t.toml:4: ")
