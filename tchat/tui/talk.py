"""The conversation on the screen: its branch, what is asked next, and the turns under way.

Nothing here draws. What happens is told as one of the events below, in order.
"""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from tchat.domain.conversation import BranchMessage, Conversation, StoredMessage
from tchat.domain.effort import Effort
from tchat.domain.errors import ConfigError, NotFound, TchatError
from tchat.domain.events import TurnOpened
from tchat.domain.message import Message
from tchat.domain.model import ModelFacts, ModelRef
from tchat.runtime import Runtime
from tchat.tui.branches import answered_by, ends_with, index_of
from tchat.tui.choice import Choice, has_efforts, shifted
from tchat.tui.talk_events import (
    BranchShown,
    ChoiceChanged,
    ConversationGone,
    ListChanged,
    OtherEnded,
    TalkEvent,
    Troubled,
    TurnBegan,
    TurnEnded,
    TurnGrew,
    TurnRefused,
    TurnStored,
    tell_nobody,
)
from tchat.tui.tasks import Tasks
from tchat.tui.turns import LiveTurn

if TYPE_CHECKING:
    from tchat.engine.session import Ask, Engine
    from tchat.store.conversations import Conversations


class Plan(Struct, frozen=True, kw_only=True):
    """A turn as it would be asked now, whatever is on the screen later."""

    ask: "Ask"
    """Without what is said."""
    history: tuple[StoredMessage, ...]
    """The branch that it follows."""


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
        self._engine: Engine | None = None
        self._turns: set[LiveTurn] = set()
        self._tasks = Tasks(lambda error: self._tell(Troubled(error)), fail)
        self._showing: dict[LiveTurn, asyncio.Task[None]] = {}
        """For each turn that was stored: what brings it on the screen."""
        self._asked_on: dict[LiveTurn, int] = {}
        self._page = 0
        """Counts up whenever another conversation is turned to."""
        self.choice = choice
        self.conversation: Conversation | None = None
        """None while nothing was said in a new one."""
        self.branch: tuple[BranchMessage, ...] = ()

    # --- what is asked

    @property
    def facts(self) -> ModelFacts:
        """What is known of the model that is asked next: nothing, where its provider is not known."""
        return self.facts_of(self.choice.ref)

    def facts_of(self, ref: ModelRef) -> ModelFacts:
        """Return what is known of a model: nothing, where its provider is not known."""
        try:
            return self._runtime.facts(ref)
        except ConfigError:
            return ModelFacts(provider=ref.provider, name=ref.model)

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
    def page(self) -> int:
        """Counts up whenever another conversation is turned to."""
        return self._page

    @property
    def conversation_id(self) -> str | None:
        """The conversation on the screen, from the moment on in which the store has it."""
        if self.conversation is not None:
            return self.conversation.id
        begun = (turn.conversation_id for turn, page in self._asked_on.items() if page == self._page)
        return next((known for known in begun if known is not None), None)

    @property
    def live(self) -> LiveTurn | None:
        """The turn under way in the conversation on the screen, until its end was told."""
        return next((turn for turn in self._turns if self._is_here(turn)), None)

    @property
    def is_written_elsewhere(self) -> bool:
        """Whether another program was writing the last reply on the screen when that was read."""
        last = self.branch[-1].stored.reply if self.branch else None
        return last is not None and last.state == "streaming" and self.live is None

    @property
    def is_idle(self) -> bool:
        """Whether no turn is under way anywhere, and all that happened was told."""
        return self._tasks.are_over

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
        branch = await self._branch_of(conversation)
        self._page += 1
        self._put(conversation, branch, stays=False)
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
        page, store = self._page, await self._store()
        try:
            conversation = await store.conversation(self.conversation.id)
        except NotFound:
            if page == self._page:
                self._tell(ConversationGone())
            return
        was_written = self.is_written_elsewhere
        if conversation == self.conversation and not was_written:
            return
        await self.show(conversation, page)
        if was_written and page == self._page and not self.is_written_elsewhere and self.live is None:
            self._tell(OtherEnded())

    async def reread(self) -> None:
        """Take in another title of the conversation on the screen."""
        if self.conversation is not None:
            page = self._page
            conversation = await (await self._store()).conversation(self.conversation.id)
            if page == self._page:
                self.conversation = conversation
            self._tell(ListChanged())

    async def show(self, conversation: Conversation, page: int) -> None:
        """Show a conversation as the store has it, unless another one was turned to since `page`."""
        branch = await self._branch_of(conversation)
        if page == self._page:
            self._put(conversation, branch, stays=True)
        else:
            self._tell(ListChanged())

    async def _branch_of(self, conversation: Conversation) -> tuple[BranchMessage, ...]:
        return await (await self._store()).branch(conversation.leaf_id) if conversation.leaf_id else ()

    def _put(self, conversation: Conversation, branch: tuple[BranchMessage, ...], *, stays: bool) -> None:
        self.conversation = conversation
        self.branch = branch
        live = self.live
        is_shown = live is not None and live.place is not None and ends_with(branch, live.place.reply_id)
        self._tell(BranchShown(branch=branch, live=live if is_shown else None, stays=stays))

    def _take_choice(self) -> None:
        """Go on with the model, effort, detail of pictures and system prompt of the last reply."""
        reply = next((item.stored.reply for item in reversed(self.branch) if item.stored.reply), None)
        if reply is None:
            return
        settings = replace(self.choice.settings, effort=reply.settings.effort, detail=reply.settings.detail)
        self.choose(Choice(ref=ModelRef(reply.provider, reply.model), settings=settings, system=reply.system))

    # --- turns

    def plan(self, instead_of: str | None = None, choice: Choice | None = None) -> Plan:
        """Return what would be asked next, without what is said, and the branch that it would follow.

        Args:
            instead_of: the user's message that is said in other words; None goes on at the end.
            choice: whom it is asked; None for the one that is chosen.

        Raises:
            NotFound: that message is not on the branch that is read.
        """
        end = len(self.branch) if instead_of is None else index_of(self.branch, instead_of)
        said = tuple(placed.stored for placed in self.branch[:end])
        parent = said[-1].id if said else None
        return Plan(ask=self._ask(None, parent, choice or self.choice), history=said)

    def again(self, message_id: str, choice: Choice | None = None) -> "Ask":
        """Return what has a user's message answered again, or, for a reply, the message before it.

        Raises:
            NotFound: there is none.
        """
        return self._ask(None, answered_by(self.branch, message_id).id, choice or self.choice)

    def stop(self) -> bool:
        """Stop the reply on the screen and return whether one was under way."""
        live = self.live
        if live is not None:
            live.stop()
        return live is not None

    def stop_in(self, conversation_id: str) -> None:
        """Stop every reply of a conversation that this program has under way."""
        for turn in self._turns:
            if turn.conversation_id == conversation_id:
                turn.stop()

    async def engine(self) -> "Engine":
        """Return what asks models for all turns of this program."""
        if self._engine is None:
            self._engine = await self._runtime.engine()
        return self._engine

    async def start(self, ask: "Ask") -> LiveTurn:
        """Ask a model; once `engine` was awaited this returns without waiting for anything."""
        from tchat.engine.summarising import asked

        turn = LiveTurn(ask, asked(await self.engine(), ask), opened=self._opened, grew=self._grew)
        self._turns.add(turn)
        self._asked_on[turn] = self._page
        self._tasks.spawn(self._follow(turn))
        return turn

    async def _follow(self, turn: LiveTurn) -> None:
        reply: BranchMessage | None = None
        try:
            await turn.run()
            if turn in self._showing:
                await asyncio.wait({self._showing.pop(turn)})
            if turn.place is not None:
                reply = await self._settled(turn.place)
        except TchatError as error:
            self._tell(Troubled(error))
        finally:
            self._turns.discard(turn)
            self._asked_on.pop(turn)
        if turn.place is None:
            self._tell(TurnRefused(turn=turn, error=turn.error))
            return
        self._tell(TurnEnded(turn=turn, reply=reply))
        self._tell(ListChanged())

    async def _settled(self, place: TurnOpened) -> BranchMessage | None:
        """Return the reply in its final form, which then stands on the branch; None if it is not on the screen."""
        store = await self._store()
        try:
            stored = await store.message(place.reply_id)
            conversation = await store.conversation(place.conversation_id)
        except NotFound:
            return None
        if self.conversation_id != place.conversation_id:
            return None
        if not ends_with(self.branch, place.reply_id) and conversation.leaf_id == place.reply_id:
            await self.show(conversation, self._page)
        if not ends_with(self.branch, place.reply_id):
            return None
        self.conversation = conversation
        reply = BranchMessage(stored=stored, siblings=self.branch[-1].siblings)
        self.branch = (*self.branch[:-1], reply)
        return reply

    def _opened(self, turn: LiveTurn, place: TurnOpened) -> None:
        self._tell(TurnStored(turn=turn))
        self._showing[turn] = self._tasks.spawn(self._show_opened(turn, place))

    async def _show_opened(self, turn: LiveTurn, place: TurnOpened) -> None:
        """Show what was stored of a turn that has just begun."""
        ask, page, store = turn.ask, self._asked_on[turn], await self._store()
        conversation = await store.conversation(place.conversation_id)
        messages = [await store.message(known) for known in (place.message_id, place.reply_id)]
        if page != self._page:
            self._tell(ListChanged())
            return
        follows = ask.message is not None and ask.parent_id == (self.branch[-1].stored.id if self.branch else None)
        if not follows or turn.has_summarised:
            await self.show(conversation, page)
            if page != self._page:
                return
            self._tell(TurnBegan(said=None, turn=turn))
        else:
            said, reply = (BranchMessage(stored=stored, siblings=(stored.id,)) for stored in messages)
            self.conversation = conversation
            self.branch = (*self.branch, said, reply)
            self._tell(TurnBegan(said=said, turn=turn))
        self._tell(ListChanged())

    def _grew(self, turn: LiveTurn, text: str, reasoning: str) -> None:
        if self._is_here(turn):
            self._tell(TurnGrew(turn=turn, text=text, reasoning=reasoning))

    def _ask(self, message: Message | None, parent_id: str | None, choice: Choice) -> "Ask":
        from tchat.engine.session import Ask

        return Ask(
            ref=choice.ref,
            message=message,
            conversation_id=self.conversation_id,
            parent_id=parent_id,
            system=choice.system,
            settings=choice.settings,
        )

    # --- inside

    async def aclose(self) -> None:
        """Stop every turn; what was said and what arrived is kept, and nothing is told any more."""
        self._tell = tell_nobody
        for turn in tuple(self._turns):
            await turn.is_decided.wait()
            turn.stop()
        await self._tasks.join()

    def _is_here(self, turn: LiveTurn) -> bool:
        """Whether a turn belongs to the conversation on the screen, which may have no name yet."""
        known = turn.conversation_id
        return self._asked_on.get(turn) == self._page if known is None else known == self.conversation_id

    async def _store(self) -> "Conversations":
        return await self._runtime.store()
