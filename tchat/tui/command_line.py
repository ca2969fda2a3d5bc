"""What Enter means for a text that begins with a slash."""

from collections.abc import Iterable

from msgspec import Struct

from tchat.domain.text import one_line
from tchat.tui.commands import Command

_LONGEST = 40


class Given(Struct, frozen=True):
    """A command that can be carried out."""

    name: str
    argument: str


class Refusal(Struct, frozen=True):
    """Why a text that begins with a slash is neither a command nor sent."""

    text: str


def wants_argument(command: Command) -> bool:
    """Whether the command means nothing without an argument."""
    return bool(command.argument) and not command.argument.startswith("[")


def meaning(text: str, commands: Iterable[Command]) -> Given | Refusal | str:
    """Return the command that a text gives, why it gives none, or the text to send.

    `//` at the start stands for a slash that is sent; a slash alone and a path are text.
    """
    if text.startswith("//"):
        return text[1:]
    name, *rest = text[1:].split(maxsplit=1) or [""]
    if not text.startswith(f"/{name}") or not name or "/" in name:
        return text
    argument = rest[0].rstrip() if rest else ""
    command = next((command for command in commands if command.name == name), None)
    if command is None:
        return Refusal(f"there is no command /{_short(name)}; to send a text that begins with a slash, write //")
    if wants_argument(command) and not argument:
        return Refusal(f"/{name} needs something after it: {command.argument}")
    if argument and not command.argument:
        return Refusal(f"/{name} takes nothing after it; to send a text that begins with a slash, write //")
    return Given(name, argument)


def _short(name: str) -> str:
    name = one_line(name)
    return name if len(name) <= _LONGEST else name[: _LONGEST - 1] + "…"
