"""A run of a template as it goes on: its steps with their figures, their samples counted, and the result."""

from collections.abc import Awaitable, Callable
from typing import ClassVar, Literal

from msgspec import Struct
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tchat.domain.figures import dollars, seconds
from tchat.domain.text import one_line
from tchat.templates.filters import shown
from tchat.templates.format import Value
from tchat.tui.templates.board import Node
from tchat.tui.templates.staging import Staging, refusal_to_edit
from tchat.tui.widgets.run_list import RunHeads, RunList

FRAME = 1 / 20
"""Seconds between two drawings of what has happened."""

Copy = Callable[[str, str], Awaitable[None]]
"""Copies a text; the second word says what it is."""
Agree = Callable[[frozenset[str]], Awaitable[bool]]
"""Whether what some of the template's steps may cost is agreed to."""


async def _agree(_: frozenset[str]) -> bool:
    return True


class Taken(Struct, frozen=True, kw_only=True):
    """What the user wants with a run that is over."""

    into: Literal["composer", "new", "conversation"]
    """The result into the composer, or into that of a new conversation; or the conversation of the run itself."""
    text: str = ""
    conversation_id: str | None = None


def _bound(name: str, keys: str, action: str, description: str, tooltip: str) -> Binding:
    return Binding(keys, action, description, id=f"run.{name}", tooltip=tooltip)


