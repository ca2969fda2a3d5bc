"""What is promised of the interface, measured in a real tmux of 120x40.

What is timed begins with the command or the key and ends when tmux shows the outcome; `Terminal` says how exact that
is. Figures are medians; a worst case is the median of each run's worst.
"""

import contextlib
import statistics
import tempfile
import time
from collections.abc import Generator
from pathlib import Path

from tests.benchmarks import library
from tests.benchmarks.homes import Home, library_home, make_home
from tests.benchmarks.measuring import Comparison, Limited, python
from tests.benchmarks.program import COMPOSER, Program
from tests.benchmarks.replying import reply_rows, step_rows
from tests.benchmarks.terminal import Lines, Terminal, peak_memory

EMPTY = "from textual.app import App; App().run()"
QUERIES = ("model ans", "python code li", "because the q", "table of nu", "reason firs")
"""The last letter of each finds something else."""
SIDEBAR = 28
"""Cells of the list of conversations and what parts it from the messages."""
RUNS = 3

Row = Comparison | Limited


def interface_rows(url: str) -> Generator[Row]:
    """Measure everything that is promised of the interface, its models being those of a mock server."""
    with tempfile.TemporaryDirectory() as name, _terminal(Path(name)) as pane:
        folder = Path(name)
        yield from _starting(pane, library_home(folder / "many", url, conversations=10_000, messages=1_000_000))
        long = make_home(folder / "long", url)
        library.make_long_conversation(long.database)
        yield from _reading(pane, long)
        yield from reply_rows(pane, make_home(folder / "replies", url), url)
        yield from step_rows(pane, long, folder / "steps.json")
        yield from _searching(pane, library_home(folder / "some", url, conversations=2_000, messages=200_000))


@contextlib.contextmanager
def _terminal(folder: Path) -> Generator[Terminal]:
    pane = Terminal(folder)
    try:
        yield pane
    finally:
        pane.close()


# --- starting


def _starting(pane: Terminal, home: Home) -> Generator[Row]:
    tchat = Program(pane, home)
    ours, floor, echoes = list[float](), list[float](), list[float]()
    for turn in range(2 * RUNS + 1):
        began = pane.run(python(EMPTY), home.environ)
        empty = pane.wait_for_paint() - began
        began = tchat.start()
        shown = pane.wait_for(COMPOSER) - began
        pressed = pane.type("q")
        echo = pane.wait_until(_has_written_q) - pressed
        tchat.rest()
        pane.press("BSpace")
        pane.wait_for(COMPOSER)
        tchat.leave()
        if turn:
            ours.append(1000 * shown)
            floor.append(1000 * empty)
            echoes.append(1000 * echo)
    name = "first paint, 10,000 conversations"
    medians = (statistics.median(ours), statistics.median(floor))
    yield Comparison(name=name, figure="wall", unit="ms", ours=medians[0], floor=medians[1], target=1.5)
    yield Limited(
        name="key right after the first paint", figure="echo", unit="ms", ours=statistics.median(echoes), limit=60
    )


def _has_written_q(lines: Lines) -> bool:
    return any(line[SIDEBAR:].strip(" ▏") == "q" for line in lines)


# --- a long conversation


def _reading(pane: Terminal, home: Home) -> Generator[Row]:
    tchat = Program(pane, home)
    opening, paging, worst, memory = list[float](), list[float](), list[float](), list[float]()
    for _ in range(RUNS):
        tchat.open()
        opening.append(1000 * _open_first(pane))
        tchat.rest()
        pages = [1000 * _page(pane, key) for key in ["PageUp"] * 12 + ["PageDown"] * 3]
        paging.append(statistics.median(pages))
        worst.append(max(pages))
        memory.append(peak_memory(pane.process))
        tchat.leave()
    name = "conversation of 2,000 messages"
    yield Limited(name=f"{name}: opens", figure="wall", unit="ms", ours=statistics.median(opening), limit=300)
    yield Limited(name=f"{name}: a page", figure="wall", unit="ms", ours=statistics.median(paging), limit=50)
    yield Limited(name=f"{name}: slowest page", figure="wall", unit="ms", ours=statistics.median(worst), limit=50)
    yield Limited(name=name, figure="rss", unit="MB", ours=statistics.median(memory), limit=100)


def _open_first(pane: Terminal) -> float:
    """Open the only conversation from the list and return after how long its last message is seen."""
    pane.press("C-l")
    pane.press("Down")
    time.sleep(0.5)
    began = pane.press("Enter")
    return pane.wait_for("#2000") - began


def _page(pane: Terminal, key: str) -> float:
    """Scroll and return after how long the messages stand where they stay."""

    def messages(lines: Lines) -> Lines:
        return tuple(line[SIDEBAR:-2] for line in lines[1:-3])

    before = messages(pane.lines())
    began = pane.press(key)
    ended, after = pane.settle(messages)
    if before == after:
        raise RuntimeError(f"{key} moved nothing")
    return ended - began


# --- search


def _searching(pane: Terminal, home: Home) -> Generator[Row]:
    tchat = Program(pane, home)
    slowest = list[float]()
    for _ in range(RUNS):
        tchat.open()
        slowest.append(1000 * max(_search(pane, query) for query in QUERIES))
        tchat.leave()
    name = "search in 200,000 messages, slowest of 5"
    yield Limited(name=name, figure="wall", unit="ms", ours=statistics.median(slowest), limit=50)


def _search(pane: Terminal, query: str) -> float:
    """Type a query quickly and return after how long what the last key finds is shown."""

    def hits(lines: Lines) -> Lines:
        return lines[3:]

    pane.press("C-f")
    pane.wait_until(lambda lines: not any(COMPOSER in line for line in lines))
    pane.press("C-u")
    pane.wait_for("Search everything")
    for character in query[:-1]:
        pane.type(character)
        time.sleep(0.08)
    before = hits(pane.lines())
    began = pane.type(query[-1])
    pane.wait_until(lambda lines: any(line.strip() == query for line in lines))
    ended, after = pane.settle(hits, quiet=0.8)
    if before == after:
        raise RuntimeError(f"the last letter of {query!r} changed nothing")
    pane.press("Escape")
    pane.wait_for(COMPOSER)
    return ended - began
