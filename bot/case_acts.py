"""Handling a complaint: qualify, take, plan, forward, ask back, answer. Each function is one act of one person.

source: CO-05, CO-06, CO-13, CO-21, CO-22
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import select

from bot import case_asks as asks
from bot.case_work import Work, forward_key
from bot.complaints.lifecycle import ENREGISTREMENT, check_desk
from bot.records import CaseForward
from bot.records.base import table_of
from bot.store.changes import NotPossible
from channels.port import Attachment

_forwards = table_of(CaseForward).c
FOLLOWUP = "case.followup"
REMIND = "forward.remind"


def qualify(work: Work, ask: asks.Qualify) -> None:
    given = ask.model_dump(exclude_none=True, exclude={"agent", "version"})
    if not given:
        raise NotPossible("nothing was given to qualify it with")
    before = {name: getattr(work.case, name) for name in given}
    for name, value in given.items():
        setattr(work.case, name, value)
    work.step("qualify", before=before, after=given)


def take(work: Work, ask: asks.Take) -> None:
    before, work.case.owner = work.case.owner, work.doer.name
    work.step("take", before=before)


def assign(work: Work, ask: asks.Assign) -> None:
    before, work.case.owner = work.case.owner, ask.owner
    if ask.desk is not None:
        work.case.desk_id = work.desk(ask.desk)
    work.step("assign", owner=ask.owner, before=before, desk=work.case.desk_id)


def plan(work: Work, ask: asks.Plan) -> None:
    work.step("plan", ask.plan)
    work.case.plan = ask.plan
    work.spoken()
    work.tell("complaint/plan", owner=work.case.owner, plan=ask.plan, due_at=work.case.due_at)


def forward(work: Work, ask: asks.Forward) -> None:
    desk = work.desk(ask.desk)
    if _open_forward(work, desk) is not None:
        raise NotPossible(f"the desk {desk} has it already and has not answered yet")
    first = work.case.phase == ENREGISTREMENT
    work.step("forward", ask.question, desk=desk)
    item = _hand_on(work, desk, ask.question, copied=False)
    due_at = work.start_department(item.id, desk)
    _notify(work, item, f"forward:{item.id}", due_at)
    work.call(f"forward:{item.id}:remind", REMIND, _remind_at(work), forward=item.id)
    if first:
        work.tell("complaint/forwarded", desk=desk, due_at=work.case.due_at)


def department_answer(work: Work, ask: asks.DepartmentAnswer) -> None:
    check_desk(work.doer, ask.desk)
    item = _open_forward(work, ask.desk)
    if item is None:
        raise NotPossible(f"the desk {ask.desk} was asked nothing that it has not answered")
    work.step("department_answer", ask.answer, desk=ask.desk)
    settle(work, item, ask.answer)
    work.alert(f"department_answer:{item.id}", "hand_over", f"{work.desk_name(ask.desk)}: {ask.answer}")


def answer(work: Work, ask: asks.Answer) -> None:
    if ask.key is not None and work.was_done("answer", ask.key):
        return
    desks = [work.desk(desk) for desk in dict.fromkeys(ask.copy_to)]
    work.step("answer", ask.text, key=ask.key or "")
    work.case.outcome = ask.outcome or work.case.outcome
    work.tell("complaint/answer", owed=True, answer=ask.text, agent=work.doer.name)
    for desk in desks:
        work.step("copy", desk=desk)
        item = _hand_on(work, desk, ask.text, copied=True)
        _notify(work, item, f"copy:{item.id}", None)
    was_answered(work)


def answered(work: Work, ask: asks.Answered) -> None:
    work.step("answer", ask.note, elsewhere=True)
    was_answered(work)


def was_answered(work: Work) -> None:
    """The clocks stop, and the customer is asked some days later whether all is well. source: SC, domain §6"""
    case = work.case
    case.answered_at, case.waiting_at = work.now, None
    work.resolved()
    for item in open_forwards(work):
        settle(work, item, "")
    due_at = work.after_days(work.rules.followup_days)
    work.wake(f"case:{case.reference}:followup", FOLLOWUP, due_at)
    work.stop(f"case:{case.reference}:keep_in_touch")


def inform(work: Work, ask: asks.Inform) -> None:
    """How it stands, in a person's words. source: CO-21, CO-22"""
    case = work.case
    if ask.key is not None and work.was_done("inform", ask.key):
        return
    work.step("inform", ask.text, key=ask.key or "")
    work.spoken()
    promised = case.due_at if case.answered_at is None and case.due_at > work.now else None
    work.tell("complaint/progress", owed=True, text=ask.text, agent=work.doer.name, due_at=promised)


