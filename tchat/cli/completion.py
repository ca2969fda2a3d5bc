"""`tchat completion`: shell completion, by click's own scripts."""

import click
from click.shell_completion import get_completion_class

from tchat.cli.main import COMPLETING
from tchat.domain.errors import UsageError


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script of SHELL.

    \b
    bash: tchat completion bash > ~/.local/share/bash-completion/completions/tchat
    zsh:  tchat completion zsh > "${fpath[1]}/_tchat"
    fish: tchat completion fish > ~/.config/fish/completions/tchat.fish
    """  # noqa: D301  # click's sign for lines that stay as they are
    from tchat.cli.commands import tchat

    kind = get_completion_class(shell)
    if kind is None:
        raise UsageError(f"no completion for {shell!r}")
    click.echo(kind(tchat, {}, "tchat", COMPLETING).source())
