"""How messages about templates speak of names."""

import re
from collections.abc import Iterable

from tchat.domain.text import one_line
from tchat.templates.format import RESERVED

_LONGEST = 60
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
RUN_OPTIONS = frozenset(
    {
        *("input", "jobs", "allow_commands", "max_cost", "resume", "runs", "dry_run", "out", "verbose", "option"),
        *("effort", "model", "json", "jsonl", "raw", "no_stream", "code", "quiet", "no_store", "help"),
    }
)
"""What `tchat run` takes for itself where it stands behind `--`."""
_EXPRESSION_WORDS = ("and", "or", "not", "in", "is", "if", "else", "true", "false", "none", "loop", "self", "super")


def quoted(name: object) -> str:
    """Return a name from a template as it is shown in messages: in double quotes, short and printable."""
    text = one_line(str(name))
    return f'"{text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"}"'


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return ` (did you mean "…"?)` with the nearest of `known`, or nothing if none is near."""
    import difflib  # only a message about a mistake needs it

    near = difflib.get_close_matches(name[:_LONGEST], list(known), n=1)
    return f" (did you mean {quoted(near[0])}?)" if near else ""


def listed(names: Iterable[str]) -> str:
    """Return names for a message: `"a", "b" or "c"`."""
    *others, last = [quoted(name) for name in names] or ["nothing"]
    return f"{', '.join(others)} or {last}" if others else last


def flag(name: str) -> str:
    """Return how an input is called on the command line."""
    return f"--input {name}" if name in RUN_OPTIONS else f"--{name}"


def flagged(name: str, value: str) -> str:
    """Return how an input is given there; `value` is quoted as a shell needs it."""
    return f"{flag(name)}{'=' if name in RUN_OPTIONS else ' '}{value}"


def name_problem(name: str) -> str | None:
    """Return what is wrong with the name of an input, a step or an item; None if nothing is."""
    if not _NAME.fullmatch(name):
        return f"{quoted(name)} cannot be used in a text: a name is made of letters, digits and _"
    if name in RESERVED or name.lower() in _EXPRESSION_WORDS:
        return f"{quoted(name)} is a reserved name"
    return None
