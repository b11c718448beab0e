"""The register's columns and what stands in them, in French, Arabic and English. source: CO-05, CO-25"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

LANGUAGES: Final = ("fr", "ar", "en")

COLUMNS: Final[Mapping[str, tuple[str, str, str]]] = {
    "reference": ("Référence", "المرجع", "Reference"),
    "received_at": ("Reçue le", "تاريخ الاستلام", "Received"),
    "channel": ("Canal", "القناة", "Channel"),
    "customer": ("Client", "الزبون", "Customer"),
    "organisation": ("Entreprise", "المؤسسة", "Organisation"),
    "history": ("Réclamations antérieures", "شكاوى سابقة", "Earlier complaints"),
    "zone": ("Zone", "المنطقة", "Zone"),
    "product": ("Produit", "المنتج", "Product"),
    "order": ("Commande", "الطلبية", "Order"),
    "object": ("Objet", "الموضوع", "Object"),
    "code": ("Code", "الرمز", "Code"),
    "severity": ("Gravité", "الخطورة", "Severity"),
    "summary": ("Résumé", "الملخص", "Summary"),
    "consequences": ("Conséquences", "العواقب", "Consequences"),
    "anomaly": ("Déclaration d’anomalie", "تصريح بالخلل", "Anomaly declared"),
    "remedy": ("Solution attendue", "الحل المنتظر", "Remedy expected"),
    "evidence": ("Pièces", "الوثائق", "Files"),
    "desk": ("Service", "المصلحة", "Desk"),
    "forwarded": ("Transmise à", "أُحيلت إلى", "Forwarded to"),
    "owner": ("Responsable", "المسؤول", "Owner"),
    "phase": ("Phase", "المرحلة", "Phase"),
    "due_at": ("Échéance", "الأجل", "Due"),
    "answered_at": ("Répondue le", "تاريخ الرد", "Answered"),
    "in_time": ("À temps", "في أجلها", "In time"),
    "faith": ("Bonne foi", "حسن النية", "Good faith"),
    "fault": ("Faute", "الخطأ", "Fault"),
    "cause": ("Cause", "السبب", "Cause"),
    "compensation": ("Compensation", "التعويض", "Compensation"),
    "cost": ("Coût", "التكلفة", "Cost"),
    "outcome": ("Issue", "المآل", "Outcome"),
    "satisfied": ("De nouveau satisfait", "راضٍ من جديد", "Satisfied again"),
    "reopened": ("Réouvertures", "مرات إعادة الفتح", "Times reopened"),
    "closed_at": ("Clôturée le", "تاريخ الغلق", "Closed"),
    "reviewer": ("Vérifiée par", "راجعها", "Reviewed by"),
    "archived_at": ("Archivée le", "تاريخ الأرشفة", "Archived"),
    "mystery": ("Client mystère", "زبون خفي", "Mystery customer"),
}
"""Key of a column, and its head in `LANGUAGES`."""

PRINTED: Final = (
    "reference", "received_at", "customer", "product", "zone", "object", "summary", "owner", "due_at",
    "answered_at", "cause", "outcome",
)  # fmt: skip
"""Columns of the printed register, unless others are asked for: a page is only so wide."""

WIDTHS: Final[Mapping[str, float]] = {
    "reference": 1.65, "summary": 2.2, "customer": 1.4, "received_at": 1.1, "due_at": 1.1, "answered_at": 1.1,
    "object": 1.15, "owner": 1.25, "cause": 1.3, "zone": 0.9, "product": 0.9, "outcome": 0.9, "consequences": 2.0,
    "anomaly": 2.0, "remedy": 1.3,
}  # fmt: skip
"""Shares of a page's width; 1 for the others."""

VALUES: Final[Mapping[str, Mapping[str, tuple[str, str, str]]]] = {
    "object": {
        "price": ("prix", "السعر", "price"),
        "quality": ("qualité", "الجودة", "quality"),
        "delivery": ("délai de livraison", "أجل التوصيل", "delivery time"),
        "packaging": ("emballage", "التغليف", "packaging"),
        "other": ("autre", "آخر", "other"),
    },
    "severity": {
        "normal": ("normale", "عادية", "normal"),
        "serious": ("grave", "خطيرة", "serious"),
        "critical": ("critique", "حرجة", "critical"),
    },
    "phase": {
        "recueil": ("recueil", "التلقي", "intake"),
        "enregistrement": ("enregistrement", "التسجيل", "registration"),
        "resolution": ("résolution", "المعالجة", "resolution"),
        "cloture": ("clôture", "الإغلاق", "closing"),
        "suivi": ("suivi", "المتابعة", "follow-up"),
        "exploitation": ("exploitation", "الاستغلال", "lessons drawn"),
    },
    "fault": {
        "company": ("entreprise", "المؤسسة", "company"),
        "customer": ("client", "الزبون", "customer"),
        "undetermined": ("indéterminée", "غير محدد", "undetermined"),
    },
    "outcome": {
        "settled": ("réglée", "مسوّاة", "settled"),
        "refused": ("refusée", "مرفوضة", "refused"),
        "withdrawn": ("retirée", "مسحوبة", "withdrawn"),
        "merged": ("réunie à une autre", "مدمجة في أخرى", "merged into another"),
    },
    "compensation": {
        "refund": ("remboursement", "استرداد", "refund"),
        "exchange": ("échange", "استبدال", "exchange"),
        "service": ("prestation", "خدمة", "service"),
        "discount": ("remise", "تخفيض", "discount"),
        "goodwill": ("geste commercial", "لفتة تجارية", "goodwill"),
    },
}

YES_NO: Final[tuple[tuple[str, str], ...]] = (("oui", "non"), ("نعم", "لا"), ("yes", "no"))

TITLES: Final = (
    "Registre central des réclamations",
    "السجل المركزي للشكاوى",
    "Central register of complaints",
)
SPANS: Final = ("du {first} au {last}", "من {first} إلى {last}", "from {first} to {last}")
COUNTED: Final = ("{count} réclamations", "عدد الشكاوى: {count}", "{count} complaints")
EMPTY: Final = (
    "Aucune réclamation dans cette période.",
    "لا توجد شكاوى في هذه الفترة.",
    "No complaint in this period.",
)


def said(texts: tuple[str, str, str], language: str) -> str:
    return texts[LANGUAGES.index(language)]


def value_in_words(column: str, value: str, language: str) -> str:
    """ "résolution" for "resolution"; a value that is not known stays as it is."""
    known = VALUES.get(column, {}).get(value)
    return said(known, language) if known else value
