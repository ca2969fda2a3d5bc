"""Addresses in messages, opened by who wants to and never by themselves."""

import subprocess
import sys
from collections.abc import Iterable

from tchat.markdown.line import Line

PATIENCE = 10.0
"""Seconds in which a browser opens something, or has been opened."""
_OPEN = """
import sys, webbrowser
try:
    webbrowser.get()
except webbrowser.Error:
    sys.exit(1)
draws = {"w3m", "www-browser", "links", "elinks", "lynx"}
for browser in map(webbrowser.get, webbrowser._tryorder):
    if getattr(browser, "basename", "") not in draws and browser.open(sys.argv[1]):
        sys.exit(0)
sys.exit(1)
"""
"""Isolated from the folder one is in, which may hold modules of these names. Some browsers that draw in a terminal
say that all is well where they have none.
"""


def links_in(lines: Iterable[Line]) -> list[str]:
    """Return the addresses of the links in some lines, each once, in the order in which they stand there."""
    metas = (segment.style.meta for line in lines for segment in line.segments if segment.style is not None)
    return list(dict.fromkeys(str(meta["url"]) for meta in metas if "url" in meta))


def is_web_address(url: str) -> bool:
    """Whether a browser is what opens it."""
    return url.startswith(("https://", "http://"))


def opens(url: str) -> bool:
    """Open an address in a browser and return whether one did; it may take its time.

    No browser gets the terminal: one that draws in it opens nothing, and what others say is not drawn over.
    """
    null = subprocess.DEVNULL
    try:
        done = subprocess.run(  # noqa: S603  # the address is an argument, and its own program reads it
            [sys.executable, "-I", "-c", _OPEN, url],
            stdin=null, stdout=null, stderr=null, start_new_session=True, timeout=PATIENCE, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:  # one that stays in front is open
        return True
    return done.returncode == 0
