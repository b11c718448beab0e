"""The lines that introduce an earlier mail: "On … wrote:", "Le … a écrit :", "في … كتب:", header blocks, separators.

Written down from what the clients send: Gmail, Outlook (desktop, web, mobile), Apple Mail, Thunderbird, Yahoo,
Zimbra, Proton Mail, Roundcube, Samsung; in French, Arabic and English.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_BIDI = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_WHEN = re.compile(
    r"\b(?:19|20)\d\d\b|\d{1,2}\s?[:hH٫]\s?\d\d|[٠-٩]{1,2}:[٠-٩]{2}|[٠-٩]{4}|\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}"
)
_ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}\.[\w.-]{2,}")
_WROTE = re.compile(
    r"(?:\bwrote|\ba écrit|\ba ecrit|\bécrivait|\bécrit|كتبت|كتب|تمت كتابة ما يلي بواسطة.{0,200})"
    r"(?:[^\n:]{0,120})?\s?[:：]$|\bwrote$|\ba écrit$",
    re.IGNORECASE,
)
_OPENING = re.compile(
    r"(?:On|Le|In|At|Am|Em data de|En date du|Message du|\*?On|في|بتاريخ|يوم|كتب|كتبت|[-—]+ ?(?:On|Le|في))\b"
    r"|\d{4}[-/]\d\d?[-/]\d\d?|\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun|lun|mar|mer|jeu|ven"
    r"|sam|dim)\b",
    re.IGNORECASE,
)
# "Le vendeur m'a écrit :" is the customer telling a story.
_TOLD = re.compile(
    r"(?:\b[mtnl]['’]a|\b(?:nous|vous|lui|leur) (?:a|ont|avez|avait)) écrit|\bwrote (?:to )?(?:me|us|him|her|them"
    r"|you)\b"
    r"|كتب(?:ت)? (?:لي|لنا|إلي)", re.IGNORECASE,
)  # fmt: skip
_SEPARATOR = re.compile(
    r"[-_=*> ]{0,3}[-—_=]{2,}\s{0,3}(?:original (?:message|appointment|e-?mail)|message d['’ ]origine"
    r"|message original"
    r"|mail original|e-?mail d['’]origine|message initial|reply message|réponse d['’]origine"
    r"|الرسالة الأصلية|رسالة أصلية|البريد الأصلي)\s{0,3}[-—_=]{2,}\s*",
    re.IGNORECASE,
)
_FORWARD = re.compile(
    r"[-—_=]{2,}\s{0,3}(?:forwarded message|message transféré|message transmis|mail transféré|forwarded by .{1,80}"
    r"|رسالة معاد توجيهها|رسالة محولة|الرسالة المعاد توجيهها)\s{0,3}[-—_=]{2,}"
    r"|(?:begin forwarded message|début du message (?:transféré|réexpédié)|بداية الرسالة (?:المحولة"
    r"|المعاد توجيهها))\s?:",
    re.IGNORECASE,
)
_FIELDS = {
    "from": re.compile(r"\*?(?:From|De|Expéditeur|من|المرسل)\*?\s?:\*?\s", re.IGNORECASE),
    "sent": re.compile(
        r"\*?(?:Sent|Date|Envoyé(?: le)?|Le|تاريخ الإرسال|التاريخ|تم الإرسال|أرسل|أُرسلت)\*?\s?:\*?\s", re.I
    ),
    "to": re.compile(r"\*?(?:To|À|A|Pour|Destinataire|إلى|الى)\*?\s?:\*?\s", re.IGNORECASE),
    "cc": re.compile(r"\*?(?:Cc|Copie à|نسخة|نسخة إلى|Reply-To|Répondre à)\*?\s?:\*?", re.IGNORECASE),
    "subject": re.compile(r"\*?(?:Subject|Objet|Sujet|الموضوع|موضوع)\*?\s?:\*?", re.IGNORECASE),
}
_RULE = re.compile(r"[-_=—*]{5,}\s*")


def plain(text: str) -> str:
    """A line without direction marks and outer blanks, to be matched."""
    return _BIDI.sub("", text).replace("\xa0", " ").replace("\u202f", " ").strip()[:600]


def attribution_length(lines: Sequence[str], *, before_quote: bool) -> int:
    """How many of the first lines (at most 4) say who wrote what is quoted next; 0 when they don't.

    `before_quote`: quoted lines follow, so that less has to be said to be believed.
    """
    joined = ""
    for count, line in enumerate(lines[:4], 1):
        line = plain(line)
        if not line:
            return 0
        joined = f"{joined} {line}" if joined else line
        if len(joined) > 500 or (count == 1 and not _may_open(joined, before_quote)):
            return 0
        if _ends_attribution(joined, before_quote):
            return count
    return 0


def _may_open(line: str, before_quote: bool) -> bool:
    return _OPENING.match(line) is not None or "@" in line or (before_quote and line.endswith((":", "：")))


def _ends_attribution(joined: str, before_quote: bool) -> bool:
    if _TOLD.search(joined):
        return False
    dated, addressed = _WHEN.search(joined) is not None, _ADDRESS.search(joined) is not None
    if _WROTE.search(joined):
        return (
            before_quote
            or (dated and (addressed or "," in joined or "،" in joined))
            or (addressed and len(joined) < 200)
        )
    return (
        before_quote
        and joined.endswith((":", "：", ">"))
        and dated
        and (addressed or _OPENING.match(joined) is not None)
    )


def is_separator(line: str) -> bool:
    """ "-----Original Message-----" and its kin."""
    return ("-" in line[:12] + line[-12:] and _SEPARATOR.fullmatch(plain(line)) is not None) or (
        line[:1] in "_=—" and _SEPARATOR.fullmatch(plain(line)) is not None
    )


def is_forward(line: str) -> bool:
    """The first line of a forwarded mail."""
    return _FORWARD.match(plain(line)) is not None


def is_header_block(lines: Sequence[str]) -> bool:
    """Whether these lines begin with the header block of an earlier mail, as Outlook writes it."""
    named: set[str] = set()
    for number, line in enumerate(lines[:12]):
        line = plain(line)
        if not line or _RULE.fullmatch(line):
            if named and len(named) < 2 and number > 3:
                return False
            continue
        field = next((name for name, pattern in _FIELDS.items() if pattern.match(f"{line} ")), "")
        if not field and not named:
            return False
        if field:
            named.add(field)
        elif number > 8:
            break
    return len(named) >= 3 and bool({"from", "sent"} & named) and _opens_with_field(lines)


def _opens_with_field(lines: Sequence[str]) -> bool:
    first = next((plain(line) for line in lines[:3] if plain(line) and not _RULE.fullmatch(plain(line))), "")
    return any(_FIELDS[name].match(f"{first} ") for name in ("from", "sent", "subject"))
