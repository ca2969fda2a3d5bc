"""The keys that hold everywhere on the main screen.

Law: one that opens something acts after all that was pressed before it, and before all that is pressed after it.
"""

from textual.binding import Binding


def _key(keys: str, action: str, description: str, name: str, tooltip: str) -> Binding:
    return Binding(keys, action, description, id=f"everywhere.{name}", tooltip=tooltip)


def _opening(keys: str, action: str, description: str, name: str, tooltip: str) -> Binding:
    """Return a key that opens something before the key after it is looked at, so that this one gets there."""
    return Binding(keys, action, description, id=f"everywhere.{name}", tooltip=tooltip, priority=True)


KEYS: tuple[Binding, ...] = (
    _opening("f1", "help", "Help", "help", "Show every key"),
    _opening("ctrl+n", "new", "New conversation", "new", "Begin a new conversation"),
    _opening("ctrl+o", "model", "Model", "model", "Ask another model from here on"),
    _key("ctrl+e", "effort(1)", "Raise effort", "effort-up", "The next level of reasoning effort that the model has"),
    _key("alt+e,ctrl+shift+e", "effort(-1)", "Lower effort", "effort-down", "The level of reasoning effort below"),
    _opening(
        "f2",
        "run_settings",
        "Run settings",
        "run-settings",
        "System prompt, temperature and limits of the next turn",
    ),
    _opening("f3", "sent", "What was sent", "sent", "The exact request of the chosen turn, or of the last one"),
    _opening("ctrl+t", "prompts", "Prompts", "prompts", "The library of templates: fill one in and run it"),
    _opening("ctrl+f", "search", "Search", "search", "Search everything that was said"),
    _key(
        "ctrl+l",
        "conversations",
        "Conversations",
        "conversations",
        "Go to the list of conversations; from there, hide it",
    ),
    _opening("f6", "usage", "Usage", "usage", "What was spent, by day or by what it was spent on, and the budget"),
    _opening("f7,ctrl+comma", "settings", "Settings", "settings", "Providers, keys, theme, budget and aliases"),
    _key("tab", "app.focus_next", "Next part", "next", "Go to the next part of the screen"),
    _key("shift+tab", "app.focus_previous", "Part before", "previous", "Go to the part of the screen before"),
    _key("pageup", "page(-1)", "Page up", "page-up", "Scroll the conversation up by a page"),
    _key("pagedown", "page(1)", "Page down", "page-down", "Scroll the conversation down by a page"),
    _key("ctrl+end", "follow", "To the end", "follow", "Go to the end of the conversation and follow it"),
    _key("ctrl+c", "copy_or_stop", "Copy or stop", "copy", "Copy the selected text; without one, stop the reply"),
)

OPENING = frozenset(key for binding in KEYS if binding.priority for key in binding.key.split(","))
"""Those that open something."""
