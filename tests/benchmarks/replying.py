"""What is promised while a reply streams into the interface: when it is all shown, how keys echo, what it costs."""

import json
import statistics
import sys
import time
import urllib.request
from collections.abc import Generator
from pathlib import Path
from typing import NamedTuple

import msgspec

from tests.benchmarks.homes import Home
from tests.benchmarks.lag import Report
from tests.benchmarks.measuring import Limited
from tests.benchmarks.program import Program
from tests.benchmarks.replies import END
from tests.benchmarks.terminal import Terminal, cpu_seconds

PROMPT = "Tell me everything. [[tokens={tokens} kind=markdown rate={rate}]]"
RUNS = 3
_KEY_EVERY = 0.1
_GLANCE = 0.05
_STREAMED = 8.0
"""Seconds over which the share of a core is taken."""


class Watched(NamedTuple):
    """What was seen of a reply."""

    ended: float
    """When its last token was first seen, by `time.monotonic()`."""
    echoes: list[float]
    """Seconds from each key press to its echo."""


def reply_rows(pane: Terminal, home: Home, url: str) -> Generator[Limited]:
    """Measure a reply of 20,000 tokens at full speed, and one of 100 tokens a second."""
    tchat = Program(pane, home)
    late, slowest, shares = list[float](), list[float](), list[float]()
    for _ in range(RUNS):
        tchat.open()
        ask(pane, tokens=20_000)
        watched = watch(pane)
        late.append(1000 * (watched.ended - _last_byte(url)))
        slowest.append(1000 * max(watched.echoes))
        tchat.leave()
    yield Limited(
        name="20,000 tokens: last one after last byte",
        figure="wall",
        unit="ms",
        ours=statistics.median(late),
        limit=1000,
    )
    yield Limited(
        name="20,000 tokens: slowest key meanwhile", figure="echo", unit="ms", ours=statistics.median(slowest), limit=60
    )
    for _ in range(RUNS):
        tchat.open()
        shares.append(100 * _streaming_share(pane))
        tchat.leave()
    yield Limited(name="100 tokens a second", figure="cpu", unit="%", ours=statistics.median(shares), limit=15)


def step_rows(pane: Terminal, home: Home, place: Path) -> Generator[Limited]:
    """Measure the event loop's longest step and how often is drawn while a reply streams into a long conversation."""
    tchat = Program(pane, home, (sys.executable, "-m", "tests.benchmarks.lag", str(place)))
    steps, writes = list[float](), list[float]()
    before = home.database.read_bytes()
    for _ in range(RUNS):
        home.replace_database(before)
        tchat.open("open", "--model", "mock/mock")
        began = ask(pane, tokens=20_000)
        ended = _watch_from_afar(pane)
        tchat.leave()
        report = msgspec.json.decode(place.read_bytes(), type=Report)
        steps.append(1000 * report.worst(began, ended + 0.5))
        writes.append(report.busiest(began, ended))
    name = "20,000 tokens: longest step of the event loop"
    yield Limited(name=name, figure="wall", unit="ms", ours=statistics.median(steps), limit=10)
    yield Limited(
        name="20,000 tokens: drawings in a second", figure="count", unit="", ours=statistics.median(writes), limit=30
    )


def ask(pane: Terminal, *, tokens: int, rate: int = 0) -> float:
    """Send a prompt that is answered with so many tokens of Markdown, and return when that was."""
    pane.type(PROMPT.format(tokens=tokens, rate=rate))
    pane.wait_for(f"rate={rate}]]")
    return pane.press("Enter")


def watch(pane: Terminal, *, seconds: float = 120) -> Watched:
    """Watch a reply until a second after its end, and type a key into the composer every 0.1 s meanwhile.

    Raises:
        TimeoutError: it does not end in time, or a key is never echoed.
    """
    pane.type("echo ")
    began = time.monotonic()
    ended: float | None = None
    pressed: float | None = None
    due, waits_for, echoes = began, True, list[float]()
    while pressed is not None or ended is None or due < ended + 1:
        lines = pane.lines()
        now = time.monotonic()
        if ended is None and any(END in line for line in lines):
            ended = now
        is_written = any("echo q" in line for line in lines)
        if pressed is not None and is_written == waits_for:
            echoes.append(now - pressed)
            pressed = None
        if pressed is None and now >= due:
            waits_for = not is_written
            pressed = pane.type("q") if waits_for else pane.press("BSpace")
            due = now + _KEY_EVERY
        if now > began + seconds:
            raise TimeoutError("the reply does not end:\n" + "\n".join(lines))
        time.sleep(0.001)
    return Watched(ended, echoes)


def _watch_from_afar(pane: Terminal) -> float:
    """Return about when a reply's last token was seen; looked for so seldom, it costs nobody a core."""
    while not any(END in line for line in pane.lines()):
        time.sleep(_GLANCE)
    ended = time.monotonic()
    time.sleep(1)
    return ended


def _streaming_share(pane: Terminal) -> float:
    """Return the share of a core that the program takes while 100 tokens a second come, 1 being all of it."""
    ask(pane, tokens=1_200, rate=100)
    time.sleep(2)
    process = pane.process
    used, began = cpu_seconds(process), time.monotonic()
    time.sleep(_STREAMED)
    return (cpu_seconds(process) - used) / (time.monotonic() - began)


def _last_byte(url: str) -> float:
    with urllib.request.urlopen(f"{url}/__end") as answer:  # noqa: S310  # the mock server's own address
        return float(json.load(answer))
