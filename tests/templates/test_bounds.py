"""What a text can make: within bounds of memory, and no different for being measured."""

import json
import subprocess
import sys

import minijinja
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tchat.domain.errors import TemplateError
from tchat.templates.bounding import Meter
from tchat.templates.format import Expression, Text, Value
from tchat.templates.rendering import Renderer, measured, new_environment, plain
from tests.templates.scripted import load

_START = "{% set ns = namespace(x=xs) %}{% for i in range(90000) %}"
_END = "{% endfor %}{{ ns.x | length }}"
BOMBS = [
    "{{ 'x' * 10 ** 8 }}",
    "{{ [1] * 10 ** 12 }}",
    "{{ text * 100000 * 100000 }}",
    f"{_START}{{% set ns.x = ns.x ~ ns.x %}}{_END}",
    f"{_START}{{% set ns.x = ns.x + ns.x %}}{_END}",
    f"{_START}{{% set ns.x = (ns.x ~ '') + (text ~ ns.x) %}}{_END}",
    f"{_START}{{% set ns.x = [ns.x, ns.x] %}}{_END}",
    f"{_START}{{% set ns.x = (ns.x, ns.x) %}}{_END}",
    f"{_START}{{% set ns.x = ns.x, ns.x %}}{_END}",
    f"{_START}{{% set ns.x = {{'a': ns.x, 'b': ns.x}} %}}{_END}",
    f"{_START}{{% set ns.x = dict(a=ns.x, b=ns.x) %}}{_END}",
    f"{_START}{{% set ns.x = [ns.x] %}}{_END}",
    f"{_START}{{% set ns.x = ns.x | chain(ns.x) | list %}}{_END}",
    f"{_START}{{% set ns.x = ns.x | zip(ns.x) | json | replace('\"', ns.x) %}}{_END}",
    f"{_START}{{% set ns.x = ns.x | string | replace('a', 'aaaaaaaa') %}}{_END}",
    f"{_START}{{% set ns.x = [ns.x | string] | string %}}{_END}",
    f"{_START}{{% set ns.x = ns.x | json | json %}}{_END}",
    f"{_START}{{% set ns.x %}}{{{{ ns.x }}}}{{{{ ns.x }}}}{{% endset %}}{_END}",
    "{% for i in range(90000) %}{{ text }}{% endfor %}",
    "{% set all %}{% for i in range(90000) %}{{ text }}{% endfor %}{% endset %}{{ all | length }}",
    "{% for i in range(90000) %}" + "abc " * 20_000 + "{% endfor %}",
    "{% macro m() %}" + "abc " * 20_000 + "{% endmacro %}{% for i in range(90000) %}{{ m() }}{% endfor %}",
    "{{ text | indent(10 ** 9) }}",
    "{{ xs | json(10 ** 9) }}",
    "{{ xs | tojson(10 ** 9) }}",
    "{{ xs | batch(10 ** 9, 0) | list }}",
    "{{ xs | slice(10 ** 9) | list }}",
    "{{ '%1000000000d' | format(1) }}",
    "{{ '%.*f' | format(1000000000, 1.5) }}",
    "{{ range(90000) | map('replace', '', text) | list }}",
    "{{ range(90000) | join(text) }}",
    "{{ range(90000) | map(attribute='x', default=text) | join }}",
    "{{ range(90000) | list | map('default', text, true) | map('pluralize', text, text) | list }}",
    "{{ [1] | batch(90000, text) | json }}",
    "{% set all %}{% for i in range(90000) %}ab {% endfor %}{% endset %}{{ all | chunks(10000, 9999) }}",
]
_CHILD = """
import json, resource, sys
from tchat.domain.errors import TemplateError
from tchat.templates.format import Text
from tchat.templates.rendering import Renderer

resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30))
for source in json.load(sys.stdin):
    try:
        text = Renderer("t.toml").render(Text(source, (1,)), {"text": "0123456789abcdef" * 64, "xs": ["a"] * 64})
        print(len(text))
    except TemplateError as error:
        print(error.message)
"""

_CHECK = """
import resource
from tchat.templates.loading import load_text

resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30))
load_text("prompt = '{{ input }}" + '{{ ("x" * 90000000) | length }}' * 30 + "'", file="t.toml")
print("loaded")
"""


def test_no_text_fills_the_memory() -> None:
    """However it goes about it, a text ends in a message before it has taken a gigabyte; all of them together do."""
    done = subprocess.run(
        [sys.executable, "-c", _CHILD],
        input=json.dumps(BOMBS),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    said = done.stdout.splitlines()
    assert (done.returncode, len(said)) == (0, len(BOMBS)), done.stderr[-500:]
    for source, message in zip(BOMBS, said, strict=True):
        assert message.startswith("t.toml:1: "), (source[:80], message)


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("{{ a" + " ~ a" * 30_000 + " }}", "an expression has more than 5,000 words and signs"),
        ("{{ " + "not " * 30_000 + "a }}", "an expression has more than 5,000 words and signs"),
        ("{{ a" + "[0]" * 100_000 + " }}", "an expression has more than 5,000 words and signs"),
        ("{{ a" + " ~ a" * 30_000, "an expression does not end"),
        ("{% if a %}" + "{% elif a %}" * 10_000 + "{% endif %}", "a text has more than 2,000 blocks"),
    ],
)
def test_a_text_that_no_stack_holds_is_refused(source: str, problem: str) -> None:
    """It would end the program, and so it is a mistake like any other."""
    with pytest.raises(TemplateError, match=problem):
        load(f"prompt = '{source}'\n[inputs]\na = 'text'\n")


