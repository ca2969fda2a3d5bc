"""`-x`: only the first code block, and only all of it."""

import contextlib

import pytest

from tchat.cli.sinks import CodeSink
from tchat.domain.errors import CheckFailed
from tchat.domain.events import Finished, FinishReason, TextDelta


@pytest.mark.parametrize(
    ("text", "reason", "code"),
    [
        ("Here:\n\n```sh\nls\n```\n\n```sh\nrm -rf ./", "length", "ls\n"),
        ("Here:\n\n```sh\nls\nrm -rf ./", "length", None),
        ("Here:\n\n```sh\nls\nrm -rf ./", "filtered", None),
        ("Here:\n\n```sh\nls", "stop", "ls\n"),
        ("Here.", "stop", None),
    ],
)
def test_code_that_is_cut_off_is_not_handed_on(text: str, reason: FinishReason, code: str | None) -> None:
    """Half a command may do something else; a reply that is kept nowhere is not lost."""
    out, spare = list[str](), list[str]()
    sink = CodeSink(out.append, spare.append)
    for event in (TextDelta(text), Finished(reason)):
        sink.take(event)
    with contextlib.nullcontext() if code is not None else pytest.raises(CheckFailed):
        sink.close(None)
    assert out == ([] if code is None else [code])
    assert spare == ([text] if code is None else [])
