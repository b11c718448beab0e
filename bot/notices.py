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

    def people_of(self, desk: str) -> tuple[tuple[str, str], ...]:
        """The (account, address) pairs of a desk that are told."""
        return self._house.desks[self._house.desk(desk)].notify

    def tell_desk(
        self,
        session: Session,
        desk: str,
        key: str,
        reason: str,
        due_at: datetime | None,
        *,
        reference: str = "",
    ) -> None:
        """Queue one notice a person of the desk; once for a key."""
        for number, person in enumerate(self.people_of(desk)):
            self.tell(session, person, f"{key}:desk{number}", reason, due_at, reference=reference)

    def tell(
        self,
        session: Session,
        person: tuple[str, str],
        key: str,
        reason: str,
        due_at: datetime | None,
        *,
        reference: str = "",
        not_before: datetime | None = None,
        answers: tuple[str, str] = ("", ""),
    ) -> None:
        """Queue one notice for a person, to go out `not_before` an instant; once for a key.

        `answers`: the provider id and the subject of the message it answers.
        """
        if session.scalar(select(_outbox.id).where(_outbox.key == key)) is not None:
            return
        now = self._clock.now()
        account, address = person
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
                "reference": reference,
                "due_at": due_at,
            },
        )
        body = {"text": rendered.text, "subject": rendered.subject, "language": rendered.language}
        if answers[0]:
            body |= {"reply_to": answers[0], "answers_subject": answers[1]}
        session.add(
            OutboxMessage(
                id=self._ids.new(),
                key=key,
                account_id=account,
                thread=address,
                to=address,
                body=body,
                purpose="service",
                priority=PRIORITY["service"],
                status="queued",
                next_at=max(now, not_before or now),
                created_at=now,
            )
        )
