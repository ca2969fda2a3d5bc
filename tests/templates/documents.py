"""TOML documents for tests."""

from collections.abc import Mapping


def dumped(document: Mapping[str, object], *, multiline: bool = False) -> str:
    """Return a document as TOML; with `multiline`, texts of several lines are written on several."""
    import tomli_w

    return tomli_w.dumps(document, multiline_strings=multiline)
