"""The calls of an SDK that Stainless generated: OpenAI's and Anthropic's have the same ones, and no type in common."""

import io
from collections.abc import Callable, Mapping
from typing import IO, TYPE_CHECKING, Any, cast

from tchat.domain.errors import ProviderError
from tchat.providers.sdk_wire import Sdk

if TYPE_CHECKING:
    import httpx2


def calls_of(
    client: Any,  # noqa: ANN401  # either SDK's client
    headers: Mapping[str, object],
    stream: type,
    *,
    failure: type[Exception],
    kind: Callable[[int, str, str], type[ProviderError] | None],
) -> Sdk:
    """Return the calls of a client.

    Args:
        client: an asynchronous client of the SDK.
        headers: go out with every call, over those of the SDK; its `Omit` leaves one out.
        stream: the SDK's asynchronous stream of objects.
        failure: what every error of the SDK is.
        kind: from status, code and words to the class of an error; None where the common rules tell.
    """
    import httpx2

    client._custom_headers = {}  # noqa: SLF001  # else it has the environment's

    async def post(path: str, content: bytes) -> "httpx2.Response":
        options = {"headers": headers}
        answer = await client.post(
            path, cast_to=object, content=content, options=options, stream=True, stream_cls=stream
        )
        return answer.response

    async def get(path: str, query: dict[str, object]) -> "httpx2.Response":
        return await client.get(path, cast_to=httpx2.Response, options={"headers": headers, "params": query})

    async def upload(path: str, fields: dict[str, Any], file: tuple[str, io.RawIOBase, str]) -> "httpx2.Response":
        return await client.post(
            path,
            cast_to=httpx2.Response,
            body=fields,
            files=[("file", cast("tuple[str, IO[bytes], str]", file))],
            options={"headers": {**headers, "content-type": "multipart/form-data"}},
        )

    async def delete(path: str) -> "httpx2.Response":
        return await client.delete(path, cast_to=httpx2.Response, options={"headers": headers})

    return Sdk(post=post, get=get, upload=upload, delete=delete, failure=failure, kind=kind)
