"""What the pages of the desk say of a complaint: names of desks, times left, why something can't be done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from babel.numbers import format_decimal, get_currency_precision

from bot.case_work import Changed
from bot.complaints.lifecycle import ACTIONS, NotAllowed, NotNow
from bot.console import Visit
from bot.console.complaints.deciding import action_of, offered
from bot.console.complaints.reading import Whole
from bot.console.inbox.wording import Tone, left_key

_SEVERITY_TONES: dict[str, Tone] = {"serious": "warn", "critical": "bad"}
_CLOCK_TONES: dict[str, Tone] = {"met": "good", "missed": "bad", "running": "info", "paused": "warn"}


def desk_name(visit: Visit, desk_id: str) -> str:
    desk = visit.services.core.house.desks.get(desk_id)
    return desk.names.get(visit.language, desk_id) if desk is not None else desk_id


def desk_names(visit: Visit) -> dict[str, str]:
    """All desks, by their names."""
    found = {desk_id: desk_name(visit, desk_id) for desk_id in visit.services.core.house.desks}
    return dict(sorted(found.items(), key=lambda each: each[1]))


def choice(visit: Visit, name: str, value: str) -> str:
    """A value of a field in words; one that has none stays as it is."""
    key = f"complaints.choice.{name}.{value}"
    return visit.t(key) if visit.words.has(key) else value


def channel(visit: Visit, name: str) -> str:
    for key in (f"inbox.channel.{name}", f"complaints.channel.{name}"):
        if visit.words.has(key):
            return visit.t(key)
    return name


def left(visit: Visit, owed_at: datetime | None) -> tuple[str, Tone]:
    """How much time is left, "" where nothing is owed."""
    key, number, tone = left_key(owed_at, visit.clock.now())
    return (visit.count(key, number), tone) if key else ("", "")


def severity_tone(severity: str) -> Tone:
    return _SEVERITY_TONES.get(severity, "")


def clock_tone(status: str) -> Tone:
    return _CLOCK_TONES.get(status, "")


def state_words(visit: Visit, case: Any) -> str:
    """Where it stands, for somebody who does not know the phases."""
    if case.archived_at is not None:
        return visit.t("complaints.state.archived")
    if case.closed:
        return visit.t(f"complaints.state.{case.outcome or 'closed'}")
    if case.waiting_at is not None:
        return visit.t("complaints.state.waiting")
    return visit.t(f"complaints.state.{case.phase}")


def why_not(visit: Visit, act: str, against: Sequence[str], whole: Whole) -> str:
    """Why an act is not possible now, and what would make it so."""
    return " ".join(_against(visit, act, code, whole) for code in against)


def _against(visit: Visit, act: str, code: str, whole: Whole) -> str:
    action = ACTIONS.get(act)
    if code == "role" and action is not None:
        roles = ", ".join(visit.t(f"roles.{role}") for role in action.roles if role != "system")
        return visit.t("complaints.against.role", roles=roles)
    if code == "phase" and action is not None:
        phases = ", ".join(visit.t(f"complaints.phase.{phase}") for phase in action.phases)
        now = visit.t(f"complaints.phase.{whole.case.phase}")
        return visit.t("complaints.against.phase", now=now, phases=phases)
    return visit.t(f"complaints.against.{code}")


def refusal(visit: Visit, error: Exception, act: str, whole: Whole | None) -> str:
    """What stood against an act, in words; `whole` as it stands after the refusal."""
    if isinstance(error, Changed):
        return visit.t("complaints.crossed")
    if whole is not None and isinstance(error, NotAllowed | NotNow):
        if against := offered(whole, act).against:
            return why_not(visit, action_of(act), against, whole)
        if isinstance(error, NotAllowed):
            return visit.t(
                "complaints.against.proposer" if act in ("approve", "decline") else "shell.not_allowed"
            )
    return visit.t("complaints.refused", why=str(error))


def did(visit: Visit, event: Any) -> str:
    """A step of the history in words."""
    detail = event.detail or {}
    if event.action == "answer" and detail.get("elsewhere"):
        return visit.t("complaints.did.answered_elsewhere")
    return (
        visit.t(f"complaints.did.{event.action}")
        if visit.words.has(f"complaints.did.{event.action}")
        else str(event.action)
    )


def details(visit: Visit, event: Any) -> list[str]:
    """What a step was about, besides its note."""
    found: list[str] = []
    detail = event.detail or {}
    if desk := detail.get("desk"):
        found.append(desk_name(visit, str(desk)))
    if owner := detail.get("owner"):
        found.append(str(owner))
    for name in ("kind", "outcome", "fault"):
        if detail.get(name):
            found.append(choice(visit, name, str(detail[name])))
    if cost := detail.get("cost"):
        found.append(money(visit, cost))
    for name in ("cause", "into", "other"):
        if detail.get(name):
            found.append(str(detail[name]))
    after = detail.get("after")
    if isinstance(after, dict):
        found += [
            f"{visit.t(f'complaints.field.{name}')} : {choice(visit, name, str(value))}"
            for name, value in after.items()
            if visit.words.has(f"complaints.field.{name}") and value
        ]
    if told := detail.get("channel"):
        why = detail.get("because")
        words = visit.t("complaints.told_by", channel=channel(visit, str(told)))
        found.append(f"{words} ({visit.t(f'complaints.because.{why}')})" if why else words)
    return found


def actor(visit: Visit, name: str) -> str:
    if name in ("bot", ""):
        return visit.t("inbox.bot")
    if name == "contact":
        return visit.t("complaints.customer")
    if name.startswith("token:"):
        return visit.t("complaints.program", name=name.removeprefix("token:"))
    return visit.t("inbox.you") if name == visit.user.name else name


def money(visit: Visit, amount: Any) -> str:
    """Exact, with its currency: "24 500,50 DZD"."""
    currency, value = visit.config.company.currency_code, Decimal(str(amount))
    digits = 0 if value == value.to_integral_value() else get_currency_precision(currency)
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    return f"{format_decimal(value, pattern, locale='en' if visit.language == 'en' else 'fr')} {currency}"


def plain_day(visit: Visit, day: date) -> str:
    """A day without a time, such as "12 mars 2026"."""
    return visit.span(day, day)
