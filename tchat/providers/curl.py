"""A request as a command for curl, to be pasted into a shell; the key is read from its variable."""

import re
import shlex

from tchat.providers.base import WireRequest
from tchat.providers.essentials import check_copyable, essential_headers
from tchat.providers.folding import Folding
from tchat.providers.json_text import pretty
from tchat.providers.recording import HIDDEN

_END = "JSON"
_SPECIAL_WITHIN = re.compile(r"[\\$`]")
"""What a shell looks at in a text that is handed on to a program."""
_SPECIAL = re.compile(r'[\\"$`!]')


def as_curl(folding: Folding) -> str:
    """Return a command that makes the request; attachments are read from files beside it.

    Raises:
        UsageError: there is no request to make.
    """
    wire = folding.wire
    check_copyable(wire)
    headers = essential_headers(wire)
    hidden = HIDDEN in wire.url or HIDDEN in headers.values()
    lines = [f"# put your own value where {HIDDEN} stands"] if hidden else []
    lines += [_reading(number, folding) for number in range(1, len(folding.files) + 1)]
    lines.append(f"curl --no-buffer -X {wire.method} {_quoted(wire.url, wire)} \\")
    lines += [f"  -H {_quoted(f'{name}: {value}', wire)} \\" for name, value in headers.items()]
    return "\n".join(
        [*lines, f"  --data-binary @- <<{_END if folding.files else repr(_END)}", _body(folding), _END, ""]
    )


def _reading(number: int, folding: Folding) -> str:
    """Return the line that puts a file, spelled as its API wants it, into a variable."""
    letters = " | tr '+/' '-_'" if folding.wire.api == "gemini" else ""
    return f"FILE_{number}=$(base64 < {shlex.quote(folding.files[number - 1].name)} | tr -d '\\n'{letters})"


def _body(folding: Folding) -> str:
    """Return the JSON, as a text in which the shell looks up the variables of files, if there are any, and no more."""
    body = pretty(folding.wire.body)
    if not folding.files:
        return body
    body = _SPECIAL_WITHIN.sub(r"\\\g<0>", body)
    for number, file in enumerate(folding.files, 1):
        body = body.replace(_SPECIAL_WITHIN.sub(r"\\\g<0>", pretty(file.mark)[1:-1]), f"${{FILE_{number}}}")
    return body


def _quoted(text: str, wire: WireRequest) -> str:
    """Return a text as one word of a shell, in which only the key's variable is looked up."""
    pieces = text.split(f"${wire.variable}") if wire.variable else [text]
    if len(pieces) == 1:
        return shlex.quote(text)
    escaped = (_SPECIAL.sub(lambda found: f"\\{found[0]}", piece) for piece in pieces)
    return '"' + f"${{{wire.variable}}}".join(escaped) + '"'
