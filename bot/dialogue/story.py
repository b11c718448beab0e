"""The matter of a message: what it tells, without "Bonjour Madame," before and "Cordialement, K. Benali" after it.

Only what surely is politeness goes: a greeting at the very beginning, a closing with nothing but names after it. Where
nothing else was said, the words stay as they are.
"""

from __future__ import annotations

import re
from typing import Final

_TITLE = (
    r"(?:mesdames|messieurs|mesdemoiselles|madame|monsieur|mademoiselle|mme|mlle|m\.|mr|mrs|ms|sir|sirs|madam|gentlemen"
    r"|سيدتي|سيدي|السيدات|السادة|السيدة|السيد|سادتي)"
)
_PEOPLE = (
    rf"(?:{_TITLE}|tous|toutes|tout le monde|toute l['’]équipe|l['’]équipe|vous|team|all|everyone|everybody|there"
    r"|cher client|(?:le |au )?service (?:client\w*|commercial|réclamations?|après[- ]vente|technique)"
    r"|(?:customer )?(?:service|support)(?: team)?"
    r"|الكرام|المحترمين|المحترمون|المحترمة|المحترم|الفاضل|الفاضلة|جميعا"
    r"|أخي|أختي|خويا|khouya|khoya|kho)"
)
_JOIN = r"(?:[ \t]*[,،/&][ \t]*|[ \t]+(?:et|and|ou|or|à|a|to|le|la|les|the|و)[ \t]+|[ \t]+و?)"
_NAME = r"(?:[ \t]+(?:(?:m|mr|mme|dr)\.?[ \t]+)?(?-i:[A-ZÀ-ÖØ-Þ])[\w'’.-]*){1,4}"
_HELLO = (
    r"(?:re-?bonjour|bonjour|bonsoir|bjr|bsr|salut(?:ations)?|coucou|slt|hello|hi|hey|greetings"
    r"|(?:wa |w )?(?:as)?sala+m(?:ou|u|o)?(?:[ '’-]*(?:3|a|e)?l[aei]+[yik]*k(?:ou|u|o)m)?(?: wa ra[7h]mat\w*.{0,25})?"
    r"|slm|azul"
    r"|(?:و?ال)?سلام(?:ُ)?(?: و?عليكم)?(?: ورحمة الله)?(?: تعالى)?(?: و ?بركاته)?|مرحبا(?: بكم)?|مرحبًا|أهلا(?: وسهلا)?"
    r"|اهلا(?: وسهلا)?)"
)
_FORMAL = (
    r"(?:good (?:morning|afternoon|evening|day)|dear|chers?|chères?|à l['’]attention d\w+ .{1,60}?"
    r"|to whom it may concern"
    r"|صباح (?:الخير|النور)|مساء (?:الخير|النور)|تحية(?: طيبة| عطرة)?(?: و ?بعد)?|بعد التحية|أما بعد|"
    + _TITLE
    + r")"
)
_WELL = (
    r"(?:j['’]espère que (?:vous allez|tout va|ce (?:mail|message)) .{0,60}?|comment allez[- ]vous"
    r"|i hope (?:you are|you['’]re|this (?:e-?mail|message)) .{0,60}?|hope (?:you are|this) .{0,60}?"
    r"|how are you(?: doing)?"
    r"|(?:أتمنى|ارجو|أرجو) أن تكونوا .{0,40}?|كيف حالكم|كيف الحال)"
)
_END = r"(?:[ \t]*[,،.!;:…]+\s*|[ \t]+[–-][ \t]+|[ \t]*(?:(?=\n)|\Z)\s*)"
_GREETING = re.compile(
    rf"(?:{_HELLO}(?:(?:{_JOIN})(?:chers?|chères?|dear)?[ \t]*{_PEOPLE})*(?:{_NAME}(?=[ \t]*[,،!:\n]))?"
    rf"(?:{_END}|[ \t]+)"
    rf"|{_FORMAL}(?:(?:{_JOIN}){_PEOPLE})*(?:{_NAME})?(?:[ \t]*[,،!:;–-]+\s*|[ \t]*\n\s*)"
    rf"|{_WELL}[ \t]*(?:[.!?؟,،]+\s*|\n\s*))",
    re.IGNORECASE,
)
_NAMED: Final = re.compile(r"[A-ZÀ-ÖØ-Þ]")
_CLOSING = re.compile(
    r"(?:et |and |و)?(?:"
    r"(?:bien |très |trés |mes |nos |avec (?:mes|nos) |recevez |sincères |meilleures |respectueuses )*"
    r"(?:cordialement|cdlt|cdt|salutations?(?: distinguées| cordiales| respectueuses| les meilleures)?|sincèrement"
    r"|respectueusement|amicalement|bien à vous|à vous)"
    r"|(?:un grand |mille |grand )?merci(?: beaucoup| bien| infiniment| d['’]avance| par avance| à vous| encore)*"
    r"(?: (?:de|pour) (?:votre|vos|ta) .{1,60})?"
    r"|(?:je|nous) (?:vous )?(?:en )?remerci\w+.{0,80}|en vous remerciant.{0,80}|avec (?:mes|nos) remerciements.{0,60}"
    r"|dans l['’](?:attente|espoir) d.{1,80}|en (?:l['’])?attente de (?:votre|vos) .{1,60}|dans l['’]attente"
    r"|(?:veuillez|je vous prie|nous vous prions|prière|recevez|agréez)[ ,].{0,20}(?:agréer|recevoir|croire|accepter)"
    r".{0,140}|(?:agréez|recevez),? .{0,30}(?:salutations|sentiments|expression).{0,80}"
    r"|bonne (?:journée|soirée|fin de journée|réception|continuation)(?: à vous)?|à bientôt|au revoir"
    r"|(?:with )?(?:best|kind|kindest|warm|warmest|many)? ?(?:regards|wishes|thanks)"
    r"|(?:yours |very )?(?:sincerely|truly|faithfully)(?: yours)?|yours|cheers|best|br|rgds|thx"
    r"|thanks?(?: you)?(?: again| so much| very much| a lot)?"
    r"(?: in advance)?(?: for your .{1,60})?|(?:i )?look(?:ing)? forward to .{1,80}|have a (?:nice|good|great) .{1,20}"
    r"|(?:مع )?(?:خالص |أطيب |فائق |أجمل |أسمى )*(?:تحياتي|تحياتنا|التحيات|التحية|الاحترام|تقديري|التقدير|الشكر)"
    r"(?: و?(?:التقدير|الاحترام|الشكر|العرفان|تقديري))*(?: لكم)?"
    r"|شكر[اًا]+(?: جزيلا| جزيلاً| لكم| مسبقا| مسبقًا| على .{1,50})*|مشكورين|(?:و?تقبلوا|تفضلوا) .{1,60}"
    r"|(?:في|ب)انتظار (?:ردكم|جوابكم|رد|جواب).{0,40}|(?:نحن |أنا )?(?:في|ب) ?انتظار(?:كم)?.{0,40}|بارك الله فيكم?"
    r"|والسلام(?: عليكم.{0,40})?|(?:الله يحفظكم|يعطيكم الصحة|saha|ya3tikom saha|choukran|chokran|merci khouya)"
    r")",
    re.IGNORECASE,
)  # fmt: skip
_PIECE = re.compile(r"[^\n.!?؟…]*(?:[.!?؟…]+(?=\s|\Z)|\n|\Z)", re.DOTALL)
_TRIM: Final = " \t\r\n,،.!;:…-–—"
_CONTACT = re.compile(
    r"(?:tél|tel|téléphone|phone|mob(?:ile)?|gsm|fax|هاتف|الهاتف)\b|@|www\.|\+?\d[\d .()/-]{7,}", re.I
)
_ARABIC = re.compile(r"[\u0621-\u064a]")
_SENT_FROM = re.compile(r"(?:sent from|envoyé (?:de|depuis)|أرسلت? من)\b.{0,60}", re.IGNORECASE)
_NAME_WORDS = 4
_LEFT_WORDS = 4  # a name without a closing is one only after a story
_GREETINGS = 4
_LONGEST = 240  # characters of a closing


