"""Options that commands share, and their values as the engine takes them."""

import json
import math
from collections.abc import Callable
from typing import Any, TypeVar

import click
import msgspec
from click.shell_completion import CompletionItem

from tchat.domain.detail import DETAILS
from tchat.domain.effort import EFFORTS
from tchat.domain.errors import UsageError
from tchat.domain.request import Settings
from tchat.paths import user_path

Command = TypeVar("Command", bound=Callable[..., object])

_NUMBERS: dict[str, tuple[type[float], float, float]] = {
    "temperature": (float, 0, 1e6),
    "top_p": (float, 0, 1),
    "max_tokens": (int, 1, 1e12),
    "seed": (int, -(2**63), 2**63),
    "thinking_budget": (int, -1, 1e12),
}
"""Of each number its kind, the least and the most; Gemini takes a thinking budget of -1 for its own choice."""


class Dollars(click.ParamType[float]):
    """US dollars that may be spent."""

    name = "USD"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the number."""
        try:
            dollars = float(str(value).removeprefix("$"))
        except ValueError:
            dollars = math.nan
        if not (math.isfinite(dollars) and dollars >= 0):
            self.fail(f"{value!r} is no number of US dollars, such as 0.50", param, ctx)
        return dollars


def complete_model(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the aliases and known models that begin with what was typed."""
    from tchat.runtime import Runtime

    runtime = Runtime.open()
    names = [*runtime.config.aliases]
    for provider in runtime.provider_names:
        if incomplete.startswith(f"{provider}/"):
            names += [str(facts.ref) for facts in runtime.catalogue.known(runtime.spec(provider))]
        else:
            names.append(f"{provider}/")
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


def model_options(command: Command) -> Command:
    """Add the options that say which model answers and how."""
    for option in (
        click.option("-o", "--option", "options", multiple=True, metavar="KEY=VALUE",
                     help="temperature, top_p, max_tokens, seed, stop, thinking_budget, detail (of pictures), draw "
                     "(pictures in the reply) or schema (a JSON Schema, or its file); repeatable."),
        click.option("-e", "--effort", type=click.Choice(EFFORTS), help="Reasoning effort."),
        click.option("-m", "--model", metavar="MODEL", shell_complete=complete_model,
                     help="provider/model, an alias, or the path of a GGUF file."),
    ):  # fmt: skip
        command = option(command)
    return command


def output_options(command: Command) -> Command:
    """Add the options that say what comes out."""
    for option in (
        click.option("--no-store", is_flag=True, help="Keep nothing of this."),
        click.option("-q", "--quiet", is_flag=True, help="Nothing on stderr but errors."),
        click.option("-x", "--code", is_flag=True, help="Print only the first fenced code block."),
        click.option("--no-stream", is_flag=True, help="Print the answer when it is complete."),
        click.option("--raw", is_flag=True, help="Print the text as it is, not rendered."),
        click.option("--jsonl", is_flag=True, help="Print the event stream, one JSON object a line."),
        click.option("--json", "as_json", is_flag=True, help="Print one JSON object when it is complete."),
    ):
        command = option(command)
    return command


def settings_from(options: tuple[str, ...], effort: str | None) -> Settings:
    """Return the settings that `-o` and `-e` stand for.

    Raises:
        UsageError: a key is unknown or a value is not of its type.
    """
    values: dict[str, Any] = {"effort": effort} if effort else {}
    for option in options:
        key, equals, text = option.partition("=")
        key = key.strip()
        if not equals:
            raise UsageError(f"-o {option!r} has no '='", hint="write it as -o temperature=0.7")
        if key == "stop":
            values["stop"] = (*values.get("stop", ()), text)
        elif key == "schema":
            values["schema"] = _schema(text)
        elif key == "detail":
            values["detail"] = _detail(text)
        elif key == "draw":
            values["draw"] = _truth(text)
        elif key in _NUMBERS:
            values[key] = _number(key, text)
        else:
            known = ", ".join([*_NUMBERS, "stop", "schema", "detail", "draw"])
            raise UsageError(f"there is no option {key!r}", hint=f"the options are {known}")
    return msgspec.convert(values, Settings)


def _detail(text: str) -> str:
    if text not in DETAILS:
        raise UsageError(f"there is no detail {text!r}", hint=f"the levels are {', '.join(DETAILS)}")
    return text


def _truth(text: str) -> bool:
    if text not in ("true", "false"):
        raise UsageError(f"draw is true or false, not {text!r}")
    return text == "true"


def _number(key: str, text: str) -> float:
    kind, least, most = _NUMBERS[key]
    try:
        number = kind(text)
    except ValueError:
        whole = "a whole number" if kind is int else "a number"
        raise UsageError(f"{key} is {whole}, and {text!r} is none") from None
    if not least <= number <= most:
        room = f"between {least:g} and {most:g}" if key == "top_p" else f"at least {least:g}"
        raise UsageError(f"{key} is {room}, and {text!r} is not")
    return number


def _schema(text: str) -> dict[str, Any]:
    source = text
    if not text.lstrip().startswith("{"):
        try:
            source = user_path(text).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"cannot read the schema {text!r}: {error}") from error
    try:
        schema = json.loads(source)
    except ValueError as error:
        raise UsageError(f"the schema {text[:40]!r} is not JSON: {error}") from error
    if not isinstance(schema, dict):
        raise UsageError(f"the schema {text[:40]!r} is not a JSON object")
    return schema  # pyright: ignore[reportUnknownVariableType]  # a JSON object has text for keys
