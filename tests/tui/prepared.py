"""A user's home with conversations that are always the same, for pictures and snapshots."""

import itertools
from pathlib import Path

from tchat.domain.conversation import Failure, NewTurn, Reply, TurnIds
from tchat.domain.message import assistant, user
from tchat.domain.request import Settings
from tchat.domain.usage import Usage
from tchat.store.conversations import Conversations
from tchat.store.database import Database

MORNING = 1_710_407_040.0
"""Unix time: 14 March 2024, 09:04 UTC."""

CONFIG = """\
model = "anthropic/claude-opus-5-5"

[budget]
per_month = 20

[aliases]
fast = "openai/gpt-6-luna"
strong = "anthropic/claude-opus-5-5"

[models."anthropic/claude-opus-5-5"]
window = 200000
efforts = ["low", "medium", "high", "xhigh", "max"]
price = { input = 5.0, output = 25.0 }
"""
"""Every server of this machine is moved to a port where nobody answers."""
NOBODY = "".join(
    f'\n[providers.{name}]\nbase_url = "http://127.0.0.1:9/v1"\n' for name in ("ollama", "lmstudio", "llamacpp", "vllm")
)

TENNIS = "Roger has 5 tennis balls. He buys 2 more cans of tennis balls, and each can has 3 balls. How many has he now?"
THOUGHT = "He starts with 5.\nTwo cans of three balls are 2 × 3 = 6.\n5 + 6 = 11."
STEPS = """\
Roger starts with **5** balls. Two cans of three are $2 \\times 3 = 6$ more, and $5 + 6 = 11$.

**The answer is 11.**
"""
COMPARE = "Put few-shot, chain of thought and decomposition side by side, and show the first as code."
TABLE = """\
Three ways to ask for more than the next likely word:

| technique | what the prompt holds | calls | helps most with |
|---|---|--:|---|
| few-shot | solved examples | 1 | form and tone |
| chain of thought | the steps of a solution | 1 | sums and logic |
| decomposition | one small question at a time | 3–8 | long tasks |

A few-shot prompt is a conversation that never took place:

```python
messages = [
    {"role": "user", "content": "great film -> "},
    {"role": "assistant", "content": "positive"},
    {"role": "user", "content": f"{review} -> "},
]
```

1. Show the *hard* cases, not the easy ones.
2. Keep the labels balanced.
"""


def claude(effort: str = "high", **fields: object) -> Reply:
    """Return a reply of a large model."""
    values = {"provider": "anthropic", "model": "claude-opus-5-5", "state": "complete", "finish": "stop",
              "usage_final": True, "first_token_after": 0.8, **fields}  # fmt: skip
    return Reply(settings=Settings(effort=effort), **values)  # pyright: ignore[reportArgumentType]  # keywords of the struct


class Library:
    """Writes conversations, one minute a turn."""

    def __init__(self, store: Conversations, clock: list[float]) -> None:
        self._store = store
        self._clock = clock

    async def say(
        self, said: str | None, answer: str, reply: Reply, *, after: TurnIds | None = None, title: str | None = None
    ) -> TurnIds:
        """Ask and answer; without anything said, the message before is answered again."""
        self._clock[0] += 60
        parent = None if after is None else after.message_id if said is None else after.reply_id
        ids = await self._store.begin_turn(
            NewTurn(
                provider=reply.provider, model=reply.model, message=user(said) if said else None, parent_id=parent,
                conversation_id=after.conversation_id if after else None, settings=reply.settings, title=title,
            )
        )  # fmt: skip
        await self._store.finish(ids.reply_id, assistant(answer), reply)
        return ids


async def prepare(home: Path) -> str:
    """Fill a home with settings and conversations, and return the id of the one that has everything in it."""
    _configure(home)
    numbers = itertools.count(1)
    clock = [MORNING]
    store = Conversations(
        await Database.open(home / "tchat.db"), lambda: f"01HRXK{next(numbers):020d}", clock=lambda: clock[0]
    )
    library = Library(store, clock)
    for title in ("Lecture 6: beyond plain models", "Image tokens and patches", "When a model should abstain"):
        ids = await library.say("What is this lecture about?", "About what lies beyond.", claude(), title=title)
        if title.startswith("Lecture"):
            await store.set_pinned(ids.conversation_id, True)
        if title.startswith("Image"):
            await store.set_folder(ids.conversation_id, "course")
    used = Usage(input=118, output=412, reasoning=336)
    first = await library.say(
        TENNIS, "**11** balls.", claude("low", usage=used, cost=0.0109, seconds=2.1), title="Tennis balls, step by step"
    )
    again = await library.say(
        None, "He has 27 balls.", claude("low", usage=used, cost=0.0109, seconds=1.9), after=first
    )
    again = await library.say(None, STEPS, claude(usage=used, cost=0.0109, seconds=6.2, reasoning=THOUGHT), after=first)
    more = Usage(input=2_310, cached_read=1_900, output=640, reasoning=200)
    second = await library.say(COMPARE, TABLE, claude(usage=more, cost=0.0274, seconds=9.8), after=again)
    failure = Failure(
        kind="RateLimited", message="anthropic: too many requests for now", hint="wait a minute, or ask another model"
    )
    await library.say(
        "And which one should I teach first?", "", claude(state="failed", finish=None, usage_final=False,
        first_token_after=None, seconds=0.4, failure=failure), after=second,
    )  # fmt: skip
    await store.aclose()
    return first.conversation_id


def _configure(home: Path) -> None:
    home.mkdir(parents=True, exist_ok=True)
    (home / "config.toml").write_text(CONFIG + NOBODY, "utf-8")
