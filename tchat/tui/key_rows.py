"""Every key that does something on a screen, collected from the bindings themselves."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from textual.app import App
from textual.binding import Binding
from textual.dom import DOMNode
from textual.screen import Screen

from tchat.tui.key_names import key_name

EVERYWHERE = "everywhere"
EDITING = "editing"
"""Keys that every text has; told last, since most readers know them."""


class KeyRow(NamedTuple):
    """What can be pressed in one part of the screen."""

    group: str
    """The part: `everywhere`, `transcript`, …"""
    key: str
    """As a keyboard names it; several that do the same with commas between them."""
    description: str
    tooltip: str
    """One sentence."""


def collect_rows(screen: Screen[Any]) -> tuple[KeyRow, ...]:
    """Return the keys that hold where the focus is, then those that hold everywhere, then those of the other parts.

    The keys that only edit a text come last.
    Textual's own keys for editing a line are left out: bindings count that have an id, and the application's.
    """
    active = [(item.node, item.binding) for item in screen.active_bindings.values()]
    groups = dict.fromkeys(_group(*pair) for pair in active)
    rows = tuple(_merged((*active, *_elsewhere(screen))))
    order = [*(group for group in groups if group != EVERYWHERE), EVERYWHERE, *(row.group for row in rows)]
    return tuple(sorted(rows, key=lambda row: (row.group == EDITING, order.index(row.group))))


def _elsewhere(screen: Screen[Any]) -> Iterator[tuple[DOMNode, Binding]]:
    """Yield the bindings of the parts that do not have the focus, shown or not."""
    focused = screen.focused.ancestors_with_self if screen.focused else []
    for widget in screen.walk_children():
        if widget not in focused:
            yield from ((widget, binding) for _, binding in widget._bindings)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  # Textual tells of the focused ones only


def _group(node: DOMNode, binding: Binding) -> str | None:
    """Return the part of the screen that a binding belongs to; None for one that is not to be shown."""
    if not binding.description or binding.system:
        return None
    if binding.id is not None:
        return binding.id.partition(".")[0].replace("-", " ")
    return EVERYWHERE if isinstance(node, App) else None


def _merged(pairs: Iterable[tuple[DOMNode, Binding]]) -> Iterator[KeyRow]:
    """Yield a row for every binding, with all of its keys."""
    rows: dict[tuple[str, str], tuple[KeyRow, list[str]]] = {}
    for node, binding in pairs:
        group = _group(node, binding)
        if group is None:
            continue
        name = binding.key_display or key_name(binding.key)
        row = KeyRow(group, "", binding.description[:1].upper() + binding.description[1:], binding.tooltip)
        keys = rows.setdefault((group, binding.id or binding.action), (row, []))[1]
        if name not in keys:
            keys.append(name)
    return (row._replace(key=", ".join(keys)) for row, keys in rows.values())
