"""Keys as a keyboard names them."""

from textual.keys import format_key

_NAMES = {
    "up": "Up",
    "down": "Down",
    "left": "Left",
    "right": "Right",
    "enter": "Enter",
    "escape": "Esc",
    "space": "Space",
    "tab": "Tab",
    "backspace": "Backspace",
    "delete": "Del",
    "home": "Home",
    "end": "End",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "comma": ",",
}


def key_name(key: str) -> str:
    """Return what to press for a key of Textual's: `Ctrl+F`, `PgUp`, `?`; a bare letter in its own case."""
    *modifiers, last = key.split("+")
    name = _NAMES.get(last) or format_key(last)
    is_named = bool(modifiers) or (len(name) > 1 and name[1:].isdecimal())
    return "+".join(
        (*(modifier.capitalize() for modifier in modifiers), name.upper() if is_named and last not in _NAMES else name)
    )
