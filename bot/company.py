"""From the configuration to what the core, the deciders and the templates know of the company."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from bot.complaints.calendar import Window, WorkingCalendar, holidays_of, no_holidays
from bot.config import Config
from bot.config.company import OpeningHours
from bot.dialogue.company import Company
from bot.plans import Desk, House
from bot.templating import CompanyFacts
from bot.understanding.faq import ANSWER_CONFIDENCE

_WEEKDAYS = {"mon": 0, "tue": 1, "wed": 2, "thu": 3, "fri": 4, "sat": 5, "sun": 6}
_CHATS = ("webchat", "telegram", "whatsapp", "sms")


def house_of(config: Config) -> House:
    languages = config.company.languages
    within = config.complaints.ack_within
    return House(
        language=config.company.language,
        desks={
            desk_id: Desk(
                names=desk.names(languages),
                notify=tuple((person.account, person.to) for person in desk.notify),
            )
            for desk_id, desk in config.desks.items()
        },
        ack_within_s={"": within.chat, "email": within.email},
        timezone=ZoneInfo(config.company.timezone),
    )


def facts_of(config: Config) -> CompanyFacts:
    company = config.company
    return CompanyFacts(
        name=company.name,
        language=company.language,
        languages=tuple(company.languages),
        timezone=company.timezone,
        country=company.country,
        **({"currency": company.currency} if company.currency else {}),
        desks={desk_id: desk.names(company.languages) for desk_id, desk in config.desks.items()},
    )


def company_of(config: Config) -> Company:
    """Raises `ValueError` when the calendar can't work; the text says which setting to mend."""
    company, complaints = config.company, config.complaints
    calendar = calendar_of(config, company.opening_hours)
    within = complaints.ack_within
    threshold = config.dialogue.answer_threshold
    return Company(
        name=company.name,
        calendar=calendar,
        language=company.language,
        languages=tuple(company.languages),
        country=company.country,
        region=company.region or "",
        products=tuple(product.id for product in company.products),
        zones=tuple(company.zones),
        desks={desk_id: desk.names(company.languages) for desk_id, desk in config.desks.items()},
        desk_calendars={
            desk_id: calendar_of(config, desk.opening_hours)
            for desk_id, desk in config.desks.items()
            if desk.opening_hours
        },
        account_desks={name: account.desk for name, account in config.accounts.items() if account.desk},
        complaints_desk=complaints.desk,
        ack_s={"email": float(within.email)} | {channel: float(within.chat) for channel in _CHATS},
        resolve_days=complaints.resolve_within,
        count_from=complaints.count_from,
        followup_days=complaints.followup_after,
        reminder_after=timedelta(minutes=complaints.reminder_after_min),
        register_after=timedelta(minutes=complaints.register_after_min),
        answer_confidence=ANSWER_CONFIDENCE if threshold is None else threshold,
    )


def calendar_of(config: Config, opening_hours: OpeningHours) -> WorkingCalendar:
    """The working calendar for some opening hours. Raises `ValueError` when it never opens."""
    company = config.company
    week = {
        _WEEKDAYS[day]: tuple(Window(window.start, window.end) for window in windows)
        for day, windows in (opening_hours or company.opening_hours).items()
        if day in company.working_days
    }
    closures: dict[date, str] = {}
    for closure in company.holidays.closures:
        closures |= dict.fromkeys(closure.days(), company.name)
    closures |= dict.fromkeys(company.holidays.worked, "")
    public = holidays_of(company.country, company.region or "") if company.holidays.public else no_holidays
    return WorkingCalendar(timezone=ZoneInfo(company.timezone), week=week, holidays=public, closures=closures)


def product_names(config: Config) -> Mapping[str, tuple[str, ...]]:
    """Each product with the other names customers use for it."""
    return {product.id: product.names for product in config.company.products}
