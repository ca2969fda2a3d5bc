"""Measures tchat against the shortest program that does the same, in one run, and against fixed limits.

`python -m tests.benchmarks [commands] [runs] [interface] [meters] [pictures]` runs all or some. Exit code 1 if a target
is missed.
The floors: an empty Python, a ten-line httpx script, the shortest script with each SDK, all against the same server on
loopback, and an empty Textual application.
"""

import contextlib
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path

from tests.benchmarks.estimating import composing_rows, estimating_rows
from tests.benchmarks.interface import Row, interface_rows
from tests.benchmarks.measuring import Comparison, Limited, Run, pair, python
from tests.benchmarks.preparing import preparing_rows
from tests.benchmarks.runs import run_rows
from tests.benchmarks.spending import spending_rows
from tests.benchmarks.streaming import engine_share

_GROUPS = ("commands", "runs", "interface", "meters", "pictures")
HTTPX = """
import json, sys, httpx
url, prompt = sys.argv[1:]
body = {"model": "mock", "stream": True, "messages": [{"role": "user", "content": prompt}]}
with httpx.stream("POST", url + "/v1/chat/completions", json=body, timeout=60) as answer:
    for line in answer.iter_lines():
        if line.startswith("data: {"):
            for choice in json.loads(line[6:])["choices"]:
                print(choice["delta"].get("content") or "", end="", flush=True)
"""
OPENAI = """
import asyncio, sys, openai
async def main(url, prompt):
    client = openai.AsyncOpenAI(base_url=url + "/v1", api_key="k")
    async for event in await client.responses.create(model="mock", input=prompt, stream=True):
        if event.type == "response.output_text.delta":
            print(event.delta, end="", flush=True)
asyncio.run(main(*sys.argv[1:]))
"""
ANTHROPIC = """
import asyncio, sys, anthropic
async def main(url, prompt):
    client = anthropic.AsyncAnthropic(base_url=url, api_key="k")
    messages = [{"role": "user", "content": prompt}]
    async for event in await client.messages.create(model="mock", max_tokens=99, messages=messages, stream=True):
        if event.type == "content_block_delta":
            print(event.delta.text, end="", flush=True)
asyncio.run(main(*sys.argv[1:]))
"""
GEMINI = """
import asyncio, sys
from google import genai
async def main(url, prompt):
    client = genai.Client(api_key="k", http_options={"base_url": url, "api_version": "v1beta"}).aio
    async for chunk in await client.models.generate_content_stream(model="mock", contents=prompt):
        for part in chunk.candidates[0].content.parts:
            print(part.text, end="", flush=True)
asyncio.run(main(*sys.argv[1:]))
"""
QUESTION = "What is a token?"
LONG = "Tell me everything. [[tokens=20000]]"


@contextlib.contextmanager
def server() -> Generator[str]:
    """Run the mock server in a process of its own and yield its URL."""
    process = subprocess.Popen([sys.executable, "-m", "tests.benchmarks.mock"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.communicate()


def compared(name: str, ours: Run, floor: Run, *, wall: float, rss: float | None = None) -> list[Comparison]:
    """Return the promised figures of a pair of runs."""
    rows = [
        Comparison(name=name, figure="wall", unit="ms", ours=ours.wall * 1000, floor=floor.wall * 1000, target=wall)
    ]
    if rss is not None:
        rows.append(Comparison(name=name, figure="rss", unit="MiB", ours=ours.rss, floor=floor.rss, target=rss))
    return rows


def comparisons(url: str, home: Path) -> Generator[Comparison]:
    """Measure everything that is promised of whole processes."""
    program = shutil.which("tchat", path=str(Path(sys.executable).parent)) or "tchat"
    environ = {
        **os.environ,
        "TCHAT_HOME": str(home),
        "OPENAI_API_KEY": "k",
        "ANTHROPIC_API_KEY": "k",
        "GEMINI_API_KEY": "k",
        "OPENAI_BASE_URL": f"{url}/v1",
        "ANTHROPIC_BASE_URL": url,
        "GOOGLE_GEMINI_BASE_URL": url,
    }
    (home / "config.toml").write_text(f'[providers.mock]\nbase_url = "{url}/v1"\n')

    def ask(model: str, prompt: str = QUESTION) -> list[str]:
        return [program, "-q", "-m", model, prompt]

    yield from compared("tchat --version", *pair([program, "--version"], python("pass"), environ, runs=15), wall=6.0)
    httpx = python(HTTPX)
    one_shot = pair(ask("mock/mock"), [*httpx, url, QUESTION], environ)
    yield from compared("one-shot, OpenAI-compatible", *one_shot, wall=1.6)
    long = pair(ask("mock/mock", LONG), [*httpx, url, LONG], environ)
    yield from compared("20,000-token reply to a pipe", *long, wall=1.3)
    for name, script in (("openai", OPENAI), ("anthropic", ANTHROPIC), ("gemini", GEMINI)):
        runs = pair(ask(f"{name}/mock"), [*python(script), url, QUESTION], environ, runs=7)
        yield from compared(f"one-shot, {name} SDK", *runs, wall=1.2, rss=1.2)


def listing_row(home: Path) -> Limited:
    """Measure how much longer than the bare command it takes to load, check and list the shipped templates."""
    program = shutil.which("tchat", path=str(Path(sys.executable).parent)) or "tchat"
    environ = {**os.environ, "TCHAT_HOME": str(home)}
    listing, bare = pair([program, "prompts", "list"], [program, "--version"], environ, runs=15)
    more = 1000 * (listing.wall - bare.wall)
    return Limited(name="tchat prompts list, beyond --version", figure="wall", unit="ms", ours=more, limit=150)


def command_rows(url: str, home: Path) -> Generator[Row]:
    """Measure everything that is promised of the command line, the engine and the store."""
    yield from comparisons(url, home)
    yield listing_row(home)
    share = 100 * engine_share(home / "engine")
    yield Limited(name="engine and store at 5,000 chunks a second", figure="cpu", unit="%", ours=share, limit=25)


def meter_rows(home: Path) -> Generator[Row]:
    """Measure everything that is promised of estimates and sums."""
    yield from estimating_rows()
    yield from composing_rows(home / "composing")
    yield from spending_rows(home)


def main(*groups: str) -> int:
    """Print the report; return 1 if a target is missed."""
    if not set(groups) <= {*_GROUPS}:
        sys.exit(__doc__)
    wanted = groups or _GROUPS
    if "interface" in wanted and shutil.which("tmux") is None:
        sys.exit("the interface is measured in tmux, which is not installed; `commands runs meters` measures the rest")
    print(f"{'':44} {'':5} {'tchat':>9} {'floor':>9}\n")
    missed = 0
    with tempfile.TemporaryDirectory() as home, server() as url:
        rows = itertools.chain(
            command_rows(url, Path(home)) if "commands" in wanted else (),
            run_rows(url, Path(home) / "runs") if "runs" in wanted else (),
            interface_rows(url) if "interface" in wanted else (),
            meter_rows(Path(home)) if "meters" in wanted else (),
            preparing_rows() if "pictures" in wanted else (),
        )
        for row in rows:
            print(row.row(), flush=True)
            missed += row.is_missed
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
