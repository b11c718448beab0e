"""Where the signature of a text begins: "-- ", "Envoyé de mon iPhone", a name with its telephone, a disclaimer."""

from __future__ import annotations

import re
from collections.abc import Sequence

from channels.email.attribution import plain

MAX_SIGNATURE = 16  # lines that aren't empty
_DEVICE = re.compile(
    r"(?:sent|get) (?:from|with|via|using|by) (?:my |the |a )?(?:[\w.]+ )?(?:iphone|ipad|android|mobile|phone"
    r"|galaxy|samsung|huawei|xiaomi"
    r"|redmi|oppo|blackberry|smartphone|tablet|outlook|yahoo|mail|windows|gmail|proton|protonmail|device"
    r"|aqua ?mail)\b.{0,80}"
    r"|get outlook for (?:android|ios|mac).{0,60}|sent with (?:the )?proton ?mail.{0,40}"
    r"|(?:envoyé|envoye|télécharg\w+|obtenir|obtenez) (?:de|depuis|à partir d[eu]|avec|via|par|outlook)\b.{0,12}?"
    r"(?:iphone|ipad|android|mobile|téléphone|portable|galaxy|samsung|huawei|xiaomi|smartphone|outlook|yahoo|orange"
    r"|proton|protonmail|messagerie|application|appareil|courrier|ios|mail|tablette)\b.{0,80}"
    r"|obtenir outlook pour .{1,30}|provenance\s?: courrier pour windows.{0,40}|envoyé depuis l['’]appli.{0,60}"
    r"|(?:تم الإرسال|أ?ُ?رسلت?|مرسلة?|تم إرساله|تم إرسالها) (?:من|بواسطة|باستخدام|عبر) .{0,20}"
    r"(?:iphone|ipad|android|outlook|yahoo|galaxy|samsung|الهاتف|هاتفي|آيفون|جوالي|جهاز|أندرويد).{0,60}"
    r"|الحصول على outlook .{0,40}",
    re.IGNORECASE,
)
_DISCLAIMER = re.compile(
    r"(?:ce|le présent|cet?) (?:message|mail|courriel|courrier électronique|e-?mail)\b.{0,120}(?:confidenti"
    r"|destin|usage exclusif)"
    r"|avis (?:de confidentialité|important\s?:)|clause de confidentialité|mention de confidentialité"
    r"|this (?:e-?mail|message|communication)\b.{0,120}(?:confidential|intended|privileged)"
    r"|the (?:information|contents?)\b.{0,60}(?:e-?mail|message)\b.{0,80}(?:confidential|intended|privileged)"
    r"|confidentiality notice|legal (?:notice|disclaimer)|disclaimer\s?[:：]|if you are not the intended recipient"
    r"|si vous n['’]êtes pas (?:le|la) (?:bon )?destinataire"
    r"|(?:🌱|🌳|♻)?\s?(?:please )?(?:consider|think of|think about) the environment|pensez? à l['’]environnement"
    r"|avant d['’]imprimer"
    r"|n['’]imprimez (?:ce|cet)|(?:تنبيه|إخلاء مسؤولية|إشعار سرية|تنويه)\s?[:：]|(?:هذه الرسالة|هذا البريد"
    r"|تحتوي هذه الرسالة).{0,80}"
    r"(?:سري|السرية|موجه)|(?:this|cet?) .{0,30}(?:virus|antivirus|avast|avg)\b.{0,80}|(?:virus-free|sans virus"
    r"|garanti sans virus)\b.{0,40}",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"(?:bien |très |mes |nos |avec (?:mes|nos) |recevez .{0,20}|veuillez .{0,90})?(?:sincères |meilleures "
    r"|respectueuses |plus )?"
    r"(?:cordialement|cdlt|cdt|cordiales? salutations?|salutations?(?: distinguées| cordiales| respectueuses)?"
    r"|sincèrement"
    r"|à vous|respectueusement|amicalement|bonne (?:journée|réception|soirée)|merci (?:d['’]avance|à vous|beaucoup)?)"
    r"(?: à vous)?|(?:with )?(?:best|kind|warm|many|kindest)? ?(?:regards|wishes|thanks)|sincerely(?: yours)?|yours"
    r"(?: truly| faithfully| sincerely)?|thanks(?: again| in advance)?|thank you|cheers|best|br"
    r"|(?:مع )?(?:خالص |أطيب |فائق |أجمل )?(?:تحياتي|التحيات|التحية|الاحترام|تقديري|الشكر)(?: .{0,30})?"
    r"|شكرا(?: .{0,20})?|وشكرا.{0,20}"
    r"|تقبلوا .{0,40}",
    re.IGNORECASE,
)  # fmt: skip
_CONTACT = re.compile(
    r"(?:\+|00)\d[\d .()/-]{7,}|\b0\d(?:[ .-]?\d\d){4}\b|\b(?:tél|tel|téléphone|phone|mob(?:ile)?|gsm|fax|cell"
    r"|port(?:able)?"
    r"|هاتف|الهاتف|جوال|فاكس)\b\.?\s{0,2}[.:+(\d]|[\w.+-]{1,64}@[\w-]{1,63}\.\w{2,}|\b(?:https?://|www\.)\S+",
    re.IGNORECASE,
)
_RULE = re.compile(r"[-_=*~]{2,}\s*")


