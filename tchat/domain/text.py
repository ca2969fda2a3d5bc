"""Text from strangers, made safe to print.

Control characters never reach a terminal: C0 but tab and newline, DEL, C1, and what overrides the reading direction.
"""

_FORBIDDEN = [
    *(code for code in range(0x20) if code not in (0x09, 0x0A)),
    *range(0x7F, 0xA0),
    *range(0x202A, 0x202F),
    *range(0x2066, 0x206A),
    *range(0xD800, 0xE000),
]
_LINE_ENDS = (0x0B, 0x0C, 0x0D, 0x85)
_TABLE = {**dict.fromkeys(_FORBIDDEN), **dict.fromkeys(_LINE_ENDS, "\n")}

_UNSTEADY = str.maketrans("", "", "\ufe0f\u20e3")
"""What asks for a sign as a coloured picture, or for a digit as a key cap."""


def printable(text: str) -> str:
    """Return `text` without the characters that would command a terminal; line ends of every kind become newlines.

    A carriage return at the end is left out: of a text that comes in pieces it may be half of a line end.
    """
    if text.isascii() and text.isprintable():
        return text
    return text.replace("\r\n", "\n").removesuffix("\r").translate(_TABLE)


def steady(text: str) -> str:
    """Return `text` without what makes a character of one cell a picture of two, in some terminals and not in others.

    A warning sign stays a warning sign, and what stands to the right of it where it belongs.
    """
    return text if text.isascii() else text.translate(_UNSTEADY)


def one_line(text: str) -> str:
    """Return `text` on one line, printable, with every run of white space as one blank."""
    return " ".join(printable(text).split())


def encodable(text: str) -> str:
    """Return `text` fit for UTF-8: halves of a surrogate pair joined where they meet, else replaced by U+FFFD."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text
