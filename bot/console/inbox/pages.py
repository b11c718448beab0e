"""The inbox at `/console/inbox`, and one conversation in it at `/console/inbox/<conversation>`."""

from __future__ import annotations

from bot.console import NavEntry, Visit, page
from bot.console.inbox.room import Room
from bot.inbox import listing

ROLES = {"agent", "complaint_manager", "manager"}


async def waiting(visit: Visit) -> int:
    """How many conversations wait for somebody to take them."""
    now = visit.clock.now()
    counted = await visit.store.read(lambda session: listing.counts(session, visit.user.agent_id, now))
    return counted.of("unassigned", visit.user.agent_id) + counted.of("mine", visit.user.agent_id)


@page(
    "/inbox",
    title="inbox.title",
    roles=ROLES,
    nav=NavEntry(order=10, icon="inbox", key="i", badge=waiting),
    wide=True,
)
async def inbox(visit: Visit) -> None:
    """The list, and a place for a conversation."""
    await Room(visit).build()


@page("/inbox/{conversation_id}", title="inbox.title", roles=ROLES, wide=True)
async def conversation(visit: Visit, conversation_id: str) -> None:
    """The list with one conversation open."""
    await Room(visit).build(conversation_id)
