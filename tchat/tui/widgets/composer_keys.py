"""The keys of the composer. What the app and the screen are asked for has none here: Ctrl+E, Ctrl+F, the F keys."""

from textual.binding import Binding, BindingType


def _key(keys: str, action: str, description: str, tooltip: str) -> Binding:
    name = action.replace("_", "-")
    return Binding(keys, action, description, show=False, id=f"composer.{name}", tooltip=tooltip)


def _edit(keys: str, action: str, description: str) -> Binding:
    name = action.replace("_", "-").replace("(True)", "-selecting")
    return Binding(keys, action, description, show=False, id=f"editing.{name}", tooltip=description)


COMPOSER_KEYS: list[BindingType] = [
    _key("enter", "send", "Send", "Send the message, carry out the command, or choose from the open list"),
    _key("shift+enter,alt+enter,ctrl+j", "new_line", "New line", "Begin a new line, as does Enter after a backslash"),
    _key("up", "up", "Up", "Go up; in an empty composer to the messages, in a recalled prompt to the one before"),
    _key("down", "down", "Down", "Go down; in a recalled prompt to the one after"),
    _key("alt+up,ctrl+up", "recall_older", "Earlier prompt", "Recall the prompt before; what is written is kept"),
    _key("alt+down,ctrl+down", "recall_newer", "Later prompt", "Recall the prompt after, at last what was written"),
    _key("tab", "complete", "Complete", "Choose from the open list"),
    _key("escape", "stop", "Stop", "Close the open list, or stop the reply"),
    _key("backspace", "delete_left", "Delete", "Delete to the left; in an empty text the last attachment"),
    _key("ctrl+v", "paste_clipboard", "Paste", "Attach the picture on the clipboard, or insert its text"),
    _key("alt+o,ctrl+r", "open_paste", "Open a paste", "Put a pasted text in place of its mark"),
    _key("ctrl+g", "ask_editor", "Editor", "Write in your own editor"),
    _key("alt+a", "choose_attachment", "Attachments", "Go to the attachments: see one, mark it, remove it"),
    _key("alt+q", "take_back", "Edit queued", "Take the newest queued message back into the text"),
]
"""What the composer as a whole does."""

TEXT_KEYS: list[BindingType] = [
    _edit("left", "cursor_left", "Go left"),
    _edit("right", "cursor_right", "Go right"),
    _edit("ctrl+left", "cursor_word_left", "Go to the start of the word"),
    _edit("ctrl+right", "cursor_word_right", "Go to the end of the word"),
    _edit("home,ctrl+a", "cursor_line_start", "Go to the start of the line"),
    _edit("end", "cursor_line_end", "Go to the end of the line"),
    _edit("pageup", "cursor_page_up", "Go up by a page in a long text"),
    _edit("pagedown", "cursor_page_down", "Go down by a page in a long text"),
    _edit("shift+left", "cursor_left(True)", "Select to the left"),
    _edit("shift+right", "cursor_right(True)", "Select to the right"),
    _edit("shift+up", "cursor_up(True)", "Select upwards"),
    _edit("shift+down", "cursor_down(True)", "Select downwards"),
    _edit("ctrl+shift+left", "cursor_word_left(True)", "Select to the start of the word"),
    _edit("ctrl+shift+right", "cursor_word_right(True)", "Select to the end of the word"),
    _edit("shift+home", "cursor_line_start(True)", "Select to the start of the line"),
    _edit("shift+end", "cursor_line_end(True)", "Select to the end of the line"),
    _edit("delete", "delete_right", "Delete the character after the cursor"),
    _edit("ctrl+w,ctrl+backspace,alt+backspace", "delete_word_left", "Delete to the start of the word"),
    _edit("alt+delete,ctrl+delete", "delete_word_right", "Delete to the end of the word"),
    _edit("ctrl+u,super+backspace", "delete_to_start_of_line", "Delete to the start of the line"),
    _edit("ctrl+k", "delete_to_end_of_line_or_delete_line", "Delete to the end of the line"),
    _edit("ctrl+x,super+x", "cut", "Cut the selection, or the line"),
    _edit("ctrl+c,super+c", "copy", "Copy the selection"),
    _edit("ctrl+z,super+z", "undo", "Undo"),
    _edit("ctrl+y,super+y", "redo", "Redo"),
]
"""How the text is moved in and edited."""
