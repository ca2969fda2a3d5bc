"""Templates that use others: where those are found, what is checked, and what is told of them."""

from collections import Counter
from pathlib import Path

import pytest

from tchat.domain.errors import NotFound, TemplateError
from tchat.templates.format import Expression, Template, Use
from tchat.templates.library import Library
from tchat.templates.loading import load_file
from tests.templates.documents import complaints, load, put

INNER = 'prompt = "{{ word }}"\n[inputs]\nword = "text"\nn = { type = "int", default = 1 }\n'


def use(name: str, given: str = "") -> str:
    """Return a file whose one step uses another template."""
    return f'[[step]]\nname = "a"\nuse = "{name}"\n{given}'


def used(template: Template) -> Template:
    """Return the template that the first step uses."""
    deed = template.steps[0].deed
    assert isinstance(deed, Use)
    return deed.template


def test_what_is_used_is_there_when_the_template_is(tmp_path: Path) -> None:
    """With the values of its inputs, which may be expressions."""
    put(tmp_path, "handlers/inner", INNER)
    template = load(use("handlers/inner", 'for_each = "range(3)"\nwith = { word = "{{ item }}", n = 2 }'), tmp_path)
    deed = template.steps[0].deed
    assert isinstance(deed, Use)
    assert deed.inputs == {"word": Expression("item", (5,)), "n": 2}
    assert deed.template.name == "handlers/inner"
    assert [spec.name for spec in deed.template.inputs] == ["word", "n"]


def test_whoever_loads_says_where_to_look(tmp_path: Path) -> None:
    """The finder is given the name and the folder of the file that uses it."""
    asked: list[tuple[str, Path | None]] = []

    def find(name: str, beside: Path | None) -> Path:
        asked.append((name, beside))
        return put(tmp_path, "elsewhere", 'prompt = "x"')

    load(use("x/y"), tmp_path / "here", find)
    assert asked == [("x/y", tmp_path / "here")]


def test_what_is_used_twice_is_read_once(tmp_path: Path) -> None:
    """By one file or by several."""
    paths = {name: put(tmp_path, name, source) for name, source in {"b": use("c"), "c": 'prompt = "x"'}.items()}
    found: Counter[str] = Counter()

    def find(name: str, _: Path | None) -> Path:
        found[name] += 1
        return paths[name]

    two = use("b") + '[[step]]\nname = "b"\nuse = "c"\n[[step]]\nname = "c"\nuse = "b"'
    template = load(two, tmp_path, find)
    first, second, third = (step.deed for step in template.steps)
    assert isinstance(first, Use)
    assert isinstance(second, Use)
    assert isinstance(third, Use)
    assert first.template is third.template
    assert used(first.template) is second.template
    assert found == {"b": 2, "c": 2}


def test_inputs_of_what_is_used_are_checked(tmp_path: Path) -> None:
    """Names with a typo, values that do not fit, and what is missing, each on its line."""
    put(tmp_path, "inner", INNER)
    assert complaints(use("inner", 'with = { wrod = "x", n = "many" }'), tmp_path) == [
        't.toml:3: "inner" needs "word": give it in "with"',
        't.toml:4: "n" is wrong: "many" is not of type int',
        't.toml:4: "wrod" is not an input of "inner" (did you mean "word"?)',
    ]
    assert complaints(use("inner", '[step.with]\nword = "x"\nwhen = "word"'), tmp_path)[0].startswith(
        't.toml:6: "when" belongs to the step: '
    )


def test_mistakes_of_what_is_used_are_told_with_its_name(tmp_path: Path) -> None:
    """Behind those of the file itself, each once."""
    path = put(tmp_path, "inner", 'promt = "x"')
    twice = use("inner") + '[[step]]\nname = "b"\nuse = "inner"\n'
    assert complaints(twice, tmp_path) == [
        't.toml:3: "inner" has mistakes of its own',
        't.toml:6: "inner" has mistakes of its own',
        f'{path}:1: "promt" is not a key of a template (did you mean "prompt"?)',
    ]


