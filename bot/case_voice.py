"""What a customer is told about a complaint outside of a turn: rendered and queued in the act's own transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.ids import IdMaker
from bot.plans import House
from bot.reaching import Way, way_to
from bot.records import Address, Case, Contact, Conversation, Message, OutboxMessage
from bot.records.base import table_of
from bot.store.changes import raise_alert
from bot.store.plan import PRIORITY
from bot.templating import Templates
from channels.port import Door

_addresses = table_of(Address).c

_WRITTEN_TO = ("email", "sms")
"""Channels on which somebody may be written to who has not written first."""


@dataclass(frozen=True, slots=True)
class Said:
    """A message that will be sent: where, why there, and its row in the outbox."""

    conversation_id: str
    channel: str
    because: str
    outbox_id: str


class CaseVoice:
    """Speaks in the customer's language where they are reached."""

    def __init__(self, house: House, templates: Templates, doors: Mapping[str, Door], ids: IdMaker) -> None:
        self._house = house
        self._templates = templates
        self._doors = doors
        self._ids = ids

    def tell(
        self,
        session: Session,
        case: Case,
        template: str,
        variables: Mapping[str, Any],
        *,
        key: str,
        now: datetime,
        author: str = "bot",
        owed: bool = False,
        receipt: bool = False,
    ) -> Said | None:
        """Queue a message about a case; None when it will not be sent.

        `owed`: a person's answer, which goes out whoever holds the conversation. Anything else is shown to the
        people who hold it as words they may use, since the bot never talks over them. So are they where nothing
        reaches the customer.
        """
        way = self.way_to(session, case, now)
        talk = way.conversation.id if way else case.conversation_id
        conversation = session.get(Conversation, talk, with_for_update=True)
        contact = session.get(Contact, case.contact_id)
        if conversation is None:
            return None
        language = conversation.language or (contact.language if contact else "") or self._house.language
        name = contact.name if contact and contact.mode != "discreet" else ""
        given = {"name": name, "reference": case.reference, **variables}
        rendered = self._templates.render(
            template, language=language, channel=conversation.channel, variables=given
        )
        door = self._doors.get(conversation.account_id)
        if way is None or door is None or (conversation.owner != "bot" and not (owed or receipt)):
            self._suggest(session, case, conversation.id, rendered.text, key, now)
            return None
        more = self._thread_of(conversation, door, template, given, language)
        purpose = "receipt" if receipt else "reply" if owed else "service"
        queued = []
        for number, text in enumerate(door.split(rendered.text)):
            body = {"text": text, "language": rendered.language, **more}
            if rendered.subject:
                body["subject"] = rendered.subject
            if author != "bot":
                body["author"] = author
            at = f"{key}:{number}"
            queued.append(self._queue(session, conversation, body, template, at, author, purpose, now))
        conversation.version += 1
        case.told_at = now
        return Said(conversation.id, conversation.channel, way.because, queued[0])

    def way_to(self, session: Session, case: Case, now: datetime) -> Way | None:
        """Where the customer of a case is reached."""
        return way_to(session, case, self._doors, now)

    def reach_first(self, session: Session, case: Case, now: datetime) -> None:
        """Where nobody has written to us yet: a conversation at the first address that we can write to."""
        if self.way_to(session, case, now) is not None:
            return
        kinds: dict[str, str] = {}
        for account_id, door in self._doors.items():
            kinds.setdefault(door.kind, account_id)
        found = session.scalars(
            select(Address)
            .where(_addresses.contact_id == case.contact_id, _addresses.state == "ok")
            .order_by(_addresses.channel)  # a mail before a text message
        )
        address = next((one for one in found if one.channel in _WRITTEN_TO and one.channel in kinds), None)
        contact = session.get(Contact, case.contact_id)
        if address is None or contact is None:
            return
        session.add(
            Conversation(
                id=self._ids.new(),
                account_id=kinds[address.channel],
                thread=address.value,
                channel=address.channel,
                address=address.value,
                contact_id=contact.id,
                language=contact.language,
                state={},
                created_at=now,
                last_inbound_at=case.received_at,
            )
        )
        session.flush()

    def _suggest(
        self, session: Session, case: Case, conversation_id: str, text: str, key: str, now: datetime
    ) -> None:
        raise_alert(
            session,
            self._ids.new(),
            key=f"suggestion:{key}",
            kind="suggestion",
            reason=f"{case.reference}: {text}",
            now=now,
            conversation_id=conversation_id,
            desk_id=case.desk_id,
        )

    def _thread_of(
        self,
        conversation: Conversation,
        door: Door,
        template: str,
        variables: Mapping[str, Any],
        language: str,
    ) -> dict[str, Any]:
        """What channels with threads or with a window need besides the text."""
        more: dict[str, Any] = {}
        if door.capabilities.threads:
            more |= {"reply_to": conversation.last_heard, "answers_subject": conversation.subject}
        if door.capabilities.window_s:
            more |= {
                "heard_at": conversation.last_inbound_at.isoformat(),
                "template": template,
                "variables": self._templates.in_words(variables, language),
            }
        return more

    def _queue(
        self,
        session: Session,
        conversation: Conversation,
        body: dict[str, Any],
        template: str,
        key: str,
        author: str,
        purpose: str,
        now: datetime,
    ) -> str:
        message_id = self._ids.new()
        conversation.last_seq += 1
        session.add(
            Message(
                id=message_id,
                conversation_id=conversation.id,
                seq=conversation.last_seq,
                direction="out",
                author=author,
                text=body["text"],
                subject=body.get("subject", ""),
                language=body["language"],
                attachments=[],
                buttons=[],
                template=template,
                decided_by="case" if author == "bot" else author,
                created_at=now,
            )
        )
        session.add(
            OutboxMessage(
                id=message_id,
                key=key,
                conversation_id=conversation.id,
                message_id=message_id,
                account_id=conversation.account_id,
                thread=conversation.thread,
                to=conversation.address,
                body=body,
                purpose=purpose,
                priority=PRIORITY[purpose],
                epoch=conversation.epoch if purpose == "service" else None,
                status="queued",
                next_at=now,
                created_at=now,
            )
        )
        return message_id
