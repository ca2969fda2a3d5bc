"""The filters, as texts use them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tchat.templates import filters
from tchat.templates.filters import FilterError
from tchat.templates.format import Text, Value
from tchat.templates.rendering import Renderer


def render(expression: str, **values: Value) -> str:
    """Render one expression."""
    return Renderer("t.toml").render(Text(f"{{{{ {expression} }}}}", (1,)), values)


def test_fence_wraps_a_text_in_tags() -> None:
    """The tag can be named."""
    assert render("x | fence", x="a") == "<document>\na\n</document>"
    assert render("x | fence('note_' ~ 1)", x="a") == "<note_1>\na\n</note_1>"


@pytest.mark.parametrize("closing", ["</document>", "</ document >", "< / DOCUMENT>", "</document\n>", "</document"])
def test_fence_breaks_the_closing_tag_inside(closing: str) -> None:
    """No inserted text can end its fence."""
    fenced = filters.fence(f"a {closing} b")
    assert fenced.count("</") + fenced.count("< /") == 1
    assert "&lt;" in fenced


def test_fence_leaves_other_tags_alone() -> None:
    """Markup stays readable, also where a name only begins like the tag."""
    assert filters.fence("<b>x</b></documents>") == "<document>\n<b>x</b></documents>\n</document>"


@pytest.mark.parametrize("tag", ["", "a b", "a>", "1a", 5, None])
def test_fence_takes_tag_names_only(tag: object) -> None:
    """A tag cannot smuggle markup in."""
    with pytest.raises(FilterError):
        filters.fence("x", tag)


def test_json_writes_values() -> None:
    """On one line or indented, with every letter as it is."""
    assert render("x | json", x={"é": ["<", 1.5, None, True]}) == '{"é": ["<", 1.5, null, true]}'
    assert render("x | json(2)", x=[1]) == "[\n  1\n]"
    assert render("x | json", x={"a": {"b": [{"c": 1}]}}) == '{"a": {"b": [{"c": 1}]}}'


def test_lines_are_those_that_say_something() -> None:
    """Blank ones and the blanks around them are left out."""
    assert render("x | lines", x=" a \n\n b\t\n") == '["a", "b"]'


def test_numbered_puts_numbers_before_items() -> None:
    """Lists and the lines of a text alike."""
    assert render("x | numbered", x=["a", {"b": 1}]) == '1. a\n2. {"b": 1}'
    assert render("x | numbered", x="a\n\nb") == "1. a\n2. b"


@pytest.mark.parametrize(
    ("text", "count"),
    [("", 0), ("one two\nthree", 3), ("don't stop-now", 2), ("今日は。", 3), ("「猫」 cat", 2), ("안녕 세상", 2)],
)
def test_words_are_counted_in_every_script(text: str, count: int) -> None:
    """Blanks part words; ideographs and kana stand for themselves."""
    assert filters.words(text) == count


def test_chunks_end_where_paragraphs_and_sentences_end() -> None:
    """Otherwise between words."""
    assert filters.chunks("a b c d.\n\ne f g h", 6) == ("a b c d.", "e f g h")
    assert filters.chunks("a b c d. e f g h", 6) == ("a b c d.", "e f g h")
    assert filters.chunks("a b c d e f g h", 3) == ("a b c", "d e f", "g h")
    assert filters.chunks("a b c d e f", 4, 2) == ("a b c d", "c d e f")
    assert filters.chunks(" \n ", 3) == ()


@settings(max_examples=100, deadline=None)
@given(text=st.text(st.sampled_from("abc .!?\n今。")), size=st.integers(1, 9), overlap=st.integers(0, 8))
def test_chunks_hold_the_whole_text_in_order(text: str, size: int, overlap: int) -> None:
    """No word is lost, no piece is too long, and each goes on where the one before ends, or shortly before."""
    overlap = min(overlap, size - 1)
    pieces = filters.chunks(text, size, overlap)
    assert all(1 <= filters.words(piece) <= size for piece in pieces)
    whole, ends = "".join(text.split()), {0}
    for piece in ("".join(piece.split()) for piece in pieces):
        starts = {start for end in ends for start in range(max(end - len(piece), 0) if overlap else end, end + 1)}
        ends = {start + len(piece) for start in starts if whole.startswith(piece, start)}
    assert len(whole) in ends


def test_flatten_joins_lists_one_level_down() -> None:
    """Nulls are left out: they stand for what did not come."""
    assert render("x | flatten", x=[[1, [2]], None, 3, []]) == "[1, [2], 3]"


def test_zip_puts_lists_side_by_side() -> None:
    """As far as the shortest goes, with fields that can be read."""
    assert render("x | zip(y)", x=[1, 2, 3], y=["a", "b"]) == '[[1, "a"], [2, "b"]]'
    assert render("(x | zip(y) | first)[0].k", x=[{"k": "v"}], y=[1]) == "v"


@pytest.mark.parametrize("name", filters.FILTERS)
def test_a_filter_refuses_what_it_cannot_take(name: str) -> None:
    """Numbers are neither texts nor lists."""
    if name in ("fence", "json", "number", "calc"):
        return
    with pytest.raises(FilterError, match=f'the filter "{name}" takes a'):
        filters.FILTERS[name](5, *([3] if name in ("chunks", "top") else []))


def test_top_takes_the_highest() -> None:
    """Equal ones in their order, null last; numbers, or tables by a field."""
    assert render("x | top(2)", x=[1, None, 3, 2.5]) == "[3, 2.5]"
    moves: Value = [{"m": "a", "s": 1}, {"m": "b", "s": 20}, {"m": "c", "s": 1}, {"m": "d", "s": None}]
    assert render("x | top(3, 's') | map(attribute='m')", x=moves) == '["b", "a", "c"]'
    assert render("x | top(9)", x=[]) == "[]"


@pytest.mark.parametrize(
    "arguments", [("x", 1), ([1], -1), ([1], 1.5), (["a"], 1), ([1], 1, "s"), ([{"s": 1}], 1, "t"), ([True], 1)]
)
def test_top_takes_numbers_only(arguments: tuple[object, ...]) -> None:
    """Texts and missing fields have no rank."""
    with pytest.raises(FilterError):
        filters.top(*arguments)


def test_mean_leaves_nulls_out() -> None:
    """It is exact, and null where there is nothing."""
    assert render("x | mean", x=[20, None, 1]) == "10.5"
    assert render("x | mean", x=[0.1, 0.2, 0.3]) == "0.2"
    assert filters.mean([None]) is None
    with pytest.raises(FilterError):
        filters.mean(["a"])


def test_majority_counts_as_a_vote_does() -> None:
    """By value, with ties to the earlier."""
    assert render("x | majority", x=["$18.00", 26, 18, None]) == "$18.00"
    assert render("x | majority", x=["b", "a"]) == "b"
    assert filters.majority([]) is None


def test_number_reads_a_text() -> None:
    """The last one in it; null where there is none."""
    assert render("x | number == 24", x="so 24.") == "true"
    assert render("x | number", x=3.5) == "3.5"
    assert filters.number("none") is None
    assert filters.number(None) is None
    with pytest.raises(FilterError):
        filters.number([1])


def test_numbers_are_all_in_a_text() -> None:
    """A fraction is two of them, a subtraction has no sign."""
    assert render("x | numbers", x="(10 -4) * 6/5.5 is -3") == "[10, 4, 6, 5.5, -3]"


def test_calc_calculates_exactly() -> None:
    """What is whole is an int."""
    assert render("x | calc", x="(1/3 + 1/6) * 4") == "2"
    assert render("x | calc", x="1/8") == "0.125"
    assert render("x | calc", x=7) == "7"
    assert render("x | calc", x="2 ** 100") == str(2**100)


@pytest.mark.parametrize("value", ["1/0", "x", "", "9**9**9", None, [1], "2**-2000 + 3**1500"])
def test_calc_takes_sums_only(value: object) -> None:
    """Whatever else comes is said to be none."""
    with pytest.raises(FilterError, match='"calc"'):
        filters.calc(value)


def test_the_game_of_24_can_be_checked() -> None:
    """Each number once, and 24."""
    check = "value | numbers | sort == puzzle | numbers | sort and value | calc == 24"
    assert render(check, value="(10 - 4) * (5 - 6/6)", puzzle="4 5 6 6 10") == "true"
    assert render(check, value="(10 - 4) * 4", puzzle="4 5 6 10") == "false"
    assert render(check, value="no way", puzzle="4 5 6 10") == "false"
