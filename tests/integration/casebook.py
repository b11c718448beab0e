"""A company's book of complaints, drawn at random but with a seed: for figures, the report and the register."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session
from sqlmodel import SQLModel

from bot.clock import ManualClock
from bot.ids import IdMaker
from bot.records import (
    AuditEntry,
    Case,
    CaseEvent,
    Compensation,
    Contact,
    Conversation,
    DeadlineRow,
    Message,
    ReceiptOwed,
    SurveyAnswer,
)
from bot.records.base import table_of

CHANNELS = ("email", "whatsapp", "sms", "telegram", "webchat")
PRODUCTS = ("B8", "B12", "Hourdis 16", "")
ZONES = ("Béjaïa", "Alger", "Sétif", "Tizi Ouzou", "")
CAUSES = ("transport", "cuisson", "chargement", "facturation", "retard fournisseur", "")
OBJECTS = ("quality", "delivery", "packaging", "price", "other")
NAMES = (
    "Karim Benali", "Amina Haddad", "سليم بوعلام", "Nadia Cherif", "Société de construction des Hauts Plateaux",
    "Yacine Ould-Ali", "Lamia Saïdi", "Omar Tebboub", "=Rachid", "Farid Amrani",
)  # fmt: skip
OWNERS = ("Samira K.", "Mourad B.", "")


@dataclass
class Book:
    """Rows by table, and what was drawn."""

    rows: dict[type[SQLModel], list[dict[str, Any]]] = field(default_factory=dict)

    def add(self, model: type[SQLModel], **values: Any) -> dict[str, Any]:
        defaults = {
            name: info.default
            for name, info in model.model_fields.items()
            if not info.is_required() and info.default is not None
        }
        row = {column.name: None for column in table_of(model).columns} | defaults | values
        for column in table_of(model).columns:
            if row[column.name] is None and not column.nullable and str(column.type) == "JSON":
                row[column.name] = []
        self.rows.setdefault(model, []).append(row)
        return row

    def of(self, model: type[SQLModel]) -> list[dict[str, Any]]:
        return self.rows.get(model, [])

    def write(self, session: Session) -> None:
        for model, rows in self.rows.items():
            table = table_of(model)
            named = [{key: row[key] for key in row if key in table.c} for row in rows]
            for start in range(0, len(named), 2_000):
                session.execute(insert(table), named[start : start + 2_000])


class Draw:
    """Makes a book. The same seed draws the same book."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.clock = ManualClock(datetime(2026, 1, 1, tzinfo=UTC))
        self.ids = IdMaker(self.clock)
        self.book = Book()
        self.number = 0

    def new_id(self, at: datetime) -> str:
        self.clock.advance(at - self.clock.now())
        made = IdMaker(self.clock)
        return made.new()

    def contacts(self, names: Sequence[str], at: datetime) -> list[dict[str, Any]]:
        return [
            self.book.add(
                Contact,
                id=self.new_id(at),
                name=name,
                language="fr",
                source_channel="email",
                created_at=at,
                updated_at=at,
            )
            for name in names
        ]

    def case(self, contact: dict[str, Any], at: datetime, now: datetime, **more: Any) -> dict[str, Any]:
        """One complaint with all that belongs to it, as it stands at `now`."""
        draw, self.number = self.random, self.number + 1
        conversation = self._conversation(contact, at, now)
        answered = at + timedelta(hours=draw.expovariate(1 / 60))
        due = at + timedelta(days=7)
        done = answered <= now
        case = self.book.add(
            Case,
            **(
                {
                    "id": self.new_id(at),
                    "reference": f"RC-{at.year}-{self.number:06d}",
                    "contact_id": contact["id"],
                    "conversation_id": conversation["id"],
                    "channel": conversation["channel"],
                    "phase": "cloture" if done else "resolution",
                    "closed": done,
                    "desk_id": draw.choice(("complaints", "sales")),
                    "summary": "Palettes livrées cassées; deux rangs manquent.",
                    "object": draw.choice(OBJECTS),
                    "product": draw.choice(PRODUCTS),
                    "order_ref": f"CMD-{draw.randint(1000, 9999)}",
                    "remedy": "remplacement",
                    "angry": draw.random() < 0.2,
                    "zone": draw.choice(ZONES),
                    "cause": draw.choices(CAUSES, (9, 6, 3, 2, 1, 4))[0] if done else "",
                    "owner": draw.choice(OWNERS),
                    "outcome": "settled" if done else "",
                    "mystery": draw.random() < 0.05,
                    "reopened": int(done and draw.random() < 0.1),
                    "satisfied": draw.choice((True, True, True, False, None)) if done else None,
                    "evidence": [],
                    "notes": [],
                    "received_at": at,
                    "opened_at": at,
                    "due_at": due,
                    "due_explanation": "",
                    "answered_at": answered if done else None,
                    "closed_at": answered if done else None,
                }
                | more
            ),
        )
        self._around(case, conversation, at, now)
        if case["answered_at"] is not None:
            self._event(case, "answer", case["answered_at"])
            if case["reopened"] and self.number % 2:  # opened again, and waiting for the next answer
                self._event(case, "reopen", case["answered_at"] + timedelta(minutes=5))
                case |= {"answered_at": None, "closed": False, "closed_at": None}
        return case

    def _event(self, case: dict[str, Any], action: str, at: datetime) -> None:
        self.book.add(
            CaseEvent,
            id=self.new_id(at),
            case_id=case["id"],
            at=at,
            actor="Samira K.",
            action=action,
            detail={},
        )

    def _conversation(self, contact: dict[str, Any], at: datetime, now: datetime) -> dict[str, Any]:
        channel = self.random.choice(CHANNELS)
        conversation_id = self.new_id(at)
        row = self.book.add(
            Conversation,
            id=conversation_id,
            account_id=channel,
            thread=conversation_id,
            channel=channel,
            address="+213555000101",
            contact_id=contact["id"],
            state={},
            created_at=at,
            last_inbound_at=at,
            last_seq=2,
        )
        self._message(row, 1, "in", "contact", at)
        self._message(
            row, 2, "out", self.random.choice(("bot", "bot", "Samira K.")), at + timedelta(seconds=9)
        )
        return row

    def _message(
        self, conversation: dict[str, Any], seq: int, direction: str, author: str, at: datetime
    ) -> None:
        self.book.add(
            Message,
            id=self.new_id(at),
            conversation_id=conversation["id"],
            seq=seq,
            direction=direction,
            author=author,
            text="…",
            attachments=[],
            buttons=[],
            created_at=at,
        )

    def question(self, contact: dict[str, Any], at: datetime, now: datetime) -> None:
        """A conversation without a complaint."""
        conversation = self._conversation(contact, at, now)
        if self.random.random() < 0.3:
            self.book.add(
                AuditEntry,
                id=self.new_id(at),
                at=at,
                actor="bot",
                action="handed_over",
                object_kind="conversation",
                object_id=conversation["id"],
                detail={},
            )

    def _around(
        self, case: dict[str, Any], conversation: dict[str, Any], at: datetime, now: datetime
    ) -> None:
        draw = self.random
        self._receipt(case, conversation, at)
        self._deadline(case, "resolution", at, case["due_at"], case["answered_at"], now)
        first = at + timedelta(hours=draw.expovariate(1 / 9))
        self._deadline(case, "first_answer", at, at + timedelta(days=1), first if first <= now else None, now)
        if draw.random() < 0.1:
            self._event(case, "transfer", at)
        if case["closed"]:
            self._afterwards(case)

    def _receipt(self, case: dict[str, Any], conversation: dict[str, Any], at: datetime) -> None:
        late = self.random.random() < 0.02
        took = timedelta(seconds=400 if late else self.random.uniform(0.4, 8))
        self.book.add(
            ReceiptOwed,
            journal_id=self.new_id(at),
            conversation_id=conversation["id"],
            channel=conversation["channel"],
            received_at=at,
            due_at=at + timedelta(seconds=60),
            alert_at=at + timedelta(seconds=40),
            acknowledged_at=None if self.random.random() < 0.01 else at + took,
        )

    def _deadline(
        self,
        case: dict[str, Any],
        kind: str,
        at: datetime,
        due: datetime,
        met: datetime | None,
        now: datetime,
    ) -> None:
        status = "running" if met is None else "met" if met <= due else "missed"
        if self.random.random() < 0.04:
            status, met = self.random.choice((("paused", None), ("cancelled", None)))
        self.book.add(
            DeadlineRow,
            id=self.new_id(at),
            key=f"case:{case['id']}:{kind}",
            kind=kind,
            case_id=case["id"],
            conversation_id=case["conversation_id"],
            desk_id=case["desk_id"],
            rule={"days": 5},
            started_at=at,
            due_at=due,
            explanation={},
            status=status,
            next_at=due,
            breached_at=due if due < now and (met is None or met > due) else None,
            met_at=met,
            history=[],
        )

    def _afterwards(self, case: dict[str, Any]) -> None:
        draw, at = self.random, case["closed_at"]
        if draw.random() < 0.3:
            self.book.add(
                Compensation,
                id=self.new_id(at),
                case_id=case["id"],
                contact_id=case["contact_id"],
                kind=draw.choice(("refund", "exchange", "discount")),
                description="avoir",
                cost=Decimal(draw.randint(5, 400) * 100),
                currency=draw.choices(("DZD", "EUR"), (9, 1))[0],
                status=draw.choice(("granted", "granted", "refused", "proposed")),
                proposed_by="Samira K.",
                proposed_at=at,
                decided_at=at,
            )
        if draw.random() < 0.5:
            self.book.add(
                SurveyAnswer,
                id=self.new_id(at),
                case_id=case["id"],
                contact_id=case["contact_id"],
                question="satisfaction",
                value="",
                score=draw.choice((1, 2, 3, 4, 4, 5, 5, 5)),
                channel=case["channel"],
                at=at + timedelta(hours=2),
            )


def draw_book(seed: int, *, cases: int, first: datetime, now: datetime, questions: int = 0) -> Book:
    """So many complaints, and conversations without one, between two instants."""
    draw = Draw(seed)
    people = draw.contacts(NAMES, first)
    length = (now - first).total_seconds()
    for _ in range(cases):
        at = first + timedelta(seconds=draw.random.uniform(0, length))
        draw.case(draw.random.choice(people), at, now)
    for _ in range(questions):
        at = first + timedelta(seconds=draw.random.uniform(0, length))
        draw.question(draw.random.choice(people), at, now)
    return draw.book
