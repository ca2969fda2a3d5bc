"""The conversation on the screen: its branch, what is asked next, and the turns under way.

Nothing here draws. What happens is told as one of the events below, in order.
"""

import asyncio
from collections.abc import Callable, Coroutine

from msgspec.structs import replace

from tchat.domain.conversation import BranchMessage, Conversation, StoredMessage
from tchat.domain.effort import Effort
from tchat.domain.errors import NotFound, TchatError
from tchat.domain.events import TurnOpened
from tchat.domain.message import Message
from tchat.domain.model import ModelFacts, ModelRef
from tchat.engine.fitting_in import Fit
from tchat.engine.sent import Sent, sent_for, sent_next
from tchat.engine.session import Ask, Engine
from tchat.engine.summarising import asked
from tchat.runtime import Runtime
from tchat.store.conversations import Conversations
from tchat.tui.choice import Choice, has_efforts, shifted
from tchat.tui.talk_events import (
    BranchShown,
    ChoiceChanged,
    ListChanged,
    TalkEvent,
    Troubled,
    TurnBegan,
    TurnEnded,
    TurnGrew,
    TurnRefused,
    tell_nobody,
)
from tchat.tui.turns import LiveTurn


class Talk:
    """One conversation at a time, any number of turns under way.

    Methods raise `TchatError`s of the store; what goes wrong in a turn is told as an event.

    Args:
        runtime: where conversations and models are.
        choice: what is asked at first.
        tell: takes what happens.
        fail: takes what is a fault of this program.
    """

    def __init__(
        self,
        runtime: Runtime,
        choice: Choice,
        tell: Callable[[TalkEvent], None],
        fail: Callable[[BaseException], None],
    ) -> None:
        self._runtime = runtime
        self._tell = tell
        self._fail = fail
        self._engine: Engine | None = None
        self._turns: set[LiveTurn] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._showing: dict[LiveTurn, asyncio.Task[None]] = {}
        """For each turn that was stored: what brings it on the screen."""
        self._asked_on: dict[LiveTurn, int] = {}
        self._page = 0
        """Counts up whenever another conversation is turned to."""
        self._discarded: list[str] = []
        self.choice = choice
        self.conversation: Conversation | None = None
        """None while nothing was said in a new one."""
        self.branch: tuple[BranchMessage, ...] = ()

    # --- what is asked

    @property
    def facts(self) -> ModelFacts:
        """What is known of the model that is asked next."""
        return self._runtime.facts(self.choice.ref)

    @property
    def has_efforts(self) -> bool:
        """Whether the model has levels of reasoning effort, as far as that is known."""
        return has_efforts(self.facts)

    def choose(self, choice: Choice) -> None:
        """Ask so from now on."""
        self.choice = choice
        self._tell(ChoiceChanged())

    def shift_effort(self, step: int) -> Effort | None:
        """Ask with the next level up or down that the model has, and return it; None where it has none.

        Above the highest comes the provider's own choice, then the lowest.
        """
        if not self.has_efforts:
            return None
        effort = shifted(self.facts, self.choice.settings.effort, step)
        self.choose(replace(self.choice, settings=replace(self.choice.settings, effort=effort)))
        return effort

    # --- which conversation

    @property
    def live(self) -> LiveTurn | None:
        """The turn under way in the conversation on the screen."""
        return self._live_in(self.conversation.id if self.conversation else None)

    @property
    def is_idle(self) -> bool:
        """Whether no turn is under way anywhere, and all that happened was told."""
        return not self._tasks

    @property
    def streaming(self) -> frozenset[str]:
        """The conversations in which a turn is under way."""
        return frozenset(turn.conversation_id for turn in self._turns if turn.conversation_id)

    async def open(self, conversation_id: str, *, message_id: str | None = None) -> None:
        """Read a conversation, at the branch of a message if one is named.

        Raises:
            NotFound: there is no such conversation.
        """
        store = await self._store()
        conversation = await store.conversation(conversation_id)
        if message_id is not None:
            leaf = await store.leaf_below(message_id)
            await store.set_leaf(conversation.id, leaf)
            conversation = replace(conversation, leaf_id=leaf)
        self._page += 1
        await self._show(conversation, stays=False)
        self._take_choice()

    def begin(self) -> None:
        """Turn to a new conversation."""
        self._page += 1
        self.conversation = None
        self.branch = ()
        self._tell(BranchShown(branch=(), live=self.live, stays=False))

    async def refresh(self) -> None:
        """Read the conversation again: another program may have changed it."""
        if self.conversation is None or self.live is not None:
            return
        store = await self._store()
        try:
            conversation = await store.conversation(self.conversation.id)
        except NotFound:
            return
        last = self.branch[-1].stored.reply if self.branch else None
        grows = last is not None and last.state == "streaming"
        if conversation != self.conversation or grows:
            await self._show(conversation, stays=True)

    async def reread(self) -> None:
        """Take in another title of the conversation on the screen."""
        if self.conversation is not None:
            self.conversation = await (await self._store()).conversation(self.conversation.id)
            self._tell(ListChanged())

    async def _show(self, conversation: Conversation, *, stays: bool) -> None:
        store = await self._store()
        branch = await store.branch(conversation.leaf_id) if conversation.leaf_id else ()
        self.conversation = conversation
        self.branch = branch
        live = self._live_in(conversation.id)
        here = live if live and live.place and branch and branch[-1].stored.id == live.place.reply_id else None
        self._tell(BranchShown(branch=branch, live=here, stays=stays))

    def _take_choice(self) -> None:
        """Go on with the model, effort, detail of pictures and system prompt of the last reply."""
        reply = next((item.stored.reply for item in reversed(self.branch) if item.stored.reply), None)
        if reply is None:
            return
        settings = replace(self.choice.settings, effort=reply.settings.effort, detail=reply.settings.detail)
        self.choose(Choice(ref=ModelRef(reply.provider, reply.model), settings=settings, system=reply.system))

    # --- turns

    async def send(self, message: Message, *, fit: Fit = "refuse") -> LiveTurn:
        """Ask the model; what the user says follows the last message of the branch."""
        parent = self.branch[-1].stored.id if self.branch else None
        return await self._start(replace(self._ask(message, parent, self.choice), fit=fit))

    async def resend(self, message_id: str, message: Message, *, fit: Fit = "refuse") -> LiveTurn:
        """Ask with another wording of a user's message, as its sibling."""
        parent = self._placed(message_id).stored.parent_id
        return await self._start(replace(self._ask(message, parent, self.choice), fit=fit))

    async def again(self, message_id: str, choice: Choice | None = None, *, fit: Fit = "refuse") -> LiveTurn:
        """Have a user's message answered again, or, for a reply, the message before it."""
        ask = self._ask(None, self.answered_by(message_id).id, choice or self.choice)
        return await self._start(replace(ask, fit=fit))

    def answered_by(self, message_id: str) -> StoredMessage:
        """Return the user's message that a reply answers; a user's message itself.

        Raises:
            NotFound: there is none.
        """
        stored = self._placed(message_id).stored
        if stored.reply is None:
            return stored
        if stored.parent_id is None:
            raise NotFound("this reply answers nothing that could be asked again")
        return self._placed(stored.parent_id).stored

    def planned(
        self, instead_of: str | None = None, choice: Choice | None = None
    ) -> tuple[Ask, tuple[StoredMessage, ...]]:
        """Return what would be asked next, without what is said, and the branch that it would follow.

        Args:
            instead_of: the user's message that is said in other words; None goes on at the end.
            choice: whom it is asked; None for the one that is chosen.
        """
        said = [placed.stored for placed in self.branch]
        if instead_of is not None:
            said = said[: next((n for n, stored in enumerate(said) if stored.id == instead_of), len(said))]
        return self._ask(None, said[-1].id if said else None, choice or self.choice), tuple(said)

    def stop(self) -> bool:
        """Stop the reply on the screen and return whether one was under way."""
        live = self.live
        if live is not None:
            live.stop()
        return live is not None

    async def engine(self) -> Engine:
        """Return what asks models for all turns of this program."""
        if self._engine is None:
            self._engine = await self._runtime.engine()
        return self._engine

    async def sent(self, message_id: str | None, draft: Message | None) -> Sent:
        """Return the request of a message's turn; for None that of what would be sent next.

        Raises:
            NotFound: nothing was asked yet.
        """
        engine = await self.engine()
        if message_id is None:
            parent = self.branch[-1].stored.id if self.branch else None
            if draft is None:
                raise NotFound("nothing was asked yet", hint="write something first")
            return await sent_next(engine, self._ask(draft, parent, self.choice))
        at = next(n for n, placed in enumerate(self.branch) if placed.stored.id == message_id)
        reply = next((placed.stored for placed in self.branch[at:] if placed.stored.reply), None)
        if reply is None:
            raise NotFound("this message was not answered yet", hint="choose an answered one")
        return await sent_for(engine, reply.id)

    async def _start(self, ask: Ask) -> LiveTurn:
        turn = LiveTurn(ask, asked(await self.engine(), ask), opened=self._opened, grew=self._grew)
        self._turns.add(turn)
        self._asked_on[turn] = self._page
        self._spawn(self._follow(turn))
        return turn

    async def _follow(self, turn: LiveTurn) -> None:
        try:
            await turn.run()
        finally:
            self._turns.discard(turn)
        if turn in self._showing:
            await self._showing.pop(turn)
        self._asked_on.pop(turn)
        if turn.place is None:
            if turn.error is not None or turn.is_summarising:
                self._tell(TurnRefused(turn=turn, error=turn.error))
            return
        store = await self._store()
        here = self.conversation is not None and self.conversation.id == turn.place.conversation_id
        reply: BranchMessage | None = None
        if here and self.branch and self.branch[-1].stored.id == turn.place.reply_id:
            stored = await store.message(turn.place.reply_id)
            reply = BranchMessage(stored=stored, siblings=self.branch[-1].siblings)
            self.branch = (*self.branch[:-1], reply)
        if here:
            self.conversation = await store.conversation(turn.place.conversation_id)
        self._tell(TurnEnded(turn=turn, reply=reply))
        self._tell(ListChanged())

    def _opened(self, turn: LiveTurn, place: TurnOpened) -> None:
        self._showing[turn] = self._spawn(self._show_opened(turn, place))

    async def _show_opened(self, turn: LiveTurn, place: TurnOpened) -> None:
        """Show what was stored of a turn that has just begun."""
        ask = turn.ask
        if self._asked_on.get(turn, self._page) != self._page:
            self._tell(ListChanged())
            return
        store = await self._store()
        conversation = await store.conversation(place.conversation_id)
        follows = ask.message is not None and ask.parent_id == (self.branch[-1].stored.id if self.branch else None)
        if not follows or turn.has_summarised:
            await self._show(conversation, stays=True)
            self._tell(TurnBegan(said=None, turn=turn))
        else:
            said = BranchMessage(stored=await store.message(place.message_id), siblings=(place.message_id,))
            reply = BranchMessage(stored=await store.message(place.reply_id), siblings=(place.reply_id,))
            self.conversation = conversation
            self.branch = (*self.branch, said, reply)
            self._tell(TurnBegan(said=said, turn=turn))
        self._tell(ListChanged())

    def _grew(self, turn: LiveTurn, text: str, reasoning: str) -> None:
        if self.conversation is not None and turn.conversation_id == self.conversation.id:
            self._tell(TurnGrew(turn=turn, text=text, reasoning=reasoning))

    def _ask(self, message: Message | None, parent_id: str | None, choice: Choice) -> Ask:
        return Ask(
            ref=choice.ref,
            message=message,
            conversation_id=self.conversation.id if self.conversation else None,
            parent_id=parent_id,
            system=choice.system,
            settings=choice.settings,
        )

    # --- the tree

    async def go_to_sibling(self, message_id: str, step: int) -> bool:
        """Read the branch of the sibling before or after a message; return whether there is one."""
        placed = self._placed(message_id)
        at = placed.siblings.index(message_id) + step
        if self.conversation is None or not 0 <= at < len(placed.siblings):
            return False
        store = await self._store()
        leaf = await store.leaf_below(placed.siblings[at])
        await store.set_leaf(self.conversation.id, leaf)
        await self._show(replace(self.conversation, leaf_id=leaf), stays=True)
        return True

    async def discard(self, message_id: str) -> int:
        """Delete a message and what follows it on the screen; return how many messages went."""
        if self.conversation is None:
            return 0
        store = await self._store()
        at = next(n for n, placed in enumerate(self.branch) if placed.stored.id == message_id)
        gone = len(self.branch) - at
        await store.discard(message_id)
        self._discarded.append(message_id)
        await self._show(await store.conversation(self.conversation.id), stays=True)
        return gone

    async def restore(self) -> bool:
        """Bring back what was deleted last; return whether there was anything."""
        if self.conversation is None or not self._discarded:
            return False
        store = await self._store()
        leaf = await store.restore(self._discarded.pop())
        stored = await store.message(leaf)
        await self.open(stored.conversation_id, message_id=leaf)
        return True

    async def fork(self, message_id: str) -> None:
        """Go on in a new conversation that holds everything up to a message."""
        store = await self._store()
        made = await store.fork(message_id)
        await self.open(made)
        self._tell(ListChanged())

    # --- inside

    async def aclose(self) -> None:
        """Stop every turn; what was said and what arrived is kept, and nothing is told any more."""
        self._tell = tell_nobody
        for turn in tuple(self._turns):
            await turn.is_decided.wait()
            turn.stop()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _spawn(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, TchatError):
            self._tell(Troubled(error))
        elif error is not None:
            self._fail(error)

    def _live_in(self, conversation_id: str | None) -> LiveTurn | None:
        return next((turn for turn in self._turns if turn.conversation_id == conversation_id), None)

    def _placed(self, message_id: str) -> BranchMessage:
        found = next((placed for placed in self.branch if placed.stored.id == message_id), None)
        if found is None:
            raise NotFound("this message is not on the branch that is read")
        return found

    async def _store(self) -> Conversations:
        return await self._runtime.store()
