"""`tchat history`: the conversations that are kept."""

import asyncio
import datetime as dt
import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import click

from tchat.cli.asking import find_conversation
from tchat.cli.exported import files_of, named_files
from tchat.cli.narration import say
from tchat.cli.showing import write_stdout
from tchat.cli.sinks import MarkdownSink, TextSink
from tchat.cli.terminal import Terminal
from tchat.config import write_private
from tchat.domain.conversation import Conversation, StoredMessage
from tchat.domain.errors import ConfigError, UsageError
from tchat.domain.events import TextDelta
from tchat.domain.text import one_line, printable
from tchat.removing import purge
from tchat.runtime import Runtime
from tchat.store.exporting import to_json, to_markdown
from tchat.store.search import search
from tchat.store.web_page import to_html
from tchat.threads import in_background

_STDOUT = ("-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1")
"""Names of standard output; what it leads to is written to and not replaced."""


@click.group()
def history() -> None:
    """List, show, search, export, restore and remove conversations.

    An ID may be cut short to its first characters; without one, the last conversation is meant.
    """


def _run(work: Callable[[Runtime], Awaitable[None]]) -> None:
    async def supervise() -> None:
        runtime = Runtime.open()
        try:
            await work(runtime)
        finally:
            await runtime.aclose()

    asyncio.run(supervise())


@history.command("list")
@click.option("-n", "--number", type=click.IntRange(0), default=20, show_default=True, help="How many; 0 for all.")
@click.option("--archived", "shelf", flag_value="archived", help="List those that are archived.")
@click.option("--deleted", "shelf", flag_value="deleted", help="List those that are deleted and can be restored.")
def list_(number: int, shelf: str | None) -> None:
    """List the newest conversations first."""

    async def work(runtime: Runtime) -> None:
        store, limit = await runtime.store(), number or None
        if shelf == "deleted":
            found = await store.deleted(limit=limit)
        else:
            found = await store.list(limit=limit, archived=shelf == "archived")
        for conversation in found:
            click.echo(_row(conversation))

    _run(work)


@history.command()
@click.argument("conversation", metavar="[ID]", required=False)
def show(conversation: str | None) -> None:
    """Print a conversation: the branch that was read last."""

    async def work(runtime: Runtime) -> None:
        found = await find_conversation(runtime, conversation)
        text = to_markdown(found, await _branch(runtime, found))
        terminal = Terminal.of(sys.stdout, os.environ)
        sink = MarkdownSink(write_stdout, terminal) if terminal.styled else TextSink(write_stdout)
        sink.take(TextDelta(text))
        sink.close(None)

    _run(work)


@history.command("search")
@click.argument("words", nargs=-1, required=True)
@click.option("-n", "--number", type=click.IntRange(0), default=20, show_default=True, help="How many; 0 for all.")
def search_(words: tuple[str, ...], number: int) -> None:
    """Find messages by their words; the last one may be a beginning."""

    async def work(runtime: Runtime) -> None:
        store = await runtime.store()
        for hit in await search(store.database, " ".join(words), limit=number or sys.maxsize):
            click.echo(f"{hit.conversation_id}  {one_line(hit.title)}\n    {one_line(hit.snippet)}")

    _run(work)


@history.command()
@click.argument("conversation", metavar="[ID]", required=False)
@click.option("--json", "as_json", is_flag=True, help="The whole tree as JSON; Markdown of the last branch without it.")
@click.option("--html", "as_html", is_flag=True, help="The last branch as one web page that needs nothing else.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write to a file.")
@click.option("--no-files", is_flag=True, help="Leave attachments out.")
def export(conversation: str | None, *, as_json: bool, as_html: bool, output: Path | None, no_files: bool) -> None:
    """Export a conversation as Markdown, JSON or a web page.

    Attachments go along, without what cameras noted in them: within the JSON or the page, or in a folder beside the
    Markdown file.
    """
    if as_json and as_html:
        raise click.UsageError("--json and --html exclude each other")
    if str(output) in _STDOUT:
        output = None

    async def work(runtime: Runtime) -> None:
        found = await find_conversation(runtime, conversation)
        if as_json:
            messages = await (await runtime.store()).tree(found.id)
            kept = () if no_files else messages
            text = to_json(found, messages, await in_background(lambda: files_of(kept, runtime.blobs)))
        elif as_html:
            messages = await _branch(runtime, found)
            kept = () if no_files else messages
            files = await in_background(lambda: files_of(kept, runtime.blobs))
            text = await in_background(lambda: "".join(to_html(found, messages, files)))
        else:
            messages = await _branch(runtime, found)
            links = _files_beside(output, messages, runtime) if output and not no_files else {}
            text = printable(to_markdown(found, messages, links))
        if output is None:
            write_stdout(text)
        else:
            write_private(output, text)
            say(f"written to {output}")

    _run(work)


@history.command("rm")
@click.argument("conversations", metavar="ID...", nargs=-1, required=True)
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
def remove(conversations: tuple[str, ...], *, yes: bool) -> None:
    """Remove conversations for good, deleted ones too."""

    async def work(runtime: Runtime) -> None:
        store = await runtime.store()
        removed: list[str] = []
        try:
            for name in conversations:
                found = await store.conversation(name, among="all")
                if yes or _agrees(f"remove {one_line(found.title)!r} for good?"):
                    await purge(store, runtime.blobs, found.id)
                    removed.append(found.id)
        finally:
            if removed:
                await store.forget_words()
            for conversation_id in removed:
                say(f"removed {conversation_id}")

    _run(work)


def _agrees(question: str) -> bool:
    """Ask a question and return whether the answer is yes.

    Raises:
        UsageError: there is nobody to answer.
        click.Abort: Ctrl-C.
    """
    try:
        return click.confirm(question, err=True)
    except click.Abort:
        if sys.stdin.isatty():
            raise
        click.echo(err=True)
        raise UsageError("nobody answered: it was not removed", hint="-y removes without asking") from None


@history.command()
@click.argument("conversations", metavar="ID...", nargs=-1, required=True)
def restore(conversations: tuple[str, ...]) -> None:
    """Bring deleted conversations back as they were."""

    async def work(runtime: Runtime) -> None:
        store = await runtime.store()
        for name in conversations:
            found = await store.conversation(name, among="deleted")
            await store.undelete(found.id)
            say(f"restored {found.id}")

    _run(work)


def _files_beside(output: Path, messages: Sequence[StoredMessage], runtime: Runtime) -> dict[str, str]:
    """Write the attachments of messages into a folder beside a file; return their places as seen from there."""
    files = named_files(messages, runtime.blobs)
    folder = output.with_name(f"{output.stem}-files")
    try:
        if files:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, data in files.values():
            (folder / name).write_bytes(data)
    except OSError as error:
        raise ConfigError(f"cannot write to {folder}: {error.strerror}") from error
    return {digest: f"{folder.name}/{name}" for digest, (name, _) in files.items()}


async def _branch(runtime: Runtime, conversation: Conversation) -> tuple[StoredMessage, ...]:
    """Return the branch of a conversation that was read last."""
    return await (await runtime.store()).path(conversation.leaf_id) if conversation.leaf_id else ()


def _row(conversation: Conversation) -> str:
    when = dt.datetime.fromtimestamp(conversation.updated_at, dt.UTC).astimezone()
    return f"{conversation.id}  {when:%Y-%m-%d %H:%M}  {conversation.messages:4}  {one_line(conversation.title)}"
