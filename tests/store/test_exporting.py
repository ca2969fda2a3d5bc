"""Laws of the exports: JSON holds everything, Markdown reads well, neither commands a terminal."""

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tchat.domain.conversation import Conversation, Reply
from tchat.domain.message import DocumentPart, ImagePart, Message, SealedPart, TextPart, assistant, user
from tchat.domain.request import Settings
from tchat.domain.usage import Usage
from tchat.store.exporting import Export, to_json, to_markdown
from tests.store.stores import complete, exchange, opened, turn

PICTURE = ImagePart(digest="a" * 64, media_type="image/png", name="chart.png", width=3)
FILE = DocumentPart(digest="b" * 64, media_type="application/pdf")
SEALED = SealedPart(provider="own", model="model", data=[{"signature": "abc"}], account="f", prefix="p")
REPLY = Reply(
    provider="own",
    model="model",
    state="interrupted",
    settings=Settings(effort="high"),
    system="Be brief.",
    reasoning="Two lines\nof thought",
    usage=Usage(input=11, output=5),
    cost=0.25,
)


async def test_json_round_trips_a_whole_tree() -> None:
    """Everything that is known of every message comes back from the export."""
    async with opened(None) as store:
        ids = await store.begin_turn(turn(user("What is this?", PICTURE, FILE)))
        await store.finish(ids.reply_id, Message("assistant", (TextPart("A chart."), SEALED)), REPLY)
        again = await store.begin_turn(turn(None, after=ids.message_id))
        await store.append(again.reply_id, text="Stre", reasoning="")
        conversation, messages = await store.conversation(ids.conversation_id), await store.tree(ids.conversation_id)
    text = to_json(conversation, messages)
    export = msgspec.json.decode(text, type=Export)
    assert (export.format, export.version) == ("tchat conversation", 1)
    assert export.conversation == conversation
    assert export.stored() == messages
    question, answer, _ = msgspec.json.decode(text)["messages"]
    assert (question["role"], question["text"]) == ("user", "What is this?")
    assert (answer["text"], answer["reply"]["state"], answer["parent_id"]) == (
        "A chart.",
        "interrupted",
        question["id"],
    )


@settings(max_examples=60, deadline=None)
@given(said=st.text(), answer=st.text(), title=st.text())
async def test_exports_command_no_terminal(said: str, answer: str, title: str) -> None:
    """Control characters are escaped in JSON, which stays faithful, and left out of Markdown."""
    async with opened(None) as store:
        ids = await exchange(store, said, answer)
        await store.rename(ids.conversation_id, title)
        conversation, messages = await store.conversation(ids.conversation_id), await store.path(ids.reply_id)
    text = to_json(conversation, messages)
    assert msgspec.json.decode(text, type=Export).stored() == messages
    for output in (text, to_markdown(conversation, messages)):
        assert not [character for character in output if character != "\n" and ord(character) in range(0x7F, 0xA0)]
        assert not [character for character in output if character not in "\n\t" and character < " "]
        assert not {"\u202e", "\u2066"} & set(output)


async def test_markdown_of_a_branch_reads_from_top_to_bottom() -> None:
    """Every message has its number, speaker and time; attachments, reasoning and the text follow."""
    async with opened(None, lambda: 1_800_000_000.0) as store:
        ids = await store.begin_turn(turn(user("What is this?", PICTURE, FILE)))
        await store.finish(ids.reply_id, assistant("A chart.\n\n```\n# code\n```"), REPLY)
        conversation, messages = await store.conversation(ids.conversation_id), await store.path(ids.reply_id)
    assert to_markdown(conversation, messages) == (
        "# What is this?\n\n"
        "## 1 · user · 2027-01-15 08:00 UTC\n\n"
        f"[image/png: chart.png]\n\n[application/pdf: {'b' * 64}]\n\n"
        "What is this?\n\n"
        "## 2 · own/model · 2027-01-15 08:00 UTC · interrupted\n\n"
        "> Two lines\n> of thought\n\n"
        "A chart.\n\n```\n# code\n```\n"
    )


async def test_markdown_of_a_tree_says_what_follows_what() -> None:
    """A message that does not follow the one above it names the one it follows."""
    async with opened(None) as store:
        ids = await exchange(store, "one", "first")
        again = await store.begin_turn(turn(None, after=ids.message_id))
        await store.finish(again.reply_id, assistant("second"), complete())
        await store.begin_turn(turn("another", conversation=ids.conversation_id))
        conversation, messages = await store.conversation(ids.conversation_id), await store.tree(ids.conversation_id)
    headings = [line for line in to_markdown(conversation, messages).splitlines() if line.startswith("## ")]
    assert [heading.rpartition(" UTC")[2] for heading in headings] == [
        "",
        "",
        " · follows 1",
        " · begins anew",
        " · streaming",
    ]


def test_an_empty_conversation_can_be_exported() -> None:
    """A conversation without messages is a title."""
    conversation = Conversation(id="x", title="Empty", created_at=0, updated_at=0)
    assert to_markdown(conversation, ()) == "# Empty\n"
    assert msgspec.json.decode(to_json(conversation, ()), type=Export).stored() == ()
    assert to_markdown(replace(conversation, title="a\nb"), ()) == "# a b\n"
