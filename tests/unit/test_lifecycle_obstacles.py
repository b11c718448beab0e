"""What stands against an act is named where `check` refuses it, and nowhere else."""

from __future__ import annotations

from itertools import product

from bot.complaints.lifecycle import (
    ACTIONS,
    PHASES,
    ROLES,
    WHY,
    CaseFacts,
    Doer,
    NotAllowed,
    NotNow,
    check,
    obstacles,
)


def refused(name: str, facts: CaseFacts, doer: Doer) -> str:
    try:
        check(name, facts, doer)
    except NotAllowed:
        return "role"
    except NotNow:
        return "now"
    return ""


def test_obstacles_and_refusals_are_one() -> None:
    looked = 0
    for name, phase, role, ready in product(ACTIONS, PHASES, ROLES, (False, True)):
        facts = CaseFacts(
            phase=phase,
            answered=ready,
            outcome="settled" if ready else "",
            owner="Nadia" if ready else "",
            cause="panne" if ready else "",
            reviewer="Samir" if ready else "",
            conciliated=ready,
            waiting=ready,
        )
        doer = Doer(name="Samir", roles=frozenset({role}), is_person=role != "system")
        found = obstacles(name, facts, doer)
        said = refused(name, facts, doer)
        assert bool(found) == bool(said), (name, facts, doer)
        assert (found == ("role",)) == (said == "role")
        assert set(found) <= {"role", "phase", *WHY.values()}
        looked += 1
    assert looked == len(ACTIONS) * len(PHASES) * len(ROLES) * 2


def test_every_condition_of_the_table_has_a_name() -> None:
    assert {need for action in ACTIONS.values() for need in action.needs} == set(WHY)
