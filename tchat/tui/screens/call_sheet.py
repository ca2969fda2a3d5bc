"""One place of a run whole: its prompt, its reply, its reasoning, its value, as far as there are any."""

from collections.abc import Awaitable, Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import ContentSwitcher, Static

from tchat.domain.figures import dollars, seconds, tokens_line
from tchat.domain.text import one_line
from tchat.templates.filters import as_json, shown
from tchat.tui.templates.board import Node
from tchat.tui.templates.page import Page
from tchat.tui.widgets.long_text import LongText
from tchat.tui.widgets.reply_text import ReplyText

_LOOK = 0.25
"""Seconds between two looks at a reply that grows."""
_VIEWS = ("reply", "prompt", "reasoning", "value")

Copy = Callable[[str, str], Awaitable[None]]


class CallSheet(ModalScreen[None]):
    """Shows a place while it goes on, and after that.

    Args:
        node: the place.
        copy: copies to the clipboard.
    """

    CSS_PATH: ClassVar[list[str]] = ["../widgets/long_text.tcss", "../widgets/reply_text.tcss", "call_sheet.tcss"]  # pyright: ignore[reportIncompatibleVariableOverride]  # a list of paths is one of its kinds
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab,right", "turn(1)", "Next part", id="call.next", tooltip="Show prompt, reply, reasoning, value"),
        Binding("shift+tab,left", "turn(-1)", "Part before", id="call.previous", tooltip="Show the part before"),
        Binding("y", "copy", "Copy", id="call.copy", tooltip="Copy what is shown"),
        Binding("escape,enter", "close", "Close", id="call.close", tooltip="Go back to the run"),
    ]

    def __init__(self, node: Node, copy: Copy) -> None:
        super().__init__()
        self._node = node
        self._copy = copy
        self._seen: tuple[object, ...] = ()
        """What is on the screen."""

    def compose(self) -> ComposeResult:
        """Put the views below their names."""
        with Vertical(id="call"):
            with Horizontal(id="call-head"):
                yield Static(one_line(self._node.place), id="call-title", markup=False)
                yield Static(id="call-views", markup=False)
            yield Static(id="call-figures", markup=False)
            with ContentSwitcher(initial="reply"):
                yield ReplyText(id="reply")
                yield LongText(id="prompt")
                yield LongText(id="reasoning")
                yield LongText(id="value")
            yield Static(_key_line(), id="call-keys", markup=False)

    @property
    def view(self) -> str:
        """The name of the view that is open."""
        return self.query_one(ContentSwitcher).current or "reply"

    @property
    def views(self) -> tuple[str, ...]:
        """The views that have something to show."""
        node = self._node
        call = node.call
        has = {
            "reply": call is not None,
            "prompt": call is not None,
            "reasoning": call is not None and bool(call.reasoning),
            "value": node.has_value,
        }
        return tuple(view for view in _VIEWS if has[view]) or ("value",)

    def on_mount(self) -> None:
        """Show the first view that has something."""
        self._open(self.views[0])
        self._look()
        self.set_interval(_LOOK, self._look)

    def _look(self) -> None:
        """Show what has become of it, if that is something else."""
        call = self._node.call
        seen = (call and len(call.pieces), call and len(call.thoughts), call and call.done, self._node.has_value)
        if seen == self._seen:
            return
        is_first, self._seen = not self._seen, seen
        if call is not None:
            self.query_one(ReplyText).show(call.text)
            if call.reasoning:
                self._fill("reasoning", _page(call.reasoning))
            if is_first:
                self._fill("prompt", self._prompt())
        if self._node.has_value or call is None:
            self._fill("value", self._value())
        self._name_views()
        self.query_one("#call-figures", Static).update(self._figures())

    def _fill(self, view: str, page: Page) -> None:
        self.query_one(f"#{view}", LongText).show(page.lines, page.paint, cropped=page.cropped, hang=page.hang)

    def _prompt(self) -> Page:
        page, call = Page(), self._node.call
        if call is not None and call.started.system:
            page.add(("system", "name"))
            page.add_text(call.started.system)
            page.add()
        if call is not None:
            page.add(("you", "name"))
            page.add_text(call.started.prompt)
        return page

    def _value(self) -> Page:
        value = self._node.value
        if not self._node.has_value:
            page = Page()
            page.add(("nothing has come of it yet; open one of the rows below it", "quiet"))
            return page
        return _page(value if isinstance(value, str) else as_json(value, 2))

    def _figures(self) -> str:
        call = self._node.call
        if call is None:
            return self._node.state
        done = call.done
        if done is None:
            return f"{call.started.model} · {self._node.state}"
        state = "reused: asked in an earlier attempt" if done.is_reused else ""
        parts = [call.started.model, tokens_line(done.usage), dollars(done.cost), seconds(done.seconds), state]
        if done.finish not in (None, "stop"):
            parts.append(str(done.finish))
        problem = f"\n{one_line(done.problem)}" if done.problem else ""
        return " · ".join(part for part in parts if part) + problem

    def _name_views(self) -> None:
        names = [(f" {view} ", "bold reverse $foreground" if view == self.view else "") for view in self.views]
        self.query_one("#call-views", Static).update(Content.assemble(*names))

    def _open(self, view: str) -> None:
        self.query_one(ContentSwitcher).current = view
        self.query_one(f"#{view}").focus()
        self._name_views()

    # --- actions

    def action_turn(self, step: int) -> None:
        """Show another view."""
        views = self.views
        at = views.index(self.view) if self.view in views else -step
        self._open(views[(at + step) % len(views)])

    def action_copy(self) -> None:
        """Copy what is shown."""
        call, node = self._node.call, self._node
        texts = {
            "reply": call.text if call else "",
            "prompt": call.started.prompt if call else "",
            "reasoning": call.reasoning if call else "",
            "value": shown(node.value),
        }
        text, what = texts[self.view], self.view
        self.run_worker(self._copied(text, what), group="copying", exclusive=True)

    async def _copied(self, text: str, what: str) -> None:
        await self._copy(text, what)

    def action_close(self) -> None:
        """Go back."""
        self.dismiss(None)


def _page(text: str) -> Page:
    page = Page()
    page.add_text(text)
    return page


def _key_line() -> Content:
    keys = (("Tab", "prompt, reply, reasoning, value"), ("y", "copy"), ("Esc", "close"))
    pieces: list[tuple[str, str] | str] = []
    for key, name in keys:
        pieces += [(f"{'   ' if pieces else ''}{key}", "bold $foreground"), f" {name}"]
    return Content.assemble(*pieces)
