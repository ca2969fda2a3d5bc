"""A process that writes to a database: `python -m tests.store.writer PATH turns N | stream | recover`."""

import asyncio
import sys
from pathlib import Path

from tchat.domain.message import assistant
from tests.store.stores import complete, opened, turn


async def take_turns(path: Path, number: int) -> None:
    """Take so many turns, each in a new conversation."""
    async with opened(path) as store:
        for index in range(number):
            ids = await store.begin_turn(turn(f"question {index}"))
            await store.append(ids.reply_id, text="ans", reasoning="")
            await store.finish(ids.reply_id, assistant("answer"), complete())


async def stream(path: Path) -> None:
    """Stream one endless reply: print its id, then the number of every piece that is on disk."""
    async with opened(path) as store:
        ids = await store.begin_turn(turn("the question"))
        print(ids.reply_id, flush=True)
        number = 0
        while True:
            await store.append(ids.reply_id, text=f"{number} ", reasoning=f"r{number} ")
            print(number, flush=True)
            number += 1


async def recover(path: Path) -> None:
    """Print how many replies were closed, once a line on standard input says so."""
    async with opened(path) as store:
        print("ready", flush=True)
        sys.stdin.readline()
        print(await store.recover(), flush=True)


if __name__ == "__main__":
    database = Path(sys.argv[1])
    match sys.argv[2]:
        case "turns":
            asyncio.run(take_turns(database, int(sys.argv[3])))
        case "stream":
            asyncio.run(stream(database))
        case "recover":
            asyncio.run(recover(database))
        case other:
            sys.exit(f"no such task: {other}")
