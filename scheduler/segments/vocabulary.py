"""The words rules are written with, in English, French and Arabic. The first of each language is the one written.

All languages may be mixed in one rule: which one a word belongs to does not matter to the reader of rules.
In patterns N is a whole number, U a unit of time and D a day.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

Names = Mapping[str, tuple[str, ...]]  # by language

FIELDS: Final[Mapping[str, Names]] = {
    "name": {"en": ("name",), "fr": ("nom",), "ar": ("الاسم",)},
    "language": {"en": ("language",), "fr": ("langue",), "ar": ("اللغة",)},
    "country": {"en": ("country",), "fr": ("pays",), "ar": ("البلد",)},
    "zone": {"en": ("zone",), "fr": ("zone", "région"), "ar": ("المنطقة",)},
    "timezone": {"en": ("timezone", "time zone"), "fr": ("fuseau", "fuseau horaire"), "ar": ("التوقيت",)},
    "organisation": {
        "en": ("organisation", "organization", "company"),
        "fr": ("organisation", "entreprise", "société"),
        "ar": ("المؤسسة", "الشركة"),
    },
    "role": {"en": ("role",), "fr": ("rôle", "fonction"), "ar": ("الدور",)},
    "owner": {"en": ("owner",), "fr": ("responsable", "commercial"), "ar": ("المسؤول",)},
    "source": {"en": ("source", "first channel"), "fr": ("origine", "source"), "ar": ("المصدر",)},
    "preferred_channel": {"en": ("preferred channel",), "fr": ("canal préféré",), "ar": ("القناة المفضلة",)},
    "external_id": {
        "en": ("external id", "customer number"),
        "fr": ("numéro client", "identifiant"),
        "ar": ("رقم الزبون",),
    },
    "stage": {
        "en": ("stage", "life-cycle stage"),
        "fr": ("étape", "stade"),
        "ar": ("المرحلة",),
    },
    "tier": {"en": ("tier", "relationship"), "fr": ("relation",), "ar": ("العلاقة",)},
    "mode": {"en": ("mode",), "fr": ("mode",), "ar": ("الوضع",)},
    "tag": {"en": ("tag", "tags"), "fr": ("étiquette", "étiquettes", "tag"), "ar": ("الوسم", "الوسوم")},
    "own": {"en": ("field",), "fr": ("champ",), "ar": ("الحقل",)},
    "birthday": {"en": ("birthday",), "fr": ("anniversaire",), "ar": ("عيد الميلاد",)},
    "birthday_month": {
        "en": ("birthday month",),
        "fr": ("mois d'anniversaire",),
        "ar": ("شهر الميلاد",),
    },
    "age": {"en": ("age",), "fr": ("âge",), "ar": ("العمر",)},
    "created": {"en": ("created", "known"), "fr": ("créé", "connu"), "ar": ("الإنشاء",)},
    "reachable": {
        "en": ("reachable by", "address"),
        "fr": ("joignable par", "adresse"),
        "ar": ("يمكن الاتصال به عبر", "العنوان"),
    },
    "consent": {
        "en": ("consent to", "consent", "consents to"),
        "fr": ("accord pour", "consentement pour", "consentement"),
        "ar": ("موافق على", "الموافقة على"),
    },
    "purchases": {
        "en": ("purchases", "purchase", "bought", "orders"),
        "fr": ("achats", "achat", "a acheté", "acheté", "commandes"),
        "ar": ("المشتريات", "شراء", "اشترى", "الطلبات"),
    },
    "quantity": {"en": ("quantity",), "fr": ("quantité",), "ar": ("الكمية",)},
    "amount": {"en": ("amount", "spent"), "fr": ("montant", "dépensé"), "ar": ("المبلغ",)},
    "last_purchase": {"en": ("last purchase",), "fr": ("dernier achat",), "ar": ("آخر شراء",)},
    "first_purchase": {"en": ("first purchase",), "fr": ("premier achat",), "ar": ("أول شراء",)},
    "recency": {
        "en": ("rfm recency", "recency class", "recency"),
        "fr": ("rfm récence", "classe de récence", "récence"),
        "ar": ("فئة الحداثة",),
    },
    "frequency": {
        "en": ("rfm frequency", "frequency class", "frequency"),
        "fr": ("rfm fréquence", "classe de fréquence", "fréquence"),
        "ar": ("فئة التكرار",),
    },
    "spending": {
        "en": ("rfm amount", "amount class"),
        "fr": ("rfm montant", "classe de montant"),
        "ar": ("فئة المبلغ",),
    },
    "quotes": {"en": ("quotes", "quote"), "fr": ("devis",), "ar": ("عروض الأسعار", "عرض السعر")},
    "quote_amount": {
        "en": ("quote amount", "quotes amount"),
        "fr": ("montant des devis",),
        "ar": ("مبلغ عروض الأسعار",),
    },
    "quote_expiry": {
        "en": ("quote expires", "end of quote"),
        "fr": ("expiration du devis", "échéance du devis"),
        "ar": ("انتهاء عرض السعر",),
    },
    "equipment": {"en": ("equipment",), "fr": ("équipement", "équipements"), "ar": ("المعدات",)},
    "service_due": {
        "en": ("service due", "equipment due"),
        "fr": ("entretien dû", "entretien prévu", "entretien"),
        "ar": ("موعد الصيانة",),
    },
    "cards": {
        "en": ("loyalty card", "loyalty cards", "cards"),
        "fr": ("carte de fidélité", "cartes de fidélité"),
        "ar": ("بطاقة الوفاء",),
    },
    "points": {"en": ("points",), "fr": ("points",), "ar": ("النقاط",)},
    "rewards": {
        "en": ("rewards", "gift cheques"),
        "fr": ("chèques cadeaux", "récompenses"),
        "ar": ("المكافآت",),
    },
    "card_expiry": {
        "en": ("card expires", "card expired"),
        "fr": ("carte expire", "expiration de la carte"),
        "ar": ("انتهاء البطاقة",),
    },
    "interest": {
        "en": ("interest", "interested in"),
        "fr": ("intérêt", "intéressé par", "centre d'intérêt"),
        "ar": ("الاهتمام", "مهتم بـ"),
    },
    "waiting": {
        "en": ("waiting for",),
        "fr": ("en attente de", "attend"),
        "ar": ("ينتظر", "في انتظار"),
    },
    "appointments": {
        "en": ("appointments", "appointment"),
        "fr": ("rendez-vous",),
        "ar": ("المواعيد", "موعد"),
    },
    "next_appointment": {
        "en": ("next appointment",),
        "fr": ("prochain rendez-vous",),
        "ar": ("الموعد القادم",),
    },
    "last_appointment": {
        "en": ("last appointment",),
        "fr": ("dernier rendez-vous",),
        "ar": ("آخر موعد",),
    },
    "complaints": {
        "en": ("complaints", "complaint"),
        "fr": ("réclamations", "réclamation"),
        "ar": ("الشكاوى", "شكوى"),
    },
    "conversations": {
        "en": ("conversations", "conversation"),
        "fr": ("conversations", "conversation"),
        "ar": ("المحادثات", "محادثة"),
    },
    "last_message": {"en": ("last message",), "fr": ("dernier message",), "ar": ("آخر رسالة",)},
    "last_activity": {
        "en": ("last activity", "active"),
        "fr": ("dernière activité", "actif"),
        "ar": ("آخر نشاط", "نشط"),
    },
    "campaigns": {
        "en": ("campaigns", "campaign"),
        "fr": ("campagnes", "campagne"),
        "ar": ("الحملات", "الحملة"),
    },
    "promotions": {
        "en": ("promotions", "promotions sent"),
        "fr": ("promotions", "promotions envoyées"),
        "ar": ("العروض المرسلة",),
    },
}

INACTIVE: Final[Names] = {"en": ("inactive",), "fr": ("inactif",), "ar": ("غير نشط",)}

CONNECTIVES: Final[Mapping[str, Names]] = {
    "and": {"en": ("and", "but"), "fr": ("et", "mais"), "ar": ("و", "لكن")},
    "or": {"en": ("or",), "fr": ("ou",), "ar": ("أو",)},
    "not": {
        "en": ("not", "no", "without", "never"),
        "fr": ("non", "pas", "sans", "jamais"),
        "ar": ("ليس", "بدون", "لا"),
    },
    "everybody": {
        "en": ("everybody", "everyone", "all contacts"),
        "fr": ("tous", "tout le monde", "tous les contacts"),
        "ar": ("الجميع", "الكل"),
    },
}

SIGNS: Final[Mapping[str, Names]] = {
    "not_in": {"en": ("not in",), "fr": ("pas parmi", "hors"), "ar": ("ليس ضمن", "خارج")},
    "in": {"en": ("in", "one of"), "fr": ("parmi", "dans", "à"), "ar": ("ضمن", "من بين")},
    "is_not": {"en": ("is not", "isn't"), "fr": ("n'est pas",), "ar": ("ليست", "ليس هو")},
    "is": {"en": ("is", "are"), "fr": ("est", "sont"), "ar": ("هي", "هو")},
    "contains": {"en": ("contains",), "fr": ("contient",), "ar": ("يحتوي على",)},
    "starts": {"en": ("starts with", "begins with"), "fr": ("commence par",), "ar": ("يبدأ بـ",)},
    "known": {
        "en": ("known", "is known", "is set"),
        "fr": ("connu", "connue", "est connu", "est connue"),
        "ar": ("معروف", "معروفة"),
    },
    "unknown": {
        "en": ("unknown", "is unknown", "is missing", "missing"),
        "fr": ("inconnu", "inconnue", "est inconnu", "est inconnue"),
        "ar": ("مجهول", "مجهولة"),
    },
    ">=": {"en": ("at least",), "fr": ("au moins",), "ar": ("على الأقل",)},
    "<=": {"en": ("at most",), "fr": ("au plus",), "ar": ("على الأكثر",)},
    ">": {"en": ("more than", "over"), "fr": ("plus de",), "ar": ("أكثر من",)},
    "<": {"en": ("less than", "under", "fewer than"), "fr": ("moins de",), "ar": ("أقل من",)},
    "=": {"en": ("exactly",), "fr": ("exactement",), "ar": ("بالضبط",)},
}

LINKS: Final[Mapping[str, Names]] = {
    "ranges": {
        "en": ("of range", "in range", "range"),
        "fr": ("de la gamme", "gamme"),
        "ar": ("من تشكيلة", "تشكيلة"),
    },
    "products": {"en": ("of", "about"), "fr": ("de", "du", "sur"), "ar": ("من", "حول")},
    "channel": {"en": ("by", "via", "on"), "fr": ("par", "via"), "ar": ("عبر",)},
}

UNITS: Final[Mapping[str, Names]] = {
    "day": {"en": ("days", "day"), "fr": ("jours", "jour"), "ar": ("أيام", "يوما", "يوم", "يومين")},
    "week": {
        "en": ("weeks", "week"),
        "fr": ("semaines", "semaine"),
        "ar": ("أسابيع", "أسبوعا", "أسبوع", "أسبوعين"),
    },
    "month": {"en": ("months", "month"), "fr": ("mois",), "ar": ("أشهر", "شهرا", "شهر", "شهرين", "شهور")},
    "year": {
        "en": ("years", "year"),
        "fr": ("ans", "an", "année", "années"),
        "ar": ("سنوات", "سنة", "عاما", "أعوام", "عام", "سنتين"),
    },
}

PERIODS: Final[Mapping[str, Names]] = {
    "last": {
        "en": (
            "in the last N U", "within the last N U", "over the last N U", "during the last N U",
            "in the past N U", "less than N U ago",
        ),
        "fr": (
            "dans les N derniers U", "dans les N dernières U", "sur les N derniers U", "sur les N dernières U",
            "au cours des N derniers U", "au cours des N dernières U", "depuis moins de N U",
            "il y a moins de N U",
        ),
        "ar": ("خلال آخر N U", "في آخر N U", "قبل أقل من N U"),
    },
    "next": {
        "en": ("in the next N U", "within the next N U", "within N U", "in N U"),
        "fr": ("dans les N prochains U", "dans les N prochaines U", "d'ici N U"),
        "ar": ("خلال N U القادمة", "خلال N U المقبلة", "في غضون N U"),
    },
    "older": {
        "en": ("more than N U ago", "over N U ago"),
        "fr": ("il y a plus de N U", "depuis plus de N U"),
        "ar": ("قبل أكثر من N U", "منذ أكثر من N U"),
    },
    "between": {
        "en": ("between D and D", "from D to D"),
        "fr": ("entre D et D", "entre le D et le D", "du D au D"),
        "ar": ("بين D و D", "من D إلى D"),
    },
    "since": {"en": ("since D", "from D"), "fr": ("depuis D", "depuis le D"), "ar": ("منذ D",)},
    "until": {"en": ("until D", "till D"), "fr": ("jusqu'à D", "jusqu'au D"), "ar": ("حتى D",)},
    "before": {"en": ("before D",), "fr": ("avant D", "avant le D"), "ar": ("قبل D",)},
    "after": {"en": ("after D",), "fr": ("après D", "après le D"), "ar": ("بعد D",)},
    "on": {"en": ("on D",), "fr": ("le D",), "ar": ("في D",)},
}  # fmt: skip

IDLE: Final[Names] = {
    "en": ("for N U", "for more than N U", "since N U"),
    "fr": ("depuis N U", "depuis plus de N U"),
    "ar": ("منذ N U", "منذ أكثر من N U"),
}

CALENDAR: Final[Mapping[tuple[str, int], Names]] = {
    ("day", 0): {"en": ("today",), "fr": ("aujourd'hui",), "ar": ("اليوم",)},
    ("day", -1): {"en": ("yesterday",), "fr": ("hier",), "ar": ("أمس",)},
    ("day", 1): {"en": ("tomorrow",), "fr": ("demain",), "ar": ("غدا",)},
    ("week", 0): {"en": ("this week",), "fr": ("cette semaine",), "ar": ("هذا الأسبوع",)},
    ("week", -1): {"en": ("last week",), "fr": ("la semaine dernière",), "ar": ("الأسبوع الماضي",)},
    ("week", 1): {"en": ("next week",), "fr": ("la semaine prochaine",), "ar": ("الأسبوع القادم",)},
    ("month", 0): {"en": ("this month",), "fr": ("ce mois", "ce mois-ci"), "ar": ("هذا الشهر",)},
    ("month", -1): {"en": ("last month",), "fr": ("le mois dernier",), "ar": ("الشهر الماضي",)},
    ("month", 1): {"en": ("next month",), "fr": ("le mois prochain",), "ar": ("الشهر القادم",)},
    ("year", 0): {"en": ("this year",), "fr": ("cette année",), "ar": ("هذه السنة",)},
    ("year", -1): {"en": ("last year",), "fr": ("l'année dernière",), "ar": ("السنة الماضية",)},
    ("year", 1): {"en": ("next year",), "fr": ("l'année prochaine",), "ar": ("السنة القادمة",)},
}
