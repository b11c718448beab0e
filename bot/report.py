"""The weekly report: what happened, against the week and the month before, and what is late now. source: CO-08"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from bot.complaints.pareto import pareto, shortened
from bot.complaints.periods import Period, week_name
from bot.config import Config
from bot.indicators import Books, Figures, read_figures
from bot.ledger.heads import SignedHead
from bot.ledger.verifying import Verdict, verify
from bot.paper import Document
from bot.report_markup import document_of, one_line
from bot.report_page import to_html
from bot.report_queries import Action, LateCase, late_cases, open_actions, weekly_counts
from bot.report_text import to_text
from bot.report_words import ReportWords
from bot.templating import Templates

TEMPLATE = "report/weekly"
LATE_SHOWN = 15
_TREND_WEEKS = 8
_MEAN_WEEKS = 4
_ROWS = 8
_LEDGER: Mapping[str, str] = {
    "fr": "Accusés de réception dus : {received}, envoyés à temps : {in_time} ; le plus lent en {worst} ; "
    "sans explication : {unexplained}. Registre scellé : {state}, comparé à {heads} empreintes signées. "
    "Dernière ligne, à conserver : {head}",
    "en": "Acknowledgements owed: {received}, given in time: {in_time}; the slowest took {worst}; "
    "unexplained: {unexplained}. Sealed ledger: {state}, held against {heads} signed heads. "
    "Last row, to be kept: {head}",
    "ar": "عدد الرسائل المستحقة لإشعار استلام: {received}، وصل منها في أجله: {in_time}؛ أبطؤها {worst}؛ "
    "دون تفسير: {unexplained}. السجل المختوم: {state}، بعد مقارنته ببصمات موقّعة عددها {heads}. "
    "السطر الأخير للحفظ: {head}",
}
_STATE: Mapping[str, tuple[str, str]] = {
    "fr": ("intact", "ALTÉRÉ, à examiner"),
    "en": ("whole", "ALTERED, look at it"),
    "ar": ("سليم", "مُعدَّل، يجب فحصه"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekFacts:
    """What is read for a report; nothing in it is words yet."""

    week: Period
    now: Figures
    before: Figures
    month: Figures  # the four weeks before together
    trend: Sequence[tuple[Period, int]]  # oldest first
    late: Sequence[LateCase]
    late_count: int
    actions: Sequence[Action]  # open ones
    actions_done: int
    found: Sequence[Action]  # recurrences announced in the week
    ledger: Verdict
    read_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One report, ready to be sent or kept."""

    week: str
    language: str
    subject: str
    document: Document

    @property
    def text(self) -> str:
        return to_text(self.document)

    @property
    def html(self) -> str:
        return to_html(self.document)


def read_week(
    session: Session, books: Books, week: Period, now: datetime, *, heads: Iterable[SignedHead] = ()
) -> WeekFacts:
    """Everything for one week, as it stands at `now`; the ledger is held against the `heads` kept outside of it."""
    zone = books.calendar.timezone
    before = week.before()
    month = Period(first=week.before(_MEAN_WEEKS).first, last=before.last)
    late, late_count = late_cases(session, now, LATE_SHOWN)
    start, end = week.starts_at(zone), week.ends_at(zone)
    actions = open_actions(session)
    return WeekFacts(
        week=week,
        now=read_figures(session, books, week, now),
        before=read_figures(session, books, before, now),
        month=read_figures(session, books, month, now),
        trend=weekly_counts(session, week, _TREND_WEEKS, zone),
        late=late,
        late_count=late_count,
        actions=[action for action in actions if action.closed_at is None],
        actions_done=sum(
            1 for action in actions if action.closed_at is not None and start <= action.closed_at < end
        ),
        found=[action for action in actions if action.found and start <= action.created_at < end],
        ledger=verify(session, heads, now=now, since=start, until=end),
        read_at=now,
    )


