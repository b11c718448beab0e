"""Rules and their reasons in the words of a marketer, in French, Arabic and English."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from babel.dates import format_date

from scheduler.feasts import FEAST_WORDS
from scheduler.recurrence import Offset
from scheduler.rules import DateOf, Feast, Fixed, Happened, Inactive, Rhythm, Rule, Serial, Step, Yearly

Words = Mapping[str, str]

_FIELDS: Mapping[str, Words] = {
    "card.expires_on": {"fr": "l’expiration de la carte", "en": "the card's expiry", "ar": "نهاية صلاحية البطاقة"},
    "card.opened_on": {"fr": "l’ouverture de la carte", "en": "the card's opening", "ar": "فتح البطاقة"},
    "equipment.next_service_on": {"fr": "le prochain entretien", "en": "the next service", "ar": "الصيانة القادمة"},
    "equipment.installed_on": {"fr": "l’installation", "en": "the installation", "ar": "التركيب"},
    "quote.valid_until": {"fr": "la fin du devis", "en": "the quote's last day", "ar": "آخر يوم لعرض السعر"},
    "quote.issued_at": {"fr": "l’envoi du devis", "en": "the quote", "ar": "إصدار عرض السعر"},
    "purchase.at": {"fr": "l’achat", "en": "the purchase", "ar": "الشراء"},
    "purchase.delivered_at": {"fr": "la livraison", "en": "the delivery", "ar": "التسليم"},
    "appointment.starts_at": {"fr": "le rendez-vous", "en": "the appointment", "ar": "الموعد"},
    "contact.created_at": {"fr": "le premier contact", "en": "the first contact", "ar": "أول تواصل"},
    "case.answered_at": {"fr": "la réponse à la réclamation", "en": "the complaint's answer", "ar": "الرد على الشكوى"},
    "case.closed_at": {"fr": "la clôture de la réclamation", "en": "the complaint's closing", "ar": "إغلاق الشكوى"},
}  # fmt: skip

_ONLY: Mapping[str, Words] = {
    "no_open_complaint": {"fr": "sans réclamation ouverte", "en": "no complaint open", "ar": "دون شكوى مفتوحة"},
    "satisfied": {"fr": "clients satisfaits", "en": "satisfied customers", "ar": "العملاء الراضون"},
    "only_purchase": {"fr": "premier achat", "en": "first purchase", "ar": "أول شراء"},
    "has_consented": {"fr": "accord donné", "en": "consent given", "ar": "بموافقتهم"},
    "not_lost": {"fr": "clients non perdus", "en": "customers not lost", "ar": "عملاء غير مفقودين"},
    "is_dedicated": {"fr": "clients suivis", "en": "dedicated customers", "ar": "عملاء بمتابعة خاصة"},
    "appointment_ahead": {"fr": "rendez-vous à venir", "en": "appointment to come", "ar": "موعد قادم"},
    "appointment_missed": {"fr": "rendez-vous manqué", "en": "appointment missed", "ar": "موعد لم يتم"},
    "outcome_accepted": {"fr": "proposition acceptée", "en": "proposal accepted", "ar": "عرض مقبول"},
    "outcome_proposal": {"fr": "proposition faite", "en": "proposal made", "ar": "عرض مقدم"},
    "outcome_refused": {"fr": "proposition refusée", "en": "proposal refused", "ar": "عرض مرفوض"},
    "has_rewards": {"fr": "avec des chèques-cadeaux", "en": "with rewards", "ar": "لديهم مكافآت"},
}  # fmt: skip

_STOPS: Mapping[str, Words] = {
    "reply": {"fr": "une réponse", "en": "a reply", "ar": "رد"},
    "purchase": {"fr": "un achat", "en": "a purchase", "ar": "شراء"},
    "complaint": {"fr": "une réclamation", "en": "a complaint", "ar": "شكوى"},
    "renewal": {"fr": "une nouvelle date", "en": "a new date", "ar": "تاريخ جديد"},
}

_REASONS: Mapping[str, Words] = {
    "late": {"fr": "trop tard pour l’envoyer", "en": "too late to be sent", "ar": "فات أوان الإرسال"},
    "rule_off": {"fr": "la règle est arrêtée", "en": "the rule is off", "ar": "القاعدة متوقفة"},
    "not_any_more": {
        "fr": "le contact ne remplit plus les conditions",
        "en": "the conditions no longer hold",
        "ar": "لم تعد الشروط متوفرة",
    },
    "no_address": {"fr": "aucune adresse utilisable", "en": "no usable address", "ar": "لا يوجد عنوان صالح"},
    "template": {
        "fr": "le modèle ne peut être écrit",
        "en": "the template fails",
        "ar": "تعذرت كتابة النموذج",
    },
    "agent_owns": {
        "fr": "un conseiller s’occupe de la conversation",
        "en": "a person holds the conversation",
        "ar": "يتولى مستشار المحادثة",
    },
    **{
        name: {
            "fr": f"arrêtée par {words['fr']}",
            "en": f"stopped by {words['en']}",
            "ar": f"أوقفها {words['ar']}",
        }
        for name, words in _STOPS.items()
    },
}

_JOIN: Mapping[str, str] = {"fr": " ; ", "en": "; ", "ar": "؛ "}
_COMMA: Mapping[str, str] = {"fr": ", ", "en": ", ", "ar": "، "}


def reason_in_words(code: str, language: str) -> str:
    """Why a message was left out, where it is not the guards that say so."""
    words = _REASONS.get(code)
    return words[language] if words else code


def title_of(rule: Rule, language: str) -> str:
    titles: dict[str, str] = {str(key): words for key, words in rule.title.items()}
    return titles.get(language) or titles.get("en") or rule.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """A rule in words, part by part."""

    occasion: str
    steps: tuple[str, ...]
    only: tuple[str, ...]
    stops: tuple[str, ...]


def parts_of(rule: Rule, language: str) -> Parts:
    """When, after how long, to whom alone, what stops it."""
    only = dict.fromkeys(name for step in rule.steps for name in (*rule.only, *step.only))
    return Parts(
        occasion=_occasion(rule, language),
        steps=tuple(_step(step, language) for step in rule.steps),
        only=tuple(_ONLY[name][language] for name in only),
        stops=tuple(_STOPS[name][language] for name in rule.stop),
    )


def explain(rule: Rule, language: str) -> str:
    """A rule in one sentence: when, to whom, what stops it."""
    told, comma = parts_of(rule, language), _COMMA[language]
    parts = [told.occasion, comma.join(told.steps)]
    if told.only:
        lead = {"fr": "seulement : ", "en": "only: ", "ar": "فقط: "}[language]
        parts.append(lead + comma.join(told.only))
    if told.stops:
        lead = {"fr": "arrêtée par ", "en": "stopped by ", "ar": "يوقفها "}[language]
        parts.append(lead + comma.join(told.stops))
    return _JOIN[language].join(parts)


def _occasion(rule: Rule, language: str) -> str:
    when = rule.when
    if isinstance(when, Yearly):
        words = {"fr": "chaque année, {}", "en": "every year, {}", "ar": "كل سنة، {}"}
        birthday = {"fr": "à l’anniversaire", "en": "on the birthday", "ar": "في عيد الميلاد"}
        return words[language].format(birthday[language] if when.of == "birthday" else when.of)
    if isinstance(when, Fixed):
        return {"fr": "le {}", "en": "on {}", "ar": "يوم {}"}[language].format(
            _COMMA[language].join(_day(day, language) for day in when.days)
        )
    if isinstance(when, Feast):
        return {"fr": "à la fête : {}", "en": "on {}", "ar": "بمناسبة {}"}[language].format(
            FEAST_WORDS[when.feast][language]
        )
    if isinstance(when, DateOf | Happened):
        about = _FIELDS[when.of][language]
        return {"fr": "d’après {}", "en": "going by {}", "ar": "حسب {}"}[language].format(about)
    if isinstance(when, Serial):
        lead = {"fr": "en série : ", "en": "in a series: ", "ar": "بشكل متكرر: "}[language]
        return lead + _COMMA[language].join(_series(when, language))
    if isinstance(when, Inactive):
        bought = when.of == "purchase"
        silent = {"fr": "sans achat" if bought else "sans message", "en": "no purchase" if bought else "no message",
                  "ar": "دون شراء" if bought else "دون رسالة"}  # fmt: skip
        days = {
            "fr": f"depuis {when.days} jours",
            "en": f"for {when.days} days",
            "ar": f"منذ {_arabic(when.days, 'days')}",
        }
        return f"{silent[language]} {days[language]}"
    if isinstance(when, Rhythm):
        return {
            "fr": "au rythme habituel des commandes du client",
            "en": "in the customer's own ordering rhythm",
            "ar": "حسب وتيرة طلبيات العميل",
        }[language]
    return {"fr": "quand on le demande", "en": "when it is asked for", "ar": "عند الطلب"}[language]


def _step(step: Step, language: str) -> str:
    if isinstance(step.after, timedelta):
        return _wait(step.after // timedelta(minutes=1), language)
    return f"{_offset(step.after, language)} ({step.at:%H:%M})"


def _wait(minutes: int, language: str) -> str:
    if not minutes:
        return {"fr": "aussitôt", "en": "at once", "ar": "فورا"}[language]
    unit = "hours" if minutes % 60 == 0 else "minutes"
    return _around(minutes // 60 if unit == "hours" else minutes, unit, language)


def _offset(by: Offset, language: str) -> str:
    number = by.months or by.days
    if not number:
        return {"fr": "le jour même", "en": "the same day", "ar": "في اليوم نفسه"}[language]
    return _around(number, "months" if by.months else "days", language)


_UNITS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "fr": {"months": ("mois", "mois"), "days": ("jour", "jours"), "hours": ("heure", "heures"),
           "minutes": ("minute", "minutes")},
    "en": {"months": ("month", "months"), "days": ("day", "days"), "hours": ("hour", "hours"),
           "minutes": ("minute", "minutes")},
}  # fmt: skip
_ARABIC: Mapping[str, tuple[str, str, str, str, str]] = {
    "months": ("شهر واحد", "شهرين", "أشهر", "شهرا", "شهر"),
    "days": ("يوم واحد", "يومين", "أيام", "يوما", "يوم"),
    "hours": ("ساعة واحدة", "ساعتين", "ساعات", "ساعة", "ساعة"),
    "minutes": ("دقيقة واحدة", "دقيقتين", "دقائق", "دقيقة", "دقيقة"),
}
"""One, two, few (3–10), many (11–99), and hundreds."""


def _around(number: int, unit: str, language: str) -> str:
    """So much before (less than nought) or after the occasion."""
    many = abs(number)
    if language == "ar":
        return f"{'بعد' if number > 0 else 'قبل'} {_arabic(many, unit)}"
    words = f"{many} {_UNITS[language][unit][many > 1]}"
    side = {"fr": ("avant", "après"), "en": ("before", "after")}[language][number > 0]
    return f"{words} {side}"


def _arabic(number: int, unit: str) -> str:
    one, two, few, many, hundred = _ARABIC[unit]
    if number in (1, 2):
        return one if number == 1 else two
    rest = number % 100
    return f"{number} {few if 3 <= rest <= 10 else many if rest >= 11 else hundred}"


def _day(text: str, language: str) -> str:
    """ "12-31" is every year's, "2026-12-31" that one's."""
    if len(text) == 5:
        return _written(date(2028, int(text[:2]), int(text[3:])), "d MMMM", language)
    return _written(date.fromisoformat(text), "d MMMM y", language)


def _written(day: date, pattern: str, language: str) -> str:
    return format_date(day, pattern, locale=_LOCALES[language]).translate(_LATIN)


_LOCALES: Mapping[str, str] = {"fr": "fr", "en": "en_GB", "ar": "ar_DZ"}
_LATIN = str.maketrans("٠١٢٣٤٥٦٧٨٩", "0123456789")
_CRON: Mapping[str, Words] = {
    "month": {"fr": "mois {}", "en": "month {}", "ar": "الشهر {}"},
    "day": {"fr": "jour {} du mois", "en": "day {} of the month", "ar": "يوم {} من الشهر"},
    "week": {"fr": "semaine {}", "en": "week {}", "ar": "الأسبوع {}"},
    "weekday": {"fr": "le {}", "en": "on {}", "ar": "يوم {}"},
}
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LAST: Words = {"fr": "dernier", "en": "last", "ar": "الأخير"}
_MONDAY = date(2026, 3, 2)


def _series(when: Serial, language: str) -> list[str]:
    """The fields that say something, with weekdays and "last" in words."""
    said = when.model_dump(exclude={"kind"})
    parts = [_CRON[key][language].format(_names(said[key], language)) for key in _CRON if said[key] != "*"]
    return parts or [{"fr": "chaque jour", "en": "every day", "ar": "كل يوم"}[language]]


def _names(text: str, language: str) -> str:
    for number, name in enumerate(_WEEKDAYS):
        if name in text:
            text = text.replace(name, _written(_MONDAY + timedelta(days=number), "EEEE", language))
    return text.replace("last", _LAST[language])
