"""`tchat keys`: API keys, which are never shown and never on the command line."""

import asyncio
import sys

import click

from tchat.cli.narration import say, say_error
from tchat.domain.errors import ConfigError, TchatError, UsageError
from tchat.key_keeping import forget_key, keep_key
from tchat.keys import kept_where
from tchat.runtime import Runtime


@click.group()
def keys() -> None:
    """Keep API keys.

    A key is looked for in the environment, then in the system's keyring, then by the provider's `key_command`,
    then in a file that only you can read.
    """


@keys.command("set")
@click.argument("provider")
def set_key(provider: str) -> None:
    """Keep a key: typed at a hidden prompt, or piped in."""
    runtime = Runtime.open()
    if not runtime.spec(provider).takes_key:
        raise UsageError(f"{provider} takes no key")
    typed = sys.stdin.isatty()
    value = str(click.prompt(f"key for {provider}", hide_input=True, err=True) if typed else sys.stdin.read())
    say(kept_where(provider, keep_key(runtime, provider, value)))
    variable = runtime.keys.variable(runtime.key_plan(provider))
    if variable:
        say(f"{variable} is set in the environment and goes first")


@keys.command("list")
def list_keys() -> None:
    """Say for each provider where its key is, if there is one."""
    runtime = Runtime.open()
    for provider in runtime.provider_names:
        plan = runtime.key_plan(provider)
        if not plan.needed and not plan.variables:
            continue
        try:
            key = runtime.keys.find(plan)
        except ConfigError as error:
            click.echo(f"{provider:12} {error.message}")
            continue
        place = f"{key.source}: {key.place}" if key else "none" if plan.needed else "none (not needed)"
        click.echo(f"{provider:12} {place}")


@keys.command("rm")
@click.argument("provider")
def remove_key(provider: str) -> None:
    """Forget a key."""
    runtime = Runtime.open()
    places = forget_key(runtime, provider)
    if not places:
        raise UsageError(f"no key of {provider!r} is kept", hint="`tchat keys list` says where keys are")
    say(f"the key of {provider} is gone from {' and '.join(places)}")


@keys.command("test", short_help="Ask a provider for its models: the key works, and no cost.")
@click.argument("provider")
def test_key(provider: str) -> int:
    """Ask a provider for its models, which needs a working key and costs nothing."""
    return asyncio.run(_test(Runtime.open(), provider))


async def _test(runtime: Runtime, provider: str) -> int:
    try:
        models = await runtime.list_models(provider)
    except TchatError as error:
        from tchat.cli.exit_codes import code_of

        say_error(error.message, error.hint)
        return code_of(error)
    finally:
        await runtime.aclose()
    click.echo(f"{provider} answers: {len(models)} models")
    return 0
