"""Laws of what was sent and is not taken yet."""

from tchat.domain.draft import Draft, Paste
from tchat.tui.outbox import Outbox, joined
from tests.tui.widgets.composer_app import PAPER, PICTURE


def test_each_message_is_taken_once() -> None:
    """Also one that says the same as another."""
    box = Outbox()
    one, two, same = Draft(text="one"), Draft(text="two"), Draft(text="one")
    for draft in (one, two, same):
        box.send(draft)
    assert box.waiting == (one, two, same)
    assert box.take(same)
    assert not box.take(same)
    assert box.take(one)
    assert box.waiting == (two,)


def test_what_is_given_back_waits_no_more() -> None:
    """It is the composer's again."""
    box = Outbox()
    one = Draft(text="one")
    box.send(one)
    assert box.give_back() == (one,)
    assert box.waiting == ()
    assert not box.take(one)


def test_joined_drafts_have_all_that_each_had() -> None:
    """A blank text leaves no gap, and a paste that both name is there once."""
    paste = Paste("[pasted 30 lines #1]", "line\n" * 30)
    first = Draft(text=paste.mark, pastes=(paste,), attachments=(PICTURE,))
    last = Draft(text=f"and {paste.mark}", pastes=(paste,), attachments=(PAPER,), queued=(Draft(text="waits"),))
    assert joined(first, Draft(text=" "), last) == Draft(
        text=f"{paste.mark}\n\nand {paste.mark}", pastes=(paste,), attachments=(PICTURE, PAPER)
    )
    assert joined(first) == first
