"""A whole text as lines: within the width, safe, complete, and copied as it was written."""

import re
from itertools import count

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.style import Style

from tchat.domain.text import printable
from tchat.markdown.code_blocks import code_blocks
from tchat.markdown.line import Line
from tchat.markdown.look import ANSI, MONOCHROME
from tchat.markdown.rendering import render
from tests.markdown.texts import documents, widths

TEMPLATES = [
    *(
        "W W W",
        "# W W",
        "- W\n- W\n  - W W\n    1. W",
        "1. W\n\n   W",
        "> W\n> > W W",
        "```W\nW = 'W'  # W\n\nW()\n```",
    ),
    *("    W W", "| W | W |\n|---|--:|\n| W | **W** |\n| W | W | W | W |", "<div W='W'>\nW\n</div>", "W <b>W</b> W"),
    *(
        "[W](http://W/W 'W') W",
        "![W](W.png)",
        "[W]: http://W",
        "**W** *W* ~~W~~ `W` _W_ __W__",
        "W\\\nW  \nW",
        "&amp;W",
    ),
    *(
        "- [ ] W\n- [x] W",
        "W\n===",
        "$W_{",
        "\\W{W}",
        "<!-- W -->",
        "W\n- W\n***\nW",
        "https://W/W?W=W#W.",
        "[W][W] [W]",
    ),
]


def shown(text: str, width: int = 80) -> list[str]:
    """Return what the lines show."""
    return [line.text for line in render(text, width, ANSI)]


def copied(lines: list[Line]) -> str:
    """Return what copying all lines gives."""
    return "".join(line.text[line.margin :] + line.glue for line in lines).rstrip("\n")


def styles(text: str, width: int = 80) -> list[tuple[str, Style | None]]:
    """Return the parts of the lines with their styles."""
    return [(segment.text, segment.style) for line in render(text, width, ANSI) for segment in line.segments]


@given(documents, widths)
@settings(max_examples=100, deadline=None)
def test_no_line_is_wider_than_asked_for(text: str, width: int) -> None:
    """Neither wide characters nor long words, deep nesting or tables reach beyond the last column."""
    for line in render(text, width, ANSI):
        assert cell_len(line.text) <= width


@given(documents, widths)
@settings(max_examples=100, deadline=None)
def test_lines_hold_nothing_that_commands_a_terminal(text: str, width: int) -> None:
    """No control character, no override of the reading direction, no line end; no empty line first or last."""
    lines = shown(text, width)
    for line in lines:
        assert line == printable(line)
        assert not set("\n\t\u2028\u2029") & set(line)
        assert line == line.rstrip(" ")
    assert not lines or (lines[0] and lines[-1])


@given(st.lists(st.sampled_from(TEMPLATES), min_size=1, max_size=12), st.sampled_from([10, 23, 80]))
@settings(max_examples=100, deadline=None)
def test_no_word_is_lost(templates: list[str], width: int) -> None:
    """Every word of the source is shown once, in order: text, code, HTML, addresses, languages, surplus cells."""
    if width < 80:
        templates = [template for template in templates if "|" not in template]  # a table's cells wrap side by side
    numbers = count(1)
    text = "\n\n".join(re.sub("W", lambda _: f"w{next(numbers)}w", template) for template in templates)
    lines = render(text, width, ANSI)
    whole = "".join(line.text[line.margin if line.margin < len(line.text) else 0 :] + line.glue for line in lines)
    assert re.findall(r"w\d+w", whole) == re.findall(r"w\d+w", text)


@given(
    st.lists(st.sampled_from(["word", "w" * 50, "漢字かな交じり", "👩‍🚀", "e\u0301a", "שלום", "🇩🇪"]), max_size=30),
    widths,
)
@settings(max_examples=100, deadline=None)
def test_a_copied_paragraph_is_one_line(words: list[str], width: int) -> None:
    """Wrapped lines are joined again by what stood between them."""
    text = " ".join(words)
    assert copied(render(text, width, ANSI)) == text
    assert copied(render(f"> - {text}", max(20, width), ANSI)) == text


@given(st.lists(st.sampled_from(["x = 1", "", "    deep", "s" * 100, "漢字 = '👩‍🚀'", "#"]), max_size=200), widths)
@settings(max_examples=50, deadline=None)
def test_copied_code_is_the_code(lines: list[str], width: int) -> None:
    """Long lines are wrapped without a trace, the header and the margin are left out."""
    code = "\n".join(lines).rstrip("\n")
    assert copied(render(f"```python\n{code}\n```", width, ANSI)) == code


