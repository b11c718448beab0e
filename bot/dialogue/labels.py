"""Words of buttons and of small values shown inside templates, in the languages of the bot."""

from __future__ import annotations

from collections.abc import Mapping

from channels.port import Button

_LABELS: Mapping[str, Mapping[str, str]] = {
    "yes": {"fr": "Oui, c’est exact", "ar": "نعم، صحيح", "en": "Yes, that’s right"},
    "plain_yes": {"fr": "Oui", "ar": "نعم", "en": "Yes"},
    "no": {"fr": "Non", "ar": "لا", "en": "No"},
    "fix": {"fr": "Corriger", "ar": "تصحيح", "en": "Correct"},
    "cancel": {"fr": "Annuler", "ar": "إلغاء", "en": "Cancel"},
    "skip": {"fr": "Passer", "ar": "تخطي", "en": "Skip"},
    "complain": {"fr": "Réclamation", "ar": "تقديم شكوى", "en": "Make a complaint"},
    "person": {"fr": "Parler à quelqu’un", "ar": "التحدث مع شخص", "en": "Talk to a person"},
    "move": {"fr": "Déplacer", "ar": "تغيير الموعد", "en": "Move it"},
    "cancel_appointment": {"fr": "Annuler le rendez-vous", "ar": "إلغاء الموعد", "en": "Cancel it"},
    "keep": {"fr": "Le garder", "ar": "الإبقاء عليه", "en": "Keep it"},
    "more": {"fr": "Autres horaires", "ar": "أوقات أخرى", "en": "Other times"},
    "remedy:refund": {"fr": "Remboursement", "ar": "استرداد المبلغ", "en": "Refund"},
    "remedy:exchange": {"fr": "Échange", "ar": "استبدال", "en": "Exchange"},
    "remedy:redelivery": {"fr": "Nouvelle livraison", "ar": "إعادة التوصيل", "en": "New delivery"},
    "remedy:repair": {"fr": "Réparation", "ar": "إصلاح", "en": "Repair"},
    "remedy:explanation": {"fr": "Explication", "ar": "توضيح", "en": "Explanation"},
    "remedy:discount": {"fr": "Remise", "ar": "تخفيض", "en": "Discount"},
    "mark:1": {"fr": "1 Très insatisfait", "ar": "1 غير راضٍ تمامًا", "en": "1 Very dissatisfied"},
    "mark:2": {"fr": "2 Insatisfait", "ar": "2 غير راضٍ", "en": "2 Dissatisfied"},
    "mark:3": {"fr": "3 Moyen", "ar": "3 متوسط", "en": "3 Average"},
    "mark:4": {"fr": "4 Satisfait", "ar": "4 راضٍ", "en": "4 Satisfied"},
    "mark:5": {"fr": "5 Très satisfait", "ar": "5 راضٍ جدًا", "en": "5 Very satisfied"},
    "phase:recueil": {"fr": "reçue", "ar": "تم استلامها", "en": "received"},
    "phase:enregistrement": {"fr": "enregistrée", "ar": "مسجّلة", "en": "registered"},
    "phase:resolution": {"fr": "en cours de traitement", "ar": "قيد المعالجة", "en": "being worked on"},
    "phase:cloture": {
        "fr": "répondue, en cours de clôture",
        "ar": "تم الرد عليها",
        "en": "answered, being closed",
    },
    "phase:suivi": {"fr": "traitée", "ar": "تمت معالجتها", "en": "treated"},
    "phase:exploitation": {"fr": "traitée", "ar": "تمت معالجتها", "en": "treated"},
}


def label(key: str, language: str) -> str:
    """The words for a key, in English where the language has none; the key's own last part for an unknown
    key.
    """
    by_language = _LABELS.get(key)
    if by_language is None:
        return key.partition(":")[2] or key
    return by_language.get(language) or by_language["en"]


def button(value: str, language: str, *, key: str = "") -> Button:
    return Button(label(key or value, language), value)


def remedy_words(remedy: str, language: str) -> str:
    """A remedy as shown to the customer: its name, or their own words."""
    key = f"remedy:{remedy}"
    return label(key, language) if key in _LABELS else remedy


def phase_words(phase: str, language: str) -> str:
    return label(f"phase:{phase}", language)
