"""What a complaint waits for: who is next, what its phase still lacks, and which acts make sense now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bot.complaints.lifecycle import CLOTURE, ENREGISTREMENT, EXPLOITATION, RESOLUTION, SUIVI, same_person
from bot.console.complaints.reading import Whole

ACTION_OF: Final[Mapping[str, str]] = {
    "department-answer": "department_answer",
    "answered": "answer",
    "fault": "find_fault",
    "cause": "find_cause",
    "faith": "find_good_faith",
    "mystery": "mark_mystery",
}
"""Acts whose step in the table has another name; "faith" needs more when it is bad."""

SENDS: Final = frozenset({"plan", "inform", "answer", "wait", "grant", "refuse", "close", "reopen"})
"""Acts that write to the customer."""
TELLS: Final = frozenset({"forward"})
"""Acts that write to colleagues."""


def action_of(act: str) -> str:
    return ACTION_OF.get(act, act)


@dataclass(frozen=True, slots=True)
class Next:
    """Who is to act: a key of the words, a name, until when."""

    key: str
    name: str = ""
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """A line of the checklist: a key of the words, whether it is done, whether the next phase needs it."""

    key: str
    done: bool
    needed: bool = False
    act: str = ""  # which would do it


def waits_for_approval(whole: Whole) -> Sequence[Any]:
    return [one for one in whole.compensations if one.status == "proposed" and one.needs_approval]


def asked_forwards(whole: Whole) -> Sequence[Any]:
    """What departments owe."""
    return [one for one in whole.forwards if not one.copied and one.answered_at is None]


def next_of(whole: Whole) -> Next:
    """Who is to act next, the one that everything else waits for first."""
    case = whole.case
    if case.closed:
        return _next_of_closed(whole)
    if case.waiting_at is not None:
        return Next("customer", whole.customer)
    if proposed := waits_for_approval(whole):
        return Next("approver", proposed[0].proposed_by)
    if asked := asked_forwards(whole):
        return Next("department", asked[0].desk_id, due_of(whole, f"forward:{asked[0].id}"))
    if not case.owner:
        return Next("nobody", until=case.due_at)
    if case.answered_at is not None:
        return Next("closer", case.owner)
    return Next("owner", case.owner, case.due_at)


def _next_of_closed(whole: Whole) -> Next:
    case = whole.case
    if case.archived_at is not None or case.outcome == "merged":
        return Next("over")
    if not case.cause:
        return Next("cause", case.owner)
    return Next("archivist") if case.reviewer else Next("reviewer", case.owner)


def due_of(whole: Whole, key: str) -> datetime | None:
    found = next((clock for clock in whole.clocks if clock.key == key), None)
    return found.due_at if found else None


def checklist(whole: Whole) -> Sequence[Check]:
    """What the phase asks for, in the order in which it is done."""
    case = whole.case
    coded = Check("qualified", whole.qualified, act="qualify")
    owned = Check("owned", bool(case.owner), act="take")
    lists: Mapping[str, Sequence[Check]] = {
        ENREGISTREMENT: (
            Check("told", case.told_at is not None),
            coded,
            Check("placed", bool(case.product and case.zone), act="qualify"),
            owned,
            Check("begun", False, True, "plan"),
        ),
        RESOLUTION: (
            owned,
            coded,
            Check("planned", bool(case.plan), act="plan"),
            Check("departments", not asked_forwards(whole)),
            Check("customer_back", case.waiting_at is None),
            Check("fault", case.fault != "undetermined", act="fault"),
            Check("decided", not waits_for_approval(whole)),
            Check("answered", case.answered_at is not None, True, "answer"),
        ),
        CLOTURE: (
            Check("answered", case.answered_at is not None, True, "answer"),
            Check("given", not _owed_compensations(whole)),
            Check("satisfied", case.satisfied is not None),
            Check("outcome", bool(case.outcome), True, "close"),
            Check("closed", False, True, "close"),
        ),
        SUIVI: (
            Check("satisfied", case.satisfied is not None),
            Check("cause", bool(case.cause), True, "cause"),
            Check("prevention", bool(whole.prevention), act="prevent"),
            Check("reviewed", bool(case.reviewer), True, "review"),
        ),
        EXPLOITATION: (
            Check("cause", bool(case.cause), True, "cause"),
            Check("reviewed", bool(case.reviewer), True, "review"),
            Check("prevention", bool(whole.prevention), act="prevent"),
            Check("prevention_done", all(one.status != "open" for one in whole.prevention)),
            Check("archived", case.archived_at is not None, True, "archive"),
        ),
    }
    return lists.get(case.phase, ())


def _owed_compensations(whole: Whole) -> Sequence[Any]:
    """Said yes to, and not given yet."""
    return [one for one in whole.compensations if one.status == "approved"]


@dataclass(frozen=True, slots=True)
class Offered:
    """An act on the page: possible when nothing stands against it."""

    act: str
    against: tuple[str, ...] = ()


GROUPS: Final[Mapping[str, Sequence[str]]] = {
    "treat": ("take", "assign", "qualify", "plan", "forward", "department-answer", "note"),
    "customer": ("answer", "inform", "wait", "resume", "answered"),
    "justice": ("fault", "faith", "propose", "conciliate", "refuse"),
    "end": ("close", "withdraw", "reopen", "merge", "link"),
    "learn": ("cause", "prevent", "review", "archive", "mystery"),
}
"""All acts, as the page groups them."""
FIRST: Final[Mapping[str, Sequence[str]]] = {
    ENREGISTREMENT: ("take", "qualify", "forward", "answer"),
    RESOLUTION: ("take", "answer", "inform", "forward"),
    CLOTURE: ("close", "inform", "reopen"),
    SUIVI: ("cause", "review", "reopen"),
    EXPLOITATION: ("cause", "review", "archive"),
}
"""What one mostly does in a phase: shown without a menu."""


def offered(whole: Whole, act: str) -> Offered:
    """Whether an act is possible, and why not: codes for the words."""
    against = list(whole.against[action_of(act)])
    if act == "department-answer" and not against and not asked_forwards(whole):
        against.append("nothing_asked")
    if act == "take" and not against and whole.case.owner == whole.doer.name:
        against.append("yours")
    if act == "propose" and not against and whole.case.faith == "bad":
        against.append("bad_faith")
    return Offered(act, tuple(against))


def first_acts(whole: Whole, viewer_desk: str) -> Sequence[Offered]:
    """The buttons that stand open: those of the phase that are possible."""
    acts = ("department-answer", "note") if viewer_desk else FIRST.get(whole.case.phase, ())
    return [each for act in acts if not (each := offered(whole, act)).against]


def grouped_acts(whole: Whole, viewer_desk: str) -> Mapping[str, Sequence[Offered]]:
    """All acts by group; a department is shown its own."""
    if viewer_desk:
        return {"treat": [offered(whole, act) for act in ("department-answer", "note", "prevent")]}
    return {group: [offered(whole, act) for act in acts] for group, acts in GROUPS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What may be done with a compensation now."""

    decide: tuple[str, ...]  # against approving or declining
    grant: tuple[str, ...]  # against giving it


def decision_on(whole: Whole, one: Any) -> Decision:
    decide = list(whole.against["approve"])
    if one.status != "proposed":
        decide.append("decided")
    elif not decide and same_person(whole.doer.name, one.proposed_by):
        decide.append("proposer")
    grant = list(whole.against["grant"])
    if one.status == "proposed" and one.needs_approval:
        grant.append("approval")
    elif one.status not in ("proposed", "approved"):
        grant.append("decided")
    return Decision(decide=tuple(decide), grant=tuple(grant))
