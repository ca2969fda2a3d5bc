"""`tchat keys`: API keys, which are never shown and never on the command line."""

import asyncio
import sys

import click

from tchat.cli.narration import say, say_error
from tchat.domain.errors import ConfigError, TchatError, UsageError
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
    runtime.spec(provider)
    typed = sys.stdin.isatty()
    value = str(click.prompt(f"key for {provider}", hide_input=True, err=True) if typed else sys.stdin.read()).strip()
    if not value or any(character.isspace() for character in value):
        raise UsageError(f"that is no key for {provider!r}", hint="it is one word, as the provider shows it")
    key = runtime.keys.put(provider, value)
    if key.source == "file":
        say(f"there is no keyring here: the key of {provider} is in {key.place}, readable by you only")
    else:
        say(f"the key of {provider} is in the keyring ({key.place})")
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
    places = runtime.keys.remove(provider)
    if not places:
        raise UsageError(f"no key of {provider!r} is kept", hint="`tchat keys list` says where keys are")
    say(f"the key of {provider} is gone from {' and '.join(places)}")


@keys.command("test")
@click.argument("provider")
def test_key(provider: str) -> int:
    """Ask a provider for its models, which needs a working key and costs nothing."""
    return asyncio.run(_test(Runtime.open(), provider))


async def _test(runtime: Runtime, provider: str) -> int:
    try:
        models = await (await runtime.provider(provider)).models()
    except TchatError as error:
        from tchat.cli.exit_codes import code_of

        say_error(error.message, error.hint)
        return code_of(error)
    finally:
        await runtime.aclose()
    click.echo(f"{provider} answers: {len(models)} models")
    return 0
