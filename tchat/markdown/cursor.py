"""A place in a source line, in columns: a tab reaches to the next multiple of four."""

from tchat.markdown.source import SourceLine

TAB = 4


class Cursor:
    """Walks from the start of a line over the marks of the blocks around it."""

    def __init__(self, line: SourceLine) -> None:
        """Start at column 0."""
        self.line = line.text.removesuffix("\n")
        """The line without its end."""
        self.end = line.text[len(self.line) :]
        self.is_cut = line.is_cut
        self.offset: int = 0
        self.column: int = 0
        self._left: int = 0
        """Columns of a tab that are not used yet, where it was used in part."""

    @property
    def indent(self) -> int:
        """The columns of white space from here."""
        column, offset = self.column, self.offset
        if self._left:
            column, offset = column + self._left, offset + 1
        while offset < len(self.line) and self.line[offset] in " \t":
            column += TAB - column % TAB if self.line[offset] == "\t" else 1
            offset += 1
        return column - self.column

    @property
    def is_blank(self) -> bool:
        """Whether nothing but white space follows."""
        return not self.line[self.offset :].strip(" \t")

    @property
    def ahead(self) -> str:
        """What follows the white space."""
        return self.line[self.offset :].lstrip(" \t")

    @property
    def rest(self) -> str:
        """What follows, a tab that was used in part as blanks."""
        if self._left:
            return " " * self._left + self.line[self.offset + 1 :]
        return self.line[self.offset :]

    def skip_columns(self, columns: int) -> None:
        """Move over white space, at most so many columns of it."""
        while columns > 0 and self.offset < len(self.line) and self.line[self.offset] in " \t":
            if self.line[self.offset] == "\t":
                wide = self._left or TAB - self.column % TAB
                step = min(columns, wide)
                self._left = wide - step
                self.offset += 0 if self._left else 1
            else:
                step = 1
                self.offset += 1
            self.column += step
            columns -= step

    def skip_characters(self, count: int) -> None:
        """Move over characters that are no tabs, and over the white space before them."""
        self.skip_columns(self.indent)
        self.offset += count
        self.column += count
