"""Looks up, before a turn is decided, what is free and what is booked: only where the turn may be about it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from bot.appointment_rows import agenda_of, new_token
from bot.appointments.wish import may_concern
from bot.dialogue.appointment_words import MEMORY
from bot.dialogue.company import Company
from bot.dialogue.talk import joined
from bot.dialogue.turn import Turn
from bot.ids import IdMaker
from bot.store.port import Store


class AppointmentHearing:
    """Gives a turn its agenda; a read for the few messages that want one."""

    def __init__(
        self,
        store: Store,
        company: Company,
        ids: IdMaker,
        then: Callable[[Turn], Awaitable[Turn]],
    ) -> None:
        self._store = store
        self._book = company.appointments
        self._timezone = str(company.calendar.timezone)
        self._ids = ids
        self._then = then

    async def __call__(self, turn: Turn) -> Turn:
        turn = await self._then(turn)
        if not self._book or turn.owner != "bot" or not turn.said or not _concerns(turn):
            return turn
        agenda = await self._store.read(
            lambda session: agenda_of(
                session,
                turn.contact.id,
                self._book,
                self._timezone,
                now=turn.now,
                new_id=self._ids.new(),
                new_token=new_token(),
            )
        )
        return replace(turn, agenda=agenda)


def _concerns(turn: Turn) -> bool:
    asked = any(one.question == "appointment" for one in turn.asked)
    return asked or MEMORY in turn.state or may_concern(joined(turn.said))
