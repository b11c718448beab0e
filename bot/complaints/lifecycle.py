"""The life of a complaint in six phases: one table of what may be done when, by whom, and on which condition.

`check` answers for every act of people and of the bot; what it refuses it explains: what is missing, and who may
do it. source: CO-03 to CO-11, CO-17 to CO-31, CO-37
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

Role = Literal["agent", "complaint_manager", "department", "manager", "system"]

RECUEIL, ENREGISTREMENT, RESOLUTION, CLOTURE, SUIVI, EXPLOITATION = PHASES = (
    "recueil",  # being told, nothing registered yet
    "enregistrement",  # registered: qualified and coded
    "resolution",  # forwarded to a department, or worked on
    "cloture",  # answered: is the customer satisfied again?
    "suivi",  # closed: it counts in the indicators
    "exploitation",  # its cause is known and reviewed: prevention, then the archive
)
ROLES: Final[tuple[Role, ...]] = ("agent", "complaint_manager", "department", "manager", "system")
OPEN: Final = (ENREGISTREMENT, RESOLUTION, CLOTURE)
UNANSWERED: Final = (ENREGISTREMENT, RESOLUTION)
CLOSED: Final = (SUIVI, EXPLOITATION)

OBJECTS: Final = ("price", "quality", "delivery", "packaging", "other")  # source: CO-31
SEVERITIES: Final = ("normal", "serious", "critical")
FAITHS: Final = ("good", "bad")  # source: CO-17, CO-18, CO-24
FAULTS: Final = ("undetermined", "company", "customer")  # source: CO-19, CO-27
COMPENSATIONS: Final = ("refund", "exchange", "service", "discount", "goodwill")  # source: CO-28
OUTCOMES: Final = ("settled", "refused", "withdrawn", "merged")


@dataclass(frozen=True, slots=True, kw_only=True)
class Doer:
    """Who does something: a person by name, the bot, or another system."""

    name: str
    roles: frozenset[str]
    is_person: bool = True
    desk: str = ""  # where they sit; "" where it is not known


BOT: Final = Doer(name="bot", roles=frozenset({"system"}), is_person=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFacts:
    """What the conditions look at."""

    phase: str
    closed: bool = False
    archived: bool = False
    answered: bool = False
    outcome: str = ""
    owner: str = ""
    cause: str = ""
    reviewer: str = ""
    conciliated: bool = False  # conciliation was tried since it was opened or reopened
    waiting: bool = False  # for the customer


class NotAllowed(Exception):
    """This doer may not do it; the text says who may."""


class NotNow(Exception):
    """The case is not ready for it; the text says what is missing."""


Condition = Callable[[CaseFacts, Doer], str]
"""What is missing, "" when nothing is."""


def _answered(facts: CaseFacts, doer: Doer) -> str:
    return "" if facts.answered else "the customer has no answer yet: answer first"


def _outcome(facts: CaseFacts, doer: Doer) -> str:
    return "" if facts.outcome else f"it has no outcome: name one of {', '.join(OUTCOMES[:3])}"


def _owned(facts: CaseFacts, doer: Doer) -> str:
    return "" if facts.owner else "nobody is in charge: take it or assign it first"


def _conciliated(facts: CaseFacts, doer: Doer) -> str:
    return "" if facts.conciliated else "a conciliation must be tried before a refusal: record it first"


def _caused(facts: CaseFacts, doer: Doer) -> str:
    return "" if facts.cause else "its root cause is not known: name it first"


def _not_the_owner(facts: CaseFacts, doer: Doer) -> str:
    return "somebody else than its owner must review it" if same_person(doer.name, facts.owner) else ""


def _reviewed(facts: CaseFacts, doer: Doer) -> str:
    if not facts.reviewer:
        return "nobody has reviewed it yet"
    own = same_person(facts.reviewer, facts.owner)
    return "its reviewer is its owner: somebody else must review it" if own else ""


def _not_archived(facts: CaseFacts, doer: Doer) -> str:
    return "it is archived: open a new complaint and link it" if facts.archived else ""


def _archived_once(facts: CaseFacts, doer: Doer) -> str:
    return "it is archived already" if facts.archived else ""


def _waiting(facts: CaseFacts, doer: Doer) -> str:
    return "" if facts.waiting else "it does not wait for the customer"


def _not_waiting(facts: CaseFacts, doer: Doer) -> str:
    return "it waits for the customer already" if facts.waiting else ""


def _by_a_person(facts: CaseFacts, doer: Doer) -> str:
    return "" if doer.is_person else "a named person must say so, never a program"


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One thing that may be done with a case. `to` is the phase it leads to, "" where it stays."""

    name: str
    what: str  # for errors and papers: "the case can't be … "
    phases: tuple[str, ...]
    roles: tuple[Role, ...]
    to: str = ""
    needs: tuple[Condition, ...] = ()


