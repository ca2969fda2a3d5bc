"""Texts that the mock server answers with, as tokens; the same arguments give the same text."""

import itertools
import re
from collections.abc import Generator
from functools import lru_cache

END = "ZZEND"
"""The last token of a Markdown reply, in a paragraph of its own."""
PROSE = ("the", " model", " reads", " a", " prompt", " and", " writes", " one", " token", " after", " another", ".\n\n")
_SENTENCE = (
    "attention layers mix what stands at each position with all that came before it so that the residual stream"
    " carries a probability for every word of the vocabulary from one step to the next until the reply is complete"
)
_WORDS = _SENTENCE.split()
_TOKEN = re.compile(r" ?[A-Za-z]{1,7}|\n+|[ \t]+| ?[^A-Za-z\s]{1,3}")
_SECTION = """\
## Part {n}: {a}

{b}, with **{c}**, *{d}* and `step_{n}()`; see [the notes](https://example.com/{n}).

- {e}
- **{f}**: {a}
  - {g} `x{n}`
  - {h}

```python
def step_{n}(values: list[float], *, limit: int = {n}) -> dict[str, float]:
    \"\"\"Return {c}.\"\"\"
    total = sum(value * {n} for value in values if value != limit)  # {d}
    return {{"total": total, "name": 'step {n}'}}
```

| name | what it does | value |
| --- | --- | ---: |
| a{n} | {e} | {n}3 |
| b{n} | {f} | 7.{n} |
| c{n} | {g} | 11 |

1. {h}
2. {b}

> {e} {g} {h}

"""


@lru_cache
def tokens(count: int, kind: str = "prose") -> tuple[str, ...]:
    """Return so many tokens of prose, or of Markdown with headings, lists, code, tables and quotes."""
    if kind == "prose":
        return tuple(PROSE[place % len(PROSE)] for place in range(count))
    body = tuple(itertools.islice(_markdown(), count - 2))
    is_in_code = "".join(body).count("```") % 2 == 1
    return (*body, "\n```\n\n" if is_in_code else "\n\n", END)


def _markdown() -> Generator[str]:
    for number in itertools.count(1):
        words = (" ".join(_words(number * 8 + place, 3 + 2 * place)) for place in range(8))
        yield from _TOKEN.findall(_SECTION.format(n=number, **dict(zip("abcdefgh", words, strict=True))))


def _words(seed: int, count: int) -> Generator[str]:
    state = seed * 2_654_435_761 + 12_345
    for _ in range(count):
        state = (state * 1_103_515_245 + 12_345) & 0x7FFF_FFFF
        yield _WORDS[(state >> 8) % len(_WORDS)]
