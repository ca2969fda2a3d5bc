"""The user's own editor, for files."""

from pathlib import Path

import click

from tchat.domain.errors import ConfigError


def edit_file(path: Path) -> None:
    """Have a file edited in the user's own editor; takes as long as they do.

    Raises:
        ConfigError: the editor fails.
    """
    try:
        click.edit(filename=str(path))
    except click.ClickException as error:
        raise ConfigError(
            f"the editor failed: {error.format_message()}", hint="set VISUAL or EDITOR to another one"
        ) from error
