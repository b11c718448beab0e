"""Rules in the words of the pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from bot.console.registry import page_at
from bot.console.roles import may_open
from bot.console.visit import Visit
from bot.simulation_out import why
from scheduler.feasts import feast_days
from scheduler.rules import Feast, Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Why a rule does not reach everybody it should; `bad` where it reaches nobody."""

    words: str
    bad: bool = False


def reason(visit: Visit, code: str, detail: Mapping[str, str] | None = None) -> str:
    """Why a message was left out, for a person."""
    told = why(code, detail or {}, visit.language) or visit.t("rules.no_reason")
    for blank in (" (–)", " « – »", " “–”"):
        told = told.replace(blank, "")
    return told


def days_to_confirm(visit: Visit, rule: Rule) -> list[date]:
    """The days, of this year and the next, on which a feast is expected and nobody has said so yet."""
    if not isinstance(rule.when, Feast):
        return []
    today, country = visit.local(visit.clock.now()).date(), visit.config.company.country
    days = [
        each
        for year in (today.year, today.year + 1)
        for each in feast_days(rule.when.feast, year, country=country, confirmed=rule.when.confirmed)
    ]
    return [each.day for each in days if each.provisional and each.day >= today][:1]


def troubles_of(visit: Visit, rule: Rule) -> list[Trouble]:
    """Of its texts and its channels."""
    found = []
    templates = visit.services.core.templates
    languages = visit.config.company.languages
    for name in dict.fromkeys(step.template for step in rule.steps):
        if name not in templates.names:
            found.append(Trouble(words=visit.t("rules.no_text", text=name), bad=True))
            continue
        spoken = {templates.speaks(name, language) for language in languages}
        lacking = [visit.t(f"rules.lang.{each}") for each in languages if each not in spoken]
        if lacking:
            words = visit.t("rules.no_language", text=name, languages=", ".join(lacking))
            found.append(Trouble(words=words))
    doors = {door.kind for door in visit.services.core.doors.values()}
    if rule.channels and not doors.intersection(rule.channels):
        wanted = ", ".join(rule.channels)
        found.append(Trouble(words=visit.t("rules.no_door", channels=wanted), bad=True))
    if days_to_confirm(visit, rule) and isinstance(rule.when, Feast) and rule.when.unconfirmed == "wait":
        found.append(Trouble(words=visit.t("rules.feast_waits")))
    return found


def link_to_contact(visit: Visit, contact_id: str) -> str:
    """Their page; "" where this user has none."""
    path = f"/contacts/{contact_id}"
    found = page_at(path)
    return path if found is not None and may_open(visit.user.roles, found[0].roles) else ""
