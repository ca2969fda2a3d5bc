"""Addresses in messages, opened by who wants to and never by themselves."""

from collections.abc import Iterable

from tchat.markdown.line import Line


def links_in(lines: Iterable[Line]) -> list[str]:
    """Return the addresses of the links in some lines, each once, in the order in which they stand there."""
    metas = (segment.style.meta for line in lines for segment in line.segments if segment.style is not None)
    return list(dict.fromkeys(str(meta["url"]) for meta in metas if "url" in meta))


def is_web_address(url: str) -> bool:
    """Whether a browser is what opens it."""
    return url.startswith(("https://", "http://"))


def opens(url: str) -> bool:
    """Open an address in a browser and return whether there is one that takes no terminal; it may take its time."""
    import webbrowser

    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return False
    takes_the_terminal = type(browser) is webbrowser.GenericBrowser
    return not takes_the_terminal and browser.open(url)
