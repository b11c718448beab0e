"""The values of fields that have a fixed list of them, in three languages; the first word is the one written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

Names = Mapping[str, tuple[str, ...]]  # by language

CHOICES: Final[Mapping[str, Mapping[str, Names]]] = {
    "language": {
        "fr": {"en": ("fr", "french"), "fr": ("fr", "français"), "ar": ("fr", "الفرنسية", "فرنسية")},
        "ar": {"en": ("ar", "arabic"), "fr": ("ar", "arabe"), "ar": ("ar", "العربية", "عربية")},
        "en": {"en": ("en", "english"), "fr": ("en", "anglais"), "ar": ("en", "الإنجليزية", "إنجليزية")},
    },
    "role": {
        "decider": {"en": ("decider",), "fr": ("décideur",), "ar": ("صاحب القرار",)},
        "buyer": {"en": ("buyer",), "fr": ("acheteur",), "ar": ("مشتري",)},
        "user": {"en": ("user",), "fr": ("utilisateur",), "ar": ("مستخدم",)},
        "prescriber": {"en": ("prescriber",), "fr": ("prescripteur",), "ar": ("موصي",)},
        "adviser": {"en": ("adviser", "advisor"), "fr": ("conseiller",), "ar": ("مستشار",)},
        "filter": {"en": ("filter", "gatekeeper"), "fr": ("filtre",), "ar": ("حاجز",)},
    },
    "stage": {
        "prospect": {"en": ("prospect",), "fr": ("prospect",), "ar": ("محتمل",)},
        "new": {"en": ("new",), "fr": ("nouveau",), "ar": ("جديد",)},
        "regular": {"en": ("regular",), "fr": ("régulier", "fidèle"), "ar": ("دائم", "وفي")},
        "lost": {"en": ("lost",), "fr": ("perdu",), "ar": ("مفقود",)},
    },
    "tier": {
        "none": {"en": ("none",), "fr": ("aucune",), "ar": ("بلا علاقة",)},
        "reply_only": {"en": ("reply only", "reply_only"), "fr": ("réponse seule",), "ar": ("رد فقط",)},
        "post_purchase": {
            "en": ("post purchase", "post_purchase"),
            "fr": ("suivi après achat",),
            "ar": ("متابعة بعد الشراء",),
        },
        "periodic": {"en": ("periodic",), "fr": ("périodique",), "ar": ("دورية",)},
        "dedicated": {"en": ("dedicated",), "fr": ("attitrée", "dédiée"), "ar": ("مخصصة",)},
    },
    "mode": {
        "low_contact": {
            "en": ("low contact", "low_contact"),
            "fr": ("peu de contacts",),
            "ar": ("اتصال محدود",),
        },
        "discreet": {"en": ("discreet",), "fr": ("discret",), "ar": ("كتوم",)},
    },
    "purpose": {
        "service": {"en": ("service",), "fr": ("service",), "ar": ("خدمة", "الخدمة")},
        "information": {
            "en": ("information", "news"),
            "fr": ("information", "informations"),
            "ar": ("معلومات", "المعلومات"),
        },
        "offers": {
            "en": ("offers", "promotions"),
            "fr": ("offres", "promotions"),
            "ar": ("عروض", "العروض"),
        },
    },
    "channel": {
        "email": {"en": ("email", "e-mail", "mail"), "fr": ("e-mail", "courriel"), "ar": ("البريد", "إيميل")},
        "sms": {"en": ("sms",), "fr": ("sms",), "ar": ("sms", "رسالة قصيرة")},
        "whatsapp": {"en": ("whatsapp",), "fr": ("whatsapp",), "ar": ("whatsapp", "واتساب")},
        "telegram": {"en": ("telegram",), "fr": ("telegram",), "ar": ("telegram", "تيليغرام", "تلغرام")},
        "webchat": {
            "en": ("webchat", "chat"),
            "fr": ("webchat", "tchat"),
            "ar": ("webchat", "دردشة"),
        },
        "phone": {"en": ("phone",), "fr": ("téléphone",), "ar": ("هاتف",)},
        "post": {"en": ("post", "letter"), "fr": ("courrier", "lettre"), "ar": ("رسالة",)},
        "fax": {"en": ("fax",), "fr": ("fax",), "ar": ("فاكس",)},
        "viber": {"en": ("viber",), "fr": ("viber",), "ar": ("viber", "فايبر")},
        "messenger": {"en": ("messenger",), "fr": ("messenger",), "ar": ("messenger", "ماسنجر")},
        "facebook": {"en": ("facebook",), "fr": ("facebook",), "ar": ("facebook", "فيسبوك")},
        "linkedin": {"en": ("linkedin",), "fr": ("linkedin",), "ar": ("linkedin", "لينكدإن")},
        "shop": {"en": ("shop",), "fr": ("magasin",), "ar": ("متجر",)},
        "fair": {"en": ("fair",), "fr": ("salon",), "ar": ("معرض",)},
        "form": {"en": ("form",), "fr": ("formulaire",), "ar": ("استمارة",)},
        "import": {"en": ("import",), "fr": ("import",), "ar": ("استيراد",)},
    },
    "quote": {
        "open": {"en": ("open",), "fr": ("en cours", "ouvert", "ouverts"), "ar": ("جاري", "مفتوح")},
        "accepted": {"en": ("accepted",), "fr": ("accepté", "acceptés"), "ar": ("مقبول",)},
        "refused": {"en": ("refused",), "fr": ("refusé", "refusés"), "ar": ("مرفوض",)},
        "expired": {"en": ("expired",), "fr": ("expiré", "expirés"), "ar": ("منتهي",)},
    },
    "appointment": {
        "proposed": {"en": ("proposed",), "fr": ("proposé", "proposés"), "ar": ("مقترح",)},
        "booked": {"en": ("booked",), "fr": ("pris", "réservé", "réservés"), "ar": ("محجوز",)},
        "cancelled": {"en": ("cancelled", "canceled"), "fr": ("annulé", "annulés"), "ar": ("ملغى",)},
        "held": {"en": ("held",), "fr": ("tenu", "tenus"), "ar": ("منعقد",)},
        "missed": {"en": ("missed",), "fr": ("manqué", "manqués"), "ar": ("فائت",)},
    },
    "complaint": {
        "open": {"en": ("open",), "fr": ("ouverte", "ouvertes", "en cours"), "ar": ("مفتوحة", "مفتوحه")},
        "closed": {"en": ("closed",), "fr": ("close", "closes", "fermée", "fermées"), "ar": ("مغلقة",)},
        "satisfied": {
            "en": ("satisfied",),
            "fr": ("satisfaite", "satisfaites", "satisfait"),
            "ar": ("مرضية",),
        },
        "dissatisfied": {
            "en": ("dissatisfied", "unsatisfied"),
            "fr": ("insatisfaite", "insatisfaites", "insatisfait"),
            "ar": ("غير مرضية",),
        },
    },
    "campaign": {
        "sent": {"en": ("sent", "received"), "fr": ("envoyée", "envoyées", "reçue"), "ar": ("مرسلة",)},
        "opened": {"en": ("opened",), "fr": ("ouverte", "ouvertes"), "ar": ("مفتوحة",)},
        "clicked": {"en": ("clicked",), "fr": ("cliquée", "cliquées"), "ar": ("نقر عليها",)},
        "replied": {"en": ("replied", "answered"), "fr": ("répondue", "répondues"), "ar": ("مجاب عليها",)},
        "converted": {"en": ("converted",), "fr": ("convertie", "converties"), "ar": ("محولة",)},
        "opted_out": {
            "en": ("opted out",),
            "fr": ("désabonnée", "désabonnées", "désabonné"),
            "ar": ("ألغي الاشتراك",),
        },
        "skipped": {"en": ("skipped",), "fr": ("écartée", "écartées"), "ar": ("مستبعدة",)},
        "failed": {"en": ("failed",), "fr": ("échouée", "échouées"), "ar": ("فاشلة",)},
    },
}


def choice_word(table: str, value: str, language: str) -> str:
    """How a value is written; one of the company's own, which no list has, stays as it is."""
    names = CHOICES[table].get(value)
    return names[language][0] if names else value


def choices_of(table: str) -> Mapping[str, Names]:
    return CHOICES[table]
