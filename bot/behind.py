"""What stands behind the API and the console: the parts they call. Light, so that both can be built when first used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.appointment_desk import AppointmentDesk
    from bot.calendar_watch import CalendarWatch
    from bot.campaign_desk import CampaignDesk
    from bot.cases import Cases
    from bot.config import Config
    from bot.contacts_data.desk import CustomerData
    from bot.erasure import Erasure
    from bot.ids import IdMaker
    from bot.inbox.desk import InboxDesk
    from bot.indicators import Books
    from bot.learning.desk import LearningDesk
    from bot.learning.live import LiveFaq
    from bot.media import MediaStore
    from bot.people import People
    from bot.person_export import PersonExport
    from bot.prevention import Prevention
    from bot.report_sending import WeeklyReport
    from bot.rule_desk import RuleDesk
    from bot.segments import Segments
    from bot.simulation_desk import SimulationDesk
    from bot.store.port import Store
    from bot.tasks import TaskDesk
    from bot.unsubscribe.confirmations import Confirmations


@dataclass(frozen=True, slots=True, kw_only=True)
class Reporting:
    """What these calls need besides the store."""

    config: Config
    books: Books
    report: WeeklyReport
    ids: IdMaker


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """The parts of the program that the API speaks to; each is found in the application's state by its name."""

    store: Store
    people: People
    inbox: InboxDesk
    calendar_watch: CalendarWatch
    cases: Cases
    appointments: AppointmentDesk
    prevention: Prevention
    customers: CustomerData
    learning: LearningDesk
    live_faq: LiveFaq
    erasure: Erasure
    person_export: PersonExport
    media: MediaStore
    rules: RuleDesk | None
    campaigns: CampaignDesk | None
    segments: Segments
    confirmations: Confirmations | None
    reporting: Reporting
    tasks: TaskDesk
    simulations: SimulationDesk