def signature_begins(lines: Sequence[str], *, writer: str = "") -> int:
    """The first line of the signature at the end of `lines`; their number when there is none. `writer`: From's name."""
    begin = min(_after_dashes(lines), _trailing_notices(lines))
    return min(begin, _contact_block(lines[:begin], writer))


def _after_dashes(lines: Sequence[str]) -> int:
    """source: RFC 3676 §4.3; clients that trim blanks leave two dashes alone"""
    for number in range(len(lines) - 1, -1, -1):
        if lines[number] in ("-- ", "--", "—", "--\xa0"):
            after = sum(bool(line.strip()) for line in lines[number + 1 :])
            if after <= MAX_SIGNATURE or lines[number] == "-- ":
                return number
    return len(lines)


def _trailing_notices(lines: Sequence[str]) -> int:
    """A device's boast or a disclaimer, and what stands below it."""
    begin = len(lines)
    for number in range(max(0, len(lines) - 40), len(lines)):
        line = plain(lines[number]).strip("*_- ")
        if line and (
            _DEVICE.fullmatch(line.rstrip(".!")) or (_DISCLAIMER.match(line) and _opens(lines, number))
        ):
            rest = lines[number + 1 :]
            if _DISCLAIMER.match(line) or sum(bool(each.strip()) for each in rest) <= MAX_SIGNATURE:
                begin = number
                break
    while (
        begin
        and begin < len(lines)
        and (not lines[begin - 1].strip() or _RULE.fullmatch(plain(lines[begin - 1])))
    ):
        begin -= 1
    return begin


def _opens(lines: Sequence[str], number: int) -> bool:
    """Whether a line begins a paragraph (a disclaimer in the middle of a sentence is somebody's words)."""
    return (
        number == 0 or not lines[number - 1].strip() or _RULE.fullmatch(plain(lines[number - 1])) is not None
    )


def _contact_block(lines: Sequence[str], writer: str) -> int:
    """The lines with telephone, address and title below the name; the greeting and the name stay with the text."""
    last = len(lines)
    while last and not plain(lines[last - 1]):
        last -= 1
    for number in range(max(0, last - MAX_SIGNATURE), last):
        if _CLOSING.fullmatch(plain(lines[number]).rstrip(" ,.!،;")):
            return _below_name(lines, number + 1, last)
    name = " ".join(writer.lower().split())
    for number in range(max(1, last - 8), last - 1):
        if name and " " in name and plain(lines[number]).lower() == name:
            return _below_name(lines, number, last)
    return len(lines)


def _below_name(lines: Sequence[str], number: int, last: int) -> int:
    """Where the contact data below a name begins, if there is any and no line of it is a sentence."""
    while number < last and not plain(lines[number]):
        number += 1
    first = plain(lines[number]) if number < last else ""
    if first and not _CONTACT.search(first) and len(first.split()) <= 5:
        number += 1
    rest = [plain(line) for line in lines[number:last] if plain(line)]
    if not rest or not any(_CONTACT.search(line) for line in rest):
        return len(lines)
    return number if not any(_is_sentence(line) for line in rest) else len(lines)


def _is_sentence(line: str) -> bool:
    return (
        (len(line.split()) > 6 and not _CONTACT.search(line))
        or line.endswith("?")
        or line.lower().startswith(("ps", "p.s"))
    )