@pytest.mark.parametrize("name", ["/etc/passwd", "../x", "./x", "", "a//b", "x/", "~/x", "a\\\\b", "x.toml"])
def test_a_template_is_used_by_its_name(tmp_path: Path, name: str) -> None:
    """A template from elsewhere cannot reach files by their paths."""
    put(tmp_path, "x", INNER)
    (said,) = complaints(use(name), tmp_path / "prompts")
    assert said.startswith('t.toml:3: "use" is the name of a template, such as "handlers/last-letter", not ')


def test_what_is_not_there_is_told_with_the_nearest_name(tmp_path: Path) -> None:
    """In the words of whoever looks for it."""
    put(tmp_path, "basics/translate", INNER)
    template = put(tmp_path, "mine", use("basics/tranlsate"))
    with pytest.raises(TemplateError, match=r"mine.toml:3: no template 'basics/tranlsate' \(did you mean"):
        Library((tmp_path,)).load(str(template))
    assert complaints(use("x" * 300), tmp_path)[0].startswith("t.toml:3: there is no template ")
    with pytest.raises(NotFound):
        Library((tmp_path,)).find("x" * 300)


def test_a_template_cannot_reach_itself(tmp_path: Path) -> None:
    """Not in one step, and not over others; the message says the way, in the file that is read."""
    a = put(tmp_path, "a", use("b"))
    b = put(tmp_path, "b", use("c"))
    put(tmp_path, "c", use("b"))
    with pytest.raises(TemplateError) as raised:
        load_file(b)
    assert raised.value.message == f"{b}:3: a template cannot reach itself: b → c → b"
    with pytest.raises(TemplateError) as raised:
        load_file(a)
    assert raised.value.message.split("\n") == [
        f'{a}:3: "b" has mistakes of its own',
        f"{b}:3: a template cannot reach itself: b → c → b",
    ]
    itself = put(tmp_path, "itself", use("itself"))
    with pytest.raises(TemplateError) as raised:
        load_file(itself)
    assert raised.value.message == f"{itself}:3: a template cannot reach itself: itself → itself"


def test_a_link_to_itself_is_itself(tmp_path: Path) -> None:
    """It is where a file is that counts, not what it is called."""
    path = put(tmp_path, "a", use("b"))
    (tmp_path / "b.toml").symlink_to(path)
    with pytest.raises(TemplateError, match="a template cannot reach itself"):
        load_file(path)


def test_templates_do_not_use_each_other_without_end(tmp_path: Path) -> None:
    """A long chain is a mistake, and no crash."""
    for number in range(50):
        put(tmp_path, f"t{number}", use(f"t{number + 1}"))
    put(tmp_path, "t50", 'prompt = "x"')
    with pytest.raises(TemplateError, match="templates may use each other 10 deep"):
        load_file(tmp_path / "t0.toml")
    assert used(load_file(tmp_path / "t45.toml")).name == "t46"


def test_commands_of_what_is_used_are_known(tmp_path: Path) -> None:
    """So that whoever runs it can be asked."""
    put(tmp_path, "inner", '[[step]]\nname = "a"\ncommand = ["true"]')
    assert load(use("inner"), tmp_path).runs_commands


def test_replies_may_be_of_steps_within_what_is_used(tmp_path: Path) -> None:
    """Of the step, of a step in its template, of that step's judge."""
    put(tmp_path, "b", use("c"))
    put(tmp_path, "c", 'prompt = "x"\nsamples = 2\nvote = "judge"\n[judge]\nprompt = "y"')
    test = '[[test]]\nreplies = { a = "1", "a.a" = "2", "a.a.answer" = "3", "a.a.answer.judge" = "4", "a.b" = "5" }'
    assert complaints(use("b", test), tmp_path) == [
        't.toml:5: "a.b" is not a step that asks a model or runs a program (did you mean "a.a"?)'
    ]
    assert len(complaints(use("none", test), tmp_path)) == 1
