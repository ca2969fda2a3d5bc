"""A conversation as one web page that needs nothing else: its attachments are within it.

Law: the page loads nothing and runs nothing, whatever a model wrote; its own policy forbids it, too.
"""

import base64
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING

from tchat.domain.conversation import Conversation, StoredMessage
from tchat.domain.message import Attachment, AudioPart, DocumentPart, ImagePart, TextPart, VideoPart
from tchat.domain.text import one_line, printable
from tchat.store.exporting import ExportedFile, heading_of

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

_POLICY = "default-src 'none'; img-src data:; media-src data:; style-src 'unsafe-inline'"
_STYLE = """
:root { color-scheme: light dark; --muted: color-mix(in srgb, currentColor 60%, transparent); }
body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.55 system-ui, sans-serif; }
article { margin: 2.2rem 0; }
h2 { font-size: .85rem; font-weight: 600; color: var(--muted); }
.said { white-space: pre-wrap; }
figure { margin: 1rem 0; }
figcaption, .state { font-size: .85rem; color: var(--muted); }
img, video { max-width: 100%; height: auto; }
audio { width: 100%; }
details { margin: 1rem 0; color: var(--muted); }
pre { overflow-x: auto; padding: .8rem; border: 1px solid var(--muted); border-radius: .3rem; }
code { font-family: ui-monospace, monospace; font-size: .92em; }
table { border-collapse: collapse; }
td, th { border: 1px solid var(--muted); padding: .25rem .6rem; }
blockquote { margin: 1rem 0; padding-left: 1rem; border-left: 3px solid var(--muted); }
"""


def to_html(
    conversation: Conversation, messages: Sequence[StoredMessage], files: Mapping[str, ExportedFile]
) -> Iterator[str]:
    """Yield a conversation with these messages (a branch or the tree) as pieces of a page of HTML.

    Args:
        conversation: with its title.
        messages: in their order.
        files: the attachments by digest; what is not there is named.
    """
    from markdown_it import MarkdownIt

    markdown = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable("image")
    title = escape(one_line(conversation.title))
    yield f'<!doctype html>\n<html>\n<head>\n<meta charset="utf-8">\n<title>{title}</title>\n'
    yield f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
    yield '<meta name="viewport" content="width=device-width">\n<meta name="generator" content="tchat">\n'
    yield f"<style>{_STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n"
    numbers = {message.id: number for number, message in enumerate(messages, 1)}
    for number, message in enumerate(messages, 1):
        above = numbers.get(message.parent_id or "", 0)
        yield f'<article dir="auto">\n<h2>{escape(heading_of(message, number, above))}</h2>\n'
        yield from _body(message, files, markdown)
        yield "</article>\n"
    yield "</body>\n</html>\n"


def _body(stored: StoredMessage, files: Mapping[str, ExportedFile], markdown: "MarkdownIt") -> Iterator[str]:
    reply = stored.reply
    if reply is not None and reply.reasoning:
        thought = escape(printable(reply.reasoning))
        yield f'<details><summary>reasoning</summary><div class="said">{thought}</div></details>\n'
    for part in stored.message.parts:
        if isinstance(part, TextPart):
            text = printable(part.text)
            yield f'<div class="said">{escape(text)}</div>\n' if reply is None else markdown.render(text)
        elif isinstance(part, Attachment):
            yield from _attached(part, files.get(part.digest))
    if stored.summary is not None:
        model = escape(f"{one_line(stored.summary.provider)}/{one_line(stored.summary.model)}")
        yield f'<p class="state">Sent in place of everything above from here on, by {model}:</p>\n'
        yield markdown.render(printable(stored.summary.text))


def _attached(part: Attachment, file: ExportedFile | None) -> Iterator[str]:
    """Yield an attachment as what a browser shows of it, or its name."""
    name = escape(one_line(part.name) or part.url or part.media_type)
    if file is None:
        yield f'<p class="state">[{escape(one_line(part.media_type))}: {name}]</p>\n'
        return
    source = f"data:{escape(one_line(file.media_type))};base64,{base64.b64encode(file.data).decode()}"
    caption = f"<figcaption>{name}</figcaption>"
    match part:
        case ImagePart():
            shown = f'<img src="{source}" alt="{name}">{caption}'
        case AudioPart():
            shown = f'<audio controls src="{source}"></audio>{caption}'
        case VideoPart():
            shown = f'<video controls src="{source}"></video>{caption}'
        case DocumentPart():
            shown = f'<a download="{name}" href="{source}">{name}</a>'
    yield f"<figure>{shown}</figure>\n"
