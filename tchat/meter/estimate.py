"""How many tokens a text has, without its tokenizer: by what it is made of, and by what the model made of others.

A text's makeup is counted in C: so many letters and words, digits and groups of them, signs, and bytes of each script.
Each has a weight, by the family of tokenizers; the weights were fitted to real tokenizers (tests/meter/counts.json).
They are calibrated with replies of the same model whose tokens its provider counted.
"""

import math
import time
from collections.abc import Sequence

import msgspec
from msgspec import Struct

from tchat.domain.detail import Detail
from tchat.domain.message import AudioPart, DocumentPart, ImagePart, Message, Part, SealedPart, TextPart, VideoPart
from tchat.domain.request import Request
from tchat.meter.image_tokens import UNKNOWN_PAGES, audio_tokens, image_tokens, page_tokens, video_tokens

PER_MESSAGE = 4
"""Tokens around a message: role and separators."""
PER_REQUEST = 3
"""Tokens that open the reply."""
PIECE = 1 << 15
"""Characters that are looked at in one go."""
FEWEST_TOKENS = 20
"""A text of fewer tells nothing of the weights."""
MOST_REMEMBERED = 4_000
"""Texts whose tokens are remembered."""

Weights = tuple[float, ...]
"""Tokens for each unit of a makeup, in its order."""
Makeup = tuple[int, ...]
"""ASCII letters, words of them; digits, groups of them; signs, groups of them; blanks beside blanks, blanks before
digits; bytes of other Latin letters, of Han, of Kana, of everything else."""

_FAMILIES: dict[str, Weights] = {
    "o200k": (0.091, 0.673, 0.188, 0.723, 0.323, 0.644, 0.271, 1.014, 0.211, 0.264, 0.239, 0.471),
    "cl100k": (0.120, 0.574, 0.179, 0.725, 0.314, 0.634, 0.237, 1.101, 0.818, 0.410, 0.298, 0.691),
    "qwen": (0.122, 0.570, 1.000, 0.036, 0.318, 0.613, 0.227, 1.017, 0.795, 0.209, 0.178, 0.794),
    "tekken": (0.100, 0.654, 1.014, 0.000, 0.423, 0.537, 0.298, 0.959, 0.286, 0.323, 0.188, 0.627),
    "any": (0.108, 0.618, 0.595, 0.371, 0.345, 0.607, 0.258, 1.023, 0.527, 0.302, 0.226, 0.646),
}
_BY_MODEL: tuple[tuple[tuple[str, ...], str, float], ...] = (
    (("gpt-3.5", "gpt-4-"), "cl100k", 1.0),
    (("gpt-", "chatgpt", "o1", "o3", "o4"), "o200k", 0.97),
    (("claude-opus-4-7", "claude-opus-4-8", "claude-opus-5", "claude-sonnet-5", "claude-haiku-5"), "o200k", 1.43),
    (("claude-fable", "claude-mythos"), "o200k", 1.43),
    (("claude",), "o200k", 1.10),
    (("gemini", "gemma"), "o200k", 1.0),
    (("mistral", "magistral", "ministral", "pixtral", "codestral", "devstral", "voxtral"), "tekken", 1.0),
    (("qwen", "qwq", "qvq"), "qwen", 1.0),
    (("llama", "meta-llama"), "cl100k", 0.98),
)
"""The beginnings of models' names, the weights of their tokenizers, and a factor from recorded replies."""
_RIDGE = 0.03
"""How strongly the family's weights hold against what replies say."""


def _table() -> bytes:
    """Return what stands for each byte of UTF-8: its class, the script for a leading byte, `-` for what follows."""
    classes = bytearray(b"P" * 256)
    for low, high, mark in (
        (0x30, 0x39, "D"), (0x41, 0x5A, "L"), (0x61, 0x7A, "L"), (0x80, 0xBF, "-"), (0xC2, 0xCA, "l"),
        (0xCB, 0xE2, "o"), (0xE3, 0xE3, "k"), (0xE4, 0xE9, "h"), (0xEA, 0xEF, "o"), (0xF0, 0xFF, "o"),
    ):  # fmt: skip
        classes[low : high + 1] = mark.encode() * (high - low + 1)
    for byte in b" \t":
        classes[byte] = ord("S")
    for byte in b"\n\r":
        classes[byte] = ord("N")
    return bytes(classes)


_CLASSES = _table()
_OTHERS = {mark: [other + mark for other in (b"L", b"D", b"P", b"S", b"N", b"-") if other != mark] for mark in
           (b"L", b"D", b"P")}  # fmt: skip
"""How a group of a class begins."""


def makeup(text: str) -> Makeup:
    """Return what a text is made of.

    A megabyte takes a few milliseconds, and other threads have their turn every hundred microseconds of them.
    """
    if len(text) <= PIECE:
        return _makeup(text)
    sums = [0] * len(_FAMILIES["any"])
    begin = 0
    while begin < len(text):
        end = text.find("\n", begin + PIECE, begin + 2 * PIECE)  # no group of signs goes over the end of a line
        piece = text[begin : end if end >= 0 else begin + PIECE]
        sums = [total + count for total, count in zip(sums, _makeup(piece), strict=True)]
        begin += len(piece)
        time.sleep(0)
    return tuple(sums)


