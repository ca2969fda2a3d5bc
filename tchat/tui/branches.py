"""Finding one's way on a branch of a conversation."""

from collections.abc import Sequence

from tchat.domain.conversation import BranchMessage, StoredMessage
from tchat.domain.errors import NotFound

Branch = Sequence[BranchMessage]


def index_of(branch: Branch, message_id: str) -> int:
    """Return the place of a message.

    Raises:
        NotFound: it is not on the branch.
    """
    for index, placed in enumerate(branch):
        if placed.stored.id == message_id:
            return index
    raise NotFound("this message is not on the branch that is read")


def ends_with(branch: Branch, message_id: str) -> bool:
    """Whether a message is the last one."""
    return bool(branch) and branch[-1].stored.id == message_id


def answered_by(branch: Branch, message_id: str) -> StoredMessage:
    """Return the user's message that a reply answers; a user's message itself.

    Raises:
        NotFound: there is none.
    """
    stored = branch[index_of(branch, message_id)].stored
    if stored.reply is None:
        return stored
    if stored.parent_id is None:
        raise NotFound("this reply answers nothing that could be asked again")
    return branch[index_of(branch, stored.parent_id)].stored
