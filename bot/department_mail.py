"""A department answers a complaint by replying to the notice it got: the reply never reaches the dialogue.

Which complaint is meant is told by the message of ours that the reply names, which channels prove (a signed address or
Message-ID). Who may answer for a desk: its addresses of `desks.<id>.notify`, and colleagues of that desk by their own.
source: CO-06, CO-13
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot import case_acts
from bot.case_work import Work
from bot.complaints.lifecycle import CLOTURE, RESOLUTION, Doer
from bot.ids import IdMaker
from bot.plans import Heard, timer_row
from bot.records import Agent, CaseForward, OutboxMessage, Timer
from bot.records.base import table_of
from bot.store.port import Entry, Store, TurnCommit

log = structlog.get_logger()

_outbox = table_of(OutboxMessage).c
_timers = table_of(Timer).c

DEPARTMENT_MAIL: Final = "department.mail"
"""Timer kind: a reply to a department's notice waits to be written into its case."""
THANKS: Final = "department_thanks"
_NOTICES = ("forward", "reminder", "copy", THANKS)  # begin the keys of what a department was sent
_ANSWERS = ("department_answer", "note", "department_stranger", "department_machine")

_WORDS: Mapping[str, Mapping[str, str]] = {
    "fr": {
        "thanks": "Merci : votre réponse est notée dans le dossier et la personne en charge est prévenue. Rien n’a "
        "été envoyé au client.",
        "late": "Merci : ce dossier avait déjà sa réponse. Vos mots y sont notés et la personne en charge les lira.",
        "files": "Pièces jointes : ",
        "stranger": "réponse venue d’une adresse que ce service n’a pas, à vérifier avant de s’en servir",
    },
    "ar": {
        "thanks": "شكرا: سُجّل جوابكم في الملف وأُخبر المكلَّف به. ولم يُرسَل شيء إلى الزبون.",
        "late": "شكرا: كان لهذا الملف جواب من قبل. سُجّلت كلماتكم فيه وسيقرؤها المكلَّف به.",
        "files": "المرفقات: ",
        "stranger": "جواب من عنوان ليس لهذه المصلحة، يجب التحقق منه قبل استعماله",
    },
    "en": {
        "thanks": "Thank you: your answer is written down in the file, and whoever is in charge is told. Nothing was "
        "sent to the customer.",
        "late": "Thank you: this file had its answer already. Your words are kept in it, and whoever is in charge "
        "will read them.",
        "files": "Files: ",
        "stranger": "a reply from an address that is not this desk's: check before you use it",
    },
}


class DepartmentMail:
    """Takes such replies out of the lanes, and leaves them to be written into their case at once."""

    def __init__(self, store: Store, ids: IdMaker) -> None:
        self._store = store
        self._ids = ids

    async def takes(self, entry: Entry, heard: Heard) -> bool:
        """Whether it was one; then it is settled here, in one commit with what is to be done about it."""
        message = heard.message
        if not message.reply_to:
            return False
        key = await self._store.read(lambda session: _notice(session, entry.account_id, message.reply_to))
        kind, _, rest = key.partition(":")
        forward = rest.partition(":")[0]
        if kind not in _NOTICES:
            return False
        payload = {
            "forward": forward,
            "copied": kind == "copy",
            "journal": entry.id,
            "account": entry.account_id,
            "sender": message.sender,
            "sender_name": message.sender_name,
            "mail": message.provider_id,
            "subject": message.subject,
            "text": message.text,
            "files": [asdict(file) for file in message.attachments],
            "automatic": message.automatic,
        }
        now = heard.received_at
        timer = timer_row(self._ids.new(), DEPARTMENT_MAIL, f"mail:{entry.id}", now, payload, now=now)
        await self._store.commit(
            TurnCommit(
                account_id=entry.account_id,
                thread=entry.thread,
                journal_ids=(entry.id,),
                conversation=None,
                set_timers=[timer],
            )
        )
        log.info("department_replied", account=entry.account_id, entry=entry.id)
        return True


def _notice(session: Session, account_id: str, provider_id: str) -> str:
    """The key of the message that is answered, "" when we sent none of that name to a colleague."""
    query = select(_outbox.key).where(
        _outbox.account_id == account_id,
        _outbox.provider_id == provider_id,
        _outbox.conversation_id.is_(None),
    )
    return session.scalars(query).first() or ""


def case_of(session: Session, payload: Mapping[str, Any]) -> str:
    """The id of the case that a reply is about, "" when it is no more."""
    item = session.get(CaseForward, payload["forward"])
    return item.case_id if item is not None else ""


