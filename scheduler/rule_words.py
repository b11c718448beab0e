"""Rules and their reasons in the words of a marketer, in French, Arabic and English."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

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


def explain(rule: Rule, language: str) -> str:
    """A rule in one sentence: when, to whom, what stops it."""
    parts = [_occasion(rule, language), _COMMA[language].join(_step(step, language) for step in rule.steps)]
    only = dict.fromkeys(name for step in rule.steps for name in (*rule.only, *step.only))
    if only:
        lead = {"fr": "seulement : ", "en": "only: ", "ar": "فقط: "}[language]
        parts.append(lead + _COMMA[language].join(_ONLY[name][language] for name in only))
    if rule.stop:
        lead = {"fr": "arrêtée par ", "en": "stopped by ", "ar": "يوقفها "}[language]
        parts.append(lead + _COMMA[language].join(_STOPS[name][language] for name in rule.stop))
    return _JOIN[language].join(parts)


def _occasion(rule: Rule, language: str) -> str:
    when = rule.when
    if isinstance(when, Yearly):
        words = {"fr": "chaque année, {}", "en": "every year, {}", "ar": "كل سنة، {}"}
        birthday = {"fr": "à l’anniversaire", "en": "on the birthday", "ar": "في عيد الميلاد"}
        return words[language].format(birthday[language] if when.of == "birthday" else when.of)
    if isinstance(when, Fixed):
        return {"fr": "le {}", "en": "on {}", "ar": "يوم {}"}[language].format(
            _COMMA[language].join(when.days)
        )
    if isinstance(when, Feast):
        return {"fr": "à la fête : {}", "en": "on {}", "ar": "بمناسبة {}"}[language].format(
            FEAST_WORDS[when.feast][language]
        )
    if isinstance(when, DateOf | Happened):
        about = _FIELDS[when.of][language]
        return {"fr": "d’après {}", "en": "going by {}", "ar": "حسب {}"}[language].format(about)
    if isinstance(when, Serial):
        series = " ".join(
            f"{key}={value}" for key, value in when.model_dump(exclude={"kind"}).items() if value != "*"
        )
        return {"fr": "en série : {}", "en": "in a series: {}", "ar": "بشكل متكرر: {}"}[language].format(
            series
        )
    if isinstance(when, Inactive):
        bought = when.of == "purchase"
        silent = {"fr": "sans achat" if bought else "sans message", "en": "no purchase" if bought else "no message",
                  "ar": "دون شراء" if bought else "دون رسالة"}  # fmt: skip
        days = {
            "fr": f"depuis {when.days} jours",
            "en": f"for {when.days} days",
            "ar": f"منذ {when.days} يوما",
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
        minutes = step.after // timedelta(minutes=1)
        if not minutes:
            return {"fr": "aussitôt", "en": "at once", "ar": "فورا"}[language]
        if minutes < 0:
            early = {
                "fr": f"{-minutes} min avant",
                "en": f"{-minutes} min before",
                "ar": f"قبل {-minutes} دقيقة",
            }
            return early[language]
        return {"fr": f"{minutes} min après", "en": f"{minutes} min after", "ar": f"بعد {minutes} دقيقة"}[
            language
        ]
    return f"{_offset(step.after, language)} ({step.at:%H:%M})"


def _offset(by: Offset, language: str) -> str:
    number = by.months or by.days
    if not number:
        return {"fr": "le jour même", "en": "the same day", "ar": "في اليوم نفسه"}[language]
    unit = {
        "fr": "mois" if by.months else "j",
        "en": "months" if by.months else "days",
        "ar": "شهر" if by.months else "يوم",
    }[language]
    after = {"fr": "{} {} après", "en": "{} {} after", "ar": "بعد {} {}"}
    before = {"fr": "{} {} avant", "en": "{} {} before", "ar": "قبل {} {}"}
    return (after if number > 0 else before)[language].format(abs(number), unit)
