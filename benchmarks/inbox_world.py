"""A company with many conversations, written straight into a database: for the console's figures and pictures."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Engine, insert
from sqlmodel import SQLModel

from bot.records import Address, Agent, Case, Contact, Conversation, DeadlineRow, Message
from bot.records.base import table_of

CHANNELS = (
    ("whatsapp", "whatsapp"),
    ("email", "support-mail"),
    ("sms", "sms"),
    ("webchat", "chat"),
    ("telegram", "telegram"),
)
_FIRST = (
    "Amina",
    "Yacine",
    "Karim",
    "Nadia",
    "Sofiane",
    "Lila",
    "أمينة",
    "يوسف",
    "خديجة",
    "Mehdi",
    "Claire",
    "Hugo",
)
_LAST = (
    "Benali",
    "Haddad",
    "Cherif",
    "Mansouri",
    "Dupont",
    "بن علي",
    "حداد",
    "Zerrouki",
    "Amrani",
    "Khelifi",
)
_SAID = (
    ("fr", "Bonjour, où en est ma commande de briques B8 ? Elle devait arriver mardi."),
    ("fr", "La moitié de la palette est cassée, je veux une solution rapidement."),
    ("fr", "Merci pour votre réponse, c'est parfait."),
    ("ar", "السلام عليكم، أريد معرفة سعر الطوب B12 مع التوصيل إلى سطيف"),
    ("ar", "لم تصلني الطلبية إلى حد الآن، أرجو الرد"),
    ("en", "Hello, could you send me the technical sheet of the B12 brick?"),
    ("fr", "Quels sont vos horaires d'ouverture le samedi ?"),
)
_ANSWERED = "Merci pour votre message. Nous regardons cela et revenons vers vous."
BATCH = 2_000


def fill(engine: Engine, conversations: int, now: datetime, *, messages: int = 4, seed: int = 7) -> None:
    """`conversations` of as many contacts, the newest now; one in twenty waits for people, one in forty complains."""
    dice = random.Random(seed)
    with engine.begin() as connection:
        agents = [
            {"id": f"agent-{n:02}", "name": f"{_FIRST[n % 6]} {_LAST[n % 5]}", "email": f"a{n}@example.org",
             "roles": ["agent"], "desk_id": None, "active": True, "created_at": now}
            for n in range(6)
        ]  # fmt: skip
        connection.execute(insert(table_of(Agent)), agents)
    for start in range(0, conversations, BATCH):
        rows: dict[Any, list[dict[str, Any]]] = {
            model: [] for model in (Contact, Address, Conversation, Message, Case, DeadlineRow)
        }
        for number in range(start, min(start + BATCH, conversations)):
            _one(rows, number, now - timedelta(minutes=number * 3), now, messages, dice)
        with engine.begin() as connection:
            for model, found in rows.items():
                if found:
                    connection.execute(insert(table_of(model)), found)


def _one(
    rows: dict[Any, list[dict[str, Any]]],
    number: int,
    at: datetime,
    now: datetime,
    messages: int,
    dice: random.Random,
) -> None:
    channel, account = CHANNELS[number % len(CHANNELS)]
    language, said = _SAID[dice.randrange(len(_SAID))]
    waits, complains = number % 20 == 3, number % 40 == 7
    one = f"{number:032x}"
    address = f"+2137{number:08}" if channel in ("sms", "whatsapp") else f"client{number}@example.org"
    name = f"{dice.choice(_FIRST)} {dice.choice(_LAST)}"
    rows[Contact].append(_row(Contact, id=one, name=name, language=language, source_channel=channel, stage="regular",
        tags=[], fields={}, created_at=at - timedelta(days=200), updated_at=at))  # fmt: skip
    rows[Address].append(_row(Address, id=one, contact_id=one, channel=channel, value=address, created_at=at))
    rows[Conversation].append(_row(Conversation, id=one, account_id=account, thread=address, channel=channel,
        address=address, contact_id=one, owner="queue" if waits else "bot", desk_id="sales" if waits else None,
        language=language, state={}, subject="", last_seq=messages, created_at=at, last_inbound_at=at))  # fmt: skip
    for seq in range(1, messages + 1):
        inbound = seq % 2 == 1 or seq == messages
        rows[Message].append(_row(Message, id=f"{number:024x}{seq:08x}", conversation_id=one, seq=seq,
            direction="in" if inbound else "out", author="contact" if inbound else "bot",
            text=said if inbound else _ANSWERED, attachments=[], buttons=[], language=language,
            decided_by="" if inbound else "faq",
            created_at=at - timedelta(minutes=messages - seq)))  # fmt: skip
    if complains:
        due = now + timedelta(hours=dice.randrange(-20, 120))
        rows[Case].append(_row(Case, id=one, reference=f"RC-2026-{number:06}", contact_id=one, conversation_id=one,
            channel=channel, phase="resolution", desk_id="complaints", summary=said, object="delivery", evidence=[],
            notes=[], received_at=at, opened_at=at, due_at=due, due_explanation=""))  # fmt: skip
    if waits or complains:
        due = now + timedelta(minutes=dice.randrange(-90, 3000))
        rows[DeadlineRow].append(_row(DeadlineRow, id=one, key=f"conversation:{one}:next_answer", kind="next_answer",
            case_id=one if complains else None, conversation_id=one, desk_id="sales", rule={"minutes": 240},
            started_at=at, due_at=due, explanation={}, next_at=due, history=[]))  # fmt: skip


@cache
def _blank(model: type[SQLModel]) -> dict[str, Any]:
    """What a row holds that nobody filled in; making a record for each takes ten times as long."""
    return {
        name: field.get_default() for name, field in model.model_fields.items() if not field.is_required()
    }


def _row(model: type[SQLModel], **values: Any) -> dict[str, Any]:
    return {**_blank(model), **values}
