"""`tchat models`: what can be asked, and what is known of it."""

import asyncio

import click

from tchat.cli.narration import say, say_error
from tchat.cli.sinks import json_line
from tchat.domain.errors import TchatError
from tchat.domain.model import ModelFacts
from tchat.domain.text import one_line
from tchat.runtime import Runtime


@click.command()
@click.argument("provider", required=False)
@click.option("--refresh", is_flag=True, help="Ask the provider for its list, or every provider that has a key.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def models(provider: str | None, *, refresh: bool, as_json: bool) -> int:
    """List models, of one PROVIDER or of all, with what is known of them.

    Any model id can be asked, listed or not.
    """
    runtime = Runtime.open()
    return asyncio.run(_models(runtime, provider, refresh=refresh, as_json=as_json))


async def _models(runtime: Runtime, provider: str | None, *, refresh: bool, as_json: bool) -> int:
    names = (provider,) if provider else runtime.provider_names
    code = 0
    try:
        for name in names:
            if refresh and (provider or runtime.is_ready(name)):
                code = max(code, await _refresh(runtime, name))
            known = runtime.known_models(name)
            if provider and not known and runtime.spec(name).kind == "scripted":
                known = await (await runtime.provider(name)).models()  # they come with tchat: nobody is asked
            if provider and not known and not code:
                say(f"nothing is known of the models of {name}; --refresh asks it")
            for facts in known:
                click.echo(json_line(facts) if as_json else _row(facts), nl=not as_json)
    finally:
        await runtime.aclose()
    if not as_json and provider is None:
        say(f"the default is {runtime.resolve(None)}; --refresh asks the providers for their lists")
    return code


async def _refresh(runtime: Runtime, name: str) -> int:
    from tchat.cli.exit_codes import code_of

    try:
        await runtime.list_models(name)
    except TchatError as error:
        say_error(error.message, error.hint)
        return code_of(error)
    return 0


def _row(facts: ModelFacts) -> str:
    window = f"{facts.window:,}" if facts.window else "?"
    efforts = " ".join(facts.efforts) if facts.efforts else "-" if facts.efforts == () else "?"
    sees = {True: "vision", False: "", None: "?"}[facts.vision]
    title = f"  {one_line(facts.title)}" if facts.title and facts.title != facts.name else ""
    return f"{one_line(str(facts.ref)):48} {window:>11} tokens  {sees:6}  effort: {efforts}{title}"
