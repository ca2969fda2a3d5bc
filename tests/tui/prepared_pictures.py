"""A conversation about pictures that is always the same, for pictures and snapshots."""

import itertools
from pathlib import Path

from tchat.domain.conversation import NewTurn
from tchat.domain.interleaving import interleaved
from tchat.domain.message import ImagePart, Message, TextPart
from tchat.domain.request import Settings
from tchat.domain.usage import Usage
from tchat.media.attachment import Source, attach
from tchat.media.blobs import Blobs
from tchat.paths import find_paths
from tchat.store.conversations import Conversations
from tchat.store.database import Database
from tests.tui.pictured import chart, photograph
from tests.tui.prepared import MORNING, claude

QUESTION = "Which technique is best in [image 1]?\nThen draw what the winner may look at from the top."
ANSWER = "**Votes** are: 17, 16 and 15 right answers of 20. This is the view from the top:"


def _blobs(home: Path) -> Blobs:
    return Blobs(find_paths({"TCHAT_HOME": str(home)}).media)


def kept_pictures(home: Path) -> tuple[ImagePart, ImagePart]:
    """Keep a chart and a photograph in a home, and return them as parts of messages."""
    parts = [
        attach(Source(data, name), _blobs(home)) for data, name in ((chart(), "chart.png"), (photograph(), "hills.jpg"))
    ]
    first, second = (part for part in parts if isinstance(part, ImagePart))
    return first, second


async def converse(home: Path) -> str:
    """Write a conversation in which a picture is asked about and another one made, and return its id."""
    numbers = itertools.count(1)
    store = Conversations(
        await Database.open(home / "tchat.db"), lambda: f"01HRXP{next(numbers):020d}", clock=lambda: MORNING
    )
    asked, made = kept_pictures(home)
    settings = Settings(effort="low")
    ids = await store.begin_turn(
        NewTurn(
            provider="anthropic", model="claude-opus-5-5", settings=settings, title="A chart and a view",
            message=Message("user", interleaved(QUESTION, (asked,))),
        )
    )  # fmt: skip
    used = Usage(input=1_302, output=1_140)
    answer = Message("assistant", (TextPart(ANSWER), made))
    await store.finish(ids.reply_id, answer, claude("low", usage=used, cost=0.035, seconds=9.4))
    await store.aclose()
    return ids.conversation_id
