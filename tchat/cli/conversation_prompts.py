"""A template made of a conversation: what was asked last is its prompt, what was said before are its examples."""

import asyncio

from tchat.cli.asking import find_conversation
from tchat.cli.narration import say
from tchat.domain.errors import UsageError
from tchat.engine.sent import sent_for
from tchat.runtime import Runtime
from tchat.templates.writing import template_of


def template_from(conversation: str) -> str:
    """Return the TOML of a template that asks what a conversation asked last.

    Raises:
        NotFound: there is no such conversation.
        UsageError: it has no reply.
    """
    return asyncio.run(_template_from(conversation))


async def _template_from(conversation: str) -> str:
    runtime = Runtime.open()
    try:
        found = await find_conversation(runtime, conversation)
        path = await (await runtime.store()).path(found.leaf_id) if found.leaf_id else ()
        reply = next((message for message in reversed(path) if message.reply), None)
        if reply is None:
            raise UsageError(f"the conversation {found.id} has no reply yet")
        sent = await sent_for(await runtime.engine(), reply.id)
    finally:
        await runtime.aclose()
    of_the_wire = sent.wire.notes if sent.wire else ()
    for note in sent.notes:
        if note not in of_the_wire:
            say(note)
    return template_of(sent.request)
