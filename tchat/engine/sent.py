"""The exact request of a turn: rebuilt for a reply that is stored, composed for what would be sent next.

Nothing is sent and nothing is stored. What cannot be known any more is said.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager

from msgspec import Struct
from msgspec.structs import replace

from tchat.domain.conversation import Reply, StoredMessage
from tchat.domain.errors import MissingKey, NotFound, TchatError
from tchat.domain.message import Message
from tchat.domain.model import ModelRef
from tchat.domain.request import Inline, Payload, Request
from tchat.domain.usage import Usage
from tchat.engine.replaying import replayable
from tchat.engine.retelling import retold
from tchat.engine.session import Ask, Engine, Surroundings
from tchat.providers.base import Provider, WireRequest
from tchat.providers.fitting import fit
from tchat.threads import in_background


class Sent(Struct, frozen=True, kw_only=True):
    """A request and what is known of it."""

    request: Request
    wire: WireRequest | None
    """As the provider gets it; None where it cannot be spelled, which `notes` explain."""
    is_next: bool = False
    """Whether it has not been sent yet."""
    usage: Usage = Usage()
    """What the provider counted."""
    notes: tuple[str, ...] = ()
    """Where it may differ from what went out, and what was changed for the model: one sentence each."""


async def sent_for(engine: Engine, reply_id: str) -> Sent:
    """Return the request that a stored reply answers.

    Raises:
        NotFound: there is no such reply.
        StoreError: the database cannot be read.
        ConfigError: its provider is not configured any more.
    """
    world = engine.surroundings
    *history, last = await world.log.path(reply_id)
    reply = last.reply
    if reply is None:
        raise NotFound("only a reply has a request", hint="choose the model's message")
    ref = ModelRef(reply.provider, reply.model)
    facts = world.facts(ref)
    history = [*retold(history, facts, is_answered=False)[0]]
    settings = reply.settings if reply.seconds is not None else fit(reply.settings, facts).settings
    messages, notes = await _messages(world, history, last, ref)
    request = Request(facts=facts, messages=messages, system=reply.system, settings=settings)
    request, missing = await in_background(lambda: _with_payloads(world, request))
    wire, why_not = await _wire(world, request)
    notes = (*_unsent(reply), *notes, *missing, *why_not)
    return Sent(request=request, wire=wire, usage=reply.usage, notes=notes)


async def sent_next(engine: Engine, ask: Ask) -> Sent:
    """Return the request that a turn would begin with.

    Raises:
        AttachmentError: the model does not take an attachment, or one is gone.
        StoreError: the database cannot be read.
        ConfigError: the provider is not configured.
    """
    world = engine.surroundings
    history = await world.log.path(ask.parent_id) if ask.parent_id else ()
    account = await _account(world, ask.ref)
    facts = world.facts(ask.ref)
    request, notices = await in_background(lambda: engine.compose(ask, history, facts, account))
    wire, why_not = await _wire(world, request)
    return Sent(request=request, wire=wire, is_next=True, notes=(*notices, *why_not))


async def _messages(
    world: Surroundings, history: list[StoredMessage], last: StoredMessage, ref: ModelRef
) -> tuple[tuple[Message, ...], tuple[str, ...]]:
    """Return the messages as they went out, as far as the key that was in use then is known."""
    system, own = last.reply.system if last.reply else None, last.message.sealed
    account = own.account if own is not None else await _account(world, ref)
    messages, dropped = replayable(history, ref, account, system, asked_at=last.created_at)
    left_out = last.reply.left_out if last.reply else 0
    if left_out:
        return tuple(message.without_sealed() for message in messages[left_out:]), ()
    if not dropped:
        return messages, ()
    turns = "turn" if dropped == 1 else "turns"
    others = {sealed.account for item in history if (sealed := item.message.sealed)} - {account}
    if own is None and any(
        replayable(history, ref, other, system, asked_at=last.created_at)[1] < dropped for other in others
    ):
        return messages, (
            f"{dropped} earlier {turns} may have gone with reasoning state, if another key was in use then",
        )
    return messages, (
        f"{dropped} earlier {turns} went as text: the reasoning state is another model's, key's or prompt's",
    )


async def _account(world: Surroundings, ref: ModelRef) -> str:
    """Return the fingerprint of the key; empty where there is none."""
    try:
        return (await world.connect(ref.provider)).account
    except TchatError:
        return ""


def _with_payloads(world: Surroundings, request: Request) -> tuple[Request, tuple[str, ...]]:
    """Return a request with what goes out for attachments; those that are gone are empty and named."""
    payloads: dict[str, Payload] = {}
    gone: list[str] = []
    for message in request.messages:
        for part in message.attachments:
            try:
                payloads[part.key] = world.media.payload(part, request)
            except TchatError as error:
                payloads[part.key] = Inline(data=b"", media_type=part.media_type)
                gone.append(f"{error.message}: it stands empty here")
    return replace(request, payloads=payloads), tuple(gone)


async def _wire(world: Surroundings, request: Request) -> tuple[WireRequest | None, tuple[str, ...]]:
    """Return the request as its provider gets it, or why it cannot be had."""
    try:
        async with _speller(world, request.facts.provider) as provider:
            wire = await provider.wire(request)
    except TchatError as error:
        hint = f" ({error.hint})" if error.hint else ""
        return None, (f"the request cannot be spelled: {error.message}{hint}",)
    return wire, wire.notes


@asynccontextmanager
async def _speller(world: Surroundings, name: str) -> AsyncGenerator[Provider]:
    """Yield what spells the requests of a provider; a key is not needed for it."""
    try:
        provider = (await world.connect(name)).provider
    except MissingKey:
        async with aclosing(world.keyless(name)) as stand_in:
            yield stand_in
    else:
        yield provider


def _unsent(reply: Reply) -> tuple[str, ...]:
    """Say that a turn ended before anything of it went out."""
    if reply.seconds is not None or reply.state not in ("failed", "stopped"):
        return ()
    return (f"nothing was sent: {reply.failure.message if reply.failure else 'it was stopped before'}",)
