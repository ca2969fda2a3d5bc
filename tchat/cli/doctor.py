"""`tchat doctor`: the layers between this machine and a model, one after the other, up to the one that fails."""

import asyncio
import socket
import ssl
from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial
from urllib.parse import urlsplit

import click
from msgspec import Struct

from tchat.cli.exit_codes import AUTHENTICATION, DONE, NETWORK, PROVIDER, code_of
from tchat.domain.errors import ConfigError, MissingKey, NotFound, TchatError, UnknownModel
from tchat.domain.model import ModelRef
from tchat.domain.text import one_line
from tchat.naming import EMBEDDED
from tchat.net import Route, ssl_context
from tchat.runtime import Runtime
from tchat.threads import in_background

CONNECT_SECONDS = 10.0


class Finding(Struct, frozen=True, kw_only=True):
    """What one layer turned out to be."""

    layer: str
    good: bool
    said: str
    hint: str | None = None
    code: int = DONE
    """The exit code, if this layer is the one that fails."""


@click.command()
@click.argument("model", required=False)
def doctor(model: str | None) -> int:
    """Find out why MODEL (provider, provider/model or alias; the default model without it) does not answer."""
    return asyncio.run(_doctor(Runtime.open(), model))


async def _doctor(runtime: Runtime, name: str | None) -> int:
    try:
        async with aclosing(_findings(runtime, name)) as findings:
            async for finding in findings:
                click.echo(f"{'ok  ' if finding.good else 'FAIL'} {finding.layer:8} {one_line(finding.said)}")
                if not finding.good:
                    click.echo(f"     hint     {finding.hint}" if finding.hint else "", nl=bool(finding.hint))
                    return finding.code
    finally:
        await runtime.aclose()
    return DONE


async def _findings(runtime: Runtime, name: str | None) -> AsyncGenerator[Finding]:
    yield Finding(layer="config", good=True, said=str(runtime.paths.config_file))
    ref, provider = _named(runtime, name)
    yield Finding(layer="name", good=True, said=str(ref) if ref else f"{provider} (no model named)")
    if runtime.spec(provider).takes_key:
        key = await _key(runtime, provider)
        yield key
        if not key.good:
            return
        route = runtime.route(provider)
        for check in (_proxy, _dns, _tcp, _tls):
            finding = await in_background(partial(check, route))
            if finding is not None:
                yield finding
    async with aclosing(_answers(runtime, ref, provider)) as answers:
        async for finding in answers:
            yield finding


def _named(runtime: Runtime, name: str | None) -> tuple[ModelRef | None, str]:
    try:
        ref = runtime.resolve(name)
    except NotFound:
        if name in runtime.provider_names:
            return None, name
        raise
    return ref, ref.provider


async def _key(runtime: Runtime, provider: str) -> Finding:
    plan = runtime.key_plan(provider)
    try:
        key = await in_background(lambda: runtime.keys.need(plan))
    except (MissingKey, ConfigError) as error:
        return Finding(layer="key", good=False, said=error.message, hint=error.hint, code=AUTHENTICATION)
    return Finding(
        layer="key", good=True, said=f"from {key.source}: {key.place}" if key else "none, and none is needed"
    )


def _proxy(route: Route) -> Finding | None:
    if not route.proxy:
        return None
    host = _host_of(route.proxy)
    if not host or "://" not in route.proxy:
        return Finding(
            layer="proxy",
            good=False,
            said="it is no URL",
            hint="write it as http://host:port (network.proxy, HTTPS_PROXY)",
            code=NETWORK,
        )
    return Finding(layer="proxy", good=True, said=host)


def _dns(route: Route) -> Finding:
    host, port = _target(route)
    try:
        address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][4][0]
    except OSError as error:
        return Finding(
            layer="dns",
            good=False,
            said=f"{host} is not known: {error.strerror or error}",
            hint="is this machine online? if it needs a proxy, set network.proxy or HTTPS_PROXY",
            code=NETWORK,
        )
    return Finding(layer="dns", good=True, said=f"{host} is {address}")


def _tcp(route: Route) -> Finding:
    host, port = _target(route)
    try:
        socket.create_connection((host, port), CONNECT_SECONDS).close()
    except OSError as error:
        return Finding(
            layer="tcp",
            good=False,
            said=f"no connection to {host}:{port}: {error.strerror or error}",
            hint="is the server running, and does a firewall let this through?",
            code=NETWORK,
        )
    return Finding(layer="tcp", good=True, said=f"{host}:{port} accepts connections")


def _tls(route: Route) -> Finding | None:
    if route.proxy or not route.encrypted:
        return None
    host, port = _target(route)
    try:
        with (
            socket.create_connection((host, port), CONNECT_SECONDS) as plain,
            ssl_context(route).wrap_socket(plain, server_hostname=host) as wrapped,
        ):
            said = f"{wrapped.version()}, certificate accepted"
    except (ssl.SSLError, OSError) as error:
        return Finding(
            layer="tls",
            good=False,
            said=f"{host}: {error}",
            hint="behind an inspecting proxy, set network.ca_bundle or SSL_CERT_FILE to its certificate",
            code=NETWORK,
        )
    return Finding(layer="tls", good=True, said=said)


async def _answers(runtime: Runtime, ref: ModelRef | None, provider: str) -> AsyncGenerator[Finding]:
    try:
        models = await runtime.list_models(provider)
    except UnknownModel as error:
        yield Finding(layer="api", good=False, said=error.message, hint="check base_url", code=code_of(error))
        return
    except TchatError as error:
        yield Finding(layer="api", good=False, said=error.message, hint=error.hint, code=code_of(error))
        return
    yield Finding(layer="api", good=True, said=f"answers and lists {len(models)} models")
    if ref is None:
        return
    by_path = provider == EMBEDDED and ref.model.lower().endswith(".gguf")
    listed = by_path or not models or any(facts.name == ref.model for facts in models)
    yield Finding(
        layer="model",
        good=listed,
        said=str(ref) if by_path or not models else f"{ref.model} is {'' if listed else 'not '}listed",
        hint=f"`tchat models {provider}` lists what there is",
        code=PROVIDER,
    )


def _target(route: Route) -> tuple[str, int]:
    parts = urlsplit(route.proxy or route.base_url)
    return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def _host_of(url: str | None) -> str:
    return urlsplit(url or "").netloc.rpartition("@")[2]
