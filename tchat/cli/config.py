"""`tchat config`: where the settings are, what they are, and changing one."""

import os
import tomllib
from typing import Any

import click
import msgspec

from tchat.config import known_keys, set_value
from tchat.domain.errors import UsageError
from tchat.paths import find_paths
from tchat.runtime import Runtime


@click.group()
def config() -> None:
    """Show and change settings.

    `config.toml` is yours and never written by tchat; `config set` writes `settings.toml` beside it. A key in
    `config.toml` goes first.
    """


@config.command()
def path() -> None:
    """Print the folders and files that tchat uses."""
    paths = find_paths(os.environ)
    for name, place in (
        ("settings (yours)", paths.config_file),
        ("settings (tchat's)", paths.settings_file),
        ("own templates", paths.prompts),
        ("database", paths.database),
        ("attachments", paths.media),
        ("model weights", paths.weights),
        ("crash reports", paths.crashes),
    ):
        click.echo(f"{name:20} {place}")


@config.command()
def show() -> None:
    """Print every setting that is not the default, as TOML."""
    import tomli_w

    table = _plain(msgspec.to_builtins(Runtime.open().config, enc_hook=str))
    click.echo(tomli_w.dumps(table), nl=False)


@config.command()
def keys() -> None:
    """List every key that there is, and what its value is."""
    known = [*known_keys()]
    width = max(len(key) for key, _ in known)
    for key, value in known:
        click.echo(f"{key:{width}}  {value}")


@config.command("set")
@click.argument("key")
@click.argument("value", required=False)
@click.option("--unset", is_flag=True, help="Go back to the default.")
def set_(key: str, value: str | None, unset: bool) -> None:  # noqa: FBT001  # click passes flags so
    """Set KEY to VALUE, which is TOML or plain text.

    \b
    tchat config set model anthropic/claude-opus-5-5
    tchat config set network.stall_timeout 120
    tchat config set 'models."ollama/llama3.2".window' 16384
    """  # noqa: D301  # click's sign for lines that stay as they are
    if unset == (value is not None):
        raise UsageError("give a value, or --unset")
    set_value(find_paths(os.environ), key, None if value is None else _parse(value))


def _parse(text: str) -> object:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _plain(table: dict[str, Any]) -> dict[str, Any]:
    """Return a table without empty tables and nulls, which TOML has no use for."""
    plain: dict[str, Any] = {}
    for key, value in table.items():
        kept = _plain(value) if isinstance(value, dict) else value  # pyright: ignore[reportUnknownArgumentType]
        if kept not in (None, {}, []):
            plain[key] = kept
    return plain
