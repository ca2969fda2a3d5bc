"""Runs of templates as they are kept: what ran with which inputs, and the calls that it made."""

from typing import Any, Literal

from msgspec import Struct

from tchat.domain.conversation import ReplyState
from tchat.domain.request import Settings

RunState = Literal["running", "done", "failed", "stopped"]
"""`running` is also what a run stays whose process died."""


class NewRun(Struct, frozen=True, kw_only=True):
    """A run that is about to begin."""

    template: str
    """The template's name."""
    file: str | None
    """Its absolute path; None for one that is no file."""
    digest: str
    """The template's digest."""
    inputs: dict[str, Any]
    """As JSON values; a picture is the table of its part."""
    model: str | None = None
    """What the user has chosen; None for the default."""
    settings: Settings = Settings()
    test: str | None = None
    """The test of the template that it measures; None for a run of the template."""


class StoredRun(Struct, frozen=True, kw_only=True):
    """A run in the history."""

    id: str
    new: NewRun
    state: RunState
    is_alive: bool
    """Whether a process is running it at this moment."""
    conversation_id: str | None
    """The conversation of its calls; None before the first one."""
    started_at: float
    """Unix time."""


class StoredCall(Struct, frozen=True, kw_only=True):
    """A call of a run."""

    reply_id: str
    place: str
    digest: str
    state: ReplyState
    is_cut_off: bool = False
    """Whether its process died before the reply was complete."""
    was_metered: bool = False
    """Whether it is known or estimated what it took, as of every reply whose end its process saw and that was sent."""
    failure: str | None = None
    """The kind of failure that ended it."""

    @property
    def is_perhaps_billed(self) -> bool:
        """Whether it was sent and never came to its end, so that a provider may charge for it."""
        is_stopped = self.state == "stopped" and self.was_metered
        return self.is_cut_off or is_stopped or self.state == "interrupted"
