"""What the command palette offers: every command, and every key that does more than move and type."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from textual.binding import Binding, BindingType

from tchat.tui.commanding import Commanding
from tchat.tui.commands import COMMANDS, Command
from tchat.tui.key_names import key_name
from tchat.tui.screens.chat_keys import KEYS as EVERYWHERE
from tchat.tui.widgets.composer_keys import COMPOSER_KEYS
from tchat.tui.widgets.conversation_rows import ConversationRows
from tchat.tui.widgets.transcript_keys import KEYS as MESSAGE

if TYPE_CHECKING:
    from tchat.tui.screens.chat import ChatScreen

_GROUPS = {"transcript": "Message: ", "conversations": "Conversation: ", "composer": "Writing: "}
"""What the titles of keys begin with that hold in one part of the screen only."""
_PLACES = {"transcript": " on a message", "conversations": " in the list"}
"""Where such keys have to be pressed; elsewhere they are letters."""
_COMMON = frozenset(
    {
        "everywhere.effort-down",
        "everywhere.follow",
        "conversations.filter",
        "conversations.pin",
        "conversations.rename",
        "conversations.file",
        "conversations.archive",
        "composer.paste-clipboard",
        "composer.open-paste",
        "composer.ask-editor",
        "composer.choose-attachment",
        "composer.take-back",
    }
)
"""The bindings outside of messages that no command stands for, and that do more than move, type and close."""


class Offer(Struct, frozen=True, kw_only=True):
    """A line of the palette."""

    title: str
    summary: str
    """Its key, what is typed for it after a slash, and one sentence."""
    run: Callable[[], Any]


def offers(screen: "ChatScreen") -> Iterator[Offer]:
    """Yield what can be chosen."""
    bindings = {binding.id: binding for binding in _bindings()}
    commanding = Commanding(screen)
    for command in COMMANDS:
        if not command.argument or command.argument.startswith("["):
            run = partial(commanding.run, command.name)
            yield Offer(title=command.title, summary=_summary(command, bindings.get(command.key)), run=run)
    known = {command.key for command in COMMANDS}
    for name, binding in bindings.items():
        if name is not None and name not in known and (name in _COMMON or binding.action.startswith("act(")):
            yield _offer(screen, name.partition(".")[0], binding)


def _bindings() -> Iterator[Binding]:
    groups: tuple[Iterable[BindingType], ...] = (EVERYWHERE, COMPOSER_KEYS, ConversationRows.BINDINGS, MESSAGE)
    for group in groups:
        yield from (binding for binding in group if isinstance(binding, Binding))


def _summary(command: Command, binding: Binding | None) -> str:
    """Return what a command has for a key, and what it does."""
    keys = (_keys(binding),) if binding is not None else ()
    return " · ".join((*keys, f"/{command.name}", command.summary))


def _offer(screen: "ChatScreen", group: str, binding: Binding) -> Offer:
    """Return the line for a key."""
    title = f"{_GROUPS[group]}{binding.description.lower()}" if group in _GROUPS else binding.description
    summary = f"{_keys(binding)} · {binding.tooltip}"
    return Offer(title=title, summary=summary, run=partial(_RUNNERS.get(group, _run), screen, binding.action))


async def _run(screen: "ChatScreen", action: str) -> None:
    await screen.run_action(action)


async def _write(screen: "ChatScreen", action: str) -> None:
    screen.write()
    await screen.composer.run_action(action)


async def _organise(screen: "ChatScreen", action: str) -> None:
    """Do something with the conversation that the list's cursor is on: the open one, unless keys go to the list."""
    screen.show_list()
    screen.call_after_refresh(screen.conversations.list.run_action, action)


async def _act(screen: "ChatScreen", action: str) -> None:
    """Do something with the chosen message, or with the last one that it can be done with."""
    name = action.removeprefix("act('").removesuffix("')")
    transcript = screen.transcript
    fitting = (entry for entry in reversed(transcript.entries) if name != "edit" or entry.can_be_edited)
    entry = transcript.chosen or next(fitting, None)
    if entry is None:
        screen.say("there is no message yet")
    else:
        screen.do(lambda: screen.acting.act(name, entry))


_RUNNERS = {"composer": _write, "conversations": _organise, "transcript": _act}
"""How an action is carried out in a part of the screen, whether or not keys go there."""


def _keys(binding: Binding) -> str:
    """Return the keys of a binding, with where they have to be pressed."""
    keys = ", ".join(key_name(key) for key in binding.key.split(","))
    return f"{keys}{_PLACES.get((binding.id or '').partition('.')[0], '')}"
