"""What a message wants of an appointment: book, move, cancel, know when; which of the places offered."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from bot.appointments.asked_times import Asked, read_times
from bot.appointments.kinds import Kind
from bot.understanding.normalise import clean, fold

Action = Literal["book", "move", "cancel", "show", "unable"]

_NOUN = re.compile(
    r"(?<!\w)(?:rendez[- ]?vous|rendezvous|rdv|rdvs|randevou|randevo|rondevou|rondivou|rendivou|rendyvou"
    r"|appointments?|appt|appts|creneaux?"
    r"|(?:ال|ل|بال|لل|و|ف|ب)?(?:موعد|موعدا|مواعيد|مواعد|موعدي|موعدنا|معاد|رونديفو|رنديفو|رانديفو|رونديڤو|رونديفوي)|maw3id|mawe3id|maw3ed|mou3id|mw3id)(?!\w)"
)
_BOOK = re.compile(
    r"(?<!\w)(?:voudrais|voudrai|aimerais|souhaite|souhaiterais|veux|prendre|prends|prenne|reserver|reserve|fixer|fixe|obtenir|avoir"
    r"|convenir|demander|demande|besoin|possible|dispo|disponible|disponibilites?|libre"
    r"|book|booking|make|schedule|arrange|set up|get|need|want|like|available|free|request"
    r"|اريد|ابغي|ابي|اود|ارغب|نحب|حاب|حابه|حبيت|بغيت|باغي|باغيه|احجز|نحجز|حجز|ناخذ|ناخد|ندير|اخذ|ممكن|عندكم|محتاج"
    r"|nheb|n7eb|nhab|hab|haba|7ab|7abb|7abba|habit|7abit|bghit|baghi|nakhod|nakhoud|ndir|ne7jez|n7ajez|nreserver|nriservi|momkin|mumkin)(?!\w)"
)
_MOVE = re.compile(
    r"(?<!\w)(?:deplacer|deplace|deplacez|decaler|decale|decalez|reporter|reporte|reportez|changer|change|changez|modifier|modifie"
    r"|avancer|repousser|move|reschedule|rescheduling|postpone|shift|push back|bring forward"
    r"|تاجيل|اجل|ناجل|اءجل|تغيير|اغير|نغير|غير|نبدل|بدل|ابدل|تبديل|نحول|تقديم"
    r"|nbadel|nbedel|nbeddel|nbadal|nghayer|nghayar|n2ajel|najel|nwakher|nchangi|ndecali)(?!\w)"
)
_CANCEL = re.compile(
    r"(?<!\w)(?:annuler|annule|annulez|annulation|annulee?|supprimer|decommander|cancel|cancelled|cancelling|call off"
    r"|الغاء|الغي|الغوا|نلغي|نانولي|انولي|nannuli|nanuli|annuli|nlghi|nelghi|elghi|alghi)(?!\w)"
)
_SHOW = re.compile(
    r"(?<!\w)(?:quand|quelle heure|quel jour|c'est quand|date de|heure de"
    r"|mes rendez|mon prochain|rappelez|confirmer|confirmez"
    r"|when|what time|which day|my next|متي|وقتاش|فوقاش|امتي|wa9tach|wa9teh|waqtach|wektach|fo9ach|fou9ach|imta)(?!\w)"
)
_MINE = re.compile(
    r"(?<!\w)(?:mon|mes|my|notre|our|j'ai|i have|عندي|موعدي|ديالي|تاعي|نتاعي"
    r"|dyali|ta3i|nta3i|3andi|3ndi|le|ce|the|this)(?!\w)"
)
_UNABLE = re.compile(
    r"ne (?:peux|pourrai|pourrais) (?:pas|plus) (?:venir|etre la|y aller|me deplacer|l'honorer)"
    r"|peux pas venir|pourrai pas venir"
    r"|empeche|imprevu|(?:can't|cannot|can not|won't|unable to|not able to) (?:come|make it|attend|be there|be able)"
    r"|ما\s?نقدرش (?:نجي|نروح|نحضر)|منقدرش نجي|مانقدرش نجي|لا (?:استطيع|يمكنني) (?:الحضور|المجيء|القدوم)"
    r"|لن (?:استطيع|اتمكن من) (?:الحضور|المجيء)"
    r"|ma\s?n9derch nji|man9derch nji|ma\s?nqderch nji|manaqdarch nji|ma nkderch nji"
)
_MORE = re.compile(
    r"(?<!\w)(?:autres?|d'autres|plus tard|suivants?|aucun|aucune|others?|another|more|later|none|neither|different"
    r"|اخري|اخر|وقت اخر|غيرها|غيرهم|ولا واحد|wahdokhra|okhra|okhrin|akhor|walou|hta wahed)(?!\w)"
)
_ORDINALS: tuple[re.Pattern[str], ...] = (
    re.compile(r"(?<!\w)(?:premiere?|1ere?|first|1st|(?:ال|ل)?(?:اول|اولي)|lowel|lwel|louwel|lowla)(?!\w)"),
    re.compile(r"(?<!\w)(?:deuxieme|second|seconde|2e|2eme|2nd|(?:ال)?(?:ثاني|ثانيه|تاني)|tani|thani|zawej|tanya)(?!\w)"),
    re.compile(r"(?<!\w)(?:troisieme|third|3e|3eme|3rd|(?:ال)?(?:ثالث|ثالثه|تالت)|talet|thaleth|talta)(?!\w)"),
)  # fmt: skip
_LAST = re.compile(r"(?<!\w)(?:derniere?|last|(?:ال)?(?:اخير|اخيره)|lekher|lakher)(?!\w)")
_NUMBER = re.compile(
    r"^\W*(?:le|la|l'|va pour le|ok|oui|yes|je prends le|je choisis le|numero|n|no"
    r"|choix|option|number|رقم|الرقم|اختار|raqm|ra9m|num)?"
    r"\W*(?:numero|number|choix|option|رقم)?\W*([1-9])\W*(?:svp|merci|please|شكرا|من فضلك)?\W*$"
)
_SHORT_WORDS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What one message wants. `action` is "" where it is of no appointment."""

    action: Action | Literal[""] = ""
    asked: Asked = field(default_factory=Asked)
    kind: str = ""  # of the configured ones, where one is named
    resource: str = ""
    more: bool = False  # other places than those offered
    ordinal: int = 0  # 1 for the first of those offered, -1 for the last


