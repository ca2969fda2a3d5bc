"""What can be typed after a slash, and what the command palette offers: one table for both."""

from msgspec import Struct


class Command(Struct, frozen=True, kw_only=True):
    """Something that can be asked for by name."""

    name: str
    """Typed as `/name`."""
    argument: str = ""
    """What may follow the name, as the completion shows it."""
    title: str
    """What the palette shows."""
    summary: str
    action: str
    """The action of the chat screen; the argument is passed on where there is one."""


COMMANDS = (
    Command(name="new", title="New conversation", summary="Begin a new conversation", action="new"),
    Command(
        name="model",
        argument="[NAME]",
        title="Choose a model",
        summary="Ask another model from here on",
        action="model",
    ),
    Command(
        name="effort",
        argument="[LEVEL]",
        title="Raise the reasoning effort",
        summary="Another reasoning effort: none, minimal, low, medium, high, xhigh, max, default",
        action="effort",
    ),
    Command(
        name="system",
        argument="[TEXT]",
        title="Run settings",
        summary="Another system prompt; without a text: all settings of the next turn",
        action="system",
    ),
    Command(name="again", title="Ask again", summary="Have the last message answered again", action="again"),
    Command(name="stop", title="Stop the reply", summary="Stop the reply; what arrived is kept", action="stop"),
    Command(
        name="prompts",
        argument="[NAME]",
        title="Prompts",
        summary="The library of templates; with a name, the form of that one",
        action="prompts",
    ),
    Command(
        name="search", argument="[WORDS]", title="Search", summary="Search everything that was said", action="search"
    ),
    Command(name="rename", argument="TITLE", title="Rename the conversation", summary="Another title", action="rename"),
    Command(
        name="conversations",
        title="Show or hide conversations",
        summary="Show or hide the list",
        action="conversations",
    ),
    Command(name="fork", title="Fork the conversation", summary="Go on in a copy of this branch", action="fork"),
    Command(name="delete", title="Delete the conversation", summary="Delete it; /undo brings it back", action="delete"),
    Command(name="undo", title="Undo the last deletion", summary="Bring back what was deleted last", action="undo"),
    Command(name="copy", title="Copy the last reply", summary="All of its text, as it was written", action="copy"),
    Command(name="sent", title="What was sent", summary="The exact request of the last turn", action="sent"),
    Command(
        name="attach",
        argument="FILE|URL",
        title="Attach a file",
        summary="Attach a picture, a PDF (some pages: #pages=2-5), audio, video or a text",
        action="attach",
    ),
    Command(
        name="detail",
        argument="[LEVEL]",
        title="The detail of pictures",
        summary="How closely pictures are looked at: low, medium, high, original, default",
        action="detail",
    ),
    Command(
        name="patches",
        title="Patches of a picture",
        summary="The newest picture as models read it, with its tokens and price",
        action="patches",
    ),
    Command(name="usage", title="Usage", summary="What was spent, and the budget", action="usage"),
    Command(name="settings", title="Settings and keys", summary="Providers, keys, theme, budget", action="settings"),
    Command(name="theme", argument="[NAME]", title="Change the theme", summary="Another theme", action="theme"),
    Command(name="help", title="Keys and commands", summary="All keys", action="help"),
    Command(name="quit", title="Quit", summary="Leave; the draft is kept", action="quit"),
)


def command_named(name: str) -> Command | None:
    """Return the command of a name, or the only one that begins so."""
    exact = next((command for command in COMMANDS if command.name == name), None)
    near = [command for command in COMMANDS if command.name.startswith(name)] if name else []
    return exact or (near[0] if len(near) == 1 else None)
