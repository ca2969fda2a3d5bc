"""Fitting what is long into little room."""

from rich.cells import cell_len, set_cell_size


def window(count: int, index: int, height: int) -> range:
    """Return which `height` of `count` rows to show so that row `index` is among them, near the middle."""
    first = max(0, min(index - height // 2, count - height))
    return range(first, min(count, first + height))


def cut(text: str, width: int) -> str:
    """Return a line of text that fills at most `width` cells, with an ellipsis where something is missing."""
    return text if cell_len(text) <= width else set_cell_size(text, max(0, width - 1)).rstrip() + "…"
