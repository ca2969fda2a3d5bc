"""The providers with the state of their keys, and what can be done about them."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal

from rich.cells import set_cell_size
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tchat.domain.text import one_line
from tchat.tui.preferences import Account, Trial
from tchat.tui.widgets.key_prompt import KeyPrompt
from tchat.tui.widgets.line_prompt import LinePrompt

Wish = Literal["key", "forget", "try", "url", "endpoint"]

HIDDEN = "••••"
"""Stands for a key."""
_NAME, _STATE = 12, 14
"""Cells of the first columns."""
_ASK_NAME = "name of the endpoint (for example lab)"
_ASK_URL = "base URL of {name}, with its path such as /v1"
_ASK_OTHER_URL = "base URL of {name}; nothing goes back to its own"
_ASK_OWN_URL = "base URL of {name}; nothing forgets the endpoint"

_DEEDS: tuple[tuple[Wish, str], ...] = (
    ("key", "k key"),
    ("forget", "x forget"),
    ("try", "t test"),
    ("url", "u base URL"),
    ("endpoint", "n new endpoint"),
)


def _bound(name: str, keys: str, action: str, description: str, tooltip: str) -> Binding:
    return Binding(keys, action, description, id=f"providers.{name}", tooltip=tooltip)


class Deed(Static):
    """What can be done by a key, for the mouse."""

    class Chosen(Message):
        """It was clicked."""

        def __init__(self, wish: Wish) -> None:
            super().__init__()
            self.wish: Wish = wish

    def __init__(self, label: str, wish: Wish) -> None:
        super().__init__(label, markup=False, id=f"wish-{wish}")
        self._wish: Wish = wish

    def on_click(self, event: events.Click) -> None:
        """Tell."""
        event.stop()
        self.post_message(self.Chosen(self._wish))


class ProviderSection(Widget):
    """Shows accounts; posts what is wanted of them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        _bound("key", "k", "wish('key')", "Key", "Add a key, or replace it"),
        _bound("forget", "x,delete", "wish('forget')", "Forget key", "Remove the key from this machine"),
        _bound("try", "t", "wish('try')", "Test", "Ask the provider for its models, which costs nothing"),
        _bound("url", "u", "wish('url')", "Base URL", "Reach the provider at another address"),
        _bound("endpoint", "n", "wish('endpoint')", "New endpoint", "Add a server of your own"),
    ]

    class KeyForgotten(Message):
        """A key is to be removed."""

        def __init__(self, provider: str) -> None:
            super().__init__()
            self.provider = provider

    class TrialAsked(Message):
        """A provider is to be tried out."""

        def __init__(self, provider: str) -> None:
            super().__init__()
            self.provider = provider

    class EndpointGiven(Message):
        """A provider is to be reached at a base URL; an empty one is the default, or forgets an own endpoint."""

        def __init__(self, name: str, base_url: str) -> None:
            super().__init__()
            self.endpoint = name
            self.base_url = base_url

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's own name
        super().__init__(id=id)
        self._accounts: tuple[Account, ...] = ()
        self._trials: Mapping[str, Trial] = {}
        self._naming = ""
        """The endpoint whose URL is asked for."""

    def compose(self) -> ComposeResult:
        """Put the list above what can be done."""
        yield OptionList(markup=False, compact=True, id="providers")
        yield Static(markup=False, id="provider-detail")
        yield KeyPrompt()
        yield LinePrompt()
        with Horizontal(id="provider-actions"):
            for wish, label in _DEEDS:
                yield Deed(label, wish)

    @property
    def rows(self) -> OptionList:
        """The list."""
        return self.query_one("#providers", OptionList)

    @property
    def chosen(self) -> Account | None:
        """The account under the cursor."""
        place = self.rows.highlighted
        return self._accounts[place] if place is not None and place < len(self._accounts) else None

    def show(self, accounts: Sequence[Account], trials: Mapping[str, Trial], *, at: str | None = None) -> None:
        """Show accounts, and how trials went.

        Args:
            accounts: in their order.
            trials: by provider.
            at: the provider to be on; None stays on the same one.
        """
        wanted = at or (self.chosen.provider if self.chosen else None)
        self._accounts, self._trials = tuple(accounts), trials
        self.rows.set_options(Option(self._row(account)) for account in self._accounts)
        names = [account.provider for account in self._accounts]
        if names:
            self.rows.highlighted = names.index(wanted) if wanted in names else 0
        self._show_detail()

    def ask_key(self) -> None:
        """Ask for the key of the account under the cursor."""
        self.action_wish("key")

    def _row(self, account: Account) -> Content:
        key = f"{HIDDEN} {account.place}" if account.place else ""
        line = Content.assemble(
            (set_cell_size(one_line(account.provider), _NAME), "bold"),
            (set_cell_size(account.state, _STATE), "" if account.state == "ready" else "dim"),
            one_line(key),
        )
        trial = self._trials.get(account.provider)
        said = account.trouble or (trial.said if trial else "")
        if not said:
            return line
        is_good = not account.trouble and trial is not None and trial.good
        mark, style = ("✓", "dim") if is_good else ("!", "bold")
        return Content("\n").join([line, Content.styled(f"  {mark} {one_line(said)}", style)])

    @on(OptionList.OptionHighlighted, "#providers")
    def _show_detail(self) -> None:
        account = self.chosen
        console = f"keys: {account.console}" if account and account.console else ""
        said = "  ".join(part for part in (one_line(account.base_url), console) if part) if account else ""
        self.query_one("#provider-detail", Static).update(said)

    @on(OptionList.OptionSelected, "#providers")
    def _take_enter(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.action_wish("key")

    @on(Deed.Chosen)
    def _take_deed(self, event: Deed.Chosen) -> None:
        event.stop()
        self.action_wish(event.wish)

    def action_wish(self, wish: Wish) -> None:
        """Begin what is wanted of the account under the cursor."""
        account = self.chosen
        if wish == "endpoint":
            self._naming = ""
            self.query_one(LinePrompt).ask(_ASK_NAME, "")
        elif account is None:
            return
        elif wish == "key":
            if account.takes_key:
                self.query_one(LinePrompt).display = False
                self.query_one(KeyPrompt).ask(account.provider)
        elif wish == "forget":
            self.post_message(self.KeyForgotten(account.provider))
        elif wish == "try":
            self.post_message(self.TrialAsked(account.provider))
        elif account.takes_key:
            self._ask_url(account)

    def _ask_url(self, account: Account) -> None:
        self._naming = account.provider
        question = _ASK_OWN_URL if account.is_own else _ASK_OTHER_URL
        self.query_one(KeyPrompt).close()
        self.query_one(LinePrompt).ask(question.format(name=account.provider), account.base_url)

    @on(LinePrompt.Answered)
    def _take_line(self, event: LinePrompt.Answered) -> None:
        event.stop()
        text = event.text.strip()
        name, self._naming = self._naming, ""
        if name:
            self.rows.focus()
            self.post_message(self.EndpointGiven(name, text))
        elif text:
            self._naming = text
            self.query_one(LinePrompt).ask(_ASK_URL.format(name=text), "http://")
        else:
            self.rows.focus()

    @on(LinePrompt.Cancelled)
    @on(KeyPrompt.Cancelled)
    def _take_nothing(self, event: LinePrompt.Cancelled | KeyPrompt.Cancelled) -> None:
        event.stop()
        self._naming = ""
        self.rows.focus()

    @on(KeyPrompt.Given)
    def _take_key(self) -> None:
        self.rows.focus()
