"""Tells the people of a desk, by the accounts and addresses of `desks.<id>.notify`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import Clock
from bot.ids import IdMaker
from bot.plans import House
from bot.records import OutboxMessage
from bot.records.base import table_of
from bot.store.plan import PRIORITY
from bot.templating import Templates
from channels.port import Door

_outbox = table_of(OutboxMessage).c


class Notices:
    """Queues internal messages inside somebody else's transaction."""

    def __init__(
        self, house: House, templates: Templates, doors: Mapping[str, Door], ids: IdMaker, clock: Clock
    ) -> None:
        self._house = house
        self._templates = templates
        self._doors = doors
        self._ids = ids
        self._clock = clock

    def tell_desk(self, session: Session, desk: str, key: str, reason: str, due_at: datetime | None) -> None:
        """Queue one notice a person of the desk; once for a key."""
        now = self._clock.now()
        for number, (account, address) in enumerate(self._house.desks[self._house.desk(desk)].notify):
            notice_key = f"{key}:desk{number}"
            if session.scalar(select(_outbox.id).where(_outbox.key == notice_key)) is not None:
                continue
            door = self._doors.get(account)
            rendered = self._templates.render(
                "alert/agent",
                language=self._house.language,
                channel=door.kind if door else "",
                variables={
                    "kind": key.partition(":")[0],
                    "contact": "",
                    "channel_name": "",
                    "reason": reason,
                    "reference": "",
                    "due_at": due_at,
                },
            )
            session.add(
                OutboxMessage(
                    id=self._ids.new(),
                    key=notice_key,
                    account_id=account,
                    thread=address,
                    to=address,
                    body={
                        "text": rendered.text,
                        "subject": rendered.subject,
                        "language": rendered.language,
                    },
                    purpose="service",
                    priority=PRIORITY["service"],
                    status="queued",
                    next_at=now,
                    created_at=now,
                )
            )
