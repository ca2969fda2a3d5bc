"""Streaming Markdown: whatever the cuts, the same text stands on the screen in the end."""

import itertools

import pyte
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tchat.cli.markdown import MarkdownStream

WIDTH, HEIGHT = 40, 10

SAMPLE = """# A title

Some **bold** and `code` and a [link](https://example.com) that goes on for more than one line.

- one
- two
  - nested 漢字
    continued

1. first

   more
2. second

| name | value |
|---|--:|
| a | 1 |
| 日本 | 22 |

```python
def f(x):
    return {"a": [x + 1, "\\t"]}
```

> a quote that wraps around the edge

Setext
======

    indented code

***

<b>html</b> & text 👨‍👩‍👧 e\u0301

[ref]: https://example.com/ref

| open | table |
|---|---|
""" + "\n".join(f"| row {number} | {number} |" for number in range(15)) + "\n\n```sh\n" + "\n".join(
    f"echo {number}" for number in range(20)
)  # fmt: skip

PIECES = [
    *("# ", "- ", "1. ", "> ", "    ", "```", "```py\n", "|", "|---|---|\n", "| a | b |\n", "\n", "\n\n", "***"),
    *("===", "---\n", "word ", "**", "_", "`", "[a](b)", "[ref]", "漢字", "👩‍🚀", "\t", "\r\n", "\r"),
    *("\x1b[2J", "<div>", "[bold]", ":smile:", "long" * 15),
]  # fmt: skip


def _screen(deltas: list[str], *, frames: bool = True) -> list[str]:
    """Return every line that a terminal shows in the end, scrolled ones included."""
    screen = pyte.HistoryScreen(WIDTH, HEIGHT, history=10_000, ratio=0.5)
    stream = pyte.Stream(screen)
    ticks = itertools.count(step=1 if frames else 0)

    def write(text: str) -> None:
        stream.feed(text.replace("\x1b[?2026h", "").replace("\x1b[?2026l", ""))

    markdown = MarkdownStream(write, width=WIDTH, height=HEIGHT, colour=True, clock=lambda: float(next(ticks)))
    for delta in deltas:
        markdown.feed(delta)
    markdown.close()
    above = ["".join(line[column].data for column in range(WIDTH)) for line in screen.history.top]
    lines = [line.rstrip() for line in (*above, *screen.display)]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def _cut(text: str, places: list[int]) -> list[str]:
    edges = [0, *sorted({place % (len(text) + 1) for place in places}), len(text)]
    return [text[a:b] for a, b in itertools.pairwise(edges)]


@given(st.lists(st.integers(0, 2000), max_size=60))
@settings(max_examples=25, deadline=None)
def test_cuts_change_nothing(places: list[int]) -> None:
    """The screen and the scrollback are those of the text in one piece."""
    assert _screen(_cut(SAMPLE, places)) == _screen([SAMPLE])


@given(st.lists(st.sampled_from(PIECES), max_size=30), st.lists(st.integers(0, 300), max_size=30))
@settings(max_examples=80, deadline=None)
def test_cuts_change_nothing_of_any_markdown(pieces: list[str], places: list[int]) -> None:
    """Half a table, an open fence, a line that may become a heading: no cut shows in the end."""
    text = "".join(pieces)
    assert _screen(_cut(text, places)) == _screen([text])


def test_token_by_token_is_the_same_as_at_once() -> None:
    """Every character its own delta, every delta its own frame."""
    assert _screen(list(SAMPLE)) == _screen([SAMPLE])


def test_nothing_is_lost_or_doubled() -> None:
    """Every word of a reply that is much taller than the screen is there once."""
    shown = "\n".join(_screen(list(SAMPLE)))
    for number in range(15):
        assert shown.count(f"row {number} ") == 1
    for number in range(20):
        assert sum(line.strip() == f"echo {number}" for line in shown.splitlines()) == 1


