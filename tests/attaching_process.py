"""A process that attaches a file: `python -m tests.attaching_process DATABASE MEDIA FILE`.

It says when the file is kept, and stores the message that speaks of it once a line on standard input says so.
"""

import asyncio
import sys
from pathlib import Path

from tchat.domain.message import Attachment, assistant, user
from tchat.media.attachment import attach_file
from tchat.media.blobs import Blobs
from tests.store.stores import complete, opened, turn


async def attach(database: Path, media: Path, file: str) -> None:
    """Attach, wait, and take a turn."""
    part = attach_file(file, Blobs(media))
    assert isinstance(part, Attachment)
    print("kept", flush=True)
    sys.stdin.readline()
    async with opened(database) as store:
        ids = await store.begin_turn(turn(user("what is it?", part)))
        await store.finish(ids.reply_id, assistant("a chart"), complete())
    print(ids.conversation_id, flush=True)


asyncio.run(attach(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]))