def prepared(text: str) -> str:
    """A text as the readers here want it."""
    return fold(clean(text))


def may_concern(text: str) -> bool:
    """Whether a message may be about an appointment at all: cheap, asked of every message."""
    folded = prepared(text)
    return _NOUN.search(folded) is not None or _UNABLE.search(folded) is not None


def wants_to_move(text: str) -> bool:
    """Whether an answer says "move it", with or without the thing's name."""
    return _MOVE.search(prepared(text)) is not None


def read_wish(
    text: str, *, kinds: Mapping[str, Kind], today: date, week_begins: int, complaint: float = 0.0
) -> Wish:
    """Read a message. `complaint`: how much it sounds like one, on the scale of the intents."""
    folded = prepared(text)
    asked = read_times(folded, today=today, week_begins=week_begins)
    ordinal = _ordinal(folded)
    return Wish(
        action=_action(folded, asked, complaint),
        asked=asked,
        kind=_kind(folded, kinds),
        resource=_resource(folded, kinds),
        more=_MORE.search(folded) is not None,
        ordinal=ordinal,
    )


def _action(folded: str, asked: Asked, complaint: float) -> Action | Literal[""]:
    if _UNABLE.search(folded):
        return "unable"
    noun = _NOUN.search(folded)
    if noun is None:
        return ""
    rest = _NOUN.sub(" ", folded)
    words = len(re.findall(r"\w+", rest))
    if complaint >= 2 and words > _SHORT_WORDS:
        return ""
    if _CANCEL.search(rest):
        return "cancel"
    if _MOVE.search(rest):
        return "move"
    if _SHOW.search(folded) and not asked.says_something:
        return "show"
    if _BOOK.search(rest) or (asked.says_something and complaint < 1):
        return (
            "show" if _MINE.search(rest) and not _BOOK.search(rest) and not asked.says_something else "book"
        )
    if "موعدي" in noun[0] or (_MINE.search(rest) and "?" in folded):
        return "show"
    return "book" if words <= _SHORT_WORDS and complaint < 1 else ""


def _ordinal(folded: str) -> int:
    if found := _NUMBER.match(folded):
        return int(found[1])
    if len(folded.split()) > _SHORT_WORDS:
        return 0
    for number, pattern in enumerate(_ORDINALS, 1):
        if pattern.search(folded):
            return number
    return -1 if _LAST.search(folded) else 0


def _kind(folded: str, kinds: Mapping[str, Kind]) -> str:
    for kind in kinds.values():
        for name in (*kind.names.values(), *kind.words):
            if _has(folded, name):
                return kind.id
    return ""


def _resource(folded: str, kinds: Mapping[str, Kind]) -> str:
    names = dict.fromkeys(resource for kind in kinds.values() for resource in kind.resources)
    return next((name for name in names if _has(folded, name)), "")


def _has(folded: str, name: str) -> bool:
    wanted = prepared(name)
    return bool(wanted) and re.search(rf"(?<!\w)(?:ال)?{re.escape(wanted)}(?!\w)", folded) is not None
