"""The complaint desk at `/console/complaints`, one complaint at `/console/complaints/<reference>`, and its books."""

from __future__ import annotations

from bot.console import NavEntry, Visit, page
from bot.console.complaints.books import draw_ledger, draw_preventions, draw_register
from bot.console.complaints.case_page import CasePage
from bot.console.complaints.desk_list import DeskList
from bot.console.complaints.listing import count_waiting
from bot.console.complaints.seeing import HANDLERS, ROLES, viewer_of


async def waiting(visit: Visit) -> int:
    """How many complaints nobody has taken; for a department, how many wait for its answer."""
    viewer = viewer_of(visit.user)
    return await visit.store.read(lambda session: count_waiting(session, viewer))


@page(
    "/complaints",
    title="complaints.title",
    roles=ROLES,
    nav=NavEntry(order=20, icon="complaint", key="c", badge=waiting),
)
async def complaints(visit: Visit) -> None:
    """What is owed first on top."""
    await DeskList(visit).build()


@page("/complaints/register", title="complaints.register.title", roles=HANDLERS)
async def register(visit: Visit) -> None:
    """The central register of a period."""
    await draw_register(visit)


@page("/complaints/prevention", title="complaints.prevention.title", roles=HANDLERS)
async def prevention(visit: Visit) -> None:
    """What is done so that causes don't come back."""
    await draw_preventions(visit)


@page("/complaints/{reference}", title="complaints.title", roles=ROLES)
async def complaint(visit: Visit, reference: str) -> None:
    """One complaint, by reference or id."""
    await CasePage(visit, reference).build()


@page("/complaints/{reference}/ledger", title="complaints.ledger.title", roles=HANDLERS)
async def ledger(visit: Visit, reference: str) -> None:
    """The proof of its conversation."""
    await draw_ledger(visit, reference)
