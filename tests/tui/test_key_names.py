"""Laws of the names of keys."""

import pytest

from tchat.tui.key_names import key_name


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("ctrl+f", "Ctrl+F"),
        ("ctrl+shift+e", "Ctrl+Shift+E"),
        ("shift+enter", "Shift+Enter"),
        ("alt+e", "Alt+E"),
        ("f1", "F1"),
        ("f12", "F12"),
        ("pageup", "PgUp"),
        ("ctrl+end", "Ctrl+End"),
        ("c", "c"),
        ("C", "C"),
        ("slash", "/"),
        ("less_than_sign", "<"),
        ("question_mark", "?"),
        ("ctrl+comma", "Ctrl+,"),
        ("escape", "Esc"),
        ("space", "Space"),
    ],
)
def test_key_is_named_as_on_a_keyboard(key: str, name: str) -> None:
    """Modifiers and names in capitals, a bare letter in its own case, signs as themselves."""
    assert key_name(key) == name
