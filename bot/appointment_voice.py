"""What a contact is told about an appointment outside of a turn: queued in the act's own transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.appointment_rows import zone_of_contact
from bot.appointments.kinds import Book
from bot.appointments.words import when_words
from bot.config import Config
from bot.dialogue.appointment_words import MEMORY
from bot.ids import IdMaker
from bot.plans import House
from bot.reaching import way_to
from bot.records import Address, Appointment, Contact, Conversation, Message, OutboxMessage
from bot.records.base import table_of
from bot.store.changes import raise_alert
from bot.store.plan import PRIORITY
from bot.templating import Templates
from channels.port import Door

_addresses = table_of(Address).c
_WRITTEN_TO = ("email", "sms")
"""Channels on which somebody may be written to who has not written first."""

Words = Callable[[str, Callable[[datetime], str]], Mapping[str, Any]]
"""From the language and what says a moment in it to a template's variables."""


class AppointmentVoice:
    """Speaks in the contact's language, by the contact's clock, where they are reached."""

    def __init__(
        self,
        config: Config,
        house: House,
        book: Book,
        templates: Templates,
        doors: Mapping[str, Door],
        ids: IdMaker,
    ) -> None:
        self._company = config.company
        self._house = house
        self._book = book
        self._templates = templates
        self._doors = doors
        self._ids = ids

    def usual(self, one: Appointment, **more: Any) -> Words:
        """The variables that most templates have."""

        def words(language: str, when: Callable[[datetime], str]) -> dict[str, Any]:
            return {"kind": self.kind_name(one.kind, language), "when": when(one.starts_at), **more}

        return words

    def kind_name(self, kind_id: str, language: str) -> str:
        kind = self._book.kinds.get(kind_id)
        return kind.name(language) if kind else kind_id

    def tell(
        self,
        session: Session,
        one: Appointment,
        template: str,
        words: Words,
        *,
        key: str,
        now: datetime,
        author: str = "bot",
        memory: Mapping[str, Any] | None = None,
        offered: tuple[str, ...] = (),
    ) -> bool:
        """Queue a message; False where nobody is reached, and people are shown the words instead.

        A person's own act goes out whoever holds the conversation; what the bot says of itself does not talk over
        people. `memory` is the question that the message asks, with the values of its numbered answers.
        """
        contact = session.get(Contact, one.contact_id)
        way = way_to(session, one, self._doors, now)
        talk = way.conversation if way else self._first_talk(session, one, contact, now)
        language = (
            (talk.language if talk else "") or (contact.language if contact else "") or self._house.language
        )
        zone = zone_of_contact(session, one.contact_id, self._company.timezone)

        def when(moment: datetime) -> str:
            return when_words(
                moment, language, zone, company_zone=self._company.zone, country=self._company.country
            )

        name = contact.name if contact else ""
        variables = {"name": name, **words(language, when)}
        channel = talk.channel if talk else "email"
        rendered = self._templates.render(template, language=language, channel=channel, variables=variables)
        door = self._doors.get(talk.account_id) if talk else None
        if talk is None or door is None or (talk.owner != "bot" and author == "bot"):
            self._suggest(session, one, talk, rendered.text, key, now)
            return False
        session.refresh(talk, with_for_update=True)
        for number, text in enumerate(door.split(rendered.text)):
            body: dict[str, Any] = {"text": text, "language": rendered.language}
            body |= self._thread_of(talk, door, template, variables, language)
            if rendered.subject:
                body["subject"] = rendered.subject
            if author != "bot":
                body["author"] = author
            self._queue(session, talk, body, template, f"{key}:{number}", author, now)
        if memory is not None:
            kept = {name: value for name, value in talk.state.items() if name not in ("offered", "misses")}
            talk.state = {
                **kept,
                MEMORY: {"asked_at": now.isoformat(), **memory},
                **({"offered": list(offered)} if offered else {}),
            }
        talk.version += 1
        return True

    def _first_talk(
        self, session: Session, one: Appointment, contact: Contact | None, now: datetime
    ) -> Conversation | None:
        """Where they have never written: a conversation at the first address that we can write to."""
        kinds: dict[str, str] = {}
        for account_id, door in self._doors.items():
            kinds.setdefault(door.kind, account_id)
        found = session.scalars(
            select(Address)
            .where(_addresses.contact_id == one.contact_id, _addresses.state == "ok")
            .order_by(_addresses.channel)  # a mail before a text message
        )
        address = next(
            (each for each in found if each.channel in _WRITTEN_TO and each.channel in kinds), None
        )
        if address is None or contact is None:
            return None
        talk = Conversation(
            id=self._ids.new(),
            account_id=kinds[address.channel],
            thread=address.value,
            channel=address.channel,
            address=address.value,
            contact_id=contact.id,
            language=contact.language,
            state={},
            created_at=now,
            last_inbound_at=now,
        )
        session.add(talk)
        session.flush()
        return talk

    def _suggest(
        self, session: Session, one: Appointment, talk: Conversation | None, text: str, key: str, now: datetime
    ) -> None:  # fmt: skip
        raise_alert(
            session,
            self._ids.new(),
            key=f"suggestion:{key}",
            kind="suggestion",
            reason=text,
            now=now,
            conversation_id=talk.id if talk else one.conversation_id,
            desk_id=self._house.desk(self._book.desk),
        )

    def _thread_of(
        self, talk: Conversation, door: Door, template: str, variables: Mapping[str, Any], language: str
    ) -> dict[str, Any]:
        """What channels with threads or with a window need besides the text."""
        more: dict[str, Any] = {}
        if door.capabilities.threads:
            more |= {"reply_to": talk.last_heard, "answers_subject": talk.subject}
        if door.capabilities.window_s:
            more |= {
                "heard_at": talk.last_inbound_at.isoformat(),
                "template": template,
                "variables": self._templates.in_words(variables, language),
            }
        return more

    def _queue(
        self,
        session: Session,
        talk: Conversation,
        body: dict[str, Any],
        template: str,
        key: str,
        author: str,
        now: datetime,
    ) -> None:
        message_id = self._ids.new()
        talk.last_seq += 1
        session.add(
            Message(
                id=message_id,
                conversation_id=talk.id,
                seq=talk.last_seq,
                direction="out",
                author=author,
                text=body["text"],
                subject=body.get("subject", ""),
                language=body["language"],
                attachments=[],
                buttons=[],
                template=template,
                decided_by="appointment" if author == "bot" else author,
                created_at=now,
            )
        )
        purpose = "service" if author == "bot" else "reply"
        session.add(
            OutboxMessage(
                id=message_id,
                key=key,
                conversation_id=talk.id,
                message_id=message_id,
                account_id=talk.account_id,
                thread=talk.thread,
                to=talk.address,
                body=body,
                purpose=purpose,
                priority=PRIORITY[purpose],
                epoch=talk.epoch if purpose == "service" else None,
                status="queued",
                next_at=now,
                created_at=now,
            )
        )