def _makeup(text: str) -> Makeup:
    classes = text.encode("utf-8", "replace").translate(_CLASSES)
    letters, digits, signs = (classes.count(mark) for mark in (b"L", b"D", b"P"))
    latin, han, kana = 2 * classes.count(b"l"), 3 * classes.count(b"h"), 3 * classes.count(b"k")
    plain = letters + digits + signs + classes.count(b"S") + classes.count(b"N")
    return (
        letters,
        _groups(classes, b"L"),
        digits,
        _groups(classes, b"D"),
        signs,
        _groups(classes, b"P"),
        classes.count(b"SS"),
        classes.count(b"SD"),
        latin,
        han,
        kana,
        len(classes) - plain - latin - han - kana,
    )


def _groups(classes: bytes, mark: bytes) -> int:
    return sum(classes.count(beginning) for beginning in _OTHERS[mark]) + classes.startswith(mark)


class Sample(Struct, frozen=True):
    """A text that a model wrote, and its tokens as the provider counted them."""

    text: str
    tokens: int


class Estimator:
    """Estimates for one model; those of texts are remembered, so that a conversation costs only its newest message.

    Args:
        model: the model's name at its provider.
        samples: replies of that model, the more like the texts to come the better.
    """

    def __init__(self, model: str, samples: Sequence[Sample] = ()) -> None:
        self.model = model
        self._weights = calibrated(weights_of(model), samples)
        self._known: dict[str, int] = {}

    def text(self, text: str) -> int:
        """Return about how many tokens a text has."""
        tokens = self._known.get(text)
        if tokens is None:
            if len(self._known) >= MOST_REMEMBERED:
                self._known.clear()
            self._known[text] = tokens = math.ceil(_weighed(makeup(text), self._weights))
        return tokens

    def message(self, message: Message, detail: Detail | None = None) -> int:
        """Return about how many tokens a message has, with what stands around it; its sealed state is not known of."""
        return PER_MESSAGE + sum(self._part(part, detail) for part in message.parts)

    def request(self, request: Request) -> int:
        """Return about how many tokens a request has."""
        return self.frame(request) + sum(self.within(request, message) for message in request.messages)

    def within(self, request: Request, message: Message) -> int:
        """Return about how many tokens a message has as a request sends it."""
        return self.message(message, request.settings.detail)

    def frame(self, request: Request) -> int:
        """Return about how many tokens a request has beside its messages."""
        schema = request.settings.schema
        tokens = PER_REQUEST + (0 if schema is None else self.text(msgspec.json.encode(schema).decode()))
        return tokens + (PER_MESSAGE + self.text(request.system) if request.system else 0)

    def _part(self, part: Part, detail: Detail | None) -> int:
        match part:
            case TextPart(text):
                return self.text(text)
            case ImagePart():
                return image_tokens(self.model, part.width, part.height, detail)
            case DocumentPart():
                return (part.pages or UNKNOWN_PAGES) * page_tokens(self.model, detail)
            case AudioPart():
                return audio_tokens(self.model, part.seconds, part.size)
            case VideoPart():
                return video_tokens(self.model, part.seconds, part.size, detail)
            case SealedPart():
                return 0


def weights_of(model: str) -> Weights:
    """Return the weights of a model's family, by its name."""
    name = model.lower().rpartition("/")[2]
    for beginnings, family, factor in _BY_MODEL:
        if name.startswith(beginnings) and not name.startswith("gpt-oss-"):
            return tuple(weight * factor for weight in _FAMILIES[family])
    return _FAMILIES["any"]


def calibrated(weights: Weights, samples: Sequence[Sample]) -> Weights:
    """Return weights that fit some samples, near to the given ones where the samples say little.

    A common factor first, then each weight by itself: ridge regression of the relative error, upon the weights given.
    """
    known = [sample for sample in samples if sample.tokens >= FEWEST_TOKENS]
    rows = [(makeup(sample.text), sample.tokens) for sample in known]
    ratios = sorted(tokens / guess for parts, tokens in rows if (guess := _weighed(parts, weights)) > 0)
    if not ratios:
        return weights
    factor = _middle(ratios)
    scaled = [weight * factor for weight in weights]
    units = [max(weight, 0.05) for weight in scaled]
    matrix = [[count * unit / tokens for count, unit in zip(parts, units, strict=True)] for parts, tokens in rows]
    rest = [1.0 - _weighed(parts, scaled) / tokens for parts, tokens in rows]
    size = len(weights)
    normal = [[sum(row[i] * row[j] for row in matrix) + _RIDGE * (i == j) for j in range(size)] for i in range(size)]
    right = [sum(row[i] * error for row, error in zip(matrix, rest, strict=True)) for i in range(size)]
    steps = _solved(normal, right)
    return tuple(max(weight + unit * step, 0.0) for weight, unit, step in zip(scaled, units, steps, strict=True))


def _weighed(parts: Makeup, weights: Sequence[float]) -> float:
    return sum(count * weight for count, weight in zip(parts, weights, strict=True))


def _middle(ordered: Sequence[float]) -> float:
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def _solved(matrix: list[list[float]], right: list[float]) -> list[float]:
    """Return the solution of symmetric, positive definite equations, by Gauss's elimination."""
    size = len(right)
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    for i in range(size):
        for j in range(i + 1, size):
            factor = rows[j][i] / rows[i][i]
            rows[j] = [below - factor * above for below, above in zip(rows[j], rows[i], strict=True)]
    solution = [0.0] * size
    for i in reversed(range(size)):
        known = sum(rows[i][j] * solution[j] for j in range(i + 1, size))
        solution[i] = (rows[i][size] - known) / rows[i][i]
    return solution