_HANDLERS: Final[tuple[Role, ...]] = ("agent", "complaint_manager", "manager", "system")
_DECIDERS: Final[tuple[Role, ...]] = ("complaint_manager", "manager", "system")
_BOARD: Final[tuple[Role, ...]] = ("manager", "system")
_PEOPLE: Final[tuple[Role, ...]] = ("agent", "complaint_manager", "manager")


def _table(*actions: Action) -> dict[str, Action]:
    return {action.name: action for action in actions}


ACTIONS: Final = _table(
    Action(name="register", what="registered", phases=(RECUEIL,), roles=_HANDLERS, to=ENREGISTREMENT),
    Action(
        name="qualify", what="qualified", phases=(*OPEN, *CLOSED), roles=_HANDLERS, needs=(_not_archived,)
    ),
    Action(name="take", what="taken in charge", phases=OPEN, roles=_PEOPLE, needs=(_by_a_person,)),
    Action(name="assign", what="assigned", phases=OPEN, roles=_DECIDERS),
    Action(
        name="transfer", what="transferred", phases=(*OPEN, *CLOSED), roles=_DECIDERS, needs=(_not_archived,)
    ),
    Action(
        name="plan", what="planned", phases=UNANSWERED, roles=_HANDLERS, to=RESOLUTION, needs=(_owned,)
    ),
    Action(name="forward", what="forwarded", phases=UNANSWERED, roles=_HANDLERS, to=RESOLUTION),
    Action(
        name="department_answer", what="answered by a department",
        phases=(RESOLUTION, CLOTURE), roles=(*_HANDLERS[:2], "department", "manager", "system"),
    ),
    Action(
        name="wait", what="held for the customer", phases=UNANSWERED, roles=_HANDLERS, to=RESOLUTION,
        needs=(_not_waiting,),
    ),
    Action(name="inform", what="told to the customer", phases=OPEN, roles=_HANDLERS),
    Action(name="resume", what="resumed", phases=UNANSWERED, roles=_HANDLERS, needs=(_waiting,)),
    Action(name="answer", what="answered", phases=OPEN, roles=_HANDLERS, to=CLOTURE),
    Action(name="copy", what="copied to a department", phases=OPEN, roles=_HANDLERS),
    Action(
        name="propose", what="compensated", phases=(RESOLUTION, CLOTURE), roles=_HANDLERS,
    ),
    Action(name="approve", what="given a compensation", phases=(RESOLUTION, CLOTURE), roles=_DECIDERS),
    Action(name="decline", what="denied a compensation", phases=(RESOLUTION, CLOTURE), roles=_DECIDERS),
    Action(name="grant", what="given a compensation", phases=(RESOLUTION, CLOTURE), roles=_HANDLERS),
    Action(name="conciliate", what="conciliated", phases=(RESOLUTION, CLOTURE), roles=_HANDLERS),
    Action(
        name="refuse", what="refused", phases=(RESOLUTION, CLOTURE), roles=_DECIDERS, to=CLOTURE,
        needs=(_conciliated,),
    ),
    Action(
        name="close", what="closed", phases=(CLOTURE,), roles=_HANDLERS, to=SUIVI, needs=(_answered, _outcome)
    ),
    Action(name="withdraw", what="withdrawn", phases=OPEN, roles=_HANDLERS, to=SUIVI),
    Action(
        name="reopen", what="reopened", phases=(CLOTURE, *CLOSED), roles=_HANDLERS, to=RESOLUTION,
        needs=(_not_archived,),
    ),
    Action(name="merge", what="merged", phases=OPEN, roles=_HANDLERS, to=SUIVI),
    Action(name="link", what="linked", phases=(*OPEN, *CLOSED), roles=_HANDLERS),
    Action(name="note", what="noted", phases=(*OPEN, *CLOSED), roles=ROLES),
    Action(
        name="attach", what="given a file", phases=(*OPEN, *CLOSED), roles=ROLES, needs=(_not_archived,)
    ),
    Action(
        name="find_bad_faith", what="marked as of bad faith", phases=(*OPEN, *CLOSED),
        roles=("complaint_manager", "manager", "system"), needs=(_by_a_person, _not_archived),
    ),
    Action(
        name="find_good_faith", what="marked as of good faith", phases=(*OPEN, *CLOSED), roles=_HANDLERS,
        needs=(_not_archived,),
    ),
    Action(
        name="find_fault", what="attributed", phases=(*OPEN, *CLOSED), roles=_HANDLERS, needs=(_not_archived,)
    ),
    Action(
        name="find_cause", what="explained by a cause", phases=(*OPEN, *CLOSED), roles=_HANDLERS,
        needs=(_not_archived,),
    ),
    Action(
        name="review", what="reviewed", phases=CLOSED, roles=_DECIDERS, to=EXPLOITATION,
        needs=(_by_a_person, _caused, _not_the_owner, _archived_once),
    ),
    Action(
        name="archive", what="archived", phases=CLOSED, roles=_DECIDERS, to=EXPLOITATION,
        needs=(_archived_once, _caused, _reviewed),
    ),
    Action(
        name="prevent", what="followed by prevention", phases=(*OPEN, *CLOSED),
        roles=(*_HANDLERS[:2], "department", "manager", "system"),
    ),
    Action(name="mark_mystery", what="marked as a mystery customer's", phases=(*OPEN, *CLOSED), roles=_BOARD),
)  # fmt: skip
"""Everything that may be done, in the order of a case's life."""

