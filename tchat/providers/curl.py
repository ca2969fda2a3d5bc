"""A request as a command for curl, to be pasted into a shell; the key is read from its variable."""

import re
import shlex

from tchat.providers.base import WireRequest
from tchat.providers.essentials import check_copyable, essential_headers
from tchat.providers.folding import Folding
from tchat.providers.json_text import pretty
from tchat.providers.recording import HIDDEN

_SPECIAL = re.compile(r'[\\"$`!]')


def as_curl(folding: Folding) -> str:
    """Return a command that makes the request; the files that are left out are named in comments.

    Raises:
        UsageError: there is no request to make.
    """
    wire = folding.wire
    check_copyable(wire)
    lines = [
        f"# {file.mark} stands for the output of: base64 < {shlex.quote(file.name)} | tr -d '\\n'"
        for file in folding.files
    ]
    headers = essential_headers(wire)
    if HIDDEN in wire.url or HIDDEN in headers.values():
        lines.append(f"# put your own value where {HIDDEN} stands")
    lines.append(f"curl --no-buffer -X {wire.method} {_quoted(wire.url, wire)} \\")
    lines += [f"  -H {_quoted(f'{name}: {value}', wire)} \\" for name, value in headers.items()]
    return "\n".join([*lines, "  --data-binary @- <<'JSON'", pretty(wire.body), "JSON", ""])


def _quoted(text: str, wire: WireRequest) -> str:
    """Return a text as one word of a shell, in which only the key's variable is looked up."""
    pieces = text.split(f"${wire.variable}") if wire.variable else [text]
    if len(pieces) == 1:
        return shlex.quote(text)
    escaped = (_SPECIAL.sub(lambda found: f"\\{found[0]}", piece) for piece in pieces)
    return '"' + f"${{{wire.variable}}}".join(escaped) + '"'