def matter_of(text: str) -> str:
    """The words of a message without greeting, closing and signature; all of them where nothing else is left."""
    bare = _without_closing(_without_greeting(text.strip())).strip()
    return bare if any(letter.isalnum() for letter in bare) else text.strip()


def _without_greeting(text: str) -> str:
    for _ in range(_GREETINGS):
        found = _GREETING.match(text)
        if not found or not found[0].strip():
            return text
        text = text[found.end() :].lstrip(_TRIM)
    return text


def _without_closing(text: str) -> str:
    """Cut from the first closing on that has only closings and names after it."""
    pieces = _pieces(text)
    cut = len(text)
    strong = False  # a closing stands below: the lines after it are whose it is
    signed: list[int] = []
    for start, piece in reversed(pieces):
        words = piece.strip(_TRIM)
        if _closes(words):
            cut, strong = start, True
            signed.clear()
        elif len(signed) < _NAME_WORDS and _signs(words, own_line=_begins_line(text, start)):
            signed.append(start)
        else:
            break
    if not strong and len(signed) == 1 and _is_lone_name(text, signed[0]):
        cut = signed[0]
    return text[:cut].rstrip(" \t\r\n,،;:-–—")


def _pieces(text: str) -> list[tuple[int, str]]:
    """Where each sentence begins; a line that is a closing or part of a signature is one piece ("K. Benali")."""
    found: list[tuple[int, str]] = []
    for line in re.finditer(r"[^\n]+", text):
        words = line[0].strip(_TRIM)
        if not words:
            continue
        if _closes(words) or _signs(words, own_line=True):
            found.append((line.start(), line[0]))
            continue
        sentences = (piece for piece in _PIECE.finditer(line[0]) if piece[0].strip(_TRIM))
        found += [(line.start() + piece.start(), piece[0]) for piece in sentences]
    return found