PREVENTION: Final[tuple[Role, ...]] = (*_HANDLERS[:2], "department", "manager", "system")
"""Who may open, take and close a preventive action."""


def _ways(phase: str, wanted: Action) -> str:
    """The acts that lead from a phase to one in which the wanted act may be done, in words."""
    ways = [
        act.name
        for act in ACTIONS.values()
        if phase in act.phases and act.to in wanted.phases and act.name != wanted.name
    ]
    return f" (what leads there: {', '.join(ways)})" if ways else ""


def check(name: str, facts: CaseFacts, doer: Doer) -> str:
    """The phase the case is in afterwards. Raises `NotAllowed`, `NotNow`."""
    action = ACTIONS[name]
    check_role(doer, action.roles, action.what)
    if facts.phase not in action.phases:
        raise NotNow(
            f"a case in phase {facts.phase} can't be {action.what}: only in {', '.join(action.phases)}"
            f"{_ways(facts.phase, action)}"
        )
    missing = [words for need in action.needs if (words := need(facts, doer))]
    if missing:
        raise NotNow(f"it can't be {action.what}: {'; '.join(missing)}")
    return action.to or facts.phase


WHY: Final[Mapping[Condition, str]] = {
    _answered: "answered",
    _outcome: "outcome",
    _owned: "owned",
    _conciliated: "conciliated",
    _caused: "caused",
    _not_the_owner: "not_the_owner",
    _reviewed: "reviewed",
    _not_archived: "not_archived",
    _archived_once: "archived_once",
    _waiting: "waiting",
    _not_waiting: "not_waiting",
    _by_a_person: "by_a_person",
}
"""A name for each condition, for those who say in their own words what is missing."""


def obstacles(name: str, facts: CaseFacts, doer: Doer) -> tuple[str, ...]:
    """What `check` would refuse it for: "role", "phase", or the names of `WHY`; () where nothing stands against it."""
    action = ACTIONS[name]
    if not doer.roles & set(action.roles):
        return ("role",)
    if facts.phase not in action.phases:
        return ("phase",)
    return tuple(WHY[need] for need in action.needs if need(facts, doer))


def check_role(doer: Doer, roles: Iterable[str], what: str) -> None:
    """Raises `NotAllowed` where none of the doer's roles is among those that may."""
    allowed = tuple(roles)
    if not doer.roles & set(allowed):
        who = ", ".join(role.replace("_", " ") for role in allowed if role != "system")
        raise NotAllowed(f"{doer.name} may not do this; a complaint can be {what} by: {who}")


def check_approver(doer: Doer, proposed_by: str) -> None:
    """Nobody approves what they proposed. Raises `NotAllowed`. source: CO-26"""
    if same_person(doer.name, proposed_by):
        raise NotAllowed(f"{doer.name} proposed it: somebody else must decide")


def check_desk(doer: Doer, desk: str) -> None:
    """A department speaks for itself alone. Raises `NotAllowed`."""
    if doer.roles == {"department"} and doer.desk != desk:
        raise NotAllowed(f"{doer.name} may not answer for the desk {desk}: its own people do")


def same_person(one: str, other: str) -> bool:
    return bool(one.strip()) and " ".join(one.split()).casefold() == " ".join(other.split()).casefold()
