"""How a complaint ends, begins again, and what is learnt from it: close, withdraw, reopen, merge, review, archive.

source: CO-07, CO-09, CO-11, E26
"""

from __future__ import annotations

from sqlalchemy import select

from bot import case_asks as asks
from bot.case_acts import open_forwards
from bot.case_work import Work, access_case
from bot.records import Case, CaseLink, PreventiveAction
from bot.records.base import table_of
from bot.store.changes import NotPossible

_links = table_of(CaseLink).c


def close(work: Work, ask: asks.Close) -> None:
    if ask.outcome is not None:
        work.case.outcome = work.case.outcome or ask.outcome
    work.step("close", ask.note, outcome=work.case.outcome)
    ended(work, "closed")
    work.tell("complaint/closed")
    work.stop(f"case:{work.case.reference}:keep_in_touch")  # which the telling has set


def withdraw(work: Work, ask: asks.Withdraw) -> None:
    work.step("withdraw", ask.note)
    work.case.outcome = "withdrawn"
    ended(work, "withdrawn by the customer")


def ended(work: Work, why: str) -> None:
    """It is over: nothing more is due, nobody is asked or reminded."""
    case = work.case
    case.closed, case.closed_at, case.waiting_at = True, work.now, None
    work.tools.deadlines.cancel(work.session, case.id, at=work.now, why=why)
    for item in open_forwards(work):
        item.answered_at, item.answered_by = work.now, work.doer.name
        work.stop(f"forward:{item.id}:remind")
    work.stop(f"case:{case.reference}:followup", f"case:{case.reference}:keep_in_touch")


def reopen(work: Work, ask: asks.Reopen) -> None:
    work.step("reopen", ask.reason)
    case = work.case
    case.closed, case.closed_at, case.answered_at, case.outcome = False, None, None, ""
    case.reviewer, case.satisfied = "", None
    case.reopened += 1
    work.start_again()
    work.tell("complaint/reopened", due_at=case.due_at)


def merge(work: Work, ask: asks.Merge) -> None:
    """The case ends; its words, files and history are found from the one that lives on."""
    case = work.case
    if ask.into == case.reference:
        raise NotPossible("a case can't be merged into itself")
    other = access_case(work.session, ask.into)
    if other.contact_id != case.contact_id:
        raise NotPossible(
            f"{ask.into} is another customer's: link them, or say first that the customers are one person"
        )
    if other.closed:
        raise NotPossible(f"{ask.into} is closed: merge the closed one into the open one")
    work.step("merge", into=other.reference)
    case.outcome = "merged"
    entry = {"at": work.now.isoformat(), "by": "contact", "text": case.summary}
    other.notes = [*other.notes, entry, *case.notes]
    other.evidence = [*other.evidence, *(file for file in case.evidence if file not in other.evidence)]
    if case.due_at < other.due_at:  # the older promise stands
        work.move_due(other, case.due_at, f"merged with {case.reference}")
    other.version += 1
    _link(work, other, case, "merged", "")
    ended(work, f"merged into {other.reference}")


def link(work: Work, ask: asks.Link) -> None:
    if ask.other == work.case.reference:
        raise NotPossible("a case can't be linked with itself")
    other = access_case(work.session, ask.other)
    work.step("link", ask.note, other=other.reference, kind=ask.kind)
    _link(work, work.case, other, ask.kind, ask.note)


def _link(work: Work, one: Case, other: Case, kind: str, words: str) -> None:
    pair = (one.id, other.id)
    known = work.session.scalar(select(_links.id).where(_links.case_id.in_(pair), _links.other_id.in_(pair)))
    if known is not None:
        raise NotPossible(f"{one.reference} and {other.reference} are linked already")
    work.session.add(
        CaseLink(
            id=work.tools.ids.new(),
            case_id=one.id,
            other_id=other.id,
            kind=kind,
            note=words,
            created_by=work.doer.name,
            created_at=work.now,
        )
    )


def review(work: Work, ask: asks.Review) -> None:
    work.step("review", ask.note)
    work.case.reviewer = work.doer.name


def archive(work: Work, ask: asks.Archive) -> None:
    work.step("archive", ask.note)
    work.case.archived_at = work.now


def mark_mystery(work: Work, ask: asks.Mystery) -> None:
    work.step("mark_mystery", mystery=ask.mystery)
    work.case.mystery = ask.mystery


def prevent(work: Work, ask: asks.Prevent) -> None:
    case, new_id = work.case, work.tools.ids.new()
    work.step("prevent", ask.title, preventive_action=new_id)
    work.session.add(
        PreventiveAction(
            id=new_id,
            key=new_id,
            title=ask.title,
            cause=case.cause,
            product=case.product,
            zone=case.zone,
            cases=[case.id],
            owner=ask.owner,
            due_on=ask.due_on,
            created_by=work.doer.name,
            created_at=work.now,
        )
    )
