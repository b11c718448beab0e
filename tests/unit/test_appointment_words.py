"""What messages want of an appointment, and when: French, Arabic, English, and as people type Darija."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest

from bot.appointments.kinds import Kind
from bot.appointments.wish import Wish, may_concern, read_wish

TODAY = date(2026, 11, 21)  # a Saturday: in Algeria a week begins with it
SUN, MON, TUE, WED, THU, FRI = (TODAY + timedelta(days=number) for number in range(1, 7))
KINDS = {
    "advice": Kind(id="advice", names={"fr": "rendez-vous conseil", "ar": "موعد استشارة"}, words=("devis",),
                   lasts=timedelta(minutes=30), resources=("Samira",)),
    "visit": Kind(id="visit", names={"fr": "visite technique", "en": "site visit", "ar": "زيارة تقنية"},
                  words=("visite", "زيارة"), lasts=timedelta(hours=1), resources=("Karim",)),
}  # fmt: skip


def read(text: str, complaint: float = 0.0) -> Wish:
    return read_wish(text, kinds=KINDS, today=TODAY, week_begins=5, complaint=complaint)


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("je voudrais un rendez-vous", "book"),
        ("RDV svp", "book"),
        ("Auriez-vous un créneau mardi ?", "book"),
        ("I'd like to book an appointment", "book"),
        ("can I get an appointment tomorrow?", "book"),
        ("أريد موعدا يوم الخميس", "book"),
        ("نحب ندير موعد غدوة الصباح", "book"),
        ("bghit rdv lkhmis", "book"),
        ("7ab rondevou nhar larb3a l3chiya", "book"),
        ("nheb ndir maw3id ghodwa", "book"),
        ("je veux déplacer mon rendez-vous", "move"),
        ("can I move my appointment to the 28th?", "move"),
        ("نحب نبدل الموعد", "move"),
        ("bghit nbeddel rdv", "move"),
        ("annuler mon rdv", "cancel"),
        ("please cancel my appointment", "cancel"),
        ("الغاء الموعد", "cancel"),
        ("bghit nannuli rdv", "cancel"),
        ("quand est mon rendez-vous ?", "show"),
        ("when is my appointment?", "show"),
        ("وقتاش الموعد ديالي", "show"),
        ("wa9tach rdv ta3i", "show"),
        ("je ne peux pas venir demain", "unable"),
        ("sorry, I can't make it", "unable"),
        ("ما نقدرش نجي غدوة", "unable"),
        ("man9derch nji", "unable"),
        ("Quels sont vos horaires ?", ""),
        ("je voudrais une palette de B12", ""),
        ("mardi après-midi", ""),
    ],
)
def test_what_is_wanted(text: str, action: str) -> None:
    assert read(text).action == action
    assert may_concern(text) or not action


def test_a_complaint_about_an_appointment_is_a_complaint() -> None:
    text = "Le livreur n'est jamais venu au rendez-vous de mardi, c'est inadmissible, remboursez-moi"
    assert read(text, complaint=4.0).action == ""


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("mardi", (TUE,)),
        ("mardi prochain", (TUE,)),
        ("samedi", (TODAY, TODAY + timedelta(days=7))),
        ("next Saturday", (TODAY + timedelta(days=7),)),
        ("demain", (SUN,)),
        ("après-demain", (MON,)),
        ("بعد غدوة", (MON,)),
        ("غدا", (SUN,)),
        ("يوم الثلاثاء", (TUE,)),
        ("nhar larb3a", (WED,)),
        ("jeudi ou vendredi", (THU, FRI)),
        ("dans 3 jours", (TUE,)),
        ("le 25 novembre", (WED,)),
        ("25/11", (WED,)),
        ("November 25", (WED,)),
        ("25 نوفمبر", (WED,)),
        ("the 25th", (WED,)),
        ("le 3", (date(2026, 12, 3),)),
        ("le 2 janvier", (date(2027, 1, 2),)),
        ("2026-11-25", (WED,)),
        ("mercredi de la semaine prochaine", (date(2026, 12, 2),)),
        ("le 31/02", ()),
        ("annuler mon rdv", ()),
    ],
)
def test_which_days(text: str, days: tuple[date, ...]) -> None:
    assert read(text).asked.days == days


def test_next_week_is_the_countrys_own() -> None:
    days = read("la semaine prochaine").asked.days
    assert days == tuple(date(2026, 11, 28) + timedelta(days=number) for number in range(7))


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("à 14h30", time(14, 30)),
        ("14:30", time(14, 30)),
        ("10h", time(10)),
        ("10 h", time(10)),
        ("at 3pm", time(15)),
        ("at 3", time(15)),
        ("à 8 heures", time(8)),
        ("على الساعة 10", time(10)),
        ("m3a 10h", time(10)),
        ("mardi après-midi à 3h", time(15)),
        ("move it to 11", time(11)),
        ("le 25/11", None),
        ("le 12", None),
    ],
)
def test_at_what_time(text: str, at: time | None) -> None:
    assert read(text).asked.at == at


@pytest.mark.parametrize(
    ("text", "between"),
    [
        ("mardi après-midi", (time(12), time(18, 30))),
        ("demain matin", (None, time(12))),
        ("غدوة الصباح", (None, time(12))),
        ("ghodwa l3chiya", (time(12), time(18, 30))),
        ("entre 10h et 12h", (time(10), time(12))),
        ("between 2 and 4", (time(14), time(16))),
        ("avant 11h", (None, time(11))),
        ("after 3pm", (time(15), None)),
    ],
)
def test_between_which_hours(text: str, between: tuple[time | None, time | None]) -> None:
    asked = read(text).asked
    assert (asked.from_time, asked.to_time) == between and asked.at is None


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("2", 2), ("le 2", 2), ("numéro 3 svp", 3), ("option 1", 1), ("رقم 2", 2), ("le deuxième", 2),
        ("the first one", 1), ("الثاني", 2), ("tani", 2), ("le dernier", -1), ("je suis libre mardi", 0), ("12", 0),
    ],
)  # fmt: skip
def test_which_of_those_offered(text: str, number: int) -> None:
    assert read(text).ordinal == number


def test_kinds_and_people_are_known_by_their_names() -> None:
    assert read("rdv pour un devis").kind == "advice"
    assert read("أريد موعد زيارة").kind == "visit"
    assert read("un rdv avec Karim").resource == "Karim"
    assert read("rendez-vous").kind == ""


@pytest.mark.parametrize("text", ["", "?" * 5000, "le " * 3000, "1/2/3/4/5 " * 400, "\u202ele 2", "٢٥/١١"])
def test_strange_texts_are_borne(text: str) -> None:
    assert isinstance(read(text), Wish)
