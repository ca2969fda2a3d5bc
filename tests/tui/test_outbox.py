"""Laws of what was sent and is not taken yet."""

from tchat.domain.draft import Draft, Paste
from tchat.tui.outbox import Outbox, joined
from tests.tui.widgets.composer_app import PAPER, PICTURE


def test_messages_are_taken_in_the_order_in_which_they_were_sent() -> None:
    """Each once."""
    box = Outbox()
    box.send(Draft(text="one"))
    box.send(Draft(text="two"))
    assert box.waiting == (Draft(text="one"), Draft(text="two"))
    assert (box.take(), box.take(), box.take()) == (Draft(text="one"), Draft(text="two"), None)


def test_what_is_given_back_waits_no_more() -> None:
    """It is the composer's again."""
    box = Outbox()
    box.send(Draft(text="one"))
    assert box.give_back() == (Draft(text="one"),)
    assert box.waiting == ()


def test_joined_drafts_have_all_that_each_had() -> None:
    """A blank text leaves no gap, and a paste that both name is there once."""
    paste = Paste("[pasted 30 lines #1]", "line\n" * 30)
    first = Draft(text=paste.mark, pastes=(paste,), attachments=(PICTURE,))
    last = Draft(text=f"and {paste.mark}", pastes=(paste,), attachments=(PAPER,), queued=(Draft(text="waits"),))
    assert joined(first, Draft(text=" "), last) == Draft(
        text=f"{paste.mark}\n\nand {paste.mark}", pastes=(paste,), attachments=(PICTURE, PAPER)
    )
    assert joined(first) == first
