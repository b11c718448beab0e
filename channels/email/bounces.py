"""What a mail server reports about one of our mails that it could not deliver.

Reports of the standard form (RFC 3464: Postfix, Exchange, Gmail and most others), and the free ones of qmail, Exim
and older servers, in English and French.
"""

from __future__ import annotations

import re

from channels.email.addresses import normal
from channels.email.charsets import decode
from channels.email.headers import Headers, read_headers
from channels.email.mail import Bounce
from channels.email.parts import Part
from channels.email.transfer import decode_transfer
from channels.email.words import ids_of, text_of

_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_REPLY = re.compile(r"(?<![\d.])([45])(\d\d)(?=[ -])")
_FREE_TITLE = re.compile(
    r"(?:undeliver(?:able|ed)|delivery (?:status notification|failure|has failed|report|delayed)"
    r"|mail delivery (?:failed|system"
    r"|subsystem)|failure notice|returned mail|mail system error|message (?:you sent )?(?:not"
    r"|could not be) delivered|non[- ]?"
    r"(?:remis|distribu|délivr)\w*|échec d['’]?(?:e |)(?:la )?(?:remise|livraison|distribution)"
    r"|échec de (?:remise|l['’]envoi)"
    r"|message non (?:distribué|remis|délivré)|courrier non remis|retour de courrier|avis de non[- ]remise"
    r"|warning: (?:message|could not send)|تعذر (?:ال)?تسليم|فشل (?:ال)?تسليم|لم يتم التسليم)",
    re.IGNORECASE,
)
_BRACKETED = re.compile(r"<([^<>\s]{3,254}@[^<>\s]{3,253})>")
_BARE = re.compile(r"(?<![\w.+-])[\w.+=-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_RETURNED = re.compile(
    r"^\s*(?:-{3,}.{0,80}(?:copy|copie|original|below|message|header)|Original message headers"
    r"|En-têtes de message d['’]origine"
    r"|Return-Path:|Received: |Message-ID: |From: )", re.IGNORECASE | re.MULTILINE,
)  # fmt: skip
_SOFT = re.compile(
    r"mailbox (?:is )?full|quota|over ?quota|boîte (?:aux lettres |de réception )?(?:est )?pleine|temporar"
    r"|try again|réessay|timed? ?out|greylist"
    r"|delayed|retard|connection refused|too many|rate limit|insufficient (?:disk|system)|délai d['’]attente"
    r"|temporaire|ممتلئ",
    re.IGNORECASE,
)
_ABSENT = re.compile(
    r"user unknown|unknown user|no such (?:user|mailbox|recipient|address|person)|does ?n[o']t exist"
    r"|n['’]existe pas|inexistant"
    r"|unknown (?:recipient|address|local part)|address (?:not found|rejected)|introuvable|mailbox unavailable"
    r"|invalid recipient"
    r"|recipient (?:rejected|unknown|not found)|no mailbox|account (?:is )?disabled|inconnu|couldn't be found"
    r"|unrouteable|unroutable"
    r"|host (?:or domain name )?not found|domain not found|غير موجود",
    re.IGNORECASE,
)
_MESSAGE_ID = re.compile(
    rb"^message-id:[ \t]*(?:\r?\n[ \t]+)?<?([^<>\s]{3,500}@[^<>\s]{1,400})>?", re.IGNORECASE | re.MULTILINE
)
_ACTIONS = ("failed", "delayed", "delivered", "relayed", "expanded")
MAX_BODY = 100_000  # bytes of a free report that are looked at


def read_bounce(raw: bytes, root: Part, *, sender: str, subject: str, to: tuple[str, ...]) -> Bounce | None:
    """The report in a mail, None where it is none. Free forms are believed only from a mail system's address."""
    parts = list(root.walk())
    status = next(
        (
            part
            for part in parts
            if part.mime in ("message/delivery-status", "message/global-delivery-status")
        ),
        None,
    )
    returned = to[0] if to else ""
    if status is not None and root.mime == "multipart/report":
        return _standard(raw, parts, status, returned)
    failed = root.headers.get(b"x-failed-recipients")
    system = re.match(r"(?:mailer-daemon|postmaster|mdaemon|mail)@", sender, re.IGNORECASE) or not sender
    if not failed and not (system and _FREE_TITLE.search(subject)):
        return None
    return _free(raw, parts, failed, returned)


def _standard(raw: bytes, parts: list[Part], status: Part, returned: str) -> Bounce:
    """source: RFC 3464 §2; the first recipient that failed, else the first one"""
    blocks = _blocks(status.body(raw))
    recipients = [block for block in blocks if b"action" in block or b"final-recipient" in block]
    chosen = next(
        (block for block in recipients if _action(block) == "failed"),
        recipients[0] if recipients else Headers([]),
    )
    words = text_of(chosen.get(b"diagnostic-code")).partition(";")
    diagnostic = (words[2] or words[0]).strip()[:500]
    code = _STATUS.search(text_of(chosen.get(b"status"))) or _STATUS.search(diagnostic)
    address = _recipient(chosen)
    if not address or not diagnostic:
        spoken = _spoken(raw, parts)
        address = address or _address_in(spoken, returned)
        diagnostic = diagnostic or _reason(spoken)
    action = _action(chosen)
    return Bounce(
        address=address,
        hard=action == "failed" and _is_hard(code[0] if code else "", diagnostic),
        status=code[0] if code else "",
        diagnostic=diagnostic,
        action=action,
        message_id=_our_id(raw, parts),
        returned_to=returned,
    )


