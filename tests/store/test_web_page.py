"""Laws of the web page: it reads well, holds its attachments, and does nothing."""

import base64
import re
from html.parser import HTMLParser

from hypothesis import given, settings
from hypothesis import strategies as st

from tchat.domain.conversation import Reply
from tchat.domain.message import AudioPart, DocumentPart, ImagePart, Message, TextPart
from tchat.store.exporting import ExportedFile
from tchat.store.web_page import to_html
from tests.store.stores import exchange, opened, turn

HEAD = {"html", "head", "meta", "title", "style", "body"}
"""What the page itself is made of."""
SAID = {
    "h1", "h2", "h3", "h4", "h5", "h6", "article", "div", "p", "details", "summary", "figure", "figcaption", "img",
    "audio", "a", "ul", "ol", "li", "blockquote", "pre", "code", "em", "strong", "s", "hr", "br", "table", "thead",
    "tbody", "tr", "th", "td",
}  # fmt: skip
"""What messages may become."""


HOSTILE = "<>&\"'![]()`*|:-#\n \x1b javscript/http.x"


class Page(HTMLParser):
    """What a browser finds."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.loaded: list[str] = []
        self.links: list[str] = []
        self.words = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        self.tags.add(tag)
        named = dict(attrs)
        assert not any(name.startswith("on") for name in named)
        self.loaded += [value for name, value in attrs if name in ("src", "srcset", "data") and value]
        self.links += [named["href"] or ""] if "href" in named else []

    def handle_data(self, data: str) -> None:
        """Note a text."""
        self.words += data


@settings(max_examples=60, deadline=None)
@given(
    said=st.text(),
    answer=st.text(alphabet=st.sampled_from("<>&\"'![]()`*|:-#\n \x1b javscript/http.x")),
    title=st.text(),
)
async def test_whatever_was_said_is_only_text(said: str, answer: str, title: str) -> None:
    """No tag of a message is one of the page's, and nothing is loaded."""
    async with opened(None) as store:
        ids = await exchange(store, said, answer)
        await store.rename(ids.conversation_id, title)
        conversation, messages = await store.conversation(ids.conversation_id), await store.path(ids.reply_id)
    text = "".join(to_html(conversation, messages, {}))
    page = Page(text)
    assert page.tags <= HEAD | SAID
    assert page.loaded == []
    assert not any(link.strip().lower().startswith(("javascript", "data", "vbscript", "file")) for link in page.links)
    assert "\x1b" not in text


async def test_hostile_markup_does_nothing() -> None:
    """Neither a script nor a picture from elsewhere."""
    evil = "<script>alert(1)</script> ![x](https://evil/x.png) [l](javascript:alert(1)) <img src=x onerror=y>"
    async with opened(None) as store:
        ids = await exchange(store, evil, evil)
        conversation, messages = await store.conversation(ids.conversation_id), await store.path(ids.reply_id)
    page = Page("".join(to_html(conversation, messages, {})))
    assert not page.tags & {"script", "img"}
    assert page.links == ["https://evil/x.png"]


async def test_attachments_stand_where_they_were_said() -> None:
    """As data within the page, and by their names where they were left out."""
    parts = (
        ImagePart(digest="a" * 64, media_type="image/webp", name='a "chart".webp'),
        DocumentPart(digest="b" * 64, media_type="application/pdf", name="paper.pdf"),
        AudioPart(digest="c" * 64, media_type="audio/wav", name="gone.wav"),
    )
    files = {
        "a" * 64: ExportedFile(media_type="image/png", data=b"picture"),
        "b" * 64: ExportedFile(media_type="application/pdf", data=b"paper"),
    }
    async with opened(None) as store:
        said = Message("user", (TextPart("See [image 1]"), parts[0], TextPart(" and"), *parts[1:]))
        ids = await store.begin_turn(turn(said))
        reply = Reply(provider="own", model="model", state="complete", reasoning="hm")
        await store.finish(ids.reply_id, Message("assistant", (TextPart("**Bars**"), parts[0])), reply)
        conversation, messages = await store.conversation(ids.conversation_id), await store.path(ids.reply_id)
    text = "".join(to_html(conversation, messages, files))
    page = Page(text)
    picture = f"data:image/png;base64,{base64.b64encode(b'picture').decode()}"
    assert page.loaded == [picture, picture]
    assert page.links == [f"data:application/pdf;base64,{base64.b64encode(b'paper').decode()}"]
    order = (
        "See [image 1]",
        "<img",
        " and",
        "<a download",
        "[audio/wav: gone.wav]",
        "<summary>",
        "<strong>Bars",
        "<img",
    )
    assert re.search(".*".join(map(re.escape, order)), text, re.DOTALL)
    assert "default-src 'none'" in text