def _begins_line(text: str, start: int) -> bool:
    return start == 0 or text[start - 1] == "\n"


def _closes(words: str) -> bool:
    """A closing alone, or one with a name after a comma: "Merci, Karim"."""
    if len(words) > _LONGEST:
        return False
    if _CLOSING.fullmatch(words) or _SENT_FROM.fullmatch(words):
        return True
    head, comma, name = re.sub("،", ",", words).partition(",")
    if not comma:
        return False
    return bool(_CLOSING.fullmatch(head.strip())) and (
        _closes(name.strip(_TRIM)) or _is_name(name.strip(_TRIM))
    )


def _signs(words: str, *, own_line: bool) -> bool:
    """A line of a signature: a name, a company, a telephone number."""
    return own_line and (_is_name(words) or (bool(_CONTACT.search(words)) and len(words) <= 80))


def _is_name(words: str) -> bool:
    """Few words, each with a capital or in Arabic letters, none with a figure."""
    each = words.split()
    if not 0 < len(each) <= _NAME_WORDS or any(letter.isdigit() for letter in words):
        return False
    return all(
        _NAMED.match(word) or _ARABIC.search(word) or word.lower() in ("de", "el", "ben", "&")
        for word in each
    )


def _is_lone_name(text: str, start: int) -> bool:
    """A name on a line of its own below a story, after an empty line."""
    before = text[:start]
    name = text[start:].strip(_TRIM)
    apart = re.search(r"\n[ \t]*\r?\n[ \t]*\Z", before) is not None
    return apart and len(name.split()) <= 3 and len(before.split()) > _LEFT_WORDS and bool(_NAMED.match(name))
