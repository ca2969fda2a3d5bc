"""What the keys of the message cursor do with the chosen message."""

from typing import TYPE_CHECKING, Literal

from msgspec.structs import replace

from tchat.domain.message import user
from tchat.domain.model import ModelRef
from tchat.tui.branches import answered_by, ends_with
from tchat.tui.choice import has_efforts, shifted
from tchat.tui.drafted import draft_of
from tchat.tui.entries import MessageEntry
from tchat.tui.entry import Entry
from tchat.tui.links import links_in

if TYPE_CHECKING:
    from tchat.tui.screens.chat import ChatScreen

GO_ON = "Continue exactly where you stopped."
"""What is said to a model whose reply was cut off."""
_OFFERING = ("interrupted", "failed")
"""Replies below which it stands that r asks again."""


class Round:
    """Goes through the parts of a message, one each time it is asked; another message begins at its first."""

    def __init__(self) -> None:
        self._key, self._last = "", -1

    def next(self, entry: Entry, count: int) -> int:
        """Return which of so many parts of a message is next."""
        self._last = (self._last + 1) % count if entry.key == self._key else 0
        self._key = entry.key
        return self._last


class Acting:
    """Carries out what is wanted of a message.

    Every method may raise a `TchatError`, which the screen shows.
    """

    def __init__(self, screen: "ChatScreen") -> None:
        self._screen = screen
        self._copied, self._opened = Round(), Round()
        """Of the code blocks and the links of a message."""
        self._actions = {
            "unfold": self._unfold,
            "link": self._open_next_link,
            "open": self._open,
            "patches": self._show_patches,
            "save": self._save,
            "copy": self._copy,
            "copy-code": self._copy_next_code,
            "edit": self._edit,
            "again": self._again,
            "again-with": self._again_with,
            "fork": self._fork,
            "discard": self._discard,
            "restore": self._restore,
            "earlier": self._earlier,
            "later": self._later,
            "template": self._make_template,
            "sent": self._show_sent,
            "stop": self._stop,
        }

    async def act(self, name: str, entry: Entry) -> None:
        """Do one of the actions that the transcript's bindings name."""
        await self._actions[name](entry)

    def offers(self, name: Literal["again", "unfold"]) -> bool:
        """Whether the end of the conversation offers to ask again, or to go on from a reply that broke off."""
        if self._screen.sending.is_busy or not self._screen.transcript.entries:
            return False
        last = self._screen.transcript.entries[-1]
        reply = last.placed.stored.reply if isinstance(last, MessageEntry) else None
        if reply is None:
            return False
        return reply.state == "interrupted" and bool(last.text) if name == "unfold" else reply.state in _OFFERING

    async def take_offer(self, name: Literal["again", "unfold"]) -> None:
        """Do what the end of the conversation offers, if it does."""
        if self.offers(name):
            await self.act(name, self._screen.transcript.entries[-1])

    async def copy_code(self, entry: Entry, number: int) -> None:
        """Copy one code block of a message."""
        from tchat.markdown.code_blocks import code_blocks

        blocks = code_blocks(entry.text)
        if number < len(blocks):
            await self._screen.visiting.copy(blocks[number].text, f"code block {number + 1} of {len(blocks)}")

    async def _copy_next_code(self, entry: Entry) -> None:
        """Copy the first code block; asked again, the next one."""
        from tchat.markdown.code_blocks import code_blocks

        blocks = code_blocks(entry.text)
        if not blocks:
            self._screen.say("this message has no code block")
            return
        await self.copy_code(entry, self._copied.next(entry, len(blocks)))

    async def _open_next_link(self, entry: Entry) -> None:
        """Open the first link; asked again, the next one."""
        links = links_in(self._screen.transcript.lines_of(entry))
        if not links:
            self._screen.say("this message has no link")
            return
        await self._screen.visiting.open_link(links[self._opened.next(entry, len(links))])

    async def _copy(self, entry: Entry) -> None:
        selected = self._screen.get_selected_text()
        if not selected and not entry.text:
            self._screen.say("there is no text in this message")
            return
        await self._screen.visiting.copy(selected or entry.text, "selection" if selected else "message")

    async def _unfold(self, entry: Entry) -> None:
        reply = entry.placed.stored.reply if isinstance(entry, MessageEntry) else None
        is_cut = reply is not None and reply.state == "interrupted" and bool(entry.text)
        if is_cut and ends_with(self._screen.talk.branch, entry.key):
            if self._is_idle():
                await self._screen.sending.go_on(user(GO_ON))
        elif entry.attachments and not (reply is not None and reply.reasoning):
            self._screen.attaching.preview(entry)
        else:
            self._screen.transcript.unfold(entry)

    async def _open(self, entry: Entry) -> None:
        self._screen.attaching.preview(entry)

    async def _show_patches(self, entry: Entry) -> None:
        self._screen.attaching.patches(entry)

    async def _save(self, entry: Entry) -> None:
        await self._screen.attaching.save(entry.attachments)

    async def _edit(self, entry: Entry) -> None:
        if not isinstance(entry, MessageEntry):
            self._screen.say("a reply is under way; Esc stops it")
            return
        said = answered_by(self._screen.talk.branch, entry.key) if entry.placed.stored.reply else entry.placed.stored
        self._screen.edit(said.id, draft_of(said.message))

    async def _again(self, entry: Entry) -> None:
        if self._is_idle():
            await self._screen.sending.ask_again(entry.key)

    async def _again_with(self, entry: Entry) -> None:
        choice = self._screen.talk.choice

        def shift(ref: ModelRef, step: int) -> str:
            nonlocal choice
            facts = self._screen.talk.facts_of(ref)
            if not has_efforts(facts):
                return f"{ref.model} has no levels of effort"
            effort = shifted(facts, choice.settings.effort, step)
            choice = replace(choice, settings=replace(choice.settings, effort=effort))
            return f"effort {effort or 'default'}"

        async def ask(ref: ModelRef) -> None:
            if self._is_idle():
                await self._screen.sending.ask_again(entry.key, replace(choice, ref=ref))

        self._screen.visiting.pick_model(ask, shift)

    def _is_idle(self) -> bool:
        is_idle = not self._screen.sending.is_busy
        if not is_idle:
            self._screen.say("a reply is under way; Esc in the composer stops it")
        return is_idle

    async def _fork(self, entry: Entry) -> None:
        await self._screen.open(await self._screen.conversation_tree.fork(entry.key))
        self._screen.say("this is a copy of the conversation up to there")

    async def _discard(self, entry: Entry) -> None:
        gone = await self._screen.conversation_tree.discard(entry.key)
        key = "u" if self._screen.talk.branch else "/undo"  # without a message nothing takes the key
        self._screen.say(f"{'one message' if gone == 1 else f'{gone} messages'} deleted; {key} brings back")

    async def _restore(self, entry: Entry) -> None:
        del entry
        if not await self._screen.bring_back():
            self._screen.say("nothing was deleted here")

    async def _earlier(self, entry: Entry) -> None:
        await self._go_to_sibling(entry, -1)

    async def _later(self, entry: Entry) -> None:
        await self._go_to_sibling(entry, 1)

    async def _go_to_sibling(self, entry: Entry, step: int) -> None:
        if not isinstance(entry, MessageEntry) or len(entry.placed.siblings) == 1:
            self._screen.say("this message has no siblings: e or r makes one")
            return
        at = entry.placed.siblings.index(entry.key) + step
        if await self._screen.conversation_tree.go_to_sibling(entry.key, step):
            self._screen.transcript.go_to(entry.placed.siblings[at])

    async def _make_template(self, entry: Entry) -> None:
        await self._screen.visiting.make_template(entry)

    async def _stop(self, entry: Entry) -> None:
        del entry
        self._screen.sending.stop()

    async def _show_sent(self, entry: Entry) -> None:
        self._screen.visiting.sent_of(entry)
