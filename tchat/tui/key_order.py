"""Keys in the order in which they were pressed.

Textual hands each key to what has the focus, lets letters act at once, and runs a binding only after its key has
travelled up to the application: by then other keys have acted, and the focus may be elsewhere.
"""

import asyncio

from textual import events
from textual.widget import Widget


async def act_at_once(key: str, *widgets: Widget) -> bool:
    """Do what a key is bound to in one of some widgets; return whether there was anything to do."""
    active = widgets[0].screen.active_bindings.get(key)
    if active is None or active.node not in widgets:
        return False
    return await widgets[0].app.run_action(active.binding.action, active.node)


async def act_in_order(widget: Widget, event: events.Key, *, types: bool = False) -> None:
    """Act on a key before a widget looks at the next one; in one that `types`, only on a key that is no text."""
    if not (types and event.is_printable) and await act_at_once(event.key, widget):
        event.stop()
        event.prevent_default()


async def caught_up(widget: Widget) -> None:
    """Wait until a widget has acted on everything that it was sent so far, or has ended in a fault.

    What the caller is sent waits.
    """
    done = asyncio.get_running_loop().create_future()
    pump = widget._task  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  # one that has ended takes no messages
    if pump is not None and widget.call_later(lambda: done.done() or done.set_result(None)):
        await asyncio.wait({done, pump}, return_when=asyncio.FIRST_COMPLETED)


async def all_caught_up(widget: Widget) -> None:
    """Wait until a widget has acted on everything that it was sent so far, and its screen has taken what came of it."""
    for node in widget.ancestors_with_self:
        if isinstance(node, Widget):
            await caught_up(node)