def wait(work: Work, ask: asks.Wait) -> None:
    work.step("wait", ask.question)
    work.case.waiting_at = work.now
    work.spoken()
    work.tools.deadlines.pause(work.session, work.case.id, at=work.now, why="waiting for the customer")
    work.tell("complaint/waiting", owed=True, question=ask.question)
    work.stop(f"case:{work.case.reference}:keep_in_touch")


def resume(work: Work, ask: asks.Resume) -> None:
    work.step("resume", ask.note)
    work.case.waiting_at = None
    work.go_on("the customer has answered")


def note(work: Work, ask: asks.Note) -> None:
    work.step("note", ask.text)
    entry = {"at": work.now.isoformat(), "by": work.doer.name, "text": ask.text}
    work.case.notes = [*work.case.notes, entry]


def attach(work: Work, file: Attachment) -> None:
    """A paper that came with a letter or over the counter; the same one once more changes nothing. source: CO-03"""
    known = {each["ref"] for each in work.case.evidence}
    if file.ref not in known:
        work.step("attach", file.name, ref=file.ref, mime=file.mime, size=file.size)
        work.case.evidence = [*work.case.evidence, asdict(file)]


def remind(work: Work, forward_id: str) -> datetime | None:
    """Tell a department again that it holds a complaint; when to do so once more. source: CO-13"""
    item = work.session.get(CaseForward, forward_id)
    if item is None or item.answered_at is not None or work.case.closed:
        return None
    if work.case.waiting_at is None:  # while we wait for the customer nobody is pressed
        item.reminders += 1
        work.audit("department_reminded", "case", work.case.id, {"desk": item.desk_id, "no": item.reminders})
        due_at = work.due_of(forward_key(item.id))
        _notify(work, item, f"reminder:{item.id}:{item.reminders}", due_at)
    return _remind_at(work)


def open_forwards(work: Work) -> list[CaseForward]:
    query = select(CaseForward).where(
        _forwards.case_id == work.case.id, _forwards.answered_at.is_(None), ~_forwards.copied
    )
    return list(work.session.scalars(query))


def _open_forward(work: Work, desk: str) -> CaseForward | None:
    return next((item for item in open_forwards(work) if item.desk_id == desk), None)


def settle(work: Work, item: CaseForward, words: str) -> None:
    """The department owes nothing more."""
    item.answer, item.answered_by, item.answered_at = words, work.doer.name, work.now
    work.tools.deadlines.meet(work.session, forward_key(item.id), at=work.now)
    work.stop(f"forward:{item.id}:remind")


def _hand_on(work: Work, desk: str, words: str, *, copied: bool) -> CaseForward:
    item = CaseForward(
        id=work.tools.ids.new(),
        case_id=work.case.id,
        desk_id=desk,
        copied=copied,
        question=words,
        asked_by=work.doer.name,
        asked_at=work.now,
    )
    work.session.add(item)
    return item


def _notify(work: Work, item: CaseForward, key: str, due_at: datetime | None) -> None:
    """The people of the desk are told what the matter is; the customer's name and address stay here."""
    what, reference = f"{item.question}\n\n“{work.case.summary}”", work.case.reference
    work.tools.notices.tell_desk(work.session, item.desk_id, key, what, due_at, reference=reference)


def _remind_at(work: Work) -> datetime:
    return work.after_days(work.rules.remind_days)