class ReportWriter:
    """From facts to words, in one language."""

    def __init__(self, config: Config, templates: Templates, language: str) -> None:
        company = config.company
        self._templates = templates
        self._language = language
        self._company = company.name
        self._country = company.country
        self._zone = ZoneInfo(company.timezone)
        self._desks = {desk_id: desk.names(company.languages) for desk_id, desk in config.desks.items()}
        self._words = ReportWords(
            language, country=company.country, timezone=self._zone, currency=company.currency_code
        )

    def write(self, facts: WeekFacts) -> Report:
        rendered = self._templates.render(
            TEMPLATE, language=self._language, channel="email", variables=self._variables(facts)
        )
        document = document_of(
            rendered.text,
            language=rendered.language,
            printed_at=facts.read_at.astimezone(self._zone),
            company=self._company,
            country=self._country,
        )
        return Report(
            week=week_name(facts.week),
            language=rendered.language,
            subject=rendered.subject,
            document=document,
        )

    def _variables(self, facts: WeekFacts) -> dict[str, Any]:
        words = self._words
        return {
            "week": int(week_name(facts.week)[-2:]),
            "first_day": self._noon(facts.week.first),
            "last_day": self._noon(facts.week.last),
            "now": self._figures(facts.now, 1),
            "before": self._figures(facts.before, 1),
            "mean": self._figures(facts.month, _MEAN_WEEKS),
            "trend": [
                {"name": words.short_day(week.first), "count": str(count)} for week, count in facts.trend
            ],
            "causes": self._ranked({name: n for name, n in facts.now.by_cause.items() if name}),
            "uncaused": facts.now.by_cause.get("", 0),
            "currency": words.currency,
            "channels": [
                row | {"name": words.channel(row["name"])} for row in self._ranked(facts.now.by_channel)
            ],
            "products": self._ranked(facts.now.by_product),
            "zones": self._ranked(facts.now.by_zone),
            "late": [self._late(case, facts.read_at) for case in facts.late],
            "late_count": facts.late_count,
            "recurrences": [self._found(action) for action in facts.found],
            "actions": [self._action(action, facts) for action in facts.actions],
            "actions_done": facts.actions_done,
            "ledger": self._ledger(facts.ledger),
            "mystery": facts.now.mystery,
        }

    def _noon(self, day: Any) -> datetime:
        return datetime.combine(day, time(12), tzinfo=self._zone)

    def _figures(self, figures: Figures, weeks: int) -> dict[str, str]:
        words = self._words
        number, per_cent, duration, amount = words.number, words.per_cent, words.duration, words.amount

        def weekly(count: int | Decimal) -> str:
            return number(Decimal(count) / weeks)

        rates, losses = figures.complaint_rates, figures.loss_rates
        resolution, first = figures.resolution, figures.first_answer
        return {
            "complaints": weekly(figures.complaints),
            "answered": weekly(figures.answered),
            "closed": weekly(figures.closed),
            "angry": weekly(figures.angry),
            "ack_share": per_cent(figures.acknowledgement.share),
            "ack_median": duration(figures.acknowledgement_times.median_s),
            "first_answer_share": per_cent(first.promises.share),
            "first_answer_working": duration(first.working.median_s, days=False),
            "resolution_share": per_cent(resolution.promises.share),
            "resolution_working": duration(resolution.working.median_s, days=False),
            "resolution_p90": duration(resolution.working.p90_s, days=False),
            "resolution_clock": duration(resolution.clock.median_s),
            "reopened": per_cent(figures.reopened.per_cent),
            "satisfied_again": per_cent(figures.satisfaction.again.per_cent),
            "mark": number(figures.satisfaction.mean),
            "routed": per_cent(figures.routed.per_cent),
            "self_served": per_cent(figures.self_served.per_cent),
            "compensations": weekly(figures.money.compensations),
            "cost": amount(figures.money.cost / weeks),
            "cost_per_complaint": amount(figures.cost_per_complaint),
            "rate_customers": per_cent(rates["customers"]),
            "rate_transactions": per_cent(rates["transactions"]),
            "rate_units": per_cent(rates["units"]),
            "loss_revenue": per_cent(losses["revenue"]),
            "loss_cost_of_sales": per_cent(losses["cost_of_sales"]),
            "retention": per_cent(figures.retention),
            "attrition": per_cent(figures.attrition),
        }

    def _ranked(self, counts: Mapping[str, int]) -> list[dict[str, str]]:
        return [
            {"name": one_line(row.name), "count": str(row.count)} for row in shortened(pareto(counts), _ROWS)
        ]

    def _late(self, case: LateCase, now: datetime) -> dict[str, str]:
        desk = self._desks.get(case.desk_id, {}).get(self._language, case.desk_id)
        return {
            "reference": case.reference,
            "customer": one_line(case.customer) or "–",
            "owner": one_line(case.owner or desk),
            "due": self._words.moment(case.due_at),
            "late": self._words.duration((now - case.due_at) / timedelta(seconds=1)),
        }

    def _found(self, action: Action) -> dict[str, str]:
        return {
            "what": one_line(action.what),
            "cases": str(action.cases_at_first),
            "usual": self._words.number(action.usual),
        }

    def _action(self, action: Action, facts: WeekFacts) -> dict[str, Any]:
        today = facts.read_at.astimezone(self._zone).date()
        return {
            "title": one_line(action.title),
            "owner": one_line(action.owner),
            "due": self._words.day(action.due_on) if action.due_on else "",
            "late": action.due_on is not None and action.due_on < today,
        }

    def _ledger(self, verdict: Verdict) -> str:
        if not verdict.received:
            return ""
        states = _STATE[self._language]
        return _LEDGER[self._language].format(
            received=verdict.received,
            in_time=verdict.in_time,
            worst=self._words.duration(verdict.worst_s),
            unexplained=verdict.unexplained,
            state=states[0] if verdict.sound else states[1],
            heads=verdict.heads,
            head=self._words.code(f"{verdict.head.seq}:{verdict.head.hash}"),
        )
