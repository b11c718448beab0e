"""The sentences rules are explained with. Of two or four: as it is, and the other way round."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

Said = Mapping[str, tuple[str, ...]]

ALL_OF: Final = {"en": "All of this:", "fr": "Tout ceci à la fois :", "ar": "كل ما يلي معا:"}
ANY_OF: Final = {
    "en": "At least one of these:",
    "fr": "Au moins un de ces points :",
    "ar": "واحد على الأقل مما يلي:",
}
NONE_OF: Final = {"en": "None of these:", "fr": "Aucun de ces points :", "ar": "لا شيء مما يلي:"}
EVERYBODY_IS: Final[Said] = {
    "en": ("All contacts", "No contact"),
    "fr": ("Tous les contacts", "Aucun contact"),
    "ar": ("جميع جهات الاتصال", "لا أحد من جهات الاتصال"),
}
OR: Final = {"en": " or ", "fr": " ou ", "ar": " أو "}
QUOTES: Final = {"en": ("“", "”"), "fr": ("« ", " »"), "ar": ("«", "»")}
OPPOSITE: Final = {"=": "!=", "!=": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}

OF: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "name": "{value}",
        "products": "of {value}",
        "ranges": "of the range {value}",
        "channel": "by {value}",
    },
    "fr": {
        "name": "{value}",
        "products": "de {value}",
        "ranges": "de la gamme {value}",
        "channel": "par {value}",
    },
    "ar": {
        "name": "{value}",
        "products": "من {value}",
        "ranges": "من تشكيلة {value}",
        "channel": "عبر {value}",
    },
}

COMPARED: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "=": "is {value}", "!=": "is not {value}", "<": "is less than {value}", "<=": "is at most {value}",
        ">": "is more than {value}", ">=": "is at least {value}", "some": "is at least 1", "none": "is 0",
    },
    "fr": {
        "=": "est de {value}", "!=": "n'est pas de {value}", "<": "est de moins de {value}",
        "<=": "est d'au plus {value}", ">": "dépasse {value}", ">=": "est d'au moins {value}",
        "some": "est d'au moins 1", "none": "est de 0",
    },
    "ar": {
        "=": "يساوي {value}", "!=": "لا يساوي {value}", "<": "يقل عن {value}", "<=": "لا يزيد عن {value}",
        ">": "يزيد عن {value}", ">=": "لا يقل عن {value}", "some": "لا يقل عن 1", "none": "يساوي 0",
    },
}  # fmt: skip
CLASS_OF: Final = {
    "en": "(or nothing was bought)",
    "fr": "(ou rien n'a été acheté)",
    "ar": "(أو لا يوجد أي شراء)",
}
IS: Final[Said] = {
    "en": ("is {value}", "is not {value}"),
    "fr": ("est {value}", "n'est pas {value}"),
    "ar": ("هو {value}", "ليس {value}"),
}
CONTAINED: Final[Said] = {
    "en": ("contains {value}", "does not contain {value}"),
    "fr": ("contient {value}", "ne contient pas {value}"),
    "ar": ("يحتوي على {value}", "لا يحتوي على {value}"),
}
STARTS: Final[Said] = {
    "en": ("starts with {value}", "does not start with {value}"),
    "fr": ("commence par {value}", "ne commence pas par {value}"),
    "ar": ("يبدأ بـ {value}", "لا يبدأ بـ {value}"),
}
KNOWN: Final[Said] = {
    "en": ("is known", "is not known"),
    "fr": ("est renseigné", "n'est pas renseigné"),
    "ar": ("معروف", "غير معروف"),
}
IS_SO: Final[Said] = {
    "en": ("is yes", "is not yes"),
    "fr": ("est « oui »", "n'est pas « oui »"),
    "ar": ("هو «نعم»", "ليس «نعم»"),
}
DATED: Final[Said] = {
    "en": ("falls {period}", "does not fall {period}"),
    "fr": ("tombe {period}", "ne tombe pas {period}"),
    "ar": ("يقع {period}", "لا يقع {period}"),
}
OLDER: Final[Said] = {
    "en": ("is more than {length} ago", "is not more than {length} ago"),
    "fr": ("remonte à plus de {length}", "ne remonte pas à plus de {length}"),
    "ar": ("مضى عليه أكثر من {length}", "لم يمض عليه أكثر من {length}"),
}
IDLE: Final[Said] = {
    "en": (
        "the contact neither wrote nor bought for {length}",
        "the contact wrote, bought or was new within {length}",
    ),
    "fr": (
        "le contact n'a ni écrit ni acheté depuis {length}",
        "le contact a écrit, acheté ou est arrivé depuis moins de {length}",
    ),
    "ar": (
        "لم يراسلنا الزبون ولم يشتر منذ {length}",
        "راسلنا الزبون أو اشترى أو سُجّل قبل أقل من {length}",
    ),
}
CONSENT: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "yes": "the contact agreed to {purpose}", "no": "the contact has not agreed to {purpose}",
        "service": "service messages", "information": "news", "offers": "offers",
    },
    "fr": {
        "yes": "le contact accepte {purpose}", "no": "le contact n'a pas accepté {purpose}",
        "service": "les messages de service", "information": "les informations", "offers": "les offres",
    },
    "ar": {
        "yes": "وافق الزبون على {purpose}", "no": "لم يوافق الزبون على {purpose}",
        "service": "رسائل الخدمة", "information": "المعلومات", "offers": "العروض",
    },
}  # fmt: skip
LISTED: Final[Mapping[str, Said]] = {
    "tag": {
        "en": ("the contact has the tag {value}", "the contact does not have the tag {value}",
               "the contact has a tag", "the contact has no tag"),
        "fr": ("le contact porte l'étiquette {value}", "le contact ne porte pas l'étiquette {value}",
               "le contact porte une étiquette", "le contact ne porte aucune étiquette"),
        "ar": ("يحمل الزبون الوسم {value}", "لا يحمل الزبون الوسم {value}",
               "يحمل الزبون وسما", "لا يحمل الزبون أي وسم"),
    },
    "reachable": {
        "en": ("the contact can be reached by {value}", "the contact can't be reached by {value}",
               "the contact can be reached", "the contact can't be reached"),
        "fr": ("le contact est joignable par {value}", "le contact n'est pas joignable par {value}",
               "le contact est joignable", "le contact n'est pas joignable"),
        "ar": ("يمكن الاتصال بالزبون عبر {value}", "لا يمكن الاتصال بالزبون عبر {value}",
               "يمكن الاتصال بالزبون", "لا يمكن الاتصال بالزبون"),
    },
    "interest": {
        "en": ("the contact wants to hear of {value}", "the contact did not ask to hear of {value}",
               "the contact named an interest", "the contact named no interest"),
        "fr": ("le contact s'intéresse à {value}", "le contact n'a pas signalé d'intérêt pour {value}",
               "le contact a signalé un intérêt", "le contact n'a signalé aucun intérêt"),
        "ar": ("يهتم الزبون بـ {value}", "لم يذكر الزبون اهتماما بـ {value}",
               "ذكر الزبون اهتماما", "لم يذكر الزبون أي اهتمام"),
    },
    "waiting": {
        "en": ("the contact waits for {value}", "the contact does not wait for {value}",
               "the contact waits for a product", "the contact waits for no product"),
        "fr": ("le contact attend {value}", "le contact n'attend pas {value}",
               "le contact attend un produit", "le contact n'attend aucun produit"),
        "ar": ("ينتظر الزبون {value}", "لا ينتظر الزبون {value}",
               "ينتظر الزبون منتجا", "لا ينتظر الزبون أي منتج"),
    },
}  # fmt: skip

NOUNS: Final[Mapping[str, Mapping[str, str]]] = {
    "name": {"en": "the name", "fr": "le nom", "ar": "الاسم"},
    "language": {"en": "the language", "fr": "la langue", "ar": "لسان الزبون"},
    "country": {"en": "the country", "fr": "le pays", "ar": "البلد"},
    "zone": {"en": "the zone", "fr": "la zone", "ar": "مكان الزبون"},
    "timezone": {"en": "the time zone", "fr": "le fuseau horaire", "ar": "التوقيت المحلي"},
    "organisation": {"en": "the organisation", "fr": "l'organisation", "ar": "اسم المؤسسة"},
    "role": {"en": "the role", "fr": "le rôle", "ar": "الدور في المؤسسة"},
    "owner": {"en": "the person in charge", "fr": "le responsable", "ar": "المسؤول عن الزبون"},
    "source": {"en": "the first channel", "fr": "le premier canal", "ar": "مصدر أول اتصال"},
    "preferred_channel": {
        "en": "the preferred channel",
        "fr": "le canal préféré",
        "ar": "طريق الاتصال المفضل",
    },
    "external_id": {"en": "the customer number", "fr": "le numéro de client", "ar": "رقم الزبون"},
    "stage": {"en": "the life-cycle stage", "fr": "le stade de la relation", "ar": "صنف الزبون"},
    "tier": {"en": "the kind of relationship", "fr": "le type de suivi", "ar": "نوع المتابعة"},
    "mode": {"en": "the contact mode", "fr": "le mode de contact", "ar": "نمط الاتصال"},
    "own": {"en": "the field {name}", "fr": "le champ {name}", "ar": "الحقل {name}"},
    "birthday": {"en": "the birthday", "fr": "l'anniversaire", "ar": "عيد الميلاد"},
    "birthday_month": {
        "en": "the month of the birthday",
        "fr": "le mois de l'anniversaire",
        "ar": "رقم شهر الميلاد",
    },
    "age": {"en": "the age in years", "fr": "l'âge en années", "ar": "العمر بالسنوات"},
    "created": {"en": "the day of the first record", "fr": "la date de création", "ar": "تاريخ التسجيل"},
    "purchases": {"en": "the number of purchases", "fr": "le nombre d'achats", "ar": "عدد المشتريات"},
    "quantity": {"en": "the quantity bought", "fr": "la quantité achetée", "ar": "مجموع الكميات المشتراة"},
    "amount": {"en": "the amount of purchases", "fr": "le montant des achats", "ar": "مبلغ المشتريات"},
    "last_purchase": {"en": "the last purchase", "fr": "le dernier achat", "ar": "تاريخ آخر شراء"},
    "first_purchase": {"en": "the first purchase", "fr": "le premier achat", "ar": "تاريخ أول شراء"},
    "recency": {
        "en": "the recency class (1 to 5)",
        "fr": "la classe de récence (1 à 5)",
        "ar": "رقم فئة الحداثة (من 1 إلى 5)",
    },
    "frequency": {
        "en": "the frequency class (1 to 5)",
        "fr": "la classe de fréquence (1 à 5)",
        "ar": "رقم فئة التكرار (من 1 إلى 5)",
    },
    "spending": {
        "en": "the amount class (1 to 5)",
        "fr": "la classe de montant (1 à 5)",
        "ar": "رقم فئة المبلغ (من 1 إلى 5)",
    },
    "quotes": {"en": "the number of quotes", "fr": "le nombre de devis", "ar": "عدد عروض الأسعار"},
    "quote_amount": {"en": "the amount of quotes", "fr": "le montant des devis", "ar": "مبلغ عروض الأسعار"},
    "quote_expiry": {
        "en": "the end of an open quote",
        "fr": "la fin de validité d'un devis en cours",
        "ar": "تاريخ انتهاء عرض سعر جار",
    },
    "equipment": {"en": "the number of machines", "fr": "le nombre d'équipements", "ar": "عدد المعدات"},
    "service_due": {
        "en": "the next service of a machine",
        "fr": "le prochain entretien d'un équipement",
        "ar": "تاريخ الصيانة القادمة",
    },
    "cards": {
        "en": "the number of loyalty cards",
        "fr": "le nombre de cartes de fidélité",
        "ar": "عدد بطاقات الوفاء",
    },
    "points": {"en": "the number of points", "fr": "le nombre de points", "ar": "عدد النقاط"},
    "rewards": {
        "en": "the number of gift cheques",
        "fr": "le nombre de chèques cadeaux",
        "ar": "عدد المكافآت",
    },
    "card_expiry": {
        "en": "the end of the loyalty card",
        "fr": "l'échéance de la carte de fidélité",
        "ar": "تاريخ نهاية بطاقة الوفاء",
    },
    "appointments": {
        "en": "the number of appointments",
        "fr": "le nombre de rendez-vous",
        "ar": "عدد المواعيد",
    },
    "next_appointment": {
        "en": "the next appointment",
        "fr": "le prochain rendez-vous",
        "ar": "الموعد القادم",
    },
    "last_appointment": {"en": "the last appointment", "fr": "le dernier rendez-vous", "ar": "آخر موعد"},
    "complaints": {"en": "the number of complaints", "fr": "le nombre de réclamations", "ar": "عدد الشكاوى"},
    "conversations": {
        "en": "the number of conversations",
        "fr": "le nombre de conversations",
        "ar": "عدد المحادثات",
    },
    "last_message": {
        "en": "the contact's last message",
        "fr": "le dernier message du contact",
        "ar": "تاريخ آخر رسالة من الزبون",
    },
    "last_activity": {
        "en": "the last message or purchase",
        "fr": "le dernier message ou achat",
        "ar": "تاريخ آخر نشاط",
    },
    "campaigns": {"en": "the number of campaigns", "fr": "le nombre de campagnes", "ar": "عدد الحملات"},
    "promotions": {
        "en": "the number of promotions sent",
        "fr": "le nombre de promotions envoyées",
        "ar": "عدد العروض المرسلة",
    },
}
