"""What is right: faith, fault, cause, compensation with approval, conciliation, refusal.

source: CO-11, CO-17 to CO-31, CO-37
"""

from __future__ import annotations

from bot import case_asks as asks
from bot.case_acts import was_answered
from bot.case_work import Work
from bot.compensations import earlier_compensations
from bot.complaints.compensation import why_approval
from bot.complaints.lifecycle import check_approver
from bot.records import Compensation
from bot.store.changes import NotFound, NotPossible

REASONS = {
    "kind": "this kind is always approved by somebody else",
    "cost": "it costs more than one person may grant",
    "repeated": "the customer was compensated repeatedly, a possible opportunistic pattern",
}
"""Why somebody else must say yes: stands in `Compensation.reason`, several joined by "; "."""


def find_faith(work: Work, ask: asks.FindFaith) -> None:
    if ask.faith == "bad" and not ask.evidence:
        raise NotPossible("bad faith needs evidence in words: what shows it, and where it is kept")
    work.step(f"find_{ask.faith}_faith", ask.evidence)
    work.case.faith, work.case.faith_evidence = ask.faith, ask.evidence


def find_fault(work: Work, ask: asks.FindFault) -> None:
    work.step("find_fault", ask.note, fault=ask.fault, before=work.case.fault)
    work.case.fault = ask.fault


def find_cause(work: Work, ask: asks.FindCause) -> None:
    work.step("find_cause", ask.note, cause=ask.cause, before=work.case.cause)
    work.case.cause = ask.cause


def propose(work: Work, ask: asks.Propose) -> None:
    case, rules = work.case, work.rules
    if case.faith == "bad":
        raise NotPossible("no compensation where bad faith was found; good faith must be recorded first")
    reason = _why_approval(work, ask)
    item = Compensation(
        id=work.tools.ids.new(),
        case_id=case.id,
        contact_id=case.contact_id,
        kind=ask.kind,
        description=ask.description,
        cost=ask.cost,
        currency=rules.currency,
        needs_approval=bool(reason),
        reason=reason,
        proposed_by=work.doer.name,
        proposed_at=work.now,
    )
    work.step("propose", ask.description, compensation=item.id, kind=ask.kind, cost=ask.cost, why=reason)
    work.session.add(item)
    if reason:
        words = f"{ask.description} ({ask.cost} {rules.currency}, {work.doer.name})"
        work.alert(f"approval:{item.id}", "approval", words)


def approve(work: Work, ask: asks.Decide) -> None:
    _decided(work, ask, "approve", "approved")


def decline(work: Work, ask: asks.Decide) -> None:
    _decided(work, ask, "decline", "refused")


def _decided(work: Work, ask: asks.Decide, action: str, status: str) -> None:
    item = _compensation(work, ask.compensation)
    if item.status != "proposed":
        raise NotPossible(f"this compensation is {item.status} already")
    work.step(action, ask.reason, compensation=item.id)
    check_approver(work.doer, item.proposed_by)
    item.status, item.decided_by, item.decided_at = status, work.doer.name, work.now
    item.reason = ask.reason or item.reason


def grant(work: Work, ask: asks.Grant) -> None:
    item = _compensation(work, ask.compensation)
    ready = item.status == "approved" or (item.status == "proposed" and not item.needs_approval)
    if not ready:
        lacking = f"it needs approval: {item.reason}" if item.status == "proposed" else f"it is {item.status}"
        raise NotPossible(f"this compensation can't be given: {lacking}")
    work.step("grant", compensation=item.id, cost=item.cost)
    item.status, item.decided_at = "granted", item.decided_at or work.now
    work.tell("complaint/compensation", owed=True, kind=item.kind, description=item.description)


def conciliate(work: Work, ask: asks.Conciliate) -> None:
    work.step("conciliate", ask.note)


def refuse(work: Work, ask: asks.Refuse) -> None:
    work.step("refuse", ask.reason)
    work.case.outcome = "refused"
    work.tell("complaint/refused", owed=True, reason=ask.reason)
    was_answered(work)


def _compensation(work: Work, compensation_id: str) -> Compensation:
    item = work.session.get(Compensation, compensation_id, with_for_update=True)
    if item is None or item.case_id != work.case.id:
        raise NotFound(f"{work.case.reference} has no compensation {compensation_id}")
    return item


def _why_approval(work: Work, ask: asks.Propose) -> str:
    """Why somebody else must say yes, "" where nobody must. source: CO-26, CO-28"""
    case, rules = work.case, work.rules.compensation
    earlier = earlier_compensations(work.session, case.contact_id, work.now - rules.repeat_within)
    reasons = why_approval(ask.kind, ask.cost, earlier, rules, work.now, case_id=case.id)
    return "; ".join(REASONS[reason] for reason in reasons)
