"""What a run adds to the calls that it makes: 1,000 of them, 50 at once, against a bare client that makes the same.

The processor time of a call is that of a whole process, less what the same process takes for a single call.
"""

import os
import shutil
import sys
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path

from tests.benchmarks.measuring import Limited, measure, python

CALLS = 1_000
AT_ONCE = 50
ITEMS = 10_000
ROUNDS = 5

TEMPLATE = """
[inputs]
n = "int"
[[step]]
name = "items"
for_each = "range(n)"
limit = 100_000
prompt = "Item {{ item }}"
[[step]]
name = "count"
value = "items | length"
"""
HTTPX = """
import asyncio, json, sys, httpx
async def main(url, calls, at_once):
    limits = httpx.Limits(max_connections=at_once, max_keepalive_connections=at_once)
    slots = asyncio.Semaphore(at_once)
    async with httpx.AsyncClient(limits=limits, timeout=60) as client:
        async def ask(number):
            body = {"model": "mock", "stream": True, "messages": [{"role": "user", "content": f"Item {number}"}]}
            async with slots, client.stream("POST", url + "/v1/chat/completions", json=body) as answer:
                async for line in answer.aiter_lines():
                    if line.startswith("data: {"):
                        [choice["delta"].get("content") for choice in json.loads(line[6:])["choices"]]
        await asyncio.gather(*map(ask, range(calls)))
asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
"""


def run_rows(url: str, home: Path) -> Generator[Limited]:
    """Measure everything that is promised of runs, their model being that of a mock server."""
    home.mkdir()
    config = f'model = "mock/mock"\n[network]\nconcurrency = {AT_ONCE}\n[providers.mock]\nbase_url = "{url}/v1"\n'
    (home / "config.toml").write_text(config)
    (home / "many.toml").write_text(TEMPLATE)
    environ = {**os.environ, "TCHAT_HOME": str(home)}
    program = shutil.which("tchat", path=str(Path(sys.executable).parent)) or "tchat"

    def ours(calls: int) -> list[str]:
        return [program, "run", "-q", str(home / "many.toml"), "--n", str(calls), "--jobs", str(AT_ONCE)]

    def bare(calls: int) -> list[str]:
        return [*python(HTTPX), url, str(calls), str(AT_ONCE)]

    many = _least((ours(CALLS), bare(CALLS)), environ)
    one = _least((ours(1), bare(1)), environ)
    added = 1000 * ((many[0] - one[0]) - (many[1] - one[1])) / (CALLS - 1)
    yield Limited(name=f"{CALLS:,} calls, {AT_ONCE} at once: added", figure="cpu", unit="ms", ours=added, limit=1.5)
    memory = measure(ours(ITEMS), environ).rss
    yield Limited(name=f"for_each over {ITEMS:,} items", figure="rss", unit="MiB", ours=memory, limit=150)


def _least(commands: Sequence[Sequence[str]], environ: Mapping[str, str]) -> list[float]:
    """Return the seconds of processor time of each command: the least of several, which others disturb, in turn."""
    rounds = [[measure(command, environ).cpu for command in commands] for _ in range(ROUNDS)]
    return [min(taken) for taken in zip(*rounds, strict=True)]