@given(st.lists(st.sampled_from(PIECES), max_size=40))
@settings(max_examples=80, deadline=None)
def test_no_line_is_wider_than_the_terminal(pieces: list[str]) -> None:
    """Neither wide characters nor long words nor tabs reach beyond the last column."""
    written: list[str] = []
    markdown = MarkdownStream(written.append, width=WIDTH, height=HEIGHT, colour=False)
    markdown.feed("".join(pieces))
    markdown.close()
    screen = pyte.Screen(400, 400)
    pyte.Stream(screen).feed("".join(written).replace("\x1b[?2026h", "").replace("\x1b[?2026l", ""))
    beyond = [cell.data for line in screen.buffer.values() for column, cell in line.items() if column >= WIDTH]
    assert set(beyond) <= {" "}


@pytest.mark.parametrize("text", ["[bold]x[/bold] [/] [@click=f]y[/]", ":smile: items[0] [link=http://x]z[/link]"])
def test_markup_of_other_programs_stays_text(text: str) -> None:
    """What is markup to Rich or Textual is text to a reader."""
    assert " ".join(_screen([text])) == text


def test_hostile_text_writes_no_sequence_of_its_own() -> None:
    """Only the renderer's own colours and cursor movements reach the terminal."""
    written: list[str] = []
    markdown = MarkdownStream(written.append, width=WIDTH, height=HEIGHT, colour=False)
    for delta in "a\x1b]52;c;aGk=\x07 `\x1b[2J` \x9b31m [x](http://e.example/\x1b]8;;y) \r over":
        markdown.feed(delta)
    markdown.close()
    out = "".join(written)
    assert "\x1b]" not in out
    assert "\x1b[2J" not in out
    assert "\x9b" not in out
    assert "\x07" not in out


def test_the_live_region_is_taken_away_for_a_while() -> None:
    """After a pause the cursor stands where the live region began, and the text comes back below what is said there."""
    screen = pyte.Screen(WIDTH, HEIGHT)
    terminal = pyte.Stream(screen)
    ticks = itertools.count()

    def write(text: str) -> None:
        terminal.feed(text.replace("\x1b[?2026h", "").replace("\x1b[?2026l", ""))

    markdown = MarkdownStream(write, width=WIDTH, height=HEIGHT, colour=True, clock=lambda: float(next(ticks)))
    markdown.feed("settled\n\n- an item that is longer than a line of this terminal\n- b\n- an")
    assert screen.display[3].rstrip() == "  this terminal"
    markdown.pause()
    markdown.pause()
    assert [line.rstrip() for line in screen.display[:6]] == [
        *("settled", "", "• an item that is longer than a line of", "  this terminal", "", ""),
    ]  # fmt: skip
    assert (screen.cursor.y, screen.cursor.x) == (4, 0)
    write("note\r\n")
    markdown.feed("other")
    markdown.close()
    assert [line.rstrip() for line in screen.display[3:7]] == ["  this terminal", "note", "• b", "• another"]


def test_the_live_region_is_half_a_screen_at_most() -> None:
    """Of a long block that may still change the end is shown, and all of it once it is settled."""
    written: list[str] = []
    ticks = itertools.count()
    markdown = MarkdownStream(written.append, width=WIDTH, height=HEIGHT, colour=True, clock=lambda: float(next(ticks)))
    markdown.feed("".join(f"line {number} of a paragraph that goes on\\\n" for number in range(30)))
    assert written[-1].count("\r\n") == HEIGHT // 2 - 1
    markdown.close()
    assert written[-1].count("\r\n") == 30


def test_frames_are_few() -> None:
    """However many deltas come within a thirtieth of a second, the screen is written once."""
    written: list[str] = []
    markdown = MarkdownStream(written.append, width=WIDTH, height=HEIGHT, colour=True, clock=lambda: 0.0)
    for _ in range(1000):
        markdown.feed("word ")
    markdown.close()
    assert len(written) <= 2


def test_an_unchanged_line_is_not_written_again() -> None:
    """A growing paragraph rewrites its last line only."""
    written: list[str] = []
    ticks = itertools.count()
    markdown = MarkdownStream(written.append, width=WIDTH, height=HEIGHT, colour=True, clock=lambda: float(next(ticks)))
    markdown.feed("first line of a paragraph\\\nsecond line")
    markdown.feed(" grows")
    assert "first" not in written[-1]
    assert "grows" in written[-1]