def test_looking_at_a_text_takes_no_memory_either() -> None:
    """What is calculated before anything runs is not."""
    done = subprocess.run(
        [sys.executable, "-c", _CHECK], capture_output=True, text=True, timeout=60, check=False
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "loaded\n"), done.stderr[-500:]


def test_what_a_prompt_needs_is_far_within_the_bounds() -> None:
    """A book is rendered, and a list of ten thousand items gone through."""
    book = "word " * 600_000
    assert len(Renderer("t.toml").render(Text("{{ b | fence }}{{ b }}", (1,)), {"b": book})) > 2 * len(book)
    items: Value = [{"value": f"answer {index}"} for index in range(10_000)]
    source = "{% for x in xs %}{{ loop.index ~ '. ' ~ x.value }}\n{% endfor %}{{ xs | json | length }}"
    assert Renderer("t.toml").render(Text(source, (1,)), {"xs": items}).startswith("1. answer 0\n2. answer 1\n")
    gathered = "{% set ns = namespace(s='', l=[]) %}{% for x in xs %}{% set ns.s = ns.s ~ x.value %}"
    gathered += "{% set ns.l = ns.l + [x.value] %}{% endfor %}{{ ns.s | length }} {{ ns.l | length }}"
    assert Renderer("t.toml").render(Text(gathered, (1,)), {"xs": items[:1500]}) == "15390 1500"


VALUES: dict[str, Value] = {"a": "text", "n": 7, "t": {"k": "v", "xs": [1, 2]}, "xs": ["p", "q"], "z": None}
ATOMS = st.sampled_from(
    [
        *("a", "n", "t.k", "t.xs", "xs", "xs[0]", "xs[n - 6]", "t['k']", "'s'", "3", "[]", "true", "(n)", "xs | first"),
        *("a | upper", "xs | join(',')", "n | string", "-n", "t.xs | length", "a | replace('t', xs[1])"),
        "t.k is string",
    ]
)


def _join(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pair = st.tuples(inner, inner)
    return (
        st.tuples(inner, st.sampled_from(["~", "+", "-", "/", "and", "or", "==", "in", "~ -"]), inner).map(" ".join)
        | pair.map(lambda two: f"[{two[0]}, {two[1]}]")
        | pair.map(lambda two: f"{{'k': {two[0]}, 'm': {two[1]}}}")
        | pair.map(lambda two: f"({two[0]} if {two[1]} else n)")
        | inner.map(lambda one: f"({one})")
        | inner.map(lambda one: f"dict(k={one}, m=n)")
        | inner.map(lambda one: f"({one}) | string")
        | inner.map(lambda one: f"not {one}")
    )


@settings(max_examples=200, deadline=None)
@given(expression=st.recursive(ATOMS, _join, max_leaves=8), block=st.booleans())
def test_measuring_changes_no_value(expression: str, block: bool) -> None:  # noqa: FBT001
    """What is measured comes to the same as what is not, and to an error where that does."""
    source = f"{{% set x = {expression} %}}{{{{ x }}}}" if block else f"{{{{ {expression} }}}}"
    values = {name: plain(value) for name, value in VALUES.items()}
    seen: list[str | None] = []
    for each in (source, measured(source)):
        try:
            seen.append(new_environment(Meter()).render_str(each, **values))
        except minijinja.TemplateError:
            seen.append(None)
    assert seen[0] == seen[1]


@pytest.mark.parametrize("use", ["t.no | fence", "t.no | json", "t.no ~ 'a'", "'a' ~ t.no", "[t.no]", "{'k': t.no}"])
def test_a_field_that_is_not_there_is_an_error_wherever_it_is_used(use: str) -> None:
    """Filters of Python's and lists take it for null no more than a text does."""
    with pytest.raises(TemplateError, match=r"t\.toml:12: `t\.no` is undefined"):
        Renderer("t.toml").render(Text(f"a\n\n{{{{ {use} }}}}", (10, 11, 12)), VALUES)
    with pytest.raises(TemplateError, match="is undefined"):
        Renderer("t.toml").evaluate(Expression(use, (1,)), VALUES)


@pytest.mark.parametrize(
    ("source", "marked"),
    [
        ("{{ a.b }}{% for x in xs %}{{ x | upper }}{% endfor %}", None),
        ("{{ (n + 1) * 2 }}", '{{ (n|_part(n is defined, "n") + 1)|_number * 2 }}'),
        ("{% set (x, y) = (1, z) %}", '{% set (x, y) = (1, z|_whole(z is defined, "z")) %}'),
        ("{%- if a is string -%}{{ m(*xs) }}{% endif %}", None),
        ("{% raw %}{{ a ~ b }}{% endraw %}", None),
    ],
)
def test_only_what_makes_something_is_measured(source: str, marked: str | None) -> None:
    """Everything else stays as it is written."""
    assert measured(source) == (marked or source)
