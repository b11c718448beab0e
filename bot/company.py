"""From the configuration to what the core, the deciders and the templates know of the company."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from holidays.version import __version__ as HOLIDAYS_VERSION

from bot.appointments.kinds import Book, Kind
from bot.calendars import Calendars, version_of
from bot.case_work import CaseRules
from bot.compensations import rules_of as compensation_rules_of
from bot.complaints.calendar import Window, WorkingCalendar
from bot.complaints.deadlines import Rule
from bot.complaints.feasts import holidays_of, no_holidays, ramadans_of
from bot.config import Config, EmailAccount
from bot.config.company import OpeningHours
from bot.config.company import Window as ConfiguredWindow
from bot.config.section import Weekday
from bot.deadline_rules import DeadlineRules, Escalation
from bot.dialogue.company import FOLLOWUP_AT, Company
from bot.plans import Desk, House
from bot.templating import CompanyFacts
from bot.understanding.faq import ANSWER_CONFIDENCE

_WEEKDAYS = {"mon": 0, "tue": 1, "wed": 2, "thu": 3, "fri": 4, "sat": 5, "sun": 6}
_DECIDES = {
    "timezone", "country", "region", "working_days", "opening_hours", "holidays", "special_hours",
    "ramadan_hours",
}  # fmt: skip
"""The settings of the company that move a deadline."""

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
        alias_desks={
            (name, address.lower()): desk
            for name, account in config.accounts.items()
            if isinstance(account, EmailAccount)
            for address, desk in account.aliases.items()
        },
        complaints_desk=complaints.desk,
        ack_s={"email": float(within.email)} | {channel: float(within.chat) for channel in _CHATS},
        resolve_days=complaints.resolve_within,
        low_mark=config.outreach.results.low_mark,
        reopened_days=complaints.reopened_within,
        count_from=complaints.count_from,
        followup_days=complaints.followup_after,
        keep_in_touch_days=complaints.keep_in_touch_after,
        survey=complaints.survey,
        reminder_after=timedelta(minutes=complaints.reminder_after_min),
        register_after=timedelta(minutes=complaints.register_after_min),
        answer_confidence=ANSWER_CONFIDENCE if threshold is None else threshold,
        appointments=appointments_of(config),
    )


def appointments_of(config: Config) -> Book:
    """What can be booked."""
    given, languages = config.appointments, config.company.languages
    return Book(
        kinds={
            kind_id: Kind(
                id=kind_id,
                names=kind.names(languages),
                words=kind.words,
                lasts=timedelta(minutes=kind.minutes),
                pause=timedelta(minutes=kind.pause_min),
                step=timedelta(minutes=kind.step_min),
                resources=kind.resources,
                week={_WEEKDAYS[day]: _windows(windows) for day, windows in kind.hours.items()},
                place=kind.place,
                notice=timedelta(minutes=kind.notice_min),
                horizon=timedelta(days=kind.horizon_days),
            )
            for kind_id, kind in given.kinds.items()
        },
        desk=given.desk or config.dialogue.desk or config.complaints.desk,
        choices=given.choices,
        keep_offer=timedelta(minutes=given.keep_offer_min),
        most=given.most,
        public_url=config.server.public_url or "",
    )


def calendar_of(config: Config, opening_hours: OpeningHours) -> WorkingCalendar:
    """The working calendar for some opening hours. Raises `ValueError` when it never opens."""
    company = config.company
    working = company.working_days
    public = holidays_of(company.country, company.region or "") if company.holidays.public else no_holidays
    closures: dict[date, str] = {}
    for closure in company.holidays.closures:
        closures |= dict.fromkeys(closure.days(), company.name)
    closures |= dict.fromkeys(company.holidays.worked, "")
    return WorkingCalendar(
        timezone=ZoneInfo(company.timezone),
        week=_by_weekday(opening_hours or company.opening_hours, working),
        holidays=public,
        closures=closures,
        special_hours={day: _windows(windows) for day, windows in company.special_days().items()},
        ramadan_hours=_by_weekday(company.ramadan_hours, working),
        ramadans=ramadans_of,
        version=version_of(
            HOLIDAYS_VERSION,
            company.model_dump(mode="json", include=_DECIDES),
            {day: [str(window) for window in windows] for day, windows in opening_hours.items()},
        ),
    )


def _by_weekday(hours: OpeningHours, working: tuple[Weekday, ...]) -> dict[int, tuple[Window, ...]]:
    return {_WEEKDAYS[day]: _windows(windows) for day, windows in hours.items() if day in working}


def _windows(configured: tuple[ConfiguredWindow, ...]) -> tuple[Window, ...]:
    return tuple(Window(window.start, window.end) for window in configured)


def deadline_rules_of(config: Config) -> DeadlineRules:
    """What is promised, how people are warned, and who is told when a promise is broken."""
    complaints = config.complaints
    return DeadlineRules(
        resolution=Rule(days=complaints.resolve_within, count_from=complaints.count_from),
        reopened=Rule(days=complaints.reopened_within, count_from=complaints.count_from),
        first_answer=Rule(minutes=complaints.first_answer_within_min),
        next_answer=Rule(minutes=complaints.next_answer_within_min),
        department=Rule(days=complaints.department_within, received=False),
        progress=Rule(days=complaints.keep_in_touch_after, received=False),
        pause_while_waiting=complaints.pause_while_waiting,
        warn_at_left=complaints.warn_at_left,
        escalation=tuple(
            Escalation(
                after=timedelta(minutes=step.after_min),
                desk_id=step.desk or complaints.desk,
                notify=tuple((person.account, person.to) for person in step.notify),
            )
            for step in complaints.escalation
        ),
        people_at_any_hour=complaints.people_hours == "always",
        followup_days=complaints.followup_after,
        language=config.company.language,
        country=config.company.country,
    )


def case_rules_of(config: Config) -> CaseRules:
    complaints = config.complaints
    return CaseRules(
        desk=complaints.desk,
        currency=config.company.currency_code,
        compensation=compensation_rules_of(config),
        followup_days=complaints.followup_after,
        followup_at=FOLLOWUP_AT,
        keep_in_touch_days=complaints.keep_in_touch_after,
        remind_days=complaints.remind_department_after,
    )


def calendars_of(config: Config) -> Calendars:
    """The company's calendars before any operator's change. Raises `ValueError` when one never opens."""
    return Calendars(
        calendar_of(config, {}),
        {
            desk_id: calendar_of(config, desk.opening_hours)
            for desk_id, desk in config.desks.items()
            if desk.opening_hours
        },
    )


def product_names(config: Config) -> Mapping[str, tuple[str, ...]]:
    """Each product with the other names customers use for it."""
    return {product.id: product.names for product in config.company.products}
