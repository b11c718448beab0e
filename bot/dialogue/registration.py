"""From an intake to a registered complaint: the case, its deadline, the acknowledgement, what follows.

The progress check set here is a safety net, three working days after the *due date*: an agent's answer
moves it (same key) to three working days after the answer, so that nobody is forgotten whatever agents
do. source: CO-22
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.complaints.deadlines import Deadline, resolution_due
from bot.complaints.explaining import LANGUAGES
from bot.dialogue.chance import asks_for_a_chance, chance_question, with_chance
from bot.dialogue.company import Company
from bot.dialogue.intake_state import Intake
from bot.dialogue.intake_timers import stop_watching
from bot.dialogue.keeping_touch import watch_touch
from bot.dialogue.memory import without
from bot.dialogue.talk import Talk, hand_over, handover_reply
from bot.dialogue.turn import REFERENCE, CancelTimer, Decision, HandOver, OpenCase, Reply, SetTimer

FOLLOWUP = "case.followup"
MISSING_EXPLANATION = "en"


def followup_key(reference: str) -> str:
    """Key of a case's follow-up timer: setting it again moves it."""
    return f"case:{reference}:followup"


def register(
    talk: Talk,
    intake: Intake,
    *,
    by: str,
    why: str,
    complete: bool = True,
    silent: bool = False,
    person: bool = False,
    first: bool = False,
) -> Decision:
    """Register a complaint: `silent` when the customer fell silent, `person` when they asked for somebody.

    `first` when this is the turn that recognises it, which is owed a receipt; later ones had theirs.

    The conversation stays with the bot, unless the customer is angry, in danger or wants a person.
    """
    desk = talk.company.complaints_desk
    deadline = due(talk, intake)
    handed = _handed(intake, desk, person)
    variables = {
        "reference": REFERENCE,
        "desk": talk.desk_name(desk),
        "due_at": deadline.due_at,
        "summary": intake.shown_summary,
    }
    tone = {"complete": complete, "angry": intake.angry, "first": first, "urgent": intake.urgent}
    reply = (
        Reply(template="complaint/registered_silent", variables=variables, purpose="receipt")
        if silent
        else Reply(template="complaint/registered", variables={**variables, **tone}, purpose="receipt")
    )
    chance = asks_for_a_chance(talk, intake) and complete and not (silent or person or first)
    more = (handover_reply(talk, desk),) if person else (chance_question(talk),) if chance else ()
    state = after_registration(talk)
    return Decision(
        by=by,
        why=why,
        replies=(reply, *more),
        state=with_chance(talk, state) if chance else state,
        open_case=_case(talk, intake, deadline, desk, complete),
        timers=(*stop_watching(talk), _safety_net(talk, deadline), watch_touch(talk, REFERENCE)),
        hand_over=handed,
        receipt_owed=first,
    )


def due(talk: Talk, intake: Intake) -> Deadline:
    company = talk.company
    return resolution_due(
        intake.received_at,
        company.calendar,
        company.resolve_days,
        company.count_from,
        company.country,
        languages=(_explained_in(company),),
    )


def due_again(talk: Talk) -> datetime:
    """Until when a complaint that is opened again in this turn must be treated."""
    company = talk.company
    return resolution_due(
        talk.turn.now,
        company.calendar,
        company.reopened_days,
        company.count_from,
        company.country,
        languages=(_explained_in(company),),
    ).due_at


def _explained_in(company: Company) -> str:
    return company.language if company.language in LANGUAGES else MISSING_EXPLANATION


def after_registration(talk: Talk) -> dict[str, object]:
    return without(talk.turn.state, "intake", "offered", "files", "misses", "consent", "survey")


def _case(talk: Talk, intake: Intake, deadline: Deadline, desk: str, complete: bool) -> OpenCase:
    return OpenCase(
        summary=intake.summary or intake.product or intake.order or "—",
        object=intake.object,
        product=intake.product,
        order_ref=intake.order,
        since=intake.since,
        remedy=intake.remedy,
        severity=intake.severity,
        angry=intake.angry,
        zone=intake.zone,
        desk=desk,
        evidence=intake.files,
        received_at=intake.received_at,
        due_at=deadline.due_at,
        due_explanation=deadline.explanation[_explained_in(talk.company)],
        complete=complete,
    )


def _handed(intake: Intake, desk: str, person: bool) -> HandOver | None:
    if intake.severity == "critical":
        return hand_over(
            desk, f"critical complaint {REFERENCE}: danger, injury, lawyer or press named", urgent=True
        )
    if intake.angry:
        return hand_over(desk, f"angry customer, complaint {REFERENCE}", urgent=True)
    return hand_over(desk, f"asked for a person during complaint {REFERENCE}") if person else None


def _safety_net(talk: Talk, deadline: Deadline) -> SetTimer | CancelTimer:
    company = talk.company
    due_at = company.calendar.add_working_days(deadline.due_at, company.followup_days, at=company.followup_at)
    return SetTimer(
        kind=FOLLOWUP,
        key=followup_key(REFERENCE),
        due_at=due_at,
        payload={"reference": REFERENCE, "check": True},
    )


def followup_again(talk: Talk, key: str, payload: Mapping[str, object]) -> SetTimer:
    """The same timer one working day on, never at once."""
    company = talk.company
    due_at = company.calendar.add_working_days(talk.turn.now, 1, at=company.followup_at)
    return SetTimer(
        kind=FOLLOWUP, key=key, due_at=max(due_at, talk.turn.now + timedelta(hours=1)), payload=payload
    )
