"""What stands where the conversation will be: the ways to begin."""

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Static

from tchat.domain.model import ModelRef
from tchat.domain.text import one_line
from tchat.naming import EMBEDDED
from tchat.tui.key_order import act_in_order
from tchat.tui.welcoming import Embedded, Greeting, model_to_try

KEYS = "F1 help · Ctrl+O model · Ctrl+P palette"
_INTRODUCTION = "No key is known yet. There are three ways to begin; Up goes to them, Enter takes one."
_SMALL = "it runs on this machine, is very small and often wrong"


class Way(Static, can_focus=True):
    """One way to begin: what it is, and what is to be said about it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "take", "Begin", id="welcome.take", tooltip="Begin this way"),
        Binding("up", "go(-1)", "Way above", id="welcome.up", tooltip="Go to the way above"),
        Binding("down", "go(1)", "Way below", id="welcome.down", tooltip="Go to the way below, or back to writing"),
        Binding("escape", "leave", "Back", id="welcome.leave", tooltip="Go back to writing"),
    ]

    class TypedOn(Message):
        """A letter was pressed, which begins no way."""

        def __init__(self, key: events.Key) -> None:
            super().__init__()
            self.key = key

    class Left(Message):
        """The user goes back to writing."""

    class Taken(Message):
        """The user begins this way."""

        def __init__(self, way: "Way") -> None:
            super().__init__()
            self.way = way

        @property
        def control(self) -> "Way":
            """The widget."""
            return self.way

    def __init__(self, *, id: str) -> None:  # noqa: A002  # Textual's own name
        super().__init__(markup=False, id=id)

    def show(self, title: str, note: str, *, can_be_taken: bool) -> None:
        """Say what it is."""
        self.can_focus = can_be_taken
        self.set_class(can_be_taken, "-open")
        self.update(Content.assemble((title, "bold"), (f"\n{note}", "dim")))
        self.display = True

    async def on_key(self, event: events.Key) -> None:
        """Act on keys in the order in which they were pressed; letters are written."""
        if event.is_printable:
            self.post_message(self.TypedOn(event))
            event.stop()
            event.prevent_default()
        else:
            await act_in_order(self, event)

    def on_click(self) -> None:
        """Begin this way."""
        self.action_take()

    def action_go(self, step: int) -> None:
        """Go to another way; below the last one, go back to writing."""
        assert self.parent is not None  # noqa: S101  # it has the focus
        ways = [way for way in self.parent.query_children(Way) if way.display and way.can_focus]
        at = ways.index(self) + step if self in ways else len(ways)
        if at < len(ways):
            ways[max(0, at)].focus()
        else:
            self.action_leave()

    def action_leave(self) -> None:
        """Go back to writing."""
        self.post_message(self.Left())

    def action_take(self) -> None:
        """Begin this way."""
        if self.can_focus:
            self.post_message(self.Taken(self))


class Welcome(Widget):
    """Shows a greeting; posts what the user begins with."""

    greeting: reactive[Greeting] = reactive(Greeting)
    """What is known so far."""

    class KeyAsked(Message):
        """A key is to be added."""

    class ModelChosen(Message):
        """A model is to be asked."""

        def __init__(self, ref: ModelRef) -> None:
            super().__init__()
            self.ref = ref

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's own name
        super().__init__(id=id)
        self._line = Static(markup=False, id="welcome-line")
        self._embedded, self._key, self._server = (
            Way(id="way-embedded"), Way(id="way-key"), Way(id="way-server")
        )  # fmt: skip
        self._ways = (self._embedded, self._key, self._server)

    def compose(self) -> ComposeResult:
        """Put the line below the name; the ways come below it once they are needed."""
        yield Static("tchat", markup=False, id="welcome-name")
        yield self._line

    def on_mount(self) -> None:
        """Show what is known."""
        self.watch_greeting(self.greeting)

    def watch_greeting(self, greeting: Greeting) -> None:
        """Show what is known now."""
        if not self.is_mounted:
            return
        needs_ways = greeting.has_key is False and (greeting.ref is None or greeting.ref.provider == EMBEDDED)
        if needs_ways and not self._key.is_attached:
            self.mount(*self._ways)
        for way in self._ways:
            way.display = needs_ways
        self._line.update(_INTRODUCTION if needs_ways else _model_line(greeting))
        if needs_ways:
            self._show_embedded(greeting.embedded)
            self._key.show(
                "Add a key", "for OpenAI, Anthropic, Gemini and others: in the settings (F7)", can_be_taken=True
            )
            self._show_servers(greeting)

    def focus_ways(self) -> None:
        """Let keys go to the first way that can be taken."""
        way = next((way for way in self._ways if way.is_attached and way.display and way.can_focus), None)
        if way is not None:
            way.focus()

    def _show_embedded(self, embedded: Embedded | None) -> None:
        way = self._embedded
        if embedded is None:
            way.show("The embedded model", "looking for it …", can_be_taken=False)
        elif embedded.trouble:
            said = f"{embedded.trouble}: {embedded.hint}" if embedded.hint else embedded.trouble
            way.show("Get the embedded model", f"{one_line(said)}; {_SMALL}", can_be_taken=False)
        else:
            way.show("Just type", f"the embedded model answers: {_SMALL}", can_be_taken=True)

    def _show_servers(self, greeting: Greeting) -> None:
        way = self._server
        if greeting.servers is None:
            way.show("A server on this machine", "looking for Ollama, LM Studio, llama.cpp, vLLM …", can_be_taken=False)
        elif not greeting.servers:
            way.show(
                "Start a server on this machine",
                "Ollama, LM Studio, llama.cpp or vLLM; none answers now",
                can_be_taken=False,
            )
        else:
            server, *others = greeting.servers
            count = "1 model" if len(server.models) == 1 else f"{len(server.models)} models"
            also = f"; so does {', '.join(other.provider for other in others)}" if others else ""
            way.show(
                f"Use {one_line(str(model_to_try(server).ref))}",
                f"{server.provider} answers on this machine with {count}{also}; Ctrl+O lists them",
                can_be_taken=True,
            )

    def on_way_taken(self, event: Way.Taken) -> None:
        """Tell what the user begins with."""
        event.stop()
        greeting = self.greeting
        match event.way.id:
            case "way-key":
                self.post_message(self.KeyAsked())
            case "way-server" if greeting.servers:
                self.post_message(self.ModelChosen(model_to_try(greeting.servers[0]).ref))
            case "way-embedded" if greeting.embedded is not None:
                self.post_message(self.ModelChosen(greeting.embedded.ref))
            case _:
                pass


def _model_line(greeting: Greeting) -> str:
    if greeting.ref is None or not greeting.ref.provider:
        return KEYS
    effort = f" · effort {greeting.effort}" if greeting.effort else ""
    return f"{one_line(str(greeting.ref))}{effort}   {KEYS}"