@pytest.mark.parametrize("around", ["{}", "`{}`", "| {} | x |\n|---|---|", "```\n{}\n```"])
def test_a_sign_takes_the_cells_that_every_terminal_gives_it(around: str) -> None:
    """It is not asked for as a picture, which some terminals draw twice as wide, and others not."""
    text = "\n".join(shown(around.format("\u26a0\ufe0f 1\ufe0f\u20e3 done"), 40))
    assert "\u26a0 1 done" in text


cells = st.lists(
    st.sampled_from(
        [
            "a",
            "漢字",
            "👨‍👩‍👧 family",
            "e\u0301",
            "שלום",
            "❤\ufe0f",
            "1\ufe0f\u20e3",
            "🇩🇪 flag",
            "long words here",
            "`c`",
        ]
    ),
    max_size=4,
)


@given(st.lists(cells.map(" ".join), min_size=3, max_size=30), widths, st.sampled_from(["", "> ", "- "]))
@settings(max_examples=100, deadline=None)
def test_table_borders_stand_below_one_another(words: list[str], width: int, around: str) -> None:
    """Whatever the cells hold, and wherever the table stands, each border is at one column of the screen."""
    rows = ["x | y | z", "---|:-:|--:", *(" | ".join(words[at : at + 3]) + " |" for at in range(len(words)))]
    rows = ["| " + row for row in rows]
    text = "\n".join(
        (around if not number or around == "> " else " " * len(around)) + row for number, row in enumerate(rows)
    )
    lines = shown(text, width)
    if not any("┼" in line for line in lines):
        return
    places = {tuple(cell_len(line[: match.start()]) for match in re.finditer("[│┼]", line)) for line in lines}
    assert len(places) == 1


def test_blocks_stand_apart_and_items_as_in_the_source() -> None:
    """One empty line between blocks; between two items one exactly where the source has one."""
    assert shown("# T\ntext\n- a\n- b\n\n- c\n  - d\n\n  e\n```\nx\n```") == [
        *("T", "", "text", "", "• a", "• b", "", "• c", "  • d", "", "  e", "", "code", "  x"),
    ]  # fmt: skip


def test_numbers_go_on_and_hang() -> None:
    """An ordered list counts from its first number, and each item hangs from its own marker."""
    assert shown("9. nine\n1. ten is long\n5) other", 12) == ["9. nine", "10. ten is", "    long", "", "5) other"]


def test_quotes_have_a_bar_a_level_to_any_depth() -> None:
    """Nothing is lost below a depth, and a bar stands for every level that there is room for."""
    assert shown("> a\n> > b") == ["▎ a", "▎", "▎ ▎ b"]
    deep = shown(">" * 30 + " deepest text", 30)
    assert "deepest" in " ".join(deep)
    assert deep[0].startswith("▎ " * 5)


def test_marks_without_room_become_text() -> None:
    """A number is shown even where nesting leaves no room to hang it."""
    assert "".join(shown("> > > > 123456789. word", 10)).replace("▎", "").replace(" ", "") == "123456789.word"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("[a](http://u.example)", "a (http://u.example)"),
        ("[http://u.example](http://u.example)", "http://u.example"),
        ("<a@b.example>", "a@b.example"),
        ('[a](u "t")', 'a (u "t")'),
        ("![alt](p.png)", "alt (p.png)"),
        ("[a](javascript:alert(1))", "[a](javascript:alert(1))"),
        ("[a](<http://u.example/&#x202e;漢>)", "a (http://u.example/漢)"),
        ("[a]: http://u.example", "[a]: http://u.example"),
    ],
)
def test_addresses_are_shown(source: str, said: str) -> None:
    """A link is its text and its address, as it is written."""
    assert shown(source) == [said]