class RunView(ModalScreen[Taken | None]):
    """Gives what is to be done with the result, or None.

    Args:
        staging: the run; it begins with the screen.
        copy: copies to the clipboard.
        agree: is asked before it goes on, or again with another value; the run itself was agreed to.
    """

    CSS_PATH: ClassVar[list[str]] = ["../widgets/run_list.tcss", "run_view.tcss"]  # pyright: ignore[reportIncompatibleVariableOverride]  # a list of paths is one of its kinds
    BINDINGS: ClassVar[list[BindingType]] = [
        _bound("take", "c", "take('composer')", "Into the composer", "Put the result into the composer"),
        _bound("take-new", "n", "take('new')", "New conversation", "Begin a new conversation with the result"),
        _bound("conversation", "o", "take('conversation')", "Conversation", "Go to the conversation of the run"),
        _bound("copy", "y", "copy", "Copy", "Copy the result, or what the chosen row has come to"),
        _bound("edit", "e", "edit", "Edit", "Change the value of a step, and run again what depends on it"),
        _bound("stop", "s", "stop", "Stop", "Begin nothing more; again: drop what is under way"),
        _bound("resume", "r", "resume", "Resume", "Take the run up again; replies that are there are kept"),
        _bound("close", "escape", "leave", "Stop or close", "Stop the run; when it is over, go back"),
        _bound("help", "f1", "help", "Help", "Show every key"),
    ]

    def __init__(self, staging: Staging, copy: Copy, agree: Agree = _agree) -> None:
        super().__init__()
        self.staging = staging
        self._copy = copy
        self._agree = agree
        self._drawn = (-1, -1, False, False)
        """The board's changes and the seconds that are on the screen, whether the run was over, and `_can_edit`."""

    def compose(self) -> ComposeResult:
        """Put the rows below what is said of the whole."""
        with Horizontal(id="run-head"):
            yield Static(id="run-title", markup=False)
            yield Static(id="run-state", markup=False)
        yield Static(id="run-figures", markup=False)
        yield RunHeads()
        yield RunList(id="run-list")
        yield Static(id="run-keys", markup=False)

    @property
    def rows(self) -> RunList:
        """The rows."""
        return self.query_one(RunList)

    def on_mount(self) -> None:
        """Begin."""
        self.rows.focus()
        self.staging.begin()
        self.set_interval(FRAME, self._frame, name="frames")
        self.call_after_refresh(self._frame)

    async def on_unmount(self) -> None:
        """Drop what is under way, however the screen came to its end."""
        await self.staging.aclose()

    # --- drawing

    @property
    def shows_all(self) -> bool:
        """Whether all that has happened is on the screen."""
        return self._drawn == self._state

    @property
    def _state(self) -> tuple[int, int, bool, bool]:
        staging = self.staging
        return staging.board.changes, int(staging.seconds), staging.is_over, self._can_edit

    @property
    def _can_edit(self) -> bool:
        """Whether the value at the chosen place can be changed."""
        node = self.rows.chosen
        return node is not None and refusal_to_edit(node, self.staging) is None

    def _frame(self) -> None:
        """Draw what has happened since the last frame; the seconds go on without it."""
        staging, state = self.staging, self._state
        if state == self._drawn or self.app.screen is not self:
            return
        self._drawn = state
        self.rows.show(staging.board, staging.clock())
        self._show_head()

    def _show_head(self) -> None:
        staging, board = self.staging, self.staging.board
        template = staging.request.template
        self.query_one("#run-title", Static).update(one_line(template.title or template.name or template.file))
        sign, style = _SIGNS[board.phase]
        said = f"{sign} {board.phase} {seconds(staging.seconds)}"
        self.query_one("#run-state", Static).update(Content.styled(said, style))
        self.query_one("#run-figures", Static).update(" · ".join(self._figures()))
        self.query_one("#run-keys", Static).update(self._keys())

    def _figures(self) -> list[str]:
        staging, board = self.staging, self.staging.board
        parts = [
            staging.request.model or "",
            f"{board.calls} {'call' if board.calls == 1 else 'calls'}",
            f"{board.reused} {'reply' if board.reused == 1 else 'replies'} reused" if board.reused else "",
            f"{'?' if board.tokens is None else f'{board.tokens:,}'} tok" if board.calls else "",
            dollars(board.cost) if board.calls else "",
        ]
        if staging.perhaps_billed:
            parts.append(f"{staging.perhaps_billed} perhaps billed before")
        return [part for part in parts if part]

    def _keys(self) -> Content:
        board = self.staging.board
        edit = [("e", "edit")] if self._can_edit else []
        if not self.staging.is_over:
            keys = [("Enter", "open"), ("←→", "fold"), ("s", "drop" if board.phase == "stopping" else "stop")]
        elif board.result is not None:
            keys = [
                ("c", "into the composer"),
                ("n", "new conversation"),
                ("y", "copy"),
                *edit,
                ("Esc", "close"),
            ]
        else:
            keys = [("r", "resume"), ("Enter", "open"), *edit, ("y", "copy"), ("Esc", "close")]
        pieces: list[tuple[str, str] | str] = []
        for key, name in keys:
            pieces += [(f"{'   ' if pieces else ''}{key}", "bold $foreground"), f" {name}"]
        return Content.assemble(*pieces)

    # --- what is wanted of a place

    @on(RunList.Opened)
    def _open(self, event: RunList.Opened) -> None:
        event.stop()
        if event.node is None:
            self.action_take("composer")
            return
        from tchat.tui.screens.call_sheet import CallSheet

        self.app.push_screen(CallSheet(event.node, self._copy))

    def action_edit(self) -> None:
        """Change the value at the chosen place."""
        node = self.rows.chosen
        refusal = (
            "choose the step whose value is to be changed" if node is None else refusal_to_edit(node, self.staging)
        )
        if node is None or refusal is not None:
            self._say(refusal or "")
            return
        from tchat.tui.screens.value_editor import Edited, ValueEditor

        def edited(value: Edited | None) -> None:
            if value is not None:
                self.run_worker(self._rerun(node, value.value), name="rerun", group="beginning", exclusive=True)

        self.app.push_screen(ValueEditor(node.place, node.value), edited)

    async def _rerun(self, node: Node, value: Value) -> None:
        if await self._agree(self.staging.to_ask(node.place)):
            self.staging.edit(node.place, value)
            self._frame()

    def action_copy(self) -> None:
        """Copy the chosen row's text, or the result."""
        node, result = self.rows.chosen, self.staging.board.result
        if node is not None and (node.has_value or node.call is not None):
            text = shown(node.value) if node.has_value else node.call.text if node.call is not None else ""
            self.run_worker(self._copied(text, node.place), group="copying", exclusive=True)
        elif result is not None:
            self.run_worker(self._copied(result.text, "the result"), group="copying", exclusive=True)
        else:
            self._say("there is nothing to copy yet")

    async def _copied(self, text: str, what: str) -> None:
        await self._copy(text, what)

    # --- what is wanted of the run

    def action_take(self, into: Literal["composer", "new", "conversation"]) -> None:
        """Leave with the result, or for the conversation of the run."""
        board = self.staging.board
        if into == "conversation":
            if board.conversation_id is None or not self.staging.is_over:
                self._say(
                    "there is no reply yet" if board.conversation_id is None else "the run is not over; s stops it"
                )
            else:
                self.dismiss(Taken(into=into, conversation_id=board.conversation_id))
        elif board.result is None:
            self._say("there is no result yet")
        else:
            self.dismiss(Taken(into=into, text=board.result.text))

    def action_stop(self) -> None:
        """Begin nothing more; asked again, drop what is under way."""
        if not self.staging.stop():
            self._say("the run is over; Esc goes back")
        elif self.staging.board.phase == "stopping":
            self._say("calls under way come to their end; s again drops them")

    def action_leave(self) -> None:
        """Stop the run; when it is over, go back."""
        if self.staging.is_over:
            self.dismiss(None)
        else:
            self.action_stop()

    def action_resume(self) -> None:
        """Take the run up again."""
        if not self.staging.is_over:
            self._say("it is running")
        elif self.staging.board.phase == "done":
            self._say("it is done; e changes the value of a step and runs again what depends on it")
        else:
            self.run_worker(self._resume(), name="resume", group="beginning", exclusive=True)

    async def _resume(self) -> None:
        if await self._agree(self.staging.to_ask()):
            self.staging.begin()
            self._frame()

    def action_help(self) -> None:
        """Show every key."""
        from tchat.tui.screens.help import HelpScreen, collect_rows

        self.app.push_screen(HelpScreen(collect_rows(self)))

    def _say(self, text: str) -> None:
        self.notify(text, markup=False)


_SIGNS = {
    "running": ("●", "$accent"),
    "stopping": ("●", "$warning"),
    "done": ("✓", "$foreground"),
    "failed": ("×", "$error"),
    "stopped": ("○", "$text-muted"),
}
