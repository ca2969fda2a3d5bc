"""From the words of the command line to what the engine is asked: the message, its place, its model."""

from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import replace

from tchat.cli import stdin
from tchat.domain.conversation import Conversation, StoredMessage
from tchat.domain.errors import NotFound, UsageError
from tchat.domain.interleaving import interleaved
from tchat.domain.message import Message
from tchat.domain.request import Settings
from tchat.domain.text import encodable
from tchat.engine.fitting_in import Fit
from tchat.engine.session import Ask
from tchat.media.attaching import Attacher
from tchat.media.attachment import Attached, Pdf, Source, decode
from tchat.media.kinds import media_type
from tchat.runtime import Runtime
from tchat.threads import in_background


class Wanted(Struct, frozen=True, kw_only=True):
    """What the command line asks for."""

    question: str
    model: str | None = None
    system: str | None = None
    settings: Settings = Settings()
    attachments: tuple[str, ...] = ()
    """Paths, URLs, `clipboard`, or `-` for standard input."""
    pdf: Pdf = "file"
    """As what PDFs are sent."""
    links: bool = False
    """Whether the provider is handed addresses instead of what they hold."""
    go_on: bool = False
    """Whether to continue the last conversation."""
    conversation: str | None = None
    """The conversation to continue, by id."""
    fit: Fit = "refuse"
    """What is done when the conversation does not fit the model."""
    waits: bool = False
    """Whether standard input is waited for, however long it is silent."""


async def read_message(runtime: Runtime, wanted: Wanted, note: Callable[[str], None]) -> Message | None:
    """Return the user's message: attachments where their marks stand in the question, else before it; None if empty.

    What was piped in follows the question if it is a text, and is an attachment if it is not.

    Raises:
        AttachmentError: an attachment or the input cannot be read.
    """
    piped = await in_background(lambda: _piped(wanted, note)) if stdin.is_piped() else None
    attacher = Attacher(runtime.blobs, runtime.fetching, runtime.environ, pdf=wanted.pdf, links=wanted.links)
    attached: list[Attached] = []
    for name in wanted.attachments:
        if name == "-" and piped is None:
            raise UsageError("-a - takes standard input, and nothing was piped in")
        attached += await attacher.attach(piped if name == "-" and piped is not None else name)
    text = wanted.question
    if piped is not None and "-" not in wanted.attachments:
        if media_type(piped.data):
            attached += await attacher.attach(piped)
        else:
            text = "\n\n".join(piece for piece in (text, decode(piped).rstrip("\n")) if piece.strip())
    parts = interleaved(encodable(text) if text.strip() else "", attached)
    return Message("user", parts) if parts else None


def _piped(wanted: Wanted, note: Callable[[str], None]) -> Source | None:
    data = stdin.read_piped(note, wait=wanted.waits or "-" in wanted.attachments)
    return Source(data, "standard input") if data else None


async def place(runtime: Runtime, wanted: Wanted, message: Message) -> Ask:
    """Return what to ask: in a conversation that goes on, its model and system prompt hold unless others are named.

    Raises:
        NotFound: there is no such conversation, or none at all.
    """
    config = runtime.config
    settings = wanted.settings
    if settings.effort is None and config.effort is not None:
        settings = replace(settings, effort=config.effort)
    if not wanted.go_on and wanted.conversation is None:
        return Ask(
            ref=runtime.resolve(wanted.model),
            message=message,
            system=wanted.system or config.system,
            settings=settings,
            fit=wanted.fit,
        )
    conversation = await find_conversation(runtime, wanted.conversation)
    last = await _last_reply(runtime, conversation)
    reply = last.reply if last else None
    model = wanted.model or (f"{reply.provider}/{reply.model}" if reply else None)
    return Ask(
        ref=runtime.resolve(model),
        message=message,
        conversation_id=conversation.id,
        parent_id=conversation.leaf_id,
        system=wanted.system or (reply.system if reply else config.system),
        settings=settings,
        fit=wanted.fit,
    )


async def find_conversation(runtime: Runtime, name: str | None) -> Conversation:
    """Return the conversation of an id or the beginning of one; the last one for None.

    Raises:
        NotFound: there is none.
    """
    store = await runtime.store()
    if name is not None:
        return await store.conversation(name)
    last = await store.last()
    if last is None:
        raise NotFound("there is no conversation yet", hint='begin one: tchat "question"')
    return last


async def _last_reply(runtime: Runtime, conversation: Conversation) -> StoredMessage | None:
    if conversation.leaf_id is None:
        return None
    path = await (await runtime.store()).path(conversation.leaf_id)
    return next((message for message in reversed(path) if message.reply), None)
