"""The commands, each loaded when it is called."""

import importlib
from collections.abc import Sequence

import click

from tchat import __version__, collecting
from tchat.cli import exit_codes

COMMANDS = {
    "ask": "tchat.cli.ask:ask",
    "open": "tchat.cli.open:open_",
    "run": "tchat.cli.run:run",
    "prompts": "tchat.cli.prompts:prompts",
    "check": "tchat.cli.check:check",
    "test": "tchat.cli.test:test",
    "models": "tchat.cli.models:models",
    "keys": "tchat.cli.keys:keys",
    "history": "tchat.cli.history:history",
    "usage": "tchat.cli.usage:usage",
    "config": "tchat.cli.config:config",
    "local": "tchat.cli.local:local",
    "doctor": "tchat.cli.doctor:doctor",
    "completion": "tchat.cli.completion:completion",
}
SUMMARIES = {
    "ask": "Ask a model; the default command.",
    "open": "Open a conversation in the interface.",
    "run": "Run a template: one prompt or a chain of them.",
    "prompts": "List, show, search, write and copy templates.",
    "check": "Check templates without running them.",
    "test": "Test templates: offline, on a model, or on recorded replies.",
    "models": "List models, and what is known of them.",
    "keys": "Keep API keys.",
    "history": "List, show, search, export and remove conversations.",
    "usage": "Show what was spent: tokens and cost.",
    "config": "Show and change settings.",
    "local": "The embedded model: status, weights, server.",
    "doctor": "Find out why a provider does not answer.",
    "completion": "Print shell completion for bash, zsh or fish.",
}


class Commands(click.Group):
    """A group that imports a command when it is called, and takes anything else for a question."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import a command."""
        place = COMMANDS.get(cmd_name)
        if place is None:
            return None
        module, _, name = place.partition(":")
        command = getattr(importlib.import_module(module), name)
        assert isinstance(command, click.Command)  # noqa: S101  # COMMANDS names commands
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Import the command that is called; while it runs, garbage is collected."""
        found = super().resolve_command(ctx, args)
        collecting.resume()
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the summaries without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl(list(SUMMARIES.items()))

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `ask` before what is no command."""
        first = args[0] if args else ""
        is_completing_command = ctx.resilient_parsing and not args
        if args == ["help"]:
            args = ["--help"]
        elif not is_completing_command and first not in {*COMMANDS, "--version", "--help", "-h"}:
            self._refuse_typo(ctx, args)
            args = ["ask", *args]
        return super().parse_args(ctx, args)

    def _refuse_typo(self, ctx: click.Context, args: Sequence[str]) -> None:
        """Refuse a misspelt command, which must not become a question that costs money.

        What is piped in, and words that the command does not take, make it a question.

        Raises:
            UsageError: it is one; the hint says how it is asked in spite of that.
        """
        first, *rest = args or [""]
        if not first.isalpha():
            return
        import difflib  # only a mistake needs it

        near = next(iter(difflib.get_close_matches(first, (*COMMANDS, "help"), n=1, cutoff=0.75)), None)
        if near is None or not self._takes(ctx, near, rest):
            return
        from tchat.cli.stdin import is_piped
        from tchat.domain.errors import UsageError

        if not is_piped():
            meant = " ".join([*(["--help"] if near == "help" else [near]), *rest])
            raise UsageError(
                f"there is no command {first!r} (did you mean `tchat {meant}`?)",
                hint=f"`tchat ask {' '.join(args)}` asks a model",
            )

    def _takes(self, ctx: click.Context, name: str, rest: Sequence[str]) -> bool:
        """Whether words may follow a command: none, options, or one of its own commands first."""
        if not rest or rest[0].startswith("-"):
            return True
        command = self.get_command(ctx, name)
        return isinstance(command, click.Group) and rest[0] in command.commands


@click.command(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog='`tchat "question"` is short for `tchat ask "question"`; a text piped in is read along with it.',
)
@click.version_option(__version__, message="tchat %(version)s")
def tchat() -> None:
    """Chat with language models, run prompt templates, and keep every conversation."""


def call(arguments: list[str]) -> int:
    """Run one command and return its exit code; what is wrong with its words is said.

    Raises:
        TchatError: it could not do what it was asked for.
    """
    try:
        code = tchat.main(arguments, prog_name="tchat", standalone_mode=False)
    except click.exceptions.Exit as left:
        return left.exit_code
    except click.Abort:
        return exit_codes.INTERRUPTED
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return exit_codes.USAGE
    except click.ClickException as error:
        return _say_usage(error)
    except SystemExit:
        return exit_codes.DONE  # how click leaves when the reader of stdout is gone
    return code if isinstance(code, int) else exit_codes.DONE


def _say_usage(error: click.ClickException) -> int:
    from tchat.cli.narration import say_error

    command = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "tchat"
    say_error(error.format_message(), f"`{command} --help` lists the options")
    return exit_codes.USAGE
