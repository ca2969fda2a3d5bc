"""The conversations of one user: begun, written as they stream, read, searched and put away.

Laws: what `begin_turn` and `append` return for is safe from the death of the process; nothing that was said is ever
changed; a reply that its process could not finish is `interrupted` and keeps all that it had said.
"""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Mapping
from typing import TypeVar

from tchat.domain.conversation import BranchMessage, Conversation, NewTurn, Reply, StoredMessage, Summary, TurnIds
from tchat.domain.draft import Draft
from tchat.domain.message import ImagePart, Message, assistant
from tchat.store import discarding, drafts, forking, organising, reading, summarising, writing
from tchat.store.attachments import Purged, with_used
from tchat.store.database import Database
from tchat.store.recovering import recover
from tchat.store.runs import Runs
from tchat.store.usage import Usages
from tchat.store.writers import Writers

Value = TypeVar("Value")

LOCK_FOLDER = "writers"
"""The folder beside the database with a lock file for each process that writes."""


class Conversations:
    """Trees of messages in a database.

    Every method raises `StoreError` if the database cannot be used, and `NotFound` for an id that it does not hold.

    Args:
        database: belongs to this object from now on.
        make_id: makes ids that are unique across machines.
        clock: tells the Unix time.
    """

    def __init__(self, database: Database, make_id: Callable[[], str], clock: Callable[[], float] = time.time) -> None:
        self.database = database
        """Closed by `aclose`."""
        self._make_id = make_id
        self._clock = clock
        folder = database.path.parent / LOCK_FOLDER if database.path else None
        self._writers = Writers(folder, make_id)
        self._has_recovered = False
        self._is_closed = False
        self.runs = Runs(database, make_id, clock, self._writers)
        """The journal of what templates asked."""
        self.usage = Usages(database, clock, self._writers)
        """What was spent, and what is reserved."""

    # --- turns

    async def create(self, *, title: str, source: str | None = None) -> str:
        """Make a conversation without messages and return its id."""
        made = self._make_id()
        await self.database.run(lambda db: writing.create(db, made, title, source, self._clock()))
        return made

    async def begin_turn(self, turn: NewTurn) -> TurnIds:
        """Store what the user says, in a new conversation where the turn starts one, and an empty streaming reply.

        If the waiting task is cancelled, the message stays and the reply is closed as stopped.

        Raises:
            NotFound: the conversation or the parent is not there, or the parent is no message to be answered again.
        """
        ids = writing.NewIds.of(turn, self._make_id)
        try:
            return await self.database.write(lambda db: self._begin(db, turn, ids))
        except asyncio.CancelledError:
            stopped = Reply(
                provider=turn.provider, model=turn.model, state="stopped", settings=turn.settings, system=turn.system
            )
            self.database.post(lambda db: self._finish(db, ids.reply_id, assistant(""), stopped))
            raise

    async def append(self, reply_id: str, *, text: str, reasoning: str, pictures: tuple[ImagePart, ...] = ()) -> None:
        """Store more of a streaming reply, in a time that depends on the length of the piece only.

        Where there is another picture, `pictures` are all that it has.
        """
        await self.database.write(lambda db: writing.grow(db, reply_id, text, reasoning, pictures))

    async def finish(self, reply_id: str, message: Message, reply: Reply) -> None:
        """Store a reply's final form, in place of what was written of it.

        Raises:
            StoreError: it is finished already, or cannot be stored.
        """
        await self.database.write(lambda db: self._finish(db, reply_id, message, reply))

    async def stand_for(self, message_id: str, reply_id: str) -> Summary:
        """Let a reply of a turn beside the conversation be sent in place of a message and all before it, from now on.

        Forks have it too; nothing that was said changes.
        """
        return await self.database.run(lambda db: summarising.stand_for(db, message_id, reply_id, self._clock()))

    async def recover(self) -> int:
        """Close the replies of processes that died, and return how many there were; the first turn does so too."""
        return await self.database.run(lambda db: self._recover(db, self._clock()))

    # --- reading

    async def list(
        self, *, limit: int | None = 50, after: Conversation | None = None, archived: bool = False
    ) -> tuple[Conversation, ...]:
        """Return at most `limit` conversations (None: all), the last updated first; `after` ends the page before.

        Archived conversations are listed by themselves.
        """
        return await self.database.run(lambda db: reading.conversations(db, limit, after, archived=archived))

    async def titled(self, query: str, *, limit: int = 200) -> tuple[Conversation, ...]:
        """Return the conversations whose title or folder holds every word of `query`, the last updated first.

        Archived ones are found too. A search whose task is cancelled ends.
        """
        return await self.database.look_up(lambda db: organising.titled(db, query, limit))

    async def pinned(self) -> tuple[Conversation, ...]:
        """Return the pinned conversations that are not archived, the last updated first."""
        return await self.database.run(organising.pinned)

    async def folders(self) -> tuple[str, ...]:
        """Return the folders that conversations are in, archived ones too, in alphabetical order."""
        return await self.database.run(organising.folders)

    async def last(self) -> Conversation | None:
        """Return the conversation that was updated last."""
        return next(iter(await self.list(limit=1)), None)

    async def deleted(self, *, limit: int | None = 50) -> tuple[Conversation, ...]:
        """Return at most `limit` conversations (None: all) that are deleted and not purged, the last deleted first."""
        return await self.database.run(lambda db: reading.deleted(db, limit))

    async def conversation(self, id_or_prefix: str, *, among: reading.Among = "kept") -> Conversation:
        """Return the one conversation whose id begins so, in either case.

        Raises:
            NotFound: there is none, or more than one.
        """
        return await self.database.run(lambda db: reading.conversation(db, id_or_prefix, among))

    async def message(self, message_id: str) -> StoredMessage:
        """Return one message."""
        return await self.database.run(lambda db: reading.message(db, self._writers.is_alive, message_id))

    async def path(self, leaf_id: str) -> tuple[StoredMessage, ...]:
        """Return the branch that ends in a message, from its root."""
        return await self.database.run(lambda db: reading.path(db, self._writers.is_alive, leaf_id))

    async def branch(self, leaf_id: str) -> tuple[BranchMessage, ...]:
        """Return the branch that ends in a message, from its root, with the siblings of every message."""
        return await self.database.run(lambda db: reading.branch(db, self._writers.is_alive, leaf_id))

    async def leaf_below(self, message_id: str) -> str:
        """Return the last message that was stored below a message; its own id if there is none."""
        return await self.database.run(lambda db: reading.leaf_below(db, message_id))

    async def children(self, message_id: str) -> tuple[StoredMessage, ...]:
        """Return the messages that follow a message, oldest first."""
        return await self.database.run(lambda db: reading.children(db, self._writers.is_alive, message_id))

    async def siblings(self, message_id: str) -> tuple[StoredMessage, ...]:
        """Return a message and those with the same parent, oldest first; a root's siblings are the other roots."""
        return await self.database.run(lambda db: reading.siblings(db, self._writers.is_alive, message_id))

    async def tree(self, conversation_id: str) -> tuple[StoredMessage, ...]:
        """Return every message of a conversation, parents before children."""
        return await self.database.run(lambda db: reading.tree(db, self._writers.is_alive, conversation_id))

    async def stamp(self) -> int:
        """Return a number that grows whenever this process or another one has changed the database."""
        return await self.database.run(reading.stamp)

    # --- branches

    async def discard(self, message_id: str) -> str | None:
        """Hide a message and all that follows it until it is restored, and return the leaf of its conversation.

        If the leaf is hidden too, the conversation is read on below the sibling before, else the one after, else at
        the parent (None above a root). What a hidden reply has cost stays counted.

        Raises:
            UsageError: one of the replies is still streaming.
        """
        return await self.database.run(lambda db: self._discard(db, message_id))

    async def restore(self, message_id: str) -> str:
        """Bring back exactly what a discard hid, and return the leaf that was read there.

        Raises:
            UsageError: what the message follows was discarded after it.
        """
        return await self.database.run(lambda db: discarding.restore(db, message_id))

    async def fork(self, leaf_id: str, *, title: str | None = None) -> str:
        """Copy the branch that ends in a message into a new conversation, and return its id.

        Replies keep everything that is known of them, and what they cost is counted once.

        Raises:
            UsageError: one of the replies is still streaming.
        """
        originals = await self.database.run(lambda db: reading.line(db, leaf_id))
        copies = {original: self._make_id() for original in originals}
        made = self._make_id()
        await self.database.run(lambda db: self._fork(db, made, copies, title))
        return made

    # --- drafts

    async def keep_draft(self, conversation_id: str | None, draft: Draft) -> None:
        """Store this process's draft for a conversation (None: for a new one); an empty one removes it."""
        await self.database.run(lambda db: drafts.keep(db, self._writers, conversation_id, draft, self._clock()))

    async def draft(self, conversation_id: str | None) -> Draft | None:
        """Return this process's draft for a conversation (None: for a new one).

        Where it has none, the newest one that a dead process left becomes its own.
        """
        return await self.database.run(lambda db: drafts.kept(db, self._writers, conversation_id))

    # --- keeping

    async def rename(self, conversation_id: str, title: str) -> None:
        """Give a conversation another title."""
        await self.database.run(lambda db: writing.rename(db, conversation_id, title))

    async def set_pinned(self, conversation_id: str, pinned: bool) -> None:  # noqa: FBT001  # the value that is set
        """Pin a conversation or let it go."""
        await self.database.run(lambda db: organising.set_pinned(db, conversation_id, pinned=pinned))

    async def set_folder(self, conversation_id: str, folder: str | None) -> None:
        """Put a conversation into a folder, which is there as long as something is in it, or into none."""
        await self.database.run(lambda db: organising.set_folder(db, conversation_id, folder))

    async def set_archived(self, conversation_id: str, archived: bool) -> None:  # noqa: FBT001  # the value that is set
        """Keep a conversation out of the list, or show it there again."""
        since = self._clock() if archived else None
        await self.database.run(lambda db: organising.set_archived(db, conversation_id, since))

    async def set_leaf(self, conversation_id: str, leaf_id: str) -> None:
        """Choose the branch that is read, by its last message."""
        await self.database.run(lambda db: writing.set_leaf(db, conversation_id, leaf_id))

    async def delete(self, conversation_id: str) -> None:
        """Hide a conversation from lists and search until it is undeleted; what it has cost stays counted."""
        await self.database.run(lambda db: writing.delete(db, conversation_id, self._clock()))

    async def undelete(self, conversation_id: str) -> None:
        """Bring a deleted conversation back as it was."""
        await self.database.run(lambda db: writing.restore(db, conversation_id))

    async def purge(self, conversation_id: str) -> Purged:
        """Remove a conversation for good, deleted or not; only what it has cost is kept. Return what it had.

        Words of it stay in the index of the search until `forget_words`.

        Raises:
            UsageError: one of the replies is still streaming.
        """
        return await self.database.run(lambda db: self._purge(db, conversation_id))

    async def forget_words(self) -> None:
        """Leave no word of purged conversations in the file; it takes seconds for a hundred thousand messages."""
        await self.database.run(
            lambda db: db.execute("INSERT INTO message_search (message_search) VALUES ('optimize')")
        )

    async def with_used_attachments(self, work: Callable[[frozenset[str]], Value]) -> Value:
        """Return what `work` makes of the digests in use, of which nobody begins to use another one meanwhile."""
        return await self.database.run(lambda db: with_used(db, work))

    async def aclose(self) -> None:
        """Close the database after all that was asked of it; closing twice is fine."""
        if self._is_closed:
            return
        self._is_closed = True
        try:
            await self.database.run(lambda _: self._writers.release())
        finally:
            await self.database.aclose()

    # --- on the database's thread

    def _begin(self, db: sqlite3.Connection, turn: NewTurn, ids: writing.NewIds) -> TurnIds:
        writer, now = self._writers.own(), self._clock()
        if not self._has_recovered:
            self._recover(db, now)
        return writing.begin_turn(db, turn, ids, writer, now)

    def _finish(self, db: sqlite3.Connection, reply_id: str, message: Message, reply: Reply) -> None:
        writing.finish(db, reply_id, message, reply, self._clock())

    def _discard(self, db: sqlite3.Connection, message_id: str) -> str | None:
        recover(db, self._writers.is_alive, self._clock())  # a dead writer's reply does not stream
        return discarding.discard(db, message_id)

    def _purge(self, db: sqlite3.Connection, conversation_id: str) -> Purged:
        recover(db, self._writers.is_alive, self._clock())
        return writing.purge(db, conversation_id)

    def _fork(self, db: sqlite3.Connection, made: str, copies: Mapping[str, str], title: str | None) -> None:
        now = self._clock()
        recover(db, self._writers.is_alive, now)
        forking.fork(db, made, copies, title, now)

    def _recover(self, db: sqlite3.Connection, now: float) -> int:
        recovered = recover(db, self._writers.is_alive, now)
        self._writers.sweep()
        self._has_recovered = True
        return recovered
