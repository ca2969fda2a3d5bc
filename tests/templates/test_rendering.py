"""How texts are rendered, and what inserted text can never do."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tchat.domain.errors import TemplateError
from tchat.templates.expressions import keep_line_ends, mentions
from tchat.templates.format import Text, Value
from tchat.templates.rendering import Renderer
from tests.templates.scripted import picture

ATTACKS = [
    "{{ 7*7 }}",
    "{% for x in range(9) %}x{% endfor %}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ self.__init__.__globals__ }}",
    "{% raw %}",
    "{% endraw %}",
    "{{ text }}",
    "{# comment #}",
    "${#a[@]}",
    "\\n \\ \\\\ {{",
    "}} %}",
    "\x00\x00tchat x tchat\x00\x00",
]


def render(source: str, **values: Value) -> str:
    """Render `source` as the text of a file whose text begins on line 10."""
    lines = tuple(range(10, 10 + source.count("\n") + 1))
    return Renderer("t.toml").render(Text(source, lines), values)


def complaint(source: str, **values: Value) -> str:
    """Return what is said of a text that cannot be rendered."""
    with pytest.raises(TemplateError) as raised:
        render(source, **values)
    return raised.value.message


@pytest.mark.parametrize("payload", ATTACKS)
def test_inserted_text_arrives_as_it_is(payload: str) -> None:
    """Wherever it comes from and however deep it lies, it is never rendered again."""
    assert render("<{{ text }}>", text=payload) == f"<{payload}>"
    assert render("{{ a.b[0] }}", a={"b": [payload]}) == payload
    assert render("{% for x in xs %}{{ x }}{% endfor %}", xs=[payload]) == payload


@settings(max_examples=100, deadline=None)
@given(text=st.text() | st.text(st.sampled_from("{}%#-+ \n'\"\\ax7*")))
def test_any_inserted_text_arrives_as_it_is(text: str) -> None:
    """Character for character."""
    assert render("<{{ text }}>", text=text) == f"<{text}>"


@pytest.mark.parametrize(
    "source",
    ["${#a[@]}", "{# no comment #}", "a \\n b \\\\", "{ x }", "{'a': {1: 2}}", "}}", "%}", 'f"{x}"', "\\frac{a}{b}"],
)
def test_braces_backslashes_and_hashes_survive(source: str) -> None:
    """Only `{{` and `{%` mean something in a text."""
    assert render(source + "{{ x }}", x="!") == source + "!"


def test_raw_keeps_what_would_mean_something() -> None:
    """A literal `{{` or `{%` stands between raw and endraw."""
    assert render("{% raw %}{{ x }} {% y %}{% endraw %} {{ x }}", x="1") == "{{ x }} {% y %} 1"


def test_a_line_of_blocks_leaves_no_line_behind() -> None:
    """Loops and conditions on lines of their own do not show, with their indentation."""
    source = "a\n{% for x in xs %}\n  {% if x > 1 %}\n- {{ x }}\n  {% endif %}\n{% endfor %}\nb"
    assert render(source, xs=[1, 2, 3]) == "a\n- 2\n- 3\nb"
    assert render("a\n{% if x %}{% if x %}\nb\n{% endif %}{% endif %}", x=True) == "a\nb\n"


def test_a_line_with_blocks_and_text_stays_as_it_is_written() -> None:
    """Neither its line end nor its indentation is lost."""
    assert render("a{% if x %} b{% endif %}\n  {% if x %}c{% endif %}\nd", x=True) == "a b\n  c\nd"
    assert render("{% raw %}a{% endraw %}\nb") == "a\nb"


def test_marks_of_the_author_stay() -> None:
    """`-` still takes the blanks away."""
    assert render("a {%- if x -%}  b {% endif -%}\n c", x=True) == "ab c"


@settings(max_examples=100, deadline=None)
@given(
    pieces=st.lists(
        st.sampled_from(
            ["{% if x %}", "{% endif %}", "{{ x }}", "{% raw %}", "{% endraw %}", "\n", " ", "a", "{%", "%}", "'"]
        )
    )
)
def test_keeping_line_ends_adds_marks_only(pieces: list[str]) -> None:
    """No line of a text moves, so lines in errors stay right, whatever the text is."""
    source = "".join(pieces)
    kept = keep_line_ends(source)
    assert kept.replace("+", "") == source
    assert kept.count("\n") == source.count("\n")


def test_words_of_expressions_are_told_apart() -> None:
    """Names, filters, tests, tags, fields and calls; strings and texts are none of them."""
    found = mentions("x {{ a.b | f('q') is not t }}{% if c.d() %}{% endif %}{{ {'k': v} }}")
    assert [(mention.word, mention.role) for mention in found] == [
        ("a", "name"),
        ("b", "attribute"),
        ("f", "filter"),
        ("is", "name"),
        ("not", "name"),
        ("t", "test"),
        ("if", "tag"),
        ("c", "name"),
        ("d", "method"),
        ("endif", "tag"),
        ("v", "name"),
    ]


def test_values_other_than_text_stand_as_json() -> None:
    """Lists, tables, truth values and nothing read the same in a prompt as in JSON."""
    assert render("{{ a }} {{ b }} {{ c }} {{ d }}", a=[1, "é"], b={"k": None}, c=True, d=None) == (
        '[1, "é"] {"k": null} true null'
    )
    assert render("{{ '%s' | format(b) }}", b={"k": [1]}) == '{"k": [1]}'


def test_large_numbers_keep_their_digits() -> None:
    """Also beyond 64 bits."""
    assert render("{{ n }} {{ m }}", n=2**70, m=2**63 - 1) == f"{2**70} {2**63 - 1}"


def test_halves_of_surrogate_pairs_cannot_break_a_prompt() -> None:
    """They are joined where they meet and replaced where they do not."""
    assert render("{{ a }}", a="\ud83d\ude00 \ud83d!") == "😀 \ufffd!"


def test_a_picture_is_its_name_in_a_text() -> None:
    """Its bytes go with the message, not into the text."""
    assert render("{{ chart }}", chart=picture("chart.png")) == "chart.png"


@pytest.mark.parametrize("word", ["items", "keys", "values", "get", "pop", "_fields", "__class__", "__init__"])
def test_values_have_no_methods(word: str) -> None:
    """Nothing of Python shows through a table, a list or a text; a field of that name does."""
    for value in ({"a": 1}, [1], "text"):
        assert complaint(f"{{{{ value.{word} }}}}", value=value).startswith("t.toml:10: ")
        assert complaint(f"{{{{ (value | attr('{word}')) | fence }}}}{{{{ value.{word} }}}}", value=value)
    assert render(f"{{{{ value.{word} }}}}", value={word: "mine"}) == "mine"


@pytest.mark.parametrize("source", ["{{ items }}", "{{ update({'a': 1}) }}", "{{ pop | fence }}", "{{ keys() }}"])
def test_names_are_looked_up_among_values_only(source: str) -> None:
    """A name that nobody gave is not found in Python either."""
    assert complaint(source).startswith("t.toml:10: there is no ")


def test_a_text_cannot_change_its_values() -> None:
    """What a run holds is the same after rendering."""
    values: dict[str, Value] = {"a": {"b": [1]}}
    complaint("{{ a.pop('b') }}", **values)
    complaint("{{ a.b.append(2) }}", **values)
    assert values == {"a": {"b": [1]}}


def test_an_error_names_the_line_it_happens_on() -> None:
    """A missing field, a filter that cannot take its value, too many arguments."""
    assert complaint("a\n{{ x.y }}", x={}) == "t.toml:11: `x.y` is undefined"
    assert complaint("a\n\n{{ x | chunks(0) }}", x="a").startswith('t.toml:12: the filter "chunks" takes')
    assert complaint("a\n{{ x | words(1, 2) }}", x="a") == 't.toml:11: the filter "words" does not take these arguments'
    assert complaint("\n{{ x.items }}", x={}).startswith('t.toml:11: there is no "items" here')


def test_a_text_without_end_is_stopped() -> None:
    """Loops within loops run out of fuel."""
    loops = "{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}"
    assert complaint(loops) == "t.toml:10: engine ran out of fuel"


def test_an_error_shows_no_control_characters() -> None:
    """What a value holds cannot command the terminal through a message."""
    assert "\x1b" not in complaint("{{ x['\x1b[31m'] }}", x={})


def check_total(source: str) -> None:
    """Render `source`; it gives a text without objects of Python's in it, or an error with its line."""
    try:
        said = render(source, x="text", y=[1, None, ["a"]], d={"k": {"items": 1}})
    except TemplateError as error:
        said = error.message.removeprefix("t.toml:10: ")
        complained = said != error.message
    else:
        complained = True
    assert complained
    assert "object at 0x" not in said
    assert "<class" not in said


