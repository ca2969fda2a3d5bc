"""A process that writes to a database.

`python -m tests.store.writer PATH turns N | stream | recover | write TEXT | adopt`
"""

import asyncio
import sys
from pathlib import Path

from tchat.domain.draft import Draft
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


async def write(path: Path, text: str) -> None:
    """Keep a draft of a new conversation, say so, and live until a line on standard input."""
    async with opened(path) as store:
        await store.keep_draft(None, Draft(text=text))
        print("kept", flush=True)
        sys.stdin.readline()


async def adopt(path: Path) -> None:
    """Print the draft of a new conversation, once a line on standard input says so, and live until another one."""
    async with opened(path) as store:
        print("ready", flush=True)
        sys.stdin.readline()
        draft = await store.draft(None)
        print(draft.text if draft else "none", flush=True)
        sys.stdin.readline()


if __name__ == "__main__":
    database = Path(sys.argv[1])
    match sys.argv[2]:
        case "turns":
            asyncio.run(take_turns(database, int(sys.argv[3])))
        case "stream":
            asyncio.run(stream(database))
        case "recover":
            asyncio.run(recover(database))
        case "write":
            asyncio.run(write(database, sys.argv[3]))
        case "adopt":
            asyncio.run(adopt(database))
        case other:
            sys.exit(f"no such task: {other}")
