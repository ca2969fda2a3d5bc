"""The main screen: conversations on the left, one of them in the middle, and what is written next below it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, assert_never

from msgspec.structs import replace
from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.theme import Theme

from tchat.config import set_value
from tchat.domain.draft import Draft
from tchat.domain.errors import TchatError
from tchat.domain.model import ModelRef
from tchat.domain.text import one_line
from tchat.runtime import Runtime
from tchat.threads import in_background
from tchat.tui.acting import Acting
from tchat.tui.attaching import Attaching
from tchat.tui.choice import Choice
from tchat.tui.commanding import Commanding
from tchat.tui.commands import COMMANDS
from tchat.tui.compositing import FrugalCompositor
from tchat.tui.drafting import Drafting
from tchat.tui.estimating import Estimating
from tchat.tui.lines_around import Spent, heading_of, readings_of, spent_so_far
from tchat.tui.listing import Listing
from tchat.tui.opening import Opening
from tchat.tui.pictures.gallery import Gallery
from tchat.tui.pictures.graphics import shows_pictures
from tchat.tui.screens.chat_keys import KEYS
from tchat.tui.screens.leading import LeadingScreen
from tchat.tui.sending import Sending
from tchat.tui.sheet import Leaving, Sheet
from tchat.tui.showing import Showing
from tchat.tui.starting import Starting
from tchat.tui.talk import Talk
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
    TurnNews,
    TurnRefused,
    TurnStored,
)
from tchat.tui.themes import DARK
from tchat.tui.tree import Tree
from tchat.tui.visiting import Visiting
from tchat.tui.warming import load, warm_up
from tchat.tui.welcoming import greetings
from tchat.tui.widgets.composer import Composer
from tchat.tui.widgets.meters import Meters
from tchat.tui.widgets.sidebar import ConversationList
from tchat.tui.widgets.title_bar import TitleBar
from tchat.tui.widgets.transcript import Transcript
from tchat.tui.widgets.welcome import Welcome

if TYPE_CHECKING:
    from tchat.store.matching import Piece

_LOOK_SECONDS = 1.0
"""How often it is looked whether another program has changed the database."""


class ChatScreen(LeadingScreen):
    """Conversations with models."""

    HORIZONTAL_BREAKPOINTS: ClassVar[list[tuple[int, str]] | None] = [  # pyright: ignore[reportIncompatibleVariableOverride]  # Textual reads the class attribute
        (0, "-narrow"),
        (100, "-wide"),
        (140, "-broad"),
    ]
    BINDINGS: ClassVar[list[BindingType]] = [*KEYS]
    AUTO_FOCUS: ClassVar[str | None] = "PromptArea"
    """What is typed before anything else has the focus is written."""

    class Warmed(Message):
        """Everything that is done once, at the start, is done."""

    def __init__(self, runtime: Runtime, opening: Opening) -> None:
        super().__init__()
        self._compositor = FrugalCompositor()
        self.runtime = runtime
        self._starting = Starting(self, opening)
        self.transcript = Transcript(id="transcript")
        self.composer = Composer(id="composer")
        self.conversations = ConversationList(id="conversations")
        self._title_bar = TitleBar()
        self._welcome = Welcome(id="welcome")
        self._meters = Meters()
        self._is_new = True
        """Whether it was not shown yet."""
        self._spent = Spent()
        self.talk = Talk(
            runtime,
            Choice(ref=ModelRef("", ""), settings=opening.settings, system=opening.system),
            self._take,
            self.fail,
        )
        self.gallery = Gallery(runtime.blobs, self.transcript.redraw)
        self.showing = Showing(self.transcript, self.gallery)
        self.listing = Listing(runtime, self.conversations)
        self.acting = Acting(self)
        self.visiting = Visiting(self)
        self.attaching = Attaching(self)
        self._commanding = Commanding(self)
        self.conversation_tree = Tree(runtime, self.talk)
        self.estimating = Estimating(runtime, self.talk)
        self.drafting = Drafting(runtime, self._sent_in)
        self.sheet = Sheet(self.talk, self.composer, self.drafting, self.written_anew)
        self.sending = Sending(self, self.talk, self.sheet)

    def compose(self) -> ComposeResult:
        """Put the parts in their places, in the styles of this width."""
        self.add_class(*self._get_breakpoint_classes(self.app.size.width, self.HORIZONTAL_BREAKPOINTS or []))
        yield self._title_bar
        with Horizontal(id="body"):
            yield self.conversations
            with Vertical(id="talk"):
                yield self._welcome
                yield self.transcript
                yield self.composer
        yield self._meters

    @property
    def is_settled(self) -> bool:
        """Whether it has opened, and nothing is under way."""
        return self.sheet.is_ready and self.sending.is_idle and self.talk.is_idle and not self._doing

    def _sent_in(self, conversation_id: str | None) -> Draft:
        return self.sending.waiting_in(conversation_id)

    # --- beginning and end

    def on_mount(self) -> None:
        """Be ready to type at once; everything else comes after the first paint."""
        self.gallery.is_open = shows_pictures(self.app)
        self.composer.commands = COMMANDS
        self.transcript.display = False
        self.app.theme_changed_signal.subscribe(self, self._take_theme)
        self.call_after_refresh(self.do, self._begin)

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """Have the styles looked through by Textual when one comes back, and not at first, when they are fresh."""
        if self._is_new:
            event.refresh_styles = self._is_new = False

    def on_resize(self) -> None:
        """Take up what stands beside the conversation where there is room for it again."""
        self.visiting.beside.follow()

    async def _begin(self) -> None:
        """Open what was asked for; then look around from time to time."""
        await load()
        await self._starting.begin()
        self.set_interval(_LOOK_SECONDS, self._look)
        self.set_interval(1.0, self._tick)
        await self.refresh_list()
        await self._refresh_costs()
        await self.sheet.keep()
        self.run_worker(self._warm, group="warming")

    def _take_theme(self, theme: Theme) -> None:
        """Keep the theme that was chosen, wherever that was."""
        if theme.name != (self.runtime.config.theme or DARK.name):
            self.do(lambda: self._keep_theme(theme.name))

    async def _keep_theme(self, name: str) -> None:
        await in_background(lambda: set_value(self.runtime.paths, "theme", name))
        await self.runtime.reload()

    async def take_settings(self) -> None:
        """Take in what has changed in the settings; a new conversation begins with the default model."""
        if not self.talk.branch:
            ref = await in_background(lambda: self.runtime.resolve(None))
            config = self.runtime.config
            settings = replace(self.talk.choice.settings, effort=config.effort)
            self.talk.choose(Choice(ref=ref, settings=settings, system=config.system))
        await self._refresh_costs()

    async def _greet(self) -> None:
        """Show the ways to begin, as they become known."""
        choice = self.talk.choice
        async for greeting in greetings(self.runtime, choice.ref, choice.settings.effort):
            self._welcome.greeting = greeting

    @on(Welcome.KeyAsked)
    def _take_key_asked(self) -> None:
        self.do(self.visiting.settings)

    @on(Welcome.ModelChosen)
    def _take_model_chosen(self, event: Welcome.ModelChosen) -> None:
        self.composer.focus()
        self.say(f"{one_line(str(event.ref))} answers from here on")
        self.do(lambda: self.use_model(event.ref))

    async def _warm(self) -> None:
        """Do what the first reply and the other screens need, now that there is time."""
        await warm_up(self.app)
        await self.runtime.warm(str(self.talk.choice.ref))
        await self.visiting.desk.name_templates()
        self.post_message(self.Warmed())

    async def on_unmount(self) -> None:
        """Stop what is under way, however the screen came to its end."""
        await self.talk.aclose()
        await self.gallery.aclose()

    def fail(self, error: BaseException) -> None:
        """Hand a fault of this program to the outermost frame."""
        self.call_later(_raise, error)

    # --- what happens in the conversation

    def _take(self, event: TalkEvent) -> None:
        match event:
            case BranchShown():
                self.showing.show(event)
                self._recall_prompts()
                self.do(self._refresh_costs)
            case Troubled(error):
                self.trouble(error)
            case ListChanged():
                self.do(self.refresh_list)
            case ChoiceChanged():
                self.visiting.beside.take_choice()
            case OtherEnded():
                self.sending.other_ended()
            case ConversationGone():
                self.talk.begin()
                self.say("this conversation was deleted in another tchat; what you write begins a new one", "warning")
            case _:
                self._take_turn(event)
        if isinstance(event, BranchShown | TurnBegan | ChoiceChanged):
            self._show_welcome()
        if isinstance(event, BranchShown | TurnEnded | ChoiceChanged):
            self.composer.read_by(self.attaching.read)
            self.written_anew()
            self.visiting.beside.follow()
        if not isinstance(event, TurnGrew):
            self._refresh_lines()

    def _take_turn(self, event: TurnNews) -> None:
        match event:
            case TurnStored(turn=turn):
                self.sending.stored(turn)
            case TurnBegan(said=said):
                self.showing.begin(event, len(self.talk.branch))
                if said is not None:
                    self.composer.recall_too(said.stored.message.text)
                self.visiting.beside.follow()
            case TurnGrew(turn=turn):
                self.showing.grow(event)
                for notice in turn.take_notices():
                    self.say(notice)
            case TurnEnded():
                self.showing.end(event, len(self.talk.branch))
                self.do(self._refresh_costs)
                self.sending.ended(event)
            case TurnRefused():
                self.sending.refused(event)
            case _:
                assert_never(event)

    def _recall_prompts(self) -> None:
        """Let what was asked in this conversation be recalled."""
        said = (placed.stored for placed in self.talk.branch if placed.stored.reply is None)
        self.composer.prompts = [stored.message.text for stored in said if stored.message.text]

    def _show_welcome(self) -> None:
        is_empty = not self.talk.branch
        self._welcome.display = is_empty
        self.transcript.display = not is_empty
        if is_empty and self.talk.choice.ref.provider:
            self.run_worker(self._greet, group="greeting", exclusive=True)

    def _tick(self) -> None:
        """Let the seconds go on while a reply is under way."""
        if self.talk.live is not None:
            self.showing.tick()
            self._refresh_lines()

    def _refresh_lines(self) -> None:
        self.name_what_waits()
        self._title_bar.heading = heading_of(self.talk)
        if self.talk.choice.ref.provider:
            self._meters.readings = readings_of(self.talk, self._spent, self.runtime.config.budget)

    async def _refresh_costs(self) -> None:
        self._spent = await spent_so_far(self.runtime, self.talk.conversation)
        self._refresh_lines()

    async def _look(self) -> None:
        """Take in what another program has done to the database."""
        try:
            if await self.listing.changed():
                await self.refresh_list()
                await self.talk.refresh()
                await self._refresh_costs()
            elif self.talk.is_written_elsewhere:
                await self.talk.refresh()  # whoever writes it may have died, which changes nothing in the database
        except TchatError as error:
            self.trouble(error)

    # --- the chosen message

    @on(Transcript.Acted)
    def _take_acted(self, event: Transcript.Acted) -> None:
        self.do(lambda: self.acting.act(event.action, event.entry))

    @on(Transcript.CodeChosen)
    def _take_code(self, event: Transcript.CodeChosen) -> None:
        self.do(lambda: self.acting.copy_code(event.entry, event.number))

    @on(Transcript.LinkChosen)
    def _take_link(self, event: Transcript.LinkChosen) -> None:
        self.do(lambda: self.visiting.open_link(event.url))

    # --- conversations

    async def open(self, conversation_id: str | None, *, message_id: str | None = None) -> None:
        """Turn to a conversation, or a new one; what is being written stays with the one it was written in."""
        await self._turn(self.sheet.leave(), conversation_id, message_id)

    def turn_to(
        self, conversation_id: str | None, *, message_id: str | None = None, passage: "Sequence[Piece]" = ()
    ) -> None:
        """Have a conversation opened, at a passage of a message; what is typed from now on belongs to it."""
        leaving = self.sheet.leave()
        self.do(lambda: self._turn(leaving, conversation_id, message_id, passage))

    async def _turn(
        self, leaving: Leaving, conversation_id: str | None, message_id: str | None, passage: "Sequence[Piece]" = ()
    ) -> None:
        async with self.sheet.turning(leaving, self.sending.decided):
            if conversation_id is None:
                self.talk.begin()
            else:
                await self.talk.open(conversation_id, message_id=message_id)
        await self.sheet.keep()
        if self.composer.draft.queued and not self.sending.is_busy:
            self.say("what is queued here waits: Alt+Q takes it back into the composer")
        await self.refresh_list()
        if message_id is not None:
            self.transcript.go_to(message_id, passage)

    # --- actions

    def action_new(self) -> None:
        """Begin a new conversation."""
        self.composer.focus()
        self.turn_to(None)

    def action_effort(self, step: int) -> None:
        """Raise or lower the effort of the next turn."""
        if self.talk.choice.ref.provider and not self.talk.has_efforts:
            self.say(f"{self.talk.choice.ref.model} does not reason: it has no levels of effort")
        else:
            self.talk.shift_effort(step)

    def action_conversations(self) -> None:
        """Go to the list; from the list, hide it."""
        if self.conversations.has_focus_within:
            self._show_list(shown=False)
            self.composer.focus()
        else:
            self.show_list()

    def action_page(self, direction: int) -> None:
        """Scroll the conversation by a page."""
        self.transcript.action_page(direction)

    def action_follow(self) -> None:
        """Go to the end of the conversation."""
        self.transcript.follow()

    def action_copy_or_stop(self) -> None:
        """Copy the selected text; without one, stop the reply."""
        selected = self.get_selected_text()
        if selected:
            self.do(lambda: self.visiting.copy(selected, "selection"))
        elif not self.sending.stop():
            self.say("Ctrl+Q leaves; the draft is kept")


def _raise(error: BaseException) -> None:
    raise error
