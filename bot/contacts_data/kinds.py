"""What can be brought in: the kinds of rows, their columns, and by which headings those are known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Reader = Literal[
    "text", "long", "name", "phones", "emails", "date", "birthday", "moment", "amount", "count", "yes_no",
    "language", "country", "choice", "tags", "timezone", "field",
]  # fmt: skip
ImportKind = Literal[
    "contacts", "organisations", "purchases", "quotes", "equipment", "loyalty", "waiting", "interests"
]
KINDS: Final[tuple[ImportKind, ...]] = (
    "contacts", "organisations", "purchases", "quotes", "equipment", "loyalty", "waiting", "interests"
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A column of ours. `words`: its headings in French, Arabic and English, separated by "|"."""

    name: str
    reader: Reader
    words: str = ""
    needed: bool = False
    several: bool = False  # several columns of a file may go into it
    choices: tuple[tuple[str, str], ...] = ()  # value, the words for it
    past: bool = False  # a date that can't be ahead


ROLES: Final = (
    ("decider", "décideur|decideur|صاحب القرار|decision maker|directeur|gérant|مدير"),
    ("buyer", "acheteur|مشتر|المشتري|purchaser|achats"),
    ("user", "utilisateur|مستعمل|مستخدم"),
    ("prescriber", "prescripteur|واصف"),
    ("adviser", "conseiller|conseil|مستشار|advisor"),
    ("filter", "filtre|secrétaire|assistant|assistante|سكرتير|سكرتيرة|gatekeeper"),
)
CHANNELS: Final = (
    ("email", "e-mail|mail|courriel|بريد إلكتروني|البريد"),
    ("sms", "texto|رسالة قصيرة|رسائل قصيرة"),
    ("whatsapp", "واتساب|واتس اب"),
    ("telegram", "تيليغرام|تلغرام"),
    ("phone", "téléphone|tel|هاتف|telephone"),
    ("webchat", "chat|دردشة"),
    ("post", "courrier|بريد"),
)
MODES: Final = (
    ("low_contact", "peu de contact|contact limité|تواصل محدود|low contact"),
    ("discreet", "discret|discrétion|تكتم"),
)
_PURCHASE_STATES: Final = (
    ("ordered", "commandé|commande|مطلوب|order"),
    ("delivered", "livré|livre|مسلم|تم التسليم|facturé|payé"),
    ("cancelled", "annulé|annule|ملغى|canceled"),
    ("returned", "retourné|retour|مرتجع"),
)
_QUOTE_STATES: Final = (
    ("open", "ouvert|en cours|envoyé|مفتوح|sent"),
    ("accepted", "accepté|signé|gagné|مقبول|won"),
    ("refused", "refusé|perdu|مرفوض|lost|rejected"),
    ("expired", "expiré|منتهي"),
)
_WAITING_STATES: Final = (
    ("waiting", "en attente|attend|في الانتظار"),
    ("told", "prévenu|informé|أبلغ|notified"),
    ("bought", "acheté|اشترى"),
    ("left", "parti|abandonné|غادر"),
)
_NUMBER_WORDS: Final = "id|identifiant|numéro|n°|code|référence externe|رقم|المعرف|external id|number"
_WHEN = "date|le|تاريخ|التاريخ|day"

_WHO: Final = (
    Target(
        name="contact_external_id",
        reader="text",
        words=(
            "code client|numéro client|n° client|id client|client id|customer id|contact id|رقم الزبون"
            "|رقم العميل|customer number"
        ),
    ),
    Target(
        name="email",
        reader="emails",
        words=(
            "e-mail|email|mail|courriel|adresse e-mail|email client|البريد الإلكتروني|"
            "بريد إلكتروني|الإيميل|email address"
        ),
    ),
    Target(
        name="phone",
        reader="phones",
        words=(
            "téléphone|tél|tel|mobile|portable|gsm|telephone|numéro de téléphone|téléphone client|"
            "الهاتف|رقم الهاتف|هاتف|الجوال|النقال|phone|phone number|cell"
        ),
    ),
)  # fmt: skip

