"""Words that mean the same to a shop's customers, over four languages, and words that mean nothing to a
search.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from typing import Final

from bot.understanding.concepts_everyday import EVERYDAY
from bot.understanding.concepts_life import LIFE
from bot.understanding.concepts_service import SERVICE
from bot.understanding.dialect import bases_of, denied
from bot.understanding.normalise import words_of
from bot.understanding.stems import arabic, stem

_NOT: Final = "not"
_SHORTEST: Final = 3  # letters of a stem that still says something

_CONCEPTS: Mapping[str, Mapping[str, str]] = {
    "price": {
        "fr": "prix tarif tarifs coute coutent cout couts cher",
        "en": "price prices cost costs pricing expensive rate rates",
        "ar": "سعر تسوي يسوي اسعار ثمن اثمان تكلفة تكلف بكم بشحال سومة غالي",
        "": "bchhal bch7al bech7al souma prix",
    },
    "how many": {"fr": "combien", "en": "much many", "ar": "كم شحال", "": "chhal ch7al chehal"},
    "delivery": {
        "fr": "livraison livraisons livrer livrez livre livres livree livrees expedition expedier",
        "en": "delivery deliveries deliver delivers delivered shipping ship shipped shipment",
        "ar": "توصيل توصلون توصلوا يوصل توصلو شحن تسليم ايصال نقل التوصيل ليفريزون",
        "": "livrizon tawsil twaslou twasslou twaslo livriw livrer",
    },
    "open": {
        "fr": "horaire horaires ouvert ouverts ouverture ouvrez ouvre ferme fermez fermeture",
        "en": "open opening hours close closing closed opened",
        "ar": "مواعيد اوقات ساعات دوام تفتحون مفتوح مفتوحون تفتحوا تغلقون تحلو تحلوا تبلعو مغلق",
        "": "t7alo t7allo thalou te7lou 7alin halin meftou7 meftouh tbal3ou horaire",
    },
    "pay": {
        "fr": "payer paiement paiements payez paye reglement regler",
        "en": "pay payment payments paying paid",
        "ar": "دفع الدفع ادفع سداد تسديد نخلص تخليص خلاص",
        "": "nkhales nkhalles khlas tkhlas paiement",
    },
    "instalment": {
        "fr": "tranche tranches credit echeance mensualites fois facilite facilites echelonne",
        "en": "instalment instalments installment installments credit",
        "ar": "تقسيط بالتقسيط اقساط دفعات كريدي",
        "": "facilite kridi credi taqsit",
    },
    "order": {
        "fr": "commande commandes commander acheter achat achats",
        "en": "order orders ordering buy buying purchase",
        "ar": "طلبية طلب طلبيات طلبات شراء اشتري نشري نكوموندي كوموند اطلب",
        "": "commande lcommande nechri nchri ncommandi nkomandi komand komanda",
    },
    "quote": {
        "fr": "devis estimation proforma",
        "en": "quote quotation estimate proforma",
        "ar": "عرض تسعيرة ديفي فاتورة_شكلية",
        "": "devi dovi proforma",
    },
    "invoice": {
        "fr": "facture factures facturation",
        "en": "invoice invoices bill billing",
        "ar": "فاتورة فواتير فكتورة",
        "": "factoura faktoura lfactoura facture",
    },
    "return": {
        "fr": "retour retourner retours rendre reprise reprenez",
        "en": "return returns returning",
        "ar": "ارجاع ارجع استرجاع نرجع ترجيع",
        "": "nraja3 nrej3 trajja3 trej3ou nreja3",
    },
    "exchange": {
        "fr": "echange echanger remplacer remplacement remplacez",
        "en": "exchange replace replacement swap",
        "ar": "استبدال تبديل نبدل تبدلون",
        "": "nbedel tbedlou tebdil",
    },
    "broken": {
        "fr": "casse casses cassee cassees brise brisees abime abimes endommage endommagees fissure",
        "en": "broken damaged cracked damage",
        "ar": "مكسور مكسورة مكسر مكسرة متضرر تالف تالفة",
        "": "mkasser mkassra mkesser mkesra",
    },
    "brick": {
        "fr": "brique briques",
        "en": "brick bricks",
        "ar": "طوب بريك بريكة اجر آجر ياجور لاجور قرميد_بناء",
        "": "brik lbrik lbrique yajor yajour lyajour lajour",
    },
    "where": {
        "fr": "adresse situe situes trouve trouver localisation lieu",
        "en": "address located location where",
        "ar": "عنوان اين موقع وين فين مكان تقعون",
        "": "win wen fin adresse blassa wine",
    },
    "phone": {
        "fr": "telephone numero appeler joindre contacter contact",
        "en": "phone telephone call contact reach number",
        "ar": "هاتف رقم اتصال اتصل تليفون نعيط",
        "": "tilifoun telefoun numero n3ayet n3ayt ra9m",
    },
    "duration": {
        "fr": "delai delais temps duree",
        "en": "time long duration days delay",
        "ar": "مدة وقت ايام اجل تستغرق",
        "": "wa9t waqt yam dalai",
    },
    "warranty": {
        "fr": "garantie garanti garanties garantis",
        "en": "warranty guarantee guaranteed",
        "ar": "ضمان مضمون مضمونة كفالة",
        "": "garanti lgaranti daman garantie",
    },
    "discount": {
        "fr": "remise remises reduction reductions promotion promotions promo rabais solde",
        "en": "discount discounts promotion promotions sale",
        "ar": "تخفيض تخفيضات خصم عروض بروموسيون",
        "": "promo takhfid remise",
    },
    "hire": {
        "fr": "recrutement recrutez emploi embauche postuler cv stage candidature",
        "en": "job jobs hiring vacancy vacancies career internship cv",
        "ar": "توظيف وظيفة عمل تشغيل تربص خدمة_عمل",
        "": "khedma tawdif khdma emploi stage",
    },
    "size": {
        "fr": "dimension dimensions taille tailles mesure mesures format",
        "en": "dimension dimensions size sizes measurements",
        "ar": "ابعاد قياس مقاس مقاسات قياسات",
        "": "dimensions taille 9yas qyas",
    },
    "pallet": {
        "fr": "palette palettes",
        "en": "pallet pallets",
        "ar": "باليت منصة باليطة",
        "": "balit palet",
    },
    "minimum": {"fr": "minimum minimale minimal", "en": "minimum", "ar": "ادنى اقل", "": "minimum"},
}

_STOP = """
    je tu il elle on nous vous ils elles le la les l un une des du de d au aux et ou mais donc ce cet
    cette ces c mon ma mes votre vos notre nos est sont suis ai as a avez avons ont y en se s me m te t ne
    n pas que qu qui quoi quel quelle quels quelles comment est si pour par sur dans avec sans chez j veux
    voudrais souhaite souhaiterais aimerais peux puis peut pouvez pourriez faire fait faites savoir svp
    stp merci bonjour bonsoir salut plait avoir etre quand besoin information informations renseignement
    dire moi lui dois faut possible aussi alors encore bien tres donner connaitre donnez donne dites
    montrez cherche recherche vois moi-meme meme si cela ca tout tous toutes i you he she it we they the
    an and or but of in on at to for from by with is are am was do does did will would can could should
    may my your our his her its this that these those me us them what which how when please thanks thank
    hello hi hey want need know like there have has had get be been if so any some tell about just also ok
    من في على الى عن مع هذا هذه ذلك هل ما ماذا كيف متى لكم لدي لديكم عندكم عندي انا انت نحن هو هي ان او و
    يا لو سمحت فضلك ممكن اريد نحب حاب نسقسي واش كيفاش وقتاش راه راني تاع ديال نتاع لي اللي تاعكم شكرا سلام
    عليكم مرحبا كان يمكن لي بغيت salam slm wach wech kifach kifah ki rani rak ta3 ta3kom dyal dyalkom nta3
    f fi li lli n7eb nheb 7ab 7abit bghit n9der nqder te9der t9dro ndir dir ydir tdir دير يدير تدير
    svp khoya 3andkom 3ndkom kayen
    kayn hna rah rahi had chwiya wa9tach waqtach l el
