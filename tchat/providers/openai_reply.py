"""What the events of OpenAI's Responses API say.

Source: https://platform.openai.com/docs/api-reference/responses-streaming. Events are told apart by their `type`;
one that is not known says nothing.
"""

import re
from typing import Any

from tchat.domain.errors import BadRequest, Origin, ServerFault
from tchat.domain.events import FinishReason
from tchat.domain.usage import Usage, service_of, token_count
from tchat.providers import failing
from tchat.providers.charging import charged
from tchat.providers.json_values import storable, table, tables, words
from tchat.providers.narration import Narration
from tchat.providers.picture_state import mark_of, unpacked

_INCOMPLETE: dict[str, FinishReason] = {"content_filter": "filtered"}
"""Why a reply breaks off, where it is not for its length."""
_REFUSED = re.compile(r"invalid_prompt|\w*_policy(_violation)?")
"""Codes of failures in which the provider does not want to answer."""
_UNTAKEN = re.compile(r"invalid_\w+|unsupported_\w+|image_\w+|\w+_image(_file)?|data_residency_mismatch")
"""Codes of failures that the request is to blame for."""
_UNANSWERED = {
    "function_call",
    "custom_tool_call",
    "computer_call",
    "local_shell_call",
    "shell_call",
    "apply_patch_call",
    "mcp_approval_request",
}
"""Items that the API takes back only with an answer of ours."""


class Reply:
    """Reads events and tells what they say.

    Args:
        origin: provider and model.
        secrets: keys to keep out of errors.
    """

    def __init__(self, origin: Origin, secrets: tuple[str, ...] = ()) -> None:
        self.narration = Narration()
        self._origin = origin
        self._secrets = secrets
        self._items: dict[int, dict[str, Any]] = {}
        self._has_refused = False

    def read(self, said: dict[str, Any]) -> None:
        """Take one event.

        Raises:
            ProviderError: the provider reports a failure.
        """
        kind = words(said.get("type"))
        if kind == "error" or (not kind and said.get("error")):
            self._fail(table(said.get("error")) or said)
        if not kind.startswith("response."):
            return
        self._begin(table(said.get("response")))
        match kind.removeprefix("response."):
            case "output_text.delta":
                self.narration.speak(said.get("delta"))
            case "refusal.delta":
                self._has_refused = True
                self.narration.speak(said.get("delta"))
            case "reasoning_summary_text.delta" | "reasoning_text.delta":
                self.narration.think(said.get("delta"))
            case "reasoning_summary_part.added":
                self.narration.part_reasoning()
            case "output_item.added" if table(said.get("item")).get("type") == "reasoning":
                self.narration.part_reasoning()
            case "output_item.done":
                self._keep(table(said.get("item")), said.get("output_index"))
            case "completed" | "incomplete" | "failed" | "cancelled" as status:
                self._close(table(said.get("response")), status)
            case _:
                pass

    def read_whole(self, said: dict[str, Any]) -> bool:
        """Take a response in one piece; return whether it is one.

        Raises:
            ProviderError: the provider reports a failure.
        """
        if said.get("error") and not said.get("status"):
            self._fail(table(said.get("error")) or said)
        if said.get("object") != "response":
            return False
        self._begin(said)
        self._close(said, words(said.get("status")))
        return True

    def _begin(self, response: dict[str, Any]) -> None:
        if not self.narration.is_begun:
            request_id = self._origin.request_id or words(response.get("id")) or None
            self.narration.begin(words(response.get("model")) or self._origin.model, request_id)

    def _keep(self, item: dict[str, Any], index: object) -> None:
        item = self._drawn(item)
        self._items[index if isinstance(index, int) else len(self._items)] = item

    def _close(self, response: dict[str, Any], status: str) -> None:
        """Take the last word on a response."""
        self.narration.meter(_usage(table(response.get("usage")), service_of(response.get("service_tier"))))
        failure = table(response.get("error"))
        if status == "failed" or failure:
            self._fail(failure)
            return
        if status == "cancelled":
            raise failing.ended_early(self._origin)
        if not self._items:
            self._items = dict(enumerate(map(self._drawn, tables(response.get("output")))))
        self._tell_untold()
        if status == "incomplete":
            why = words(table(response.get("incomplete_details")).get("reason"))
            self.narration.finish(_INCOMPLETE.get(why, "length"))
        elif self._has_refused:
            self.narration.finish("refused")
        else:
            self.narration.finish("stop", sealed=self._sealed())

    def _tell_untold(self) -> None:
        """Say what the items hold, where no deltas have said it."""
        speaks, thinks = not self.narration.has_spoken, not self.narration.has_thought
        for _, item in sorted(self._items.items()):
            kind, content = item.get("type"), tables(item.get("content"))
            if kind == "reasoning" and thinks:
                for part in tables(item.get("summary")) or content:
                    self.narration.part_reasoning()
                    self.narration.think(part.get("text"))
            if kind == "message" and speaks:
                for part in content:
                    self._has_refused = self._has_refused or part.get("type") == "refusal"
                    self.narration.speak(part.get("text") or part.get("refusal"))

    def _drawn(self, item: dict[str, Any]) -> dict[str, Any]:
        """Show the picture of an item; return the item with a mark in its place."""
        data = unpacked(item.get("result")) if item.get("type") == "image_generation_call" else None
        if data is None:
            return item
        self.narration.draw(data, f"image/{words(item.get('output_format')) or 'png'}")
        return {**item, "result": mark_of(data)}

    def _sealed(self) -> list[dict[str, Any]] | None:
        """Return the items of the turn, if they hold what its text does not: encrypted reasoning, or phases.

        The API takes no reasoning that nothing follows, and no call without its answer.
        """
        items = [item for _, item in sorted(self._items.items())]
        kinds = [item.get("type") for item in items]
        if kinds[-1:] == ["reasoning"] or any(kind in _UNANSWERED for kind in kinds):
            return None
        return storable(items) if any(item.get("encrypted_content") or item.get("phase") for item in items) else None

    def _fail(self, failure: dict[str, Any]) -> None:
        """Tell of a failure: one for policy is a refusal, any other is raised."""
        message, code = failing.body_message(failure)
        message, code = failing.scrubbed(message, self._secrets), failing.scrubbed(code, self._secrets)
        if _REFUSED.fullmatch(words(failure.get("code"))):
            self._begin({})
            self.narration.finish("refused", message)
            return
        error = failing.from_answer(0, message, code=code, origin=self._origin)
        if isinstance(error, ServerFault) and any(_UNTAKEN.fullmatch(word) for word in code.split()):
            error = failing.from_answer(0, message, code=code, origin=self._origin, kind=BadRequest)
        raise error


def _usage(figures: dict[str, Any], service: str | None) -> Usage:
    """Return usage in tchat's meaning; OpenAI counts cached tokens inside the input, reasoning inside the output."""
    read, written = table(figures.get("input_tokens_details")), table(figures.get("output_tokens_details"))
    return Usage(
        input=token_count(figures.get("input_tokens")),
        cached_read=token_count(read.get("cached_tokens")),
        cached_write=token_count(read.get("cache_write_tokens")),
        output=token_count(figures.get("output_tokens")),
        reasoning=token_count(written.get("reasoning_tokens")),
        image=token_count(read.get("image_tokens")) or None,
        audio=token_count(read.get("audio_tokens")) or None,
        service=service if figures else None,
        cost=charged(figures),
    )