COLUMNS: Final[dict[ImportKind, tuple[Target, ...]]] = {
    "contacts": (
        Target(
            name="external_id",
            reader="text",
            words=(
                f"{_NUMBER_WORDS}|code client|numéro client|n° client|id client|client id|customer id|"
                "رقم الزبون|رقم العميل|contact id"
            ),
        ),
        Target(
            name="name",
            reader="name",
            words=(
                "nom complet|nom et prénom|nom prénom|nom & prénom|nom prénoms|prénom nom|client|"
                "contact|raison|الاسم الكامل|الاسم واللقب|اسم الزبون|الزبون|full name|name|customer|"
                "customer name"
            ),
        ),
        Target(
            name="first_name",
            reader="text",
            words="prénom|prénoms|الاسم|الاسم الشخصي|first name|given name|firstname",
        ),
        Target(
            name="last_name",
            reader="text",
            words="nom|nom de famille|اللقب|الاسم العائلي|النسب|last name|surname|family name|lastname",
        ),
        Target(name="email", reader="emails", several=True, words=_WHO[1].words),
        Target(
            name="phone",
            reader="phones",
            several=True,
            words=_WHO[2].words
            + "|tél 1|tél 2|téléphone 1|téléphone 2|tél fixe|fixe|tel fixe|téléphone fixe|sms|هاتف 2"
            + "|phone 1|phone 2|mobile phone|home phone",
        ),
        Target(
            name="whatsapp",
            reader="phones",
            several=True,
            words="whatsapp|numéro whatsapp|واتساب|واتس اب|رقم الواتساب",
        ),
        Target(name="language", reader="language", words="langue|langue préférée|اللغة|لغة|language"),
        Target(name="country", reader="country", words="pays|البلد|الدولة|country"),
        Target(
            name="zone",
            reader="text",
            words=("zone|ville|wilaya|région|commune|secteur|الولاية|المدينة|المنطقة|city|region|town|area"),
        ),
        Target(
            name="timezone",
            reader="timezone",
            words="fuseau|fuseau horaire|المنطقة الزمنية|timezone|time zone",
        ),
        Target(
            name="organisation",
            reader="text",
            words=(
                "société|entreprise|organisation|raison sociale|الشركة|المؤسسة|company|organization|account"
            ),
        ),
        Target(
            name="organisation_role",
            reader="choice",
            choices=ROLES,
            words="rôle|fonction|poste|qualité|الدور|الوظيفة|المنصب|role|position|job title",
        ),
        Target(
            name="owner",
            reader="text",
            words=(
                "commercial|responsable|chargé de compte|vendeur|المكلف|المسؤول|owner|account manager|"
                "sales rep"
            ),
        ),
        Target(
            name="preferred_channel",
            reader="choice",
            choices=CHANNELS,
            words="canal|canal préféré|القناة المفضلة|preferred channel|channel",
        ),
        Target(
            name="birthday",
            reader="birthday",
            words=(
                "anniversaire|date de naissance|né le|née le|naissance|ddn|تاريخ الميلاد|"
                "تاريخ الازدياد|عيد الميلاد|birthday|date of birth|birth date|dob|born"
            ),
        ),
        Target(
            name="tags",
            reader="tags",
            several=True,
            words="tags|étiquettes|mots clés|catégorie|type|وسوم|الفئة|labels|category",
        ),
        Target(
            name="mode",
            reader="choice",
            choices=MODES,
            words="mode|mode de contact|نمط التواصل|contact mode",
        ),
        Target(
            name="consent_offers",
            reader="yes_no",
            words=(
                "offres|accord offres|consentement|opt in|optin|accepte les offres|newsletter|"
                "publicité|الموافقة|العروض|موافقة العروض|consent|offers|marketing|opt in marketing|"
                "marketing consent"
            ),
        ),
        Target(
            name="consent_information",
            reader="yes_no",
            words="informations|accord informations|الإعلام|موافقة المعلومات|information|news",
        ),
        Target(
            name="consent_at",
            reader="date",
            past=True,
            words="date accord|date consentement|date opt in|تاريخ الموافقة|consent date|opt in date",
        ),
        Target(
            name="consent_source",
            reader="text",
            words=(
                "source accord|source consentement|origine accord|preuve|مصدر الموافقة|consent source|"
                "opt in source"
            ),
        ),
        Target(
            name="consent_wording",
            reader="long",
            words="texte accord|texte consentement|نص الموافقة|consent wording|consent text",
        ),
    ),
    "organisations": (
        Target(
            name="name",
            reader="text",
            needed=True,
            words=(
                "société|entreprise|organisation|raison sociale|nom|الشركة|المؤسسة|الاسم|company|name|"
                "organization|account"
            ),
        ),
        Target(name="country", reader="country", words="pays|البلد|الدولة|country"),
        Target(
            name="owner",
            reader="text",
            words="commercial|responsable|chargé de compte|المكلف|المسؤول|owner|account manager",
        ),
    ),
    "purchases": (
        Target(name="external_id", reader="text", words=f"{_NUMBER_WORDS}|id ligne|line id"),
        *_WHO,
        Target(
            name="order_ref",
            reader="text",
            words=(
                "commande|facture|n° commande|numéro de commande|n° facture|référence|bon|رقم الطلب|"
                "رقم الفاتورة|الطلب|order|order number|invoice|order ref|invoice number"
            ),
        ),
        Target(
            name="at",
            reader="moment",
            needed=True,
            words=(
                f"{_WHEN}|date commande|date de commande|date achat|date d'achat|date facture|"
                "تاريخ الشراء|تاريخ الطلب|order date|purchase date"
            ),
        ),
        Target(
            name="product",
            reader="text",
            needed=True,
            words="produit|article|désignation|libellé|المنتج|السلعة|product|item|description",
        ),
        Target(
            name="product_range",
            reader="text",
            words="gamme|famille|catégorie|التشكيلة|الصنف|range|category|product range",
        ),
        Target(name="quantity", reader="amount", words="quantité|qté|qte|nombre|الكمية|quantity|qty"),
        Target(
            name="amount",
            reader="amount",
            needed=True,
            words=("montant|montant ttc|total|prix|total ttc|المبلغ|السعر|المجموع|amount|price|total amount"),
        ),
        Target(name="currency", reader="text", words="devise|monnaie|العملة|currency"),
        Target(
            name="channel",
            reader="text",
            words="canal|point de vente|magasin|القناة|نقطة البيع|channel|store",
        ),
        Target(
            name="status",
            reader="choice",
            choices=_PURCHASE_STATES,
            words="statut|état|الحالة|status|state",
        ),
        Target(
            name="delivered_at",
            reader="moment",
            words=(
                "livré le|date livraison|date de livraison|تاريخ التسليم|delivered|delivery date|delivered at"
            ),
        ),
    ),
    "quotes": (
        Target(name="external_id", reader="text", words=_NUMBER_WORDS),
        *_WHO,
        Target(
            name="reference",
            reader="text",
            needed=True,
            words=(
                "devis|n° devis|numéro de devis|référence|référence devis|عرض السعر|رقم العرض|quote|"
                "quote number|reference"
            ),
        ),
        Target(
            name="issued_at",
            reader="moment",
            needed=True,
            words=f"{_WHEN}|date devis|date d'émission|émis le|تاريخ العرض|issued|quote date|issued at",
        ),
        Target(
            name="valid_until",
            reader="date",
            words="valable jusqu'au|validité|échéance|صالح إلى|صالح حتى|valid until|expires",
        ),
        Target(
            name="amount",
            reader="amount",
            needed=True,
            words="montant|montant ttc|total|prix|المبلغ|السعر|amount|total amount",
        ),
        Target(name="currency", reader="text", words="devise|العملة|currency"),
        Target(
            name="summary",
            reader="long",
            words="objet|résumé|description|désignation|الموضوع|الملخص|summary|subject",
        ),
        Target(name="status", reader="choice", choices=_QUOTE_STATES, words="statut|état|الحالة|status"),
    ),
    "equipment": (
        Target(name="external_id", reader="text", words=_NUMBER_WORDS),
        *_WHO,
        Target(
            name="product",
            reader="text",
            needed=True,
            words=(
                "équipement|machine|véhicule|modèle|appareil|produit|الجهاز|المعدات|السيارة|الآلة|"
                "equipment|vehicle|model|product"
            ),
        ),
        Target(
            name="serial",
            reader="text",
            words=(
                "série|n° de série|numéro de série|immatriculation|matricule|الرقم التسلسلي|"
                "رقم التسجيل|serial|serial number|plate"
            ),
        ),
        Target(
            name="installed_on",
            reader="date",
            words=(
                "installé le|date installation|mise en service|تاريخ التركيب|installed|"
                "installation date|installed on"
            ),
        ),
        Target(
            name="service_every_months",
            reader="count",
            words=(
                "périodicité|intervalle|mois|périodicité mois|دورية الصيانة|interval|every months|"
                "service interval"
            ),
        ),
        Target(
            name="last_service_on",
            reader="date",
            words="dernier entretien|dernière révision|آخر صيانة|last service",
        ),
        Target(
            name="next_service_on",
            reader="date",
            words="prochain entretien|prochaine révision|الصيانة القادمة|الصيانة المقبلة|next service",
        ),
    ),
    "loyalty": (
        Target(
            name="number",
            reader="text",
            needed=True,
            words=(
                "carte|n° carte|numéro de carte|carte de fidélité|رقم البطاقة|البطاقة|card|"
                "card number|number|loyalty card"
            ),
        ),
        *_WHO,
        Target(name="points", reader="count", words="points|solde|النقاط|الرصيد|balance"),
        Target(
            name="rewards",
            reader="count",
            words="chèques cadeaux|récompenses|bons|المكافآت|rewards|gift cheques",
        ),
        Target(
            name="opened_on",
            reader="date",
            past=True,
            words=(
                "ouverte le|date ouverture|adhésion|date d'adhésion|تاريخ الفتح|تاريخ الانخراط|opened|"
                "member since|opened on"
            ),
        ),
        Target(
            name="expires_on",
            reader="date",
            words=(
                "expire le|expiration|date d'expiration|échéance|validité|تاريخ الانتهاء|expires|"
                "expiry|expiry date|expires on"
            ),
        ),
        Target(
            name="renewed_on",
            reader="date",
            words="renouvelée le|renouvellement|تاريخ التجديد|renewed|renewed on",
        ),
    ),
    "waiting": (
        *_WHO,
        Target(name="product", reader="text", needed=True, words="produit|article|المنتج|product|item"),
        Target(name="quantity", reader="amount", words="quantité|qté|الكمية|quantity|qty"),
        Target(
            name="at",
            reader="moment",
            words=f"{_WHEN}|inscrit le|date d'inscription|تاريخ التسجيل|since|registered",
        ),
        Target(name="status", reader="choice", choices=_WAITING_STATES, words="statut|état|الحالة|status"),
    ),
    "interests": (
        *_WHO,
        Target(
            name="topic",
            reader="text",
            needed=True,
            words="intérêt|centre d'intérêt|sujet|thème|الاهتمام|الموضوع|interest|topic|subject",
        ),
        Target(name="at", reader="moment", words=f"{_WHEN}|déclaré le|since"),
        Target(name="source", reader="text", words="source|origine|المصدر"),
    ),
}
"""Column names are those of the tables in `bot.records.customers`, but for who it is about and for consents."""


def target_names(kind: ImportKind) -> tuple[str, ...]:
    return tuple(target.name for target in COLUMNS[kind])
