"""The life of a complaint: every phase, every act, every role, against a table written by hand. source: CO-03"""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.cases import ACTS
from bot.complaints.lifecycle import (
    ACTIONS,
    BOT,
    PHASES,
    ROLES,
    CaseFacts,
    Doer,
    NotAllowed,
    NotNow,
    check,
    check_approver,
    check_desk,
)

# One line an act: the phases it is possible in (r e R c s x), who may (a m d g s), and the phase it leads to.
EXPECTED = {
    "register": ("r", "amgs", "enregistrement"),
    "qualify": ("eRcsx", "amgs", ""),
    "take": ("eRc", "amg", ""),
    "assign": ("eRc", "mgs", ""),
    "transfer": ("eRcsx", "mgs", ""),
    "plan": ("eR", "amgs", "resolution"),
    "forward": ("eR", "amgs", "resolution"),
    "department_answer": ("Rc", "amdgs", ""),
    "wait": ("eR", "amgs", "resolution"),
    "inform": ("eRc", "amgs", ""),
    "resume": ("eR", "amgs", ""),
    "answer": ("eRc", "amgs", "cloture"),
    "copy": ("eRc", "amgs", ""),
    "propose": ("Rc", "amgs", ""),
    "approve": ("Rc", "mgs", ""),
    "decline": ("Rc", "mgs", ""),
    "grant": ("Rc", "amgs", ""),
    "conciliate": ("Rc", "amgs", ""),
    "refuse": ("Rc", "mgs", "cloture"),
    "close": ("c", "amgs", "suivi"),
    "withdraw": ("eRc", "amgs", "suivi"),
    "reopen": ("csx", "amgs", "resolution"),
    "merge": ("eRc", "amgs", "suivi"),
    "link": ("eRcsx", "amgs", ""),
    "note": ("eRcsx", "amdgs", ""),
    "attach": ("eRcsx", "amdgs", ""),
    "find_bad_faith": ("eRcsx", "mgs", ""),
    "find_good_faith": ("eRcsx", "amgs", ""),
    "find_fault": ("eRcsx", "amgs", ""),
    "find_cause": ("eRcsx", "amgs", ""),
    "review": ("sx", "mgs", "exploitation"),
    "archive": ("sx", "mgs", "exploitation"),
    "prevent": ("eRcsx", "amdgs", ""),
    "mark_mystery": ("eRcsx", "gs", ""),
}
PHASE_LETTERS = dict(zip("reRcsx", PHASES, strict=True))
ROLE_LETTERS = dict(zip("amdgs", ROLES, strict=True))
READY = CaseFacts(
    phase="",
    answered=True,
    outcome="settled",
    owner="Nadia",
    cause="pallets",
    reviewer="Samir",
    conciliated=True,
)


def ready_for(action: str, phase: str) -> CaseFacts:
    return replace(READY, phase=phase, waiting=action == "resume", closed=phase in ("suivi", "exploitation"))


def person(*roles: str, name: str = "Lina") -> Doer:
    return Doer(name=name, roles=frozenset(roles))


def test_the_table_by_hand_names_every_act() -> None:
    assert EXPECTED.keys() == ACTIONS.keys()
    assert len(EXPECTED) * len(PHASES) * len(ROLES) == 1020


@pytest.mark.parametrize("action", ACTIONS)
def test_every_phase_and_role_agrees_with_the_table_by_hand(action: str) -> None:
    phases, roles, to = EXPECTED[action]
    for letter, phase in PHASE_LETTERS.items():
        for initial, role in ROLE_LETTERS.items():
            facts, doer = ready_for(action, phase), person(role)
            if initial not in roles:
                with pytest.raises(NotAllowed, match="Lina may not do this"):
                    check(action, facts, doer)
            elif letter not in phases:
                with pytest.raises(NotNow, match=f"a case in phase {phase} can't be"):
                    check(action, facts, doer)
            else:
                assert check(action, facts, doer) == (to or phase), (action, phase, role)


