"""A request as a Python program: the provider's own SDK where there is one, httpx for Chat Completions.

The program prints the answer as it comes; the key is read from its variable, attachments from files beside it.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any, cast
from urllib.parse import unquote

from tchat.providers.base import WireRequest
from tchat.providers.essentials import check_copyable, essential_headers
from tchat.providers.folding import Folding
from tchat.providers.python_literals import Literals
from tchat.providers.recording import HIDDEN

_RESPONSES = frozenset(
    ("model", "input", "instructions", "stream", "stream_options", "store", "max_output_tokens", "temperature",
     "top_p", "reasoning", "text")
)  # fmt: skip
"""What `responses.create` of openai names; anything else goes into `extra_body`."""
_MESSAGES = frozenset(
    ("model", "messages", "stream", "max_tokens", "system", "stop_sequences", "thinking", "output_config")
)
"""What `messages.create` of anthropic names."""
_GEMINI_PATH = re.compile(r"(?P<base>.*)/(?P<version>v\d\w*)/(?P<model>[^?]*):streamGenerateContent")
_WORD = re.compile(r"(?<=[a-z])(?=[A-Z])")


def as_python(folding: Folding) -> str:
    """Return a program that makes the request.

    Raises:
        UsageError: there is no request to make.
    """
    check_copyable(folding.wire)
    match folding.wire.api:
        case "responses":
            return _openai(folding)
        case "messages":
            return _anthropic(folding)
        case "gemini":
            return _gemini(folding)
        case _:
            return _httpx(folding)


def _openai(folding: Folding) -> str:
    wire = folding.wire
    return _program(
        folding,
        ["from openai import OpenAI"],
        _client("OpenAI", wire, wire.url.removesuffix("/responses")),
        f"stream = client.responses.create({_arguments(folding, _RESPONSES)})",
        "for event in stream:",
        '    if event.type == "response.output_text.delta":',
        '        print(event.delta, end="", flush=True)',
        "print()",
    )


def _anthropic(folding: Folding) -> str:
    wire = folding.wire
    return _program(
        folding,
        ["from anthropic import Anthropic"],
        _client("Anthropic", wire, wire.url.removesuffix("/v1/messages")),
        f"stream = client.messages.create({_arguments(folding, _MESSAGES)})",
        "for event in stream:",
        '    if event.type == "content_block_delta" and event.delta.type == "text_delta":',
        '        print(event.delta.text, end="", flush=True)',
        "print()",
    )


def _httpx(folding: Folding) -> str:
    wire = folding.wire
    headers = {name: value for name, value in essential_headers(wire).items() if name != "content-type"}
    return _program(
        folding,
        ["import httpx"],
        f"body = {_literals(folding).spelled(wire.body)}",
        f"headers = {_headers(wire, headers)}",
        f'with httpx.stream("POST", {_secret(wire, wire.url)}, headers=headers, json=body, timeout=600) as response:',
        "    if response.is_error:",
        "        raise SystemExit(response.read().decode())",
        "    for line in response.iter_lines():",
        '        if line.startswith("data:") and line[5:].strip() != "[DONE]":',
        '            for choice in json.loads(line[5:]).get("choices", []):',
        '                print(choice.get("delta", {}).get("content") or "", end="", flush=True)',
        "print()",
    )


def _gemini(folding: Folding) -> str:
    wire = folding.wire
    place = _GEMINI_PATH.match(wire.url)
    base, version, model = place.groups() if place else (wire.url, "v1beta", "")
    body = cast("dict[str, Any]", wire.body)
    options = {"base_url": base, "api_version": version}
    headers = {name: value for name, value in _own_headers(wire).items() if name != "x-goog-api-key"}
    spelled = ", ".join(
        [
            *(f"{name}={value!r}" for name, value in options.items()),
            *([f"headers={_headers(wire, headers)}"] if headers else []),
        ]
    )
    contents = _literals(folding, binary=("data", "thoughtSignature")).spelled(body.get("contents", []), 1)
    return _program(
        folding,
        ["from google import genai", "from google.genai import types"],
        f"client = genai.Client(\n    vertexai=False,\n    api_key={_key(wire)},\n"
        f"    http_options=types.HttpOptions({spelled}),\n)",
        f"stream = client.models.generate_content_stream(\n    model={unquote(model.removeprefix('models/'))!r},\n"
        f"    contents={contents},\n    config={_gemini_config(folding, body)},\n)",
        "for chunk in stream:",
        '    print(chunk.text or "", end="", flush=True)',
        "print()",
    )


def _gemini_config(folding: Folding, body: dict[str, Any]) -> str:
    """Return the settings of a body as google-genai takes them: flat, and the rest of the body as it is."""
    settings = {_snake(name): value for name, value in body.get("generationConfig", {}).items()}
    if "thinking_config" in settings:
        settings["thinking_config"] = {_snake(name): value for name, value in settings["thinking_config"].items()}
    if "systemInstruction" in body:
        settings["system_instruction"] = "".join(part.get("text", "") for part in body["systemInstruction"]["parts"])
    settings["automatic_continuation"] = False
    rest = {name: body[name] for name in body if name not in ("contents", "generationConfig", "systemInstruction")}
    if rest:
        settings["http_options"] = {"extra_body": rest}
    return _literals(folding).spelled(settings, 1)


def _snake(name: str) -> str:
    return _WORD.sub("_", name).lower()


def _program(folding: Folding, imports: Iterable[str], *paragraphs: str) -> str:
    """Return a whole program; files are read before the first paragraph."""
    body = "\n".join([*(_reading(number, folding) for number in range(1, len(folding.files) + 1)), *paragraphs])
    foreign = list(imports)
    standard = [f"import {name}" for name in ("base64", "json", "os") if re.search(rf"\b{name}\.\w", body)]
    if folding.files:
        standard.append("from pathlib import Path")
    hidden = [f"# put your own value where {HIDDEN} stands"] if HIDDEN in body else []
    return "\n".join([*hidden, *standard, *([""] if standard else []), *foreign, "", body, ""])


def _reading(number: int, folding: Folding) -> str:
    data = f"Path({folding.files[number - 1].name!r}).read_bytes()"
    spelled = data if folding.wire.api == "gemini" else f"base64.b64encode({data}).decode()"
    return f"file_{number} = {spelled}"


def _literals(folding: Folding, *, binary: Collection[str] = ()) -> Literals:
    return Literals({file.mark: f"file_{number}" for number, file in enumerate(folding.files, 1)}, binary)


def _arguments(folding: Folding, known: frozenset[str]) -> str:
    """Return a body as keyword arguments, one a line."""
    body = cast("dict[str, Any]", folding.wire.body)
    literals = _literals(folding)
    named = {name: value for name, value in body.items() if name in known}
    rest = {name: value for name, value in body.items() if name not in known}
    lines = [f"    {name}={literals.spelled(value, 1)},\n" for name, value in named.items()]
    if rest:
        lines.append(f"    extra_body={literals.spelled(rest, 1)},\n")
    return "\n" + "".join(lines)


def _client(name: str, wire: WireRequest, base_url: str) -> str:
    headers = {name: value for name, value in _own_headers(wire).items() if value != f"Bearer ${wire.variable}"}
    extra = f"    default_headers={_headers(wire, headers)},\n" if headers else ""
    return f"client = {name}(\n    api_key={_key(wire)},\n    base_url={_secret(wire, base_url)},\n{extra})"


def _own_headers(wire: WireRequest) -> dict[str, str]:
    """Return the headers that an SDK does not make by itself."""
    made = ("content-type", "anthropic-version")
    return {name: value for name, value in essential_headers(wire).items() if name not in made}


def _headers(wire: WireRequest, headers: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{name!r}: {_secret(wire, value)}" for name, value in headers.items()) + "}"


def _key(wire: WireRequest) -> str:
    return f"os.environ[{wire.variable!r}]" if wire.variable else repr("none")


def _secret(wire: WireRequest, text: str) -> str:
    """Return an expression for a text in which the variable stands for the key."""
    before, found, after = text.partition(f"${wire.variable}") if wire.variable else (text, "", "")
    if not found:
        return repr(text)
    pieces = (repr(before) if before else "", _key(wire), repr(after) if after else "")
    return " + ".join(piece for piece in pieces if piece)
