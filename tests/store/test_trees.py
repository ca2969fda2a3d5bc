"""Laws of the tree, held through any sequence of turns, stops, choices and recoveries."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from tchat.domain.conversation import StoredMessage, TurnIds
from tchat.domain.ids import id_maker
from tchat.domain.message import assistant, user
from tchat.store.conversations import Conversations
from tchat.store.database import Database
from tests.store.stores import complete, turn

Value = TypeVar("Value")
TEXT = st.text(st.sampled_from("ab \0é\U0001f600"), max_size=5)


class Trees(RuleBasedStateMachine):
    """A store in memory beside a model of it: what was said, under which parent, in which conversation."""

    turns: Bundle[TurnIds] = Bundle("turns")
    streaming: Bundle[TurnIds] = Bundle("streaming")

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.Runner()
        self.store = Conversations(self.run(Database.open(None)), id_maker())
        self.parents: dict[str, str | None] = {}
        self.homes: dict[str, str] = {}
        self.said: dict[str, str] = {}
        self.pieces: dict[str, str] = {}

    def run(self, work: Coroutine[Any, Any, Value]) -> Value:
        """Wait for the store."""
        return self.loop.run(work)

    def teardown(self) -> None:
        """Close the store."""
        self.run(self.store.aclose())
        self.loop.close()

    def began(self, ids: TurnIds, text: str | None, after: str | None) -> TurnIds:
        """Take a turn into the model."""
        if text is not None:
            self.parents[ids.message_id] = after
            self.said[ids.message_id] = text
            self.homes[ids.message_id] = ids.conversation_id
        self.parents[ids.reply_id] = ids.message_id
        self.pieces[ids.reply_id] = ""
        self.homes[ids.reply_id] = ids.conversation_id
        return ids

    @rule(targets=(turns, streaming), text=TEXT)
    def begin(self, text: str) -> TurnIds:
        """Start a conversation."""
        return self.began(self.run(self.store.begin_turn(turn(text))), text, None)

    @rule(targets=(turns, streaming), text=TEXT, above=turns, edit=st.booleans())
    def go_on(self, text: str, above: TurnIds, *, edit: bool) -> TurnIds:
        """Ask after a reply, or ask something else in the place of an earlier question."""
        after = self.parents[above.message_id] if edit else above.reply_id
        new = turn(text, conversation=above.conversation_id, after=after)
        return self.began(self.run(self.store.begin_turn(new)), text, after)

    @rule(targets=(turns, streaming), above=turns)
    def answer_again(self, above: TurnIds) -> TurnIds:
        """Regenerate a reply."""
        return self.began(self.run(self.store.begin_turn(turn(None, after=above.message_id))), None, None)

    @rule(ids=streaming, text=TEXT)
    def append(self, ids: TurnIds, text: str) -> None:
        """Stream more, also where the reply has ended: then nothing comes of it."""
        self.run(self.store.append(ids.reply_id, text=text, reasoning=""))
        if ids.reply_id in self.pieces:
            self.pieces[ids.reply_id] += text

    @rule(ids=streaming, text=TEXT)
    def finish(self, ids: TurnIds, text: str) -> None:
        """End a reply that is under way."""
        if self.pieces.pop(ids.reply_id, None) is not None:
            self.run(self.store.finish(ids.reply_id, assistant(text), complete()))
            self.said[ids.reply_id] = text

    @rule(ids=turns)
    def read(self, ids: TurnIds) -> None:
        """Choose a branch and recover: neither changes anything that was said."""
        self.run(self.store.set_leaf(ids.conversation_id, ids.message_id))
        assert self.run(self.store.recover()) == 0

    @invariant()
    def every_message_is_as_it_was_said(self) -> None:
        """Finished words stay, streaming ones are all there, and every message keeps its parent and conversation."""
        found: dict[str, StoredMessage] = {}
        for conversation in self.run(self.store.list(limit=None)):
            tree = self.run(self.store.tree(conversation.id))
            assert conversation.messages == len(tree)
            assert conversation.leaf_id in {message.id for message in tree}
            found |= {message.id: message for message in tree}
        assert {name: stored.message.text for name, stored in found.items()} == self.said | self.pieces
        assert {name: stored.parent_id for name, stored in found.items()} == self.parents
        assert {name: stored.conversation_id for name, stored in found.items()} == self.homes

    @invariant()
    def the_path_of_every_message_is_the_chain_of_its_parents(self) -> None:
        """A branch begins at a root, ends at its leaf and leaves nothing out; siblings and children agree with it."""
        for leaf in self.parents:
            chain: list[str] = []
            above: str | None = leaf
            while above is not None:
                chain.insert(0, above)
                above = self.parents[above]
            assert [message.id for message in self.run(self.store.path(leaf))] == chain
            siblings = [message.id for message in self.run(self.store.siblings(leaf))]
            place = (self.parents[leaf], self.homes[leaf])
            assert siblings == [name for name in self.parents if (self.parents[name], self.homes[name]) == place]
            branch = self.run(self.store.branch(leaf))
            assert [item.stored.id for item in branch] == chain
            assert branch[-1].siblings == tuple(siblings)
            below = [leaf]
            for name, above in self.parents.items():
                if above in below:
                    below.append(name)
            assert self.run(self.store.leaf_below(leaf)) == below[-1]
            if chain[1:]:
                children = self.run(self.store.children(chain[-2]))
                assert [message.id for message in children] == siblings

    @invariant()
    def the_search_index_is_in_step(self) -> None:
        """Full text search knows exactly the words that are stored."""
        check = "INSERT INTO message_search (message_search, rank) VALUES ('integrity-check', 1)"
        self.run(self.store.database.run(lambda db: db.execute(check)))


TestTrees = Trees.TestCase
TestTrees.settings = settings(max_examples=25, stateful_step_count=15, deadline=None)


async def test_two_messages_of_one_text_are_two(store: Conversations) -> None:
    """What was said twice is two messages with one text."""
    first = await store.begin_turn(turn(user("same")))
    second = await store.begin_turn(turn(user("same"), conversation=first.conversation_id))
    assert [root.message for root in await store.siblings(first.message_id)] == [user("same")] * 2
    assert first.message_id != second.message_id
