"""The keys of the library of templates."""

from textual.binding import Binding

from tchat.tui.templates.looks import View

VIEW_KEYS: dict[View, str] = {"about": "F4", "form": "F5", "preview": "F6", "steps": "F7", "plan": "F8"}
"""What each view is opened with."""


def _bound(name: str, keys: str, action: str, description: str, tooltip: str, *, first: bool = False) -> Binding:
    """Return a binding; one that comes `first` may overtake keys that a field has not taken yet."""
    return Binding(keys, action, description, id=f"prompts.{name}", tooltip=tooltip, priority=first)


KEYS: tuple[Binding, ...] = (
    _bound("run", "f9", "run", "Run", "Run the template with what is filled in"),
    _bound("about", "f4", "view('about')", "About", "What the template does, and what it takes", first=True),
    _bound("form", "f5", "fill", "Form", "Fill the inputs in", first=True),
    _bound("preview", "f6", "view('preview')", "Preview", "The first prompt as it would be sent", first=True),
    _bound("steps", "f7", "view('steps')", "Steps", "What the template does, step by step", first=True),
    _bound("plan", "f8", "view('plan')", "Plan", "Calls, tokens and cost of a run", first=True),
    _bound("model", "ctrl+o", "model", "Model", "Another model where the template leaves it open"),
    _bound("effort-up", "ctrl+e", "effort(1)", "Raise effort", "The next level of reasoning effort", first=True),
    _bound("effort-down", "alt+e", "effort(-1)", "Lower effort", "The level of reasoning effort below"),
    _bound("edit", "ctrl+g", "edit", "Editor", "Open the template in your editor, a shipped one as a copy"),
    _bound("next", "tab", "field(1)", "Next field", "Go to the next field; in a path, take the completion", first=True),
    _bound("previous", "shift+tab", "field(-1)", "Field before", "Go to the field before", first=True),
    _bound("up", "up", "move(-1)", "Row above", "Go to the template above"),
    _bound("down", "down", "move(1)", "Row below", "Go to the template below"),
    _bound("page-up", "pageup", "page(-1)", "Page up", "Go up by a page"),
    _bound("page-down", "pagedown", "page(1)", "Page down", "Go down by a page"),
    _bound("help", "f1", "help", "Help", "Show every key"),
    _bound("close", "escape", "leave", "Back", "Go back to the list; from there, to the conversation"),
    _bound("close-at-once", "ctrl+t", "close", "Close", "Go back to the conversation"),
)