def test_links_carry_their_address() -> None:
    """Each part of a link has its address in its style, and so has an address that stands in the text."""
    for source in ("[**a** b](http://u.example)", "http://u.example", "![a](http://u.example)"):
        urls = {style.meta.get("url") for text, style in styles(source) if style and text not in {" (", ")"}}
        assert urls == {"http://u.example"}
    assert all("\x1b]8" not in (style or Style()).render(text) for text, style in styles("[a](http://u.example)"))


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("$E = mc^2$", "E = mc²"),
        (r"\(\alpha_i \le \sqrt{x}\)", "αᵢ ≤ √x"),
        (r"$$\frac{a+b}{2} \to \infty$$", "(a+b)/2 → ∞"),
        (r"\[ \sum_{i=1}^n x_i \]", "∑ᵢ₌₁ⁿ xᵢ"),
        (r"so $\text{if } x \times y \cdot z$ then", "so if x × y · z then"),
        (r"$\mystery{x}$", r"$\mystery{x}$"),
        (r"$\frac{a$", r"$\frac{a$"),
        ("$5 and $6", "$5 and $6"),
        ("US$5 or $HOME/$USER, $10-$20", "US$5 or $HOME/$USER, $10-$20"),
        (r"\$x\$ \(note\)", "$x$ (note)"),
        ("`$x^2$`", "$x^2$"),
    ],
)  # fmt: skip
def test_formulas_become_characters(source: str, said: str) -> None:
    """What can be turned is readable, what cannot stays as it is, and money is money."""
    assert shown(source) == [said]


def test_a_formula_on_its_own_lines_is_no_list() -> None:
    """Between its delimiters nothing is Markdown; without the last one it is text."""
    assert shown("so\n$$\na\n+ b\n= c\n$$\nthen") == ["so", "", "a + b = c", "", "then"]
    assert shown("$$\na\n\nb") == ["$$ a", "", "b"]


def test_html_is_shown() -> None:
    """HTML is literal text, line by line; only a line break breaks the line."""
    assert shown("<details>\n<summary>s</summary>\n</details>\n\na<b>c</b><br>d") == [
        *("<details>", "<summary>s</summary>", "</details>", "", "a<b>c</b>", "d"),
    ]  # fmt: skip


def test_code_has_a_numbered_header() -> None:
    """The header tells the language and which block it is; `code_blocks` numbers them in the same way."""
    text = "```python title=x\nreturn\t1\n\n```\n- ~~~\n  b\n\n      c"
    numbers = {style.meta["code"]: said for said, style in styles(text) if style and "code" in style.meta}
    assert numbers == {0: "python title=x", 1: "code"}
    assert [(block.text, block.is_closed) for block in code_blocks(text)] == [
        ("return\t1\n\n", True),
        ("b\n\n    c", False),
    ]


def test_code_is_highlighted() -> None:
    """Words of the language have its colours; without colours they have weight and slant."""
    assert ("return", ANSI.code_block + ANSI.keyword) in styles("```py\nreturn 1\n```")
    mono = render("```py\nreturn 1\n```", 80, MONOCHROME)
    assert all(segment.style is None or segment.style.color is None for line in mono for segment in line.segments)


def test_a_table_fits_or_becomes_lines() -> None:
    """Columns shrink and wrap; where three cells a column are too many, each cell follows its header."""
    table = "| name | value |\n|---|--:|\n| some words | 1 |"
    assert shown(table) == ["name       │ value", "───────────┼──────", "some words │     1"]
    assert shown(table, 14) == ["name   │ value", "───────┼──────", "some   │     1", "words  │"]
    many = "|" + " h |" * 9 + "\n|" + "---|" * 9 + "\n|" + " v |" * 9
    assert shown(many, 20) == ["h: v"] * 9


@example(("漢" * 3000) + "\u200d" * 3000)
@given(
    st.sampled_from(
        [
            "x" * 9000,
            "word " * 3000,
            "# " + "h " * 4000,
            "> " + "q " * 5000,
            "```\n" + "c" * 9000,
            "|a|\n|-|\n|" + "t " * 5000,
            "<div>" + "h" * 9000,
        ]
    )
)
@settings(max_examples=10, deadline=None)
def test_long_lines_are_whole(text: str) -> None:
    """A line that is longer than any program should hold is cut into pieces, and nothing of it is lost."""
    letters = re.sub(r"[^\w]", "", text)
    said = re.sub(r"[^\w]", "", "".join(shown(text)).replace("code", "", 1) if "```" in text else "".join(shown(text)))
    assert said == letters


def test_what_is_no_prose_is_shown_as_it_is() -> None:
    """A text of thousands of marks is not searched for links, and is complete."""
    text = "[[1, 2], [3, 4]], " * 200
    assert copied(render(text, 60, ANSI)).replace(" ", "") == text.replace(" ", "")