def _blocks(body: bytes) -> list[Headers]:
    """The groups of fields of a delivery-status body: the message's own, then one for each recipient."""
    groups = [group for group in re.split(rb"\r?\n[ \t]*\r?\n", body[:MAX_BODY].strip()) if group.strip()]
    return [read_headers(group + b"\n\n", 0, len(group) + 2)[0] for group in groups[:200]]


def _action(block: Headers) -> str:
    said = text_of(block.get(b"action")).lower()
    return next((action for action in _ACTIONS if said.startswith(action)), "failed")


def _recipient(block: Headers) -> str:
    for name in (b"original-recipient", b"final-recipient", b"x-actual-recipient"):
        address = text_of(block.get(name)).rpartition(";")[2]
        if found := normal(address):
            return found
    return ""


def _free(raw: bytes, parts: list[Part], failed: bytes, returned: str) -> Bounce:
    spoken = _spoken(raw, parts)
    code = _STATUS.search(spoken)
    reply = _REPLY.search(spoken)
    status = code[0] if code else ""
    address = normal(text_of(failed).split(",")[0]) or _address_in(spoken, returned)
    delayed = re.search(
        r"delayed|warning|retard|will (?:be retried|keep trying|retry)|sera de nouveau", spoken[:2000], re.I
    )
    final = re.search(
        r"permanent|définitive|giving up|could not be delivered|given up|abandon", spoken[:4000], re.I
    )
    return Bounce(
        address=address,
        hard=not (delayed and not final) and _is_hard(status or (reply[0] if reply else ""), spoken),
        status=status,
        diagnostic=_reason(spoken),
        action="delayed" if delayed and not final else "failed",
        message_id=_our_id(raw, parts),
        returned_to=returned,
    )


def _is_hard(code: str, words: str) -> bool:
    """Whether nobody will ever be reached there: the address is wrong, not the mail, the mailbox or the moment."""
    if code.startswith("4"):
        return False
    subject_detail = code[2:]
    if subject_detail in (
        "1.1",
        "1.2",
        "1.3",
        "1.6",
        "1.10",
        "2.1",
        "4.4",
        "0.350",
    ):  # "x.4.4": no such domain
        return True
    if subject_detail.startswith(("2.", "3.", "4.", "6.", "7.")):
        return _ABSENT.search(words) is not None and not _SOFT.search(words)
    if _SOFT.search(words) and not _ABSENT.search(words):
        return False
    return code.startswith("5") or _ABSENT.search(words) is not None


def _spoken(raw: bytes, parts: list[Part]) -> str:
    """What the server says in words, without the mail it gives back."""
    for part in parts:
        if part.mime in ("text/plain", "text/html") and part.start < part.end:
            text = decode(part.body(raw)[:MAX_BODY], part.parameters.get("charset", ""))
            if part.mime == "text/html":
                text = re.sub(r"<[^<>@]{0,2000}>", " ", text)
            cut = _RETURNED.search(text, 40)
            return text[: cut.start()] if cut else text
    return ""


def _address_in(spoken: str, returned: str) -> str:
    ours = returned.lower()
    for pattern in (_BRACKETED, _BARE):
        for found in pattern.finditer(spoken[:20_000]):
            address = normal(found[1] if pattern is _BRACKETED else found[0].rstrip("."))
            if (
                address
                and address.lower() != ours
                and not address.lower().startswith(("postmaster@", "mailer-daemon@"))
            ):
                return address
    return ""


def _reason(spoken: str) -> str:
    """The line that says why: the one with a code, else the one that speaks of the address or the mailbox."""
    lines = [" ".join(line.split()) for line in spoken.splitlines()[:400] if line.strip()]
    for pattern in (_STATUS, _REPLY, _ABSENT, _SOFT):
        for line in lines:
            if pattern.search(line):
                return line[:500]
    return lines[0][:500] if lines else ""


def _our_id(raw: bytes, parts: list[Part]) -> str:
    """The Message-ID of the mail that is given back, wherever it stands."""
    for part in parts[1:]:
        if part.mime in ("message/rfc822", "message/global", "text/rfc822-headers", "message/rfc822-headers"):
            body = decode_transfer(
                raw[part.start : part.end][:MAX_BODY], part.headers.get(b"content-transfer-encoding")
            )
            if found := _MESSAGE_ID.search(body):
                return found[1].decode("ascii", "replace")
    root = parts[0]
    found = _MESSAGE_ID.search(raw[root.start : root.start + MAX_BODY])
    if found:
        return found[1].decode("ascii", "replace")
    answered = ids_of(root.headers.get(b"in-reply-to")) or ids_of(root.headers.get(b"references"))
    return answered[-1] if answered else ""