@pytest.mark.parametrize(
    ("action", "phase", "changes", "doer", "says"),
    [
        ("close", "cloture", {"answered": False}, person("agent"), "answer first"),
        ("close", "cloture", {"outcome": ""}, person("agent"), "no outcome"),
        ("refuse", "resolution", {"conciliated": False}, person("manager"), "conciliation must be tried"),
        ("plan", "resolution", {"owner": ""}, person("agent"), "nobody is in charge"),
        ("review", "suivi", {"cause": ""}, person("manager"), "root cause"),
        ("review", "suivi", {"owner": "Lina"}, person("manager"), "somebody else than its owner"),
        ("review", "suivi", {"owner": " LINA "}, person("manager"), "somebody else than its owner"),
        ("archive", "exploitation", {"cause": ""}, person("manager"), "root cause"),
        ("archive", "exploitation", {"reviewer": ""}, person("manager"), "nobody has reviewed"),
        ("archive", "exploitation", {"reviewer": "nadia"}, person("manager"), "its reviewer is its owner"),
        ("archive", "exploitation", {"archived": True}, person("manager"), "archived already"),
        ("reopen", "exploitation", {"archived": True}, person("agent"), "open a new complaint"),
        ("qualify", "exploitation", {"archived": True}, person("agent"), "archived"),
        ("wait", "resolution", {"waiting": True}, person("agent"), "waits for the customer already"),
        ("resume", "resolution", {"waiting": False}, person("agent"), "does not wait"),
        ("find_bad_faith", "resolution", {}, BOT, "never a program"),
        ("take", "resolution", {}, replace(person("manager"), is_person=False), "a named person"),
        ("review", "suivi", {}, replace(person("manager"), is_person=False), "a named person"),
    ],
)  # fmt: skip
def test_what_is_missing_is_said(
    action: str, phase: str, changes: dict[str, object], doer: Doer, says: str
) -> None:
    with pytest.raises(NotNow, match=says):
        check(action, replace(ready_for(action, phase), **changes), doer)  # type: ignore[arg-type]


def test_who_may_do_it_is_said() -> None:
    with pytest.raises(NotAllowed, match=r"refused by: complaint manager, manager$"):
        check("refuse", ready_for("refuse", "resolution"), person("agent"))


def test_several_roles_add_up_and_no_role_may_do_nothing() -> None:
    assert (
        check("approve", ready_for("approve", "resolution"), person("department", "manager")) == "resolution"
    )
    for action in ACTIONS:
        with pytest.raises(NotAllowed):
            check(action, ready_for(action, ACTIONS[action].phases[0]), person())


def test_nobody_approves_what_they_proposed_however_the_name_is_written() -> None:
    check_approver(person("manager"), "Samir")
    for name in ("Lina", "lina", "  LINA"):
        with pytest.raises(NotAllowed, match="somebody else must decide"):
            check_approver(person("manager"), name)


def test_a_department_answers_for_itself_alone() -> None:
    technician = replace(person("department"), desk="technical")
    check_desk(technician, "technical")
    check_desk(person("agent"), "technical")
    check_desk(replace(person("department", "agent"), desk="sales"), "technical")
    for doer in (technician, person("department")):
        with pytest.raises(NotAllowed, match="may not answer for the desk sales"):
            check_desk(doer, "sales")


def test_every_act_of_the_api_is_in_the_table() -> None:
    other_names = {
        "faith": "find_bad_faith", "fault": "find_fault", "cause": "find_cause", "mystery": "mark_mystery",
        "answered": "answer",
    }  # fmt: skip
    assert {other_names.get(name, name.replace("-", "_")) for name in ACTS} <= ACTIONS.keys()
    # parts of others, over several cases, or with a file for a body
    by_itself = {"register", "copy", "transfer", "find_good_faith", "attach"}
    assert ACTIONS.keys() - {other_names.get(name, name.replace("-", "_")) for name in ACTS} == by_itself