EXPRESSIONS = st.lists(
    st.sampled_from(
        [*"{}%|.()[]'\"+-*/~ xyd0123456789,:", "fence", "zip", "json", "chunks", "items", "in", " is ", "range"]
    )
).map("".join)


@settings(max_examples=100, deadline=None)
@given(inner=EXPRESSIONS, block=st.booleans())
def test_any_expression_gives_a_text_or_a_template_error(inner: str, block: bool) -> None:  # noqa: FBT001
    """Nothing that a template can say ends in another exception."""
    source = f"{{% {inner} %}}" if block else f"{{{{ {inner} }}}}"
    check_total(source)


CALLS = st.tuples(
    st.sampled_from(
        ["fence", "json", "lines", "numbered", "words", "chunks", "flatten", "zip", "upper", "join", "sort", "first"]
    ),
    st.lists(st.sampled_from(["1", "0", "-1", "x", "y", "d", "none", "'a'", "1.5", "true"]), max_size=3),
)


@settings(max_examples=100, deadline=None)
@given(value=st.sampled_from(["x", "y", "d", "none", "5", "d.k", "[d, y]", "range"]), calls=st.lists(CALLS, max_size=3))
def test_any_chain_of_filters_gives_a_text_or_a_template_error(value: str, calls: list[tuple[str, list[str]]]) -> None:
    """Filters refuse what they cannot take."""
    chain = "".join(f" | {name}({', '.join(arguments)})" for name, arguments in calls)
    check_total(f"{{{{ {value}{chain} }}}}")
