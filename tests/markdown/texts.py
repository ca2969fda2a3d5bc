"""Markdown for tests: words of many scripts, every construct, in any order."""

from itertools import pairwise

from hypothesis import strategies as st

WORDS = [
    *(
        "word",
        "two words",
        "漢字かな",
        "👩‍🚀",
        "🇩🇪🇫🇷",
        "e\u0301",
        "שלום",
        "مرحبا",
        "❤\ufe0f",
        "1\ufe0f\u20e3",
        "한국어",
    ),
    *("l" * 70, "**bold**", "*it*", "~~gone~~", "`a  b`", "[text](http://u.example/a)", "<http://u.example>", "  "),
    *("![alt](p.png)", "https://u.example/x_y", "<b>", "<br>", "&amp;", "&#27;", "&#x202e;", "\u202e", "\x1b[2J"),
    *("\x9b31m", "\u2028", "\x07", "$5 and $6", "$x^2$", "\\(a_1\\)", "\\*", "**open", "`open", "[open", "$open"),
    *("a | b", "t\tt", "漢\t字", "\u200d"),
]
STARTS = [
    *("", "", "", "- ", "* ", "1. ", "7) ", "> ", ">", "  ", "    ", "\t", "# ", "### ", "- [ ] ", "| ", "  - ", "   "),
    *("> > > > > > > > ", "999999999. ", "- - - - - - - - - - "),
]
LINES = [
    *("", "", "", "```", "```py", "~~~", "```` {.python title='x'}", "***", "===", "---", "|---|:-:|", "| --- | --: |"),
    *(
        "| a | b |",
        "| 漢字 | 👩‍🚀 | more |",
        "<div>",
        "<!-- x",
        "-->",
        "$$",
        "\\[",
        "\\]",
        "$$x = \\frac{a}{b}$$",
        "\r",
    ),
    "def f(x): return '''a",
]

words = st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(" ".join)
lines = st.one_of(st.sampled_from(LINES), st.tuples(st.sampled_from(STARTS), words).map("".join))
documents = st.lists(lines, max_size=14).flatmap(
    lambda found: st.sampled_from(["\n", "\r\n"]).map(lambda end: end.join(found))
)
widths = st.sampled_from([10, 11, 17, 24, 40, 80])


def cut(text: str, places: list[int]) -> list[str]:
    """Return a text in pieces."""
    edges = [0, *sorted({place % (len(text) + 1) for place in places}), len(text)]
    return [text[a:b] for a, b in pairwise(edges)]
