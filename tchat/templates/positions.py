"""Where the keys and texts of a TOML document stand in its source, which `tomllib` does not tell."""

import re
import tomllib
from bisect import bisect_left

from msgspec import Struct

Path = tuple[str | int, ...]
"""The way to a value: keys, and places in arrays from 0."""

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY = re.compile(r"""[ \t]*(?:[A-Za-z0-9_-]+|"(?:\\.|[^"\\\n])*"|'[^'\n]*')[ \t]*""")
_SCALAR = re.compile(r"[^,\]}\n#]*")
_LITERALS = {
    '"""': re.compile(r'"""[^"\\]*(?:(?:\\.|"{1,2}(?!"))[^"\\]*)*"""(?:"{1,2}(?!"))?', re.DOTALL),
    "'''": re.compile(r"'''[^']*(?:'{1,2}(?!')[^']*)*'''(?:'{1,2}(?!'))?"),
    '"': re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"'),
    "'": re.compile(r"'[^']*'"),
}
_LINE_ENDS = {
    '"""': re.compile(r"\\[ \t]*\n[ \t\n]*|\\n|\\u000[aA]|\\U0000000[aA]|\\.|\n", re.DOTALL),
    "'''": re.compile(r"\n"),
}
_NEWLINES = ("\n", "\\n", "\\u000a", "\\u0000000a")
"""A line's end within a string, and how it may be written."""


class Positions(Struct, frozen=True):
    """The places of one document."""

    keys: dict[Path, int]
    """The line of each key, header and array element, from 1."""
    texts: dict[Path, tuple[int, ...]]
    """For each string that may have several lines, the lines of the document that its own lines stand on."""
    headers: dict[Path, str]
    """The tables that were opened by a header, such as `[[step]]`."""

    def line(self, path: Path) -> int:
        """Return the line of a key, or of the nearest table around it; 1 for the document."""
        while path:
            if path in self.keys:
                return self.keys[path]
            path = path[:-1]
        return 1

    def lines(self, path: Path) -> tuple[int, ...]:
        """Return the lines of a string's own lines; for one on a single line, that line."""
        return self.texts.get(path) or (self.line(path),)


def find_positions(source: str) -> Positions:
    """Return where everything stands in `source`, which must be valid TOML whose lines end with LF."""
    scanner = _Scanner(source)
    scanner.document()
    return scanner.found


class _Scanner:
    """Walks through a valid document once and notes places."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._at = 0
        self._newlines = [match.start() for match in re.finditer("\n", source)]
        self._counts: dict[Path, int] = {}
        self.found = Positions({}, {}, {})

    def document(self) -> None:
        """Note every table and pair."""
        table: Path = ()
        self._skip(_BLANK)
        while self._at < len(self._source):
            if self._source[self._at] == "[":
                table = self._header()
            else:
                self._pair(table)
            self._skip(_BLANK)

    def _header(self) -> Path:
        line = self._line(self._at)
        is_array = self._source.startswith("[[", self._at)
        self._at += 2 if is_array else 1
        keys = self._keys()
        self._at += 2 if is_array else 1
        path: Path = ()
        for key in keys[:-1]:
            path = self._newest((*path, key))
        path = (*path, keys[-1])
        if is_array:
            self._note(path, line)
            self._counts[path] = self._counts.get(path, 0) + 1
            path = self._newest(path)
        self._note(path, line)
        dotted = ".".join(keys)
        self.found.headers[path] = f"[[{dotted}]]" if is_array else f"[{dotted}]"
        return path

    def _newest(self, path: Path) -> Path:
        """Return the last table of an array of tables that has begun, or the path itself."""
        count = self._counts.get(path)
        return (*path, count - 1) if count else path

    def _pair(self, table: Path) -> None:
        line = self._line(self._at)
        path = table
        for key in self._keys():
            path = (*path, key)
            self._note(path, line)
        self._at += 1
        self._skip(_BLANK)
        self._value(path)

    def _keys(self) -> list[str]:
        keys: list[str] = []
        while True:
            keys.append(_plain_key(self._skip(_KEY).strip(" \t")))
            if not self._source.startswith(".", self._at):
                return keys
            self._at += 1

    def _value(self, path: Path) -> None:
        start = self._at
        match self._source[start : start + 1]:
            case '"' | "'" as sign:
                quote = sign * 3 if self._source.startswith(sign * 3, start) else sign
                literal = self._skip(_LITERALS[quote])
                if len(quote) > 1:
                    self.found.texts[path] = self._text_lines(quote, start, literal)
            case "[":
                self._array(path)
            case "{":
                self._inline_table(path)
            case _:
                self._skip(_SCALAR)

    def _array(self, path: Path) -> None:
        self._at += 1
        self._skip(_BLANK)
        index = 0
        while self._at < len(self._source) and self._source[self._at] != "]":
            self._note((*path, index), self._line(self._at))
            self._value((*path, index))
            self._separator()
            index += 1
        self._at += 1

    def _inline_table(self, path: Path) -> None:
        self._at += 1
        self._skip(_BLANK)
        while self._at < len(self._source) and self._source[self._at] != "}":
            self._pair(path)
            self._separator()
        self._at += 1

    def _separator(self) -> None:
        self._skip(_BLANK)
        if self._source.startswith(",", self._at):
            self._at += 1
            self._skip(_BLANK)

    def _text_lines(self, quote: str, start: int, literal: str) -> tuple[int, ...]:
        begun = len(quote) + literal.startswith("\n", len(quote))
        lines = [self._line(start + begun)]
        for match in _LINE_ENDS[quote].finditer(literal, begun, len(literal) - len(quote)):
            found = match.group()
            after = self._line(start + match.end())
            if found.lower() in _NEWLINES:
                lines.append(after)
                begun = match.end()
            elif "\n" in found and match.start() == begun:
                lines[-1] = after
                begun = match.end()
        return tuple(lines)

    def _note(self, path: Path, line: int) -> None:
        self.found.keys.setdefault(path, line)

    def _line(self, offset: int) -> int:
        return bisect_left(self._newlines, offset) + 1

    def _skip(self, pattern: re.Pattern[str]) -> str:
        """Go past what `pattern` finds here and return it."""
        match = pattern.match(self._source, self._at)
        if match is None:
            self._at += 1
            return ""
        self._at = match.end()
        return match.group()


def _plain_key(key: str) -> str:
    if not key.startswith(('"', "'")):
        return key
    return next(iter(tomllib.loads(f"{key} = 0")))
