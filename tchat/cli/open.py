"""`tchat open`: a conversation in the interface."""

import click
import msgspec

from tchat.cli.asking import Wanted
from tchat.cli.options import model_options, settings_from
from tchat.runtime import Runtime


@click.command("open")
@click.argument("conversation", metavar="[ID]", required=False)
@model_options
def open_(conversation: str | None, *, model: str | None, options: tuple[str, ...], effort: str | None) -> int:
    """Open a conversation in the interface: the one of an id, or the last one.

    An ID may be cut short to its first characters; `tchat history list` shows them.
    """
    from tchat.cli.interface import talk

    wanted = Wanted(
        question="",
        conversation=conversation,
        go_on=conversation is None,
        model=model,
        settings=settings_from(msgspec.convert(options, tuple[str, ...]), effort),
    )
    return talk(Runtime.open(), wanted, None)
