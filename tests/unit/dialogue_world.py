"""A small company, its FAQ, and a customer who talks to its dialogue the way the core does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from bot.complaints.calendar import Window, WorkingCalendar, weekly
from bot.dialogue import Company, Dialogue
from bot.dialogue.turn import (
    Asked,
    CancelTimer,
    CaseView,
    ContactView,
    Decision,
    Said,
    SetTimer,
    TimerFired,
    Turn,
)
from bot.store.plan import put_reference
from bot.understanding.reading import Understanding
from channels.port import Attachment

START = datetime(2026, 2, 26, 9, 0, tzinfo=UTC)  # a Thursday, 10:00 in Algiers
ALGIERS = ZoneInfo("Africa/Algiers")
PHOTO = Attachment(kind="image", ref="media:aa", name="palette.jpg", mime="image/jpeg", size=1200)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    id: str
    category: str
    questions: Mapping[str, tuple[str, ...]]
    answers: Mapping[str, str]


def entry(name: str, answer: str, **questions: tuple[str, ...]) -> Entry:
    asked = {language.replace("_", "-"): phrasings for language, phrasings in questions.items()}
    answers = {language: f"{answer} ({language})" for language in ("fr", "ar", "en")}
    return Entry(id=name, category="general", questions=asked, answers=answers)


FAQ = (
    entry(
        "hours",
        "dimanche-jeudi",
        fr=(
            "Quels sont vos horaires d'ouverture ?",
            "à quelle heure ouvrez-vous",
            "vous fermez à quelle heure",
        ),
        en=("What are your opening hours?", "when do you open", "what time do you close"),
        ar=("ما هي أوقات العمل؟", "متى تفتحون"),
        ar_dz=("وقتاش تحلو",),
        ar_latn=("wa9tach t7allou",),
    ),
    entry(
        "delivery-zones",
        "partout",
        fr=("Dans quelles wilayas livrez-vous ?", "livrez-vous à domicile", "zones de livraison"),
        en=("Where do you deliver?", "do you deliver to my city", "delivery areas"),
        ar=("أين توصلون؟", "هل يوجد توصيل إلى ولايتي"),
        ar_latn=("twaslou l wilaya",),
    ),
    entry(
        "delivery-fee",
        "sur devis",
        fr=("Combien coûte la livraison ?", "frais de livraison", "prix du transport"),
        en=("How much does delivery cost?", "delivery fee", "shipping price"),
        ar=("كم تكلفة التوصيل؟", "سعر النقل"),
        ar_latn=("bch7al tawsil",),
    ),
    entry(
        "payment",
        "virement ou espèces",
        fr=("Quels sont les moyens de paiement ?", "comment payer", "payer par carte"),
        en=("Which payment methods do you accept?", "can I pay by card"),
        ar=("ما هي طرق الدفع؟", "كيف أدفع"),
        ar_latn=("kifach nkhales",),
    ),
    entry(
        "price-b12",
        "liste de prix",
        fr=("Quel est le prix de la brique B12 ?", "combien coûte la b12", "tarif b12"),
        en=("What is the price of the B12 brick?", "how much is a b12"),
        ar=("كم سعر الطوب B12؟",),
        ar_latn=("bch7al brique b12",),
    ),
    entry(
        "broken",
        "signalez-le",
        fr=("Que faire si des briques arrivent cassées ?", "que se passe-t-il si une palette est abîmée"),
        en=("What if bricks arrive broken?",),
        ar=("ماذا أفعل إذا وصل الطوب مكسورا؟",),
    ),
    entry(
        "quote",
        "écrivez-nous",
        fr=("Comment obtenir un devis ?", "demande de devis", "je voudrais un devis"),
        en=("How can I get a quote?", "request a quotation"),
        ar=("كيف أحصل على عرض سعر؟",),
        ar_latn=("n7eb devis",),
    ),
    entry(
        "jobs",
        "envoyez un CV",
        fr=("Recrutez-vous en ce moment ?", "offres d'emploi", "envoyer un cv"),
        en=("Are you hiring?", "job vacancies"),
        ar=("هل توظفون حاليا؟", "فرص العمل"),
    ),
    entry(
        "address",
        "zone industrielle",
        fr=("Où se trouve l'usine ?", "quelle est votre adresse"),
        en=("Where is the factory?", "what is your address"),
        ar=("أين يوجد المصنع؟", "ما هو عنوانكم"),
        ar_latn=("win jay l'usine",),
    ),
    entry(
        "pallet",
        "consignées",
        fr=("Combien de briques par palette ?", "les palettes sont-elles consignées"),
        en=("How many bricks are on a pallet?",),
        ar=("كم طوبة في المنصة؟",),
    ),
)

DESKS = {
    "complaints": {"fr": "Réclamations", "ar": "الشكاوى", "en": "Complaints"},
    "sales": {"fr": "Commercial", "ar": "المبيعات", "en": "Sales"},
    "accounting": {"fr": "Comptabilité", "ar": "المحاسبة", "en": "Accounting"},
    "logistics": {"fr": "Logistique", "ar": "النقل", "en": "Logistics"},
}
CALENDAR = WorkingCalendar(
    timezone=ALGIERS,
    week=weekly((Window(time(8), time(12)), Window(time(13), time(18))), (6, 0, 1, 2, 3)),
)
COMPANY = Company(
    name="Briqueterie Atlas",
    calendar=CALENDAR,
    country="DZ",
    products=("B8", "B12", "Hourdis"),
    zones=("Oran", "Béjaïa"),
    desks=DESKS,
    account_desks={"factures-mail": "accounting"},
)
UNDERSTANDING = Understanding.build(FAQ, products=COMPANY.products, zones=COMPANY.zones)
DIALOGUE = Dialogue(COMPANY, UNDERSTANDING)

Owner = Literal["bot", "queue", "agent"]


@dataclass
class Customer:
    """Keeps what the core keeps between turns: state, language, owner, cases, timers."""

    channel: str = "webchat"
    buttons: int = 6
    account: str = "chat"
    hint: str = ""
    owner: Owner = "bot"
    language: str = ""
    now: datetime = START
    state: dict[str, Any] = field(default_factory=dict)
    cases: tuple[CaseView, ...] = ()
    asked: tuple[Asked, ...] = ()
    timers: dict[str, SetTimer] = field(default_factory=dict)
    last: Decision | None = None

    def say(self, text: str = "", **about: Any) -> Decision:
        return self.burst(self.said(text, **about))

    def said(self, text: str = "", **about: Any) -> Said:
        values: dict[str, Any] = {"id": f"m{self.now.timestamp()}", "text": text, "at": self.now, **about}
        return Said(**values)

    def press(self, value: str) -> Decision:
        return self.say("", choice=value)

    def burst(self, *said: Said) -> Decision:
        return self._turn(said, None)

    def fire(self, kind: str) -> Decision:
        """Let time pass until the next timer of a kind, and fire it."""
        key, timer = next((key, timer) for key, timer in self.timers.items() if timer.kind == kind)
        del self.timers[key]
        self.now = max(self.now, timer.due_at)
        fired = TimerFired(kind=timer.kind, key=key, due_at=timer.due_at, payload=timer.payload)
        return self._turn((), fired)

    def _turn(self, said: tuple[Said, ...], timer: TimerFired | None) -> Decision:
        turn = Turn(
            now=self.now,
            conversation_id="c1",
            account_id=self.account,
            channel=self.channel,
            buttons=self.buttons,
            owner=self.owner,
            language=self.language,
            language_hint=self.hint,
            contact=ContactView(id="k1"),
            state=self.state,
            said=said,
            timer=timer,
            cases=self.cases,
            asked=self.asked,
        )
        self.last = DIALOGUE.decide(turn)
        self._commit(self.last)
        self.now += timedelta(seconds=20)
        return self.last

    def _commit(self, decision: Decision) -> None:
        """What a commit does: JSON there and back, the reference drawn, the owner changed."""
        reference = f"RC-2026-{len(self.cases) + 1:04d}"
        if decision.state is not None:
            self.state = json.loads(json.dumps(put_reference(decision.state, reference)))
        self.language = decision.language or self.language
        if decision.open_case is not None:
            opened = decision.open_case
            view = CaseView(
                id=f"case{len(self.cases) + 1}",
                reference=reference,
                phase="enregistrement",
                closed=False,
                opened_at=self.now,
                due_at=opened.due_at,
                desk=opened.desk,
                summary=opened.summary,
                conversation_id="c1",
                object=opened.object,
                product=opened.product,
                order_ref=opened.order_ref,
                remedy=opened.remedy,
            )
            self.cases = (view, *self.cases)
        if (added := decision.add_to_case) is not None and added.remedy:
            self.cases = tuple(
                replace(case, remedy=case.remedy or added.remedy) if case.id == added.case_id else case
                for case in self.cases
            )
        for change in decision.timers:
            key = change.key.replace("\ue000case\ue001", reference)
            if isinstance(change, CancelTimer):
                self.timers.pop(key, None)
            else:
                payload = json.loads(
                    json.dumps(dict(change.payload)).replace("\\ue000case\\ue001", reference)
                )
                self.timers[key] = SetTimer(kind=change.kind, key=key, due_at=change.due_at, payload=payload)
        if decision.hand_over is not None and self.owner == "bot":
            self.owner = "queue"


def templates(decision: Decision) -> list[str]:
    return [reply.template for reply in decision.replies]


def case(number: int = 1, **changes: Any) -> CaseView:
    values: dict[str, Any] = {
        "id": f"case{number}",
        "reference": f"RC-2026-{number:04d}",
        "phase": "resolution",
        "closed": False,
        "opened_at": START - timedelta(days=1),
        "due_at": START + timedelta(days=6),
        "desk": "complaints",
        "summary": "ma commande 4521 n'est jamais arrivée",
        "conversation_id": "c1",
    }
    return CaseView(**{**values, **changes})
