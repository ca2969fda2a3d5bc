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
    key: str = ""
    """The id of the binding that does the same, if a key does."""


COMMANDS = (
    Command(name="new", title="New conversation", summary="Begin a new conversation", key="everywhere.new"),
    Command(
        name="model",
        argument="[NAME]",
        title="Choose a model",
        summary="Ask another model from here on",
        key="everywhere.model",
    ),
    Command(
        name="effort",
        argument="[LEVEL]",
        title="Raise the reasoning effort",
        summary="Or another one by its name: none, minimal, low, medium, high, xhigh, max, default",
        key="everywhere.effort-up",
    ),
    Command(
        name="system",
        argument="[TEXT]",
        title="Run settings",
        summary="Another system prompt; without a text: all settings of the next turn",
        key="everywhere.run-settings",
    ),
    Command(name="again", title="Ask again", summary="Have the last message answered again", key="transcript.again"),
    Command(name="stop", title="Stop the reply", summary="Stop the reply; what arrived is kept", key="composer.stop"),
    Command(
        name="prompts",
        argument="[NAME]",
        title="Prompts",
        summary="The library of templates; with a name, the form of that one",
        key="everywhere.prompts",
    ),
    Command(
        name="search",
        argument="[WORDS]",
        title="Search",
        summary="Search everything that was said",
        key="everywhere.search",
    ),
    Command(name="rename", argument="TITLE", title="Rename the conversation", summary="Another title"),
    Command(
        name="conversations",
        title="Show or hide conversations",
        summary="Go to the list; from there, hide it",
        key="everywhere.conversations",
    ),
    Command(
        name="fork", title="Fork the conversation", summary="Go on in a copy of this branch", key="transcript.fork"
    ),
    Command(
        name="delete",
        title="Delete the conversation",
        summary="Delete it; /undo brings it back",
        key="conversations.delete",
    ),
    Command(
        name="undo",
        title="Undo the last deletion",
        summary="Bring back what was deleted last",
        key="transcript.restore",
    ),
    Command(name="copy", title="Copy the last reply", summary="All of its text, as it was written"),
    Command(name="sent", title="What was sent", summary="The exact request of the last turn", key="everywhere.sent"),
    Command(
        name="attach",
        argument="FILE|URL",
        title="Attach a file",
        summary="Attach a picture, a PDF (some pages: #pages=2-5), audio, video or a text",
    ),
    Command(
        name="detail",
        argument="[LEVEL]",
        title="The detail of pictures",
        summary="How closely pictures are looked at: low, medium, high, original, default",
    ),
    Command(
        name="patches",
        title="Patches of a picture",
        summary="The newest picture as models read it, with its tokens and price",
        key="transcript.patches",
    ),
    Command(name="usage", title="Usage", summary="What was spent, and the budget", key="everywhere.usage"),
    Command(
        name="settings", title="Settings and keys", summary="Providers, keys, theme, budget", key="everywhere.settings"
    ),
    Command(name="theme", argument="[NAME]", title="Change the theme", summary="Another theme"),
    Command(name="help", title="Keys and commands", summary="All keys", key="everywhere.help"),
    Command(name="quit", title="Quit", summary="Leave; the draft is kept", key="everywhere.quit"),
)


def command_named(name: str) -> Command | None:
    """Return the command of a name, or the only one that begins so."""
    exact = next((command for command in COMMANDS if command.name == name), None)
    near = [command for command in COMMANDS if command.name.startswith(name)] if name else []
    return exact or (near[0] if len(near) == 1 else None)
