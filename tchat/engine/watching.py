"""What a door knows of a turn that it asks for, and is told of it beside the events."""

from typing import Protocol

from tchat.domain.conversation import Reply


class Unwanted(Exception):
    """Nobody wants the turn any more, and its request had not gone out."""


class Watch(Protocol):
    """Follows one turn."""

    @property
    def is_wanted(self) -> bool:
        """Whether a request may still go out; looked at before each."""
        ...

    def goes_out(self) -> None:
        """Take note that a request goes out: from here on it may be billed."""
        ...

    def ends(self, reply: Reply) -> None:
        """Take what is stored of the reply, whatever has ended it: attempts before the last one are part of it."""
        ...


class Unwatched:
    """Wants every turn to go on to its end."""

    is_wanted = True

    def goes_out(self) -> None:
        """Keep nothing."""

    def ends(self, reply: Reply) -> None:
        """Keep nothing."""


UNWATCHED = Unwatched()
