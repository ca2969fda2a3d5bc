"""A run as rows: each place that is not folded away, the answers of its samples counted, and what there is to say."""

from collections.abc import Iterable
from typing import NamedTuple

from tchat.domain.text import one_line
from tchat.templates.format import Evaluate, Render
from tchat.tui.templates.board import Board, Node

MOST_OPEN = 12
"""Items, samples or rounds that are shown without being asked for."""
MOST_ANSWERS = 6
"""Different answers that are counted row by row."""


class PlaceRow(NamedTuple):
    """A place."""

    node: Node
    depth: int
    is_open: bool | None
    """Whether what is in it is shown; None if there is nothing in it."""


class AnswerRow(NamedTuple):
    """An answer that samples gave."""

    node: Node
    depth: int
    answer: str
    given: int
    """How many samples gave it."""
    most: int
    """How many the most frequent answer has."""
    total: int
    """How many samples there are."""


class NoteRow(NamedTuple):
    """Something to be said of a place."""

    node: Node
    depth: int
    text: str
    is_trouble: bool = False


BoardRow = PlaceRow | AnswerRow | NoteRow


def rows_of(board: Board) -> list[BoardRow]:
    """Return the rows of a run."""
    rows: list[BoardRow] = []
    told = board.error.message if board.error is not None else ""
    _write(rows, board.roots.values(), 0, told)
    return rows


def is_open(node: Node) -> bool:
    """Whether what is in a place is shown."""
    if node.is_folded is not None:
        return not node.is_folded
    is_deep = node.parent is not None and node.parent.parent is not None
    if len(node.children) > MOST_OPEN or (is_deep and node.state != "running"):
        return False
    return not (node.has_value and node.samples is not None and node.items is None)


def progress_of(node: Node) -> str:
    """Return how far a place with several calls is."""
    whole = node.items if node.items is not None else node.samples
    if whole is not None:
        return f"{min(node.answered, whole)}/{whole}"
    if node.rounds is not None:
        return f"{node.rounds} {'round' if node.rounds == 1 else 'rounds'}"
    return f"{node.finished}/{node.begun}" if node.begun > 1 and not node.has_value else ""


def makes_calls(node: Node) -> bool:
    """Whether it asks, or may ask, a model: what asks none has no figures."""
    return node.begun > 0 or node.step is None or not isinstance(node.step.deed, Render | Evaluate)


def _write(rows: list[BoardRow], nodes: Iterable[Node], depth: int, told: str) -> None:
    """Write places; what is `told` of the whole run is not said of one of them again."""
    for node in nodes:
        opened = is_open(node) if node.children else None
        rows.append(PlaceRow(node, depth, opened))
        if node.note and node.note != told:
            rows.append(NoteRow(node, depth, one_line(node.note), is_trouble=node.state == "failed"))
        if _counts_answers(node):
            _write_answers(rows, node, depth)
        if opened:
            _write(rows, node.children.values(), depth + 1, told)


def _counts_answers(node: Node) -> bool:
    if not node.votes or node.samples == 1:
        return False
    sampling = node.step.sampling if node.step is not None else None
    is_counted = sampling is not None and sampling.vote in ("majority", "mean")
    return is_counted or any(count > 1 for count in node.votes.values())


def _write_answers(rows: list[BoardRow], node: Node, depth: int) -> None:
    ranked = sorted(node.votes.items(), key=lambda pair: -pair[1])
    voted = sum(count for _, count in ranked)
    total = max(node.samples or node.answered, voted)
    shown = ranked if len(ranked) <= MOST_ANSWERS else ranked[: MOST_ANSWERS - 1]
    for answer, count in shown:
        rows.append(AnswerRow(node, depth, one_line(answer) or "(empty)", count, ranked[0][1], total))
    if len(shown) < len(ranked):
        rows.append(NoteRow(node, depth, f"{len(ranked) - len(shown)} more answers, of {voted} samples"))
    if node.share is not None:
        silent = total - voted
        without = f" · {silent} without an answer" if silent > 0 else ""
        rows.append(NoteRow(node, depth, f"{node.share:.0%} of {total} samples agree{without}".replace("%", " %", 1)))
