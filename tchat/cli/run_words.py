"""The words of `tchat run` that are no options: a template's name, and its inputs."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from tchat.domain.errors import UsageError

Given = Mapping[str, Sequence[str]]
"""The values for each input, in the order of the command line."""


class Words(Struct, frozen=True, kw_only=True):
    """What stands on the command line beside the options."""

    name: str | None
    """The template."""
    given: Given


def read_words(words: Sequence[str], pairs: Sequence[str]) -> Words:
    """Return the template's name and the inputs, from `--name value`, `--name=value` and `--input name=value`.

    Raises:
        UsageError: a word is neither, or an input has no value.
    """
    values: dict[str, list[str]] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals:
            raise UsageError(f"--input {pair!r} has no '='", hint="write it as --input name=value")
        values.setdefault(_input_name(key), []).append(value)
    names: list[str] = []
    rest = iter(words)
    for word in rest:
        if not word.startswith("-") or word == "-":
            names.append(word)
            continue
        if not word.startswith("--") or word == "--":
            raise UsageError(f"there is no option {word!r}", hint=_HINT)
        key, equals, value = word[2:].partition("=")
        if not equals:
            following = next(rest, None)
            if following is None:
                raise UsageError(f"{word} has no value")
            value = following
        values.setdefault(_input_name(key), []).append(value)
    if len(names) > 1:
        raise UsageError(f"{names[1]!r} belongs to no input", hint=_HINT)
    return Words(name=names[0] if names else None, given=values)


_HINT = "inputs are given as --NAME VALUE; one that is called like an option, such as code, as --input code=VALUE"


def _input_name(word: str) -> str:
    return word.strip().replace("-", "_")
