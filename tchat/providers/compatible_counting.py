"""Tokens of a request, counted by compatible servers that have the model's own tokenizer at hand.

Sources: https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md (`/apply-template`, `/tokenize`),
https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html (Tokenizer API).
"""

import contextlib
from typing import Any, cast
from urllib.parse import urlsplit, urlunsplit

from msgspec.structs import replace

from tchat.domain.errors import Origin
from tchat.domain.request import Request
from tchat.domain.usage import token_count
from tchat.providers.base import Endpoint
from tchat.providers.compatible_request import Fields, body, encoded
from tchat.providers.compatible_wire import Wire, read
from tchat.providers.json_values import decoded, table, words
from tchat.providers.presets import COUNTING_SERVERS

COUNTING = (*COUNTING_SERVERS, "local")
"""The servers that count, as the preset of an endpoint has them."""
_LONGEST_ANSWER = 64 * 2**20
"""Bytes: a megabyte of text has some hundred thousand tokens, and each is listed."""


def beside_api(endpoint: Endpoint) -> Endpoint:
    """Return where a server answers what is no part of the API: a folder above it."""
    parts = urlsplit(endpoint.base_url)
    return replace(endpoint, base_url=urlunsplit(parts._replace(path=parts.path.rstrip("/").removesuffix("/v1"))))


async def counted(wire: Wire, request: Request, preset: str) -> int | None:
    """Return the tokens of a request; None if the server does not say, or if there are more than texts in it.

    Raises:
        NetworkError: there is no answer.
        ConfigError: base URL, headers, proxy or certificates cannot be used.
    """
    if any(message.attachments for message in request.messages):
        return None
    origin = Origin(provider=request.facts.provider, model=request.model)
    messages = body(request, preset)["messages"]
    if preset == "vllm":
        fields = {"model": request.model, "messages": messages, "add_generation_prompt": True}
        return token_count((await _answer(wire, "tokenize", fields, origin)).get("count"))
    prompt = words((await _answer(wire, "apply-template", {"messages": messages}, origin)).get("prompt"))
    if not prompt:
        return None
    fields = {"content": prompt, "add_special": True, "parse_special": True}
    tokens = (await _answer(wire, "tokenize", fields, origin)).get("tokens")
    return len(cast("list[object]", tokens)) if isinstance(tokens, list) else None


async def _answer(wire: Wire, path: str, fields: Fields, origin: Origin) -> dict[str, Any]:
    """Return what a server answers; nothing where it has no such endpoint."""
    async with contextlib.aclosing(await wire.send(path, origin, encoded(fields))) as response:
        with wire.converted(origin, answered=True):
            data = await read(response, _LONGEST_ANSWER)
        with contextlib.suppress(ValueError):
            return table(decoded(data)) if response.is_success else {}
    return {}
