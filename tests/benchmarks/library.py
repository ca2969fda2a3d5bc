"""Big libraries for measurements: many conversations in words as frequent as those of a language, and very long ones.

The same arguments make the same library. `python -m tests.benchmarks.library PATH [CONVERSATIONS MESSAGES]` makes one.
"""

import asyncio
import itertools
import random
import sqlite3
import sys
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

from tchat.domain.ids import id_maker
from tchat.store.database import Database
from tests.store.stores import backfill

_COMMON = (
    "the of and to a in is that it for as was with be by on not he this are or his from at which but have an had they"
    " you were their one all we can her has there been if more when will would who so no what about model answer"
    " question step think reason first then because python code list value function return data table number time way"
    " use make find show write example problem solution check compare between result error line file test case"
)
_ONSETS = "b bl br c ch cl cr d dr f fl fr g gl gr h j k l m n p ph pl pr qu r s sc sh sl sp st str t th tr v w y z"
_VOWELS = "a e i o u ai ea ee io ou"
_CODAS = ["", "", "n", "r", "s", "t", "l", "nd", "nt", "rs", "ck", "m", "x"]
_WORDS = 20_000
_SENTENCES = 60_000
_BEGIN = 1_700_000_000.0
"""Unix time of the oldest message."""
_SETTINGS = ("{}", '{"effort":"high"}', '{"temperature":0.2,"max_tokens":2048}', '{"effort":"medium"}')
_BATCH = 20_000
_INSERT_CONVERSATION = """
    INSERT INTO conversation (id, title, created_at, updated_at, folder, pinned, archived_at, leaf_id, messages)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_INSERT_MESSAGE = """
    INSERT INTO message (number, id, conversation_id, parent_id, role, created_at, text) VALUES (?, ?, ?, ?, ?, ?, ?)
"""
_INSERT_REPLY = """
    INSERT INTO reply (
        number, provider, model, settings, state, finish, input_tokens, cached_read_tokens, output_tokens,
        reasoning_tokens, usage_final, cost, first_token_after, seconds, finished_at
    )
    VALUES (?, 'anthropic', ?, ?, 'complete', 'stop', ?, ?, ?, 0, 1, ?, 0.6, 4.2, ?)
