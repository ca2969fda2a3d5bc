"""The keys of the message cursor."""

from textual.binding import Binding


def _key(keys: str, action: str, description: str, name: str, tooltip: str) -> Binding:
    return Binding(keys, action, description, id=f"transcript.{name}", tooltip=tooltip)


KEYS: tuple[Binding, ...] = (
    _key("up,k", "cursor(-1)", "Message above", "up", "Choose the message above"),
    _key(
        "down,j",
        "cursor(1)",
        "Message below",
        "down",
        "Choose the message below; from the last one, go back to writing",
    ),
    _key("pageup", "page(-1)", "Page up", "page-up", "Scroll up by a page"),
    _key("pagedown", "page(1)", "Page down", "page-down", "Scroll down by a page"),
    _key("home", "edge(-1)", "Beginning", "home", "Choose the first message"),
    _key("end", "edge(1)", "End", "end", "Go to the end and follow it"),
    _key(
        "enter",
        "act('unfold')",
        "Reasoning",
        "unfold",
        "Show or fold the reasoning; see the attachments; go on from an interrupted reply",
    ),
    _key("l", "act('link')", "Open link", "link", "Open a link of the message in the browser; again, the next one"),
    _key("o", "act('open')", "Attachments", "open", "See the attachments of the message"),
    _key("p", "act('patches')", "Patches", "patches", "See the picture as a model reads it, and what that costs"),
    _key("s", "act('save')", "Save", "save", "Write the pictures and files of the message into the folder you are in"),
    _key("c", "act('copy')", "Copy", "copy", "Copy the message, or the selected text"),
    _key("C", "act('copy-code')", "Copy code", "copy-code", "Copy a code block of the message; again, the next one"),
    _key("e", "act('edit')", "Edit", "edit", "Edit and send again; the old message stays as a sibling"),
    _key("r", "act('again')", "Again", "again", "Ask again; the old reply stays as a sibling"),
    _key("R", "act('again-with')", "Again with…", "again-with", "Ask again with another model or effort"),
    _key("f", "act('fork')", "Fork", "fork", "Begin a new conversation with everything up to here"),
    _key("d", "act('discard')", "Delete", "discard", "Delete the message and what follows it"),
    _key("u", "act('restore')", "Undo", "restore", "Bring back what was deleted last"),
    _key(
        "less_than_sign,left",
        "act('earlier')",
        "Earlier sibling",
        "earlier",
        "Show the sibling before this message",
    ),
    _key("greater_than_sign,right", "act('later')", "Later sibling", "later", "Show the sibling after this message"),
    _key("t", "act('template')", "Template", "template", "Make a template of the conversation up to here"),
    _key("i", "act('sent')", "What was sent", "sent", "Show the exact request of this turn"),
    _key("escape", "back", "Write", "leave", "Go back to writing; on a reply that is under way, stop it"),
)

ACTIONS = {key: binding.action for binding in KEYS for key in binding.key.split(",")}
"""What each key does, by Textual's names of keys."""