"""
STOP_WORDS = frozenset(words_of(_STOP))


def _concepts_by_word() -> dict[str, tuple[str, ...]]:
    """Concepts of words, of their stems, and of pairs of stems ("top up")."""
    found: dict[str, dict[str, None]] = {}
    for concept, by_language in _CONCEPTS.items():
        for language, written in by_language.items():
            for word in words_of(written):
                found.setdefault(word, {f"={concept}": None})
                found.setdefault(stem(word, language), {f"={concept}": None})
    for concept, written in EVERYDAY.items():
        for word in words_of(written):
            found.setdefault(word, {f"={concept}": None})
    for concept, written in (SERVICE | LIFE).items():
        for form in chain.from_iterable(_forms(term) for term in written.split()):
            found.setdefault(form, {})[concept] = None
    return {form: tuple(concepts) for form, concepts in found.items()}


def _forms(term: str) -> list[str]:
    """What a term is looked up by: a word and its stems, or the pair of stems of "two_words"."""
    words = words_of(term.replace("_", " "))
    if len(words) == 2:
        return [" ".join(stem(word, "ar" if arabic(word) else "en") for word in words)]
    return [
        form
        for word in words[:1]
        for form in (
            word,
            *(stem(word, language) for language in (("ar",) if arabic(word) else ("en", "fr"))),
        )
        if len(form) >= _SHORTEST or form == word
    ]


CONCEPTS_OF: Mapping[str, tuple[str, ...]] = _concepts_by_word()


def concepts_of(word: str) -> tuple[str, ...]:
    """The concepts that a folded word names: by its form, else by a stem, else as dialects build it."""
    stems = (stem(word, "ar"),) if arabic(word) else (stem(word, "en"), stem(word, "fr"))
    named = next((CONCEPTS_OF[form] for form in (word, *stems) if form in CONCEPTS_OF), ())
    if not arabic(word):
        return named
    bases = bases_of(word)
    if not named:
        named = next((CONCEPTS_OF[base] for base in bases if base in CONCEPTS_OF), ())
    return (*named, _NOT) if denied(word) and _NOT not in named else named