"""
_CODE = (
    "```python\ndef {0}({1}: int) -> int:\n    total = 0\n    for {2} in range({1}):\n        total += {2}\n"
    "    return total\n```"
)
_TABLE = "| {0} | {1} | {2} |\n|---|---:|:--|\n| {3} | 12 | {4} |\n| {5} | 7.5 | {0} |"

Row = tuple[object, ...]


class Prose:
    """Text in a language of its own: made-up words after a few English ones, each as frequent as Zipf's law has it."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311  # the same library every time
        self.words = self._vocabulary()
        weights = list(itertools.accumulate(1 / (rank + 2.7) for rank in range(len(self.words))))
        self._sentences = [
            " ".join(self._random.choices(self.words, cum_weights=weights, k=length)).capitalize() + "."
            for length in (4 + min(self._random.getrandbits(4), self._random.getrandbits(5)) for _ in range(_SENTENCES))
        ]

    def _vocabulary(self) -> list[str]:
        words: dict[str, None] = dict.fromkeys(_COMMON.split())
        onsets, vowels, pick = _ONSETS.split(), _VOWELS.split(), self._random.choice
        while len(words) < _WORDS:
            syllables = min(1 + len(words) // 4_000, 3)
            made = "".join(pick(onsets) + pick(vowels) + pick(_CODAS) for _ in range(syllables))
            words[made] = None
        return list(words)

    def sentences(self, number: int) -> str:
        """Return a text of so many sentences, of about nine words each."""
        return " ".join(self._random.choices(self._sentences, k=number))

    def title(self) -> str:
        """Return a title of at most 60 characters."""
        return self.sentences(1)[:60].rstrip(".")

    def markdown(self) -> str:
        """Return a text with a heading, a list, code and a table."""
        words = self._random.choices(self.words, k=6)
        items = "\n".join(f"- **{word}**: {self.sentences(1)}" for word in words[:3])
        blocks = [f"## {self.title()}", self.sentences(3), items, _CODE.format(*words), self.sentences(2)]
        return "\n\n".join([*blocks, _TABLE.format(*words)])


def make_library(path: Path, *, conversations: int = 10_000, messages: int = 1_000_000) -> None:
    """Make a database of so many conversations that share so many messages, half of them replies with usage and cost.

    A question has one to four sentences, a reply has one to twenty. Every 500th conversation is pinned, every third is
    in one of 20 folders, every 50th is archived.
    """
    shelves = random.Random(2)  # noqa: S311  # the same library every time
    prose = Prose(1)
    folders = [prose.title().split()[0] for _ in range(20)]
    with _filling(path) as connection:
        writer = _Writer(connection, prose)
        for number in range(conversations):
            length = messages * (number + 1) // conversations - messages * number // conversations
            folder = shelves.choice(folders) if number % 3 == 0 else None
            writer.conversation(length, folder=folder, pinned=number % 500 == 0, archived=number % 50 == 1)
        writer.flush()


def make_long_conversation(path: Path, *, messages: int = 2_000) -> str:
    """Make a database of one conversation on one branch, whose replies are Markdown; return the id of its leaf."""
    with _filling(path) as connection:
        writer = _Writer(connection, Prose(1))
        leaf_id = writer.conversation(messages, markdown=True)
        writer.flush()
    return leaf_id


class _Writer:
    """Rows for a database, stored many at a time."""

    def __init__(self, connection: sqlite3.Connection, prose: Prose) -> None:
        self._connection = connection
        self._prose = prose
        self._random = random.Random(3)  # noqa: S311  # the same library every time
        self._now = _BEGIN
        self._make_id = id_maker(lambda: self._now, self._random.getrandbits)
        self._number = 0
        self._conversations: list[Row] = []
        self._messages: list[Row] = []
        self._replies: list[Row] = []

    def conversation(
        self,
        length: int,
        *,
        folder: str | None = None,
        pinned: bool = False,
        archived: bool = False,
        markdown: bool = False,
    ) -> str:
        """Add a conversation of so many messages on one branch, and return the id of the last."""
        made, begun, above = self._make_id(), self._now, None
        for index in range(length):
            self._now += 20.0
            above = self._message(made, above, is_reply=index % 2 == 1, markdown=markdown)
        archived_at = self._now if archived else None
        title = self._prose.title()
        self._conversations.append((made, title, begun, self._now, folder, pinned, archived_at, above, length))
        if len(self._messages) > _BATCH:
            self.flush()
        return above or ""

    def flush(self) -> None:
        """Store what was added."""
        self._connection.executemany(_INSERT_CONVERSATION, self._conversations)
        self._connection.executemany(_INSERT_MESSAGE, self._messages)
        self._connection.executemany(_INSERT_REPLY, self._replies)
        self._conversations, self._messages, self._replies = [], [], []

    def _message(self, home: str, above: str | None, *, is_reply: bool, markdown: bool) -> str:
        pick = self._random.random()
        if is_reply and markdown:
            text = self._prose.markdown()
        else:
            text = self._prose.sentences(1 + int(pick * (20 if is_reply else 4)))
        made = self._make_id()
        self._number += 1
        role = "assistant" if is_reply else "user"
        self._messages.append((self._number, made, home, above, role, self._now, text))
        if is_reply:
            tokens = len(text) // 4
            usage = (3 * tokens, 2 * tokens, tokens, tokens * 15e-6)
            settings = _SETTINGS[int(pick * len(_SETTINGS))]
            self._replies.append((self._number, "claude-model", settings, *usage, self._now))
        return made


@contextmanager
def _filling(path: Path) -> Generator[sqlite3.Connection]:
    """Lend a connection to a new database whose counts and index are filled in the end, all at once."""
    asyncio.run(_make(path))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        triggers = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA cache_size = -200000")
        connection.execute("BEGIN")
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        yield connection
        connection.execute("INSERT INTO message_search (message_search) VALUES ('rebuild')")
        for _, script in triggers:
            connection.execute(script)
        connection.execute(backfill())
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint (TRUNCATE)")


async def _make(path: Path) -> None:
    await (await Database.open(path)).aclose()


if __name__ == "__main__":
    match sys.argv[1:]:
        case [name]:
            make_library(Path(name))
        case [name, conversations, messages]:
            make_library(Path(name), conversations=int(conversations), messages=int(messages))
        case _:
            sys.exit(__doc__)