def receive(work: Work, payload: Mapping[str, Any]) -> None:
    """Write a reply into its case: as the department's answer, a word of theirs, or what a stranger sent."""
    item = work.session.get(CaseForward, payload["forward"])
    if item is None or any(work.was_done(action, payload["journal"]) for action in _ANSWERS):
        return
    doer = _doer(work, item.desk_id, payload)
    if payload["automatic"]:
        _machine(work, item, payload)
    elif doer is None:
        _stranger(work, item, payload)
    else:
        work.doer = doer
        _colleague(work, item, payload)
    key = f"mail:{payload['journal']}"
    work.session.execute(update(table_of(Timer)).where(_timers.key == key).values(payload={"done": True}))


def _doer(work: Work, desk: str, payload: Mapping[str, Any]) -> Doer | None:
    """Whoever may speak for the desk from this address; None for everybody else."""
    sender, account = payload["sender"], payload["account"]
    agents = [agent for agent in work.session.scalars(select(Agent)) if _same(agent.email, sender)]
    if any(not agent.active for agent in agents):
        return None
    told = any(_same(to, sender) and of == account for of, to in work.tools.notices.people_of(desk))
    if not told and not any(agent.desk_id == desk for agent in agents):
        return None
    name = agents[0].name if agents else payload["sender_name"] or sender
    return Doer(name=name, roles=frozenset({"department"}), desk=desk)


def _same(one: str, other: str) -> bool:
    """One address, also where one of them bears a "+tag"."""
    return _bare(one) == _bare(other)


def _bare(address: str) -> str:
    local, at, domain = address.strip().casefold().rpartition("@")
    return f"{local.partition('+')[0] or local}{at}{domain}"


def _colleague(work: Work, item: CaseForward, payload: Mapping[str, Any]) -> None:
    words, detail = _words(work, payload), _detail(item, payload)
    asked = item.answered_at is None and not item.copied
    in_time = asked and work.case.phase in (RESOLUTION, CLOTURE)
    work.step("department_answer" if in_time else "note", words, **detail)
    known = {file["ref"] for file in work.case.evidence}
    fresh = [file for file in payload["files"] if file["ref"] not in known]
    if fresh:
        work.case.evidence = [*work.case.evidence, *fresh]
    if in_time:
        case_acts.settle(work, item, words)
    reason = f"{work.desk_name(item.desk_id)} ({work.doer.name}): {words}"
    work.alert(f"department_answer:{item.id}:{payload['journal']}", "hand_over", reason)
    if not payload["copied"]:
        _thank(work, item, payload, "thanks" if in_time else "late")


def _thank(work: Work, item: CaseForward, payload: Mapping[str, Any], what: str) -> None:
    """Once a forward, so that two machines never thank each other without end."""
    work.tools.notices.tell(
        work.session,
        (payload["account"], payload["sender"]),
        f"{THANKS}:{item.id}",
        _say(work, what),
        None,
        reference=work.case.reference,
        answers=(payload["mail"], payload["subject"]),
    )


def _stranger(work: Work, item: CaseForward, payload: Mapping[str, Any]) -> None:
    """Shown to the desk in charge of the complaint; it answers nothing."""
    words = f"{_say(work, 'stranger')} ({payload['sender']}): {_words(work, payload)}"
    work.step("note", words, **_detail(item, payload), files=payload["files"])
    work.alert(f"department_stranger:{payload['journal']}", "hand_over", words)


def _machine(work: Work, item: CaseForward, payload: Mapping[str, Any]) -> None:
    """An absence notice answers nothing, and is kept. source: RFC 3834 §2"""
    detail = {**_detail(item, payload), "text": payload["text"][:2_000], "why": payload["automatic"]}
    work.audit("department_machine", "case", work.case.id, detail)


def _detail(item: CaseForward, payload: Mapping[str, Any]) -> dict[str, Any]:
    return {"desk": item.desk_id, "key": payload["journal"], "by": "email", "sender": payload["sender"]}


def _words(work: Work, payload: Mapping[str, Any]) -> str:
    """What they wrote now, without what they quoted; the names of the files where they wrote nothing."""
    text: str = payload["text"].strip()
    if text:
        return text
    names = ", ".join(file["name"] or file["kind"] for file in payload["files"])
    return _say(work, "files") + names if names else payload["subject"] or "…"


def _say(work: Work, what: str) -> str:
    return _WORDS.get(work.tools.house.language, _WORDS["en"])[what]
