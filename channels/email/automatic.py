"""Whether a machine wrote a mail. Taking a person for a machine is the worse error: one weak sign is never enough.

source: RFC 3834 §2 and §5, RFC 2369, RFC 2919; Microsoft's [MS-OXCMAIL] for X-Auto-Response-Suppress
"""

from __future__ import annotations

import re
from collections.abc import Collection

from channels.email.headers import Headers
from channels.email.parts import Part
from channels.email.words import parameters

_MAILERS = re.compile(
    r"(?:mailer-daemon|mail-daemon|postmaster|mdaemon|mail-delivery-subsystem)(?:[+=].*)?", re.IGNORECASE
)
_UNATTENDED = re.compile(
    r"(?:no-?_?\.?reply|do-?not-?reply|ne-?pas-?repondre|nepasrepondre|notifications?|bounces?|auto-?reply|noreply)"
    r"(?:[+._-].*)?",
    re.IGNORECASE,
)
_AWAY = re.compile(
    r"(?:(?:re|tr|aw|rép?)\s?: ?)?(?:\[?(?:automatic reply|auto(?:matic)?[- ]?(?:reply|response|réponse)|autoreply"
    r"|out[- ]of[- ](?:the[- ])?office|on (?:annual )?(?:leave|vacation|holiday)|vacation (?:reply|response)"
    r"|réponse automatique|reponse automatique|message automatique|absence du bureau|absent(?:e)? du bureau"
    r"|absence de bureau|notification d['’]absence|en congés?|رد تلقائي|الرد التلقائي|رد آلي|رسالة تلقائية"
    r"|خارج المكتب)\]?)"
    r"(?=\s*(?:[:：\]|(–—-]|$))",
    re.IGNORECASE,
)
_AWAY_HEADERS = (b"x-autoreply", b"x-autorespond", b"x-autoresponder", b"x-autoreply-from", b"x-mail-autoreply",
                 b"x-auto-reply", b"x-vacation")  # fmt: skip
_LIST_HEADERS = (b"list-id", b"list-post", b"x-mailing-list", b"mailing-list", b"x-mailman-version")
_NO = frozenset({"", "no", "none", "false", "0"})


def why_automatic(
    headers: Headers, root: Part, *, sender: str, subject: str, own: Collection[str] = ()
) -> str:
    """ "auto-reply", "list", "own", "bounce" or "receipt"; "" for a person's mail. `own`: our addresses, lower case."""
    if sender and sender.lower() in own:
        return "own"
    report = _report(root)
    if report:
        return report
    answer = _is_answer(headers, subject, sender)
    if answer:
        return "auto-reply"
    if _is_list(headers):
        return "list"
    if any(
        part.mime == "text/calendar" and part.parameters.get("method", "").upper() == "REPLY"
        for part in root.walk()
    ):
        return "auto-reply"  # somebody pressed "accept": nothing to answer
    return ""


def _report(root: Part) -> str:
    """source: RFC 6522 (multipart/report), RFC 8098 (read receipts)"""
    kinds = {part.mime for part in ([root, *root.children])}
    declared = root.parameters.get("report-type", "").lower() if root.mime == "multipart/report" else ""
    if declared == "disposition-notification" or "message/disposition-notification" in kinds:
        return "receipt"
    if declared == "delivery-status" or (
        root.mime == "multipart/report" and "message/delivery-status" in kinds
    ):
        return "bounce"
    return "auto-reply" if declared else ""  # feedback reports and the like: nobody waits for an answer


def _is_answer(headers: Headers, subject: str, sender: str) -> bool:
    submitted = parameters(headers.get(b"auto-submitted"))[0].split("(")[0].strip()
    if submitted not in _NO:
        return True
    local = sender.rpartition("@")[0]
    if _MAILERS.fullmatch(local):
        return True
    named = any(_value(headers, name) not in _NO for name in _AWAY_HEADERS)
    precedence = _value(headers, b"precedence").replace("-", "_")
    if (
        named
        or precedence == "auto_reply"
        or _value(headers, b"x-precedence").replace("-", "_") == "auto_reply"
    ):
        return True
    away = _AWAY.match(subject.strip()) is not None
    unreturnable = headers.get(b"return-path").strip() == b"<>"
    # Exchange puts X-Auto-Response-Suppress on people's mail too, and people write about automatic replies:
    # each sign needs a second one, the title together with its colon or a machine's header.
    signs = [
        away,
        unreturnable,
        precedence in ("bulk", "junk"),
        _value(headers, b"x-auto-response-suppress") not in _NO,
        _UNATTENDED.fullmatch(local) is not None,
        b"feedback-id" in headers or b"x-csa-complaints" in headers,
    ]
    return (away and _away_title(subject, headers)) or unreturnable or sum(signs) >= 2


def _away_title(subject: str, headers: Headers) -> bool:
    """A title as machines write it: "Automatic reply: …", and no person's program signed for it."""
    title = _AWAY.match(subject.strip())
    if title is None:
        return False
    rest = subject.strip()[title.end() :].strip()
    answering = b"in-reply-to" in headers or b"references" in headers
    return bool(
        rest[:1] in (":", "：") and (answering or not _written_by_hand(headers))
    ) and not subject.lower().startswith(("re:", "re :"))


def _written_by_hand(headers: Headers) -> bool:
    """Whether a program for people made it; auto-responders name none."""
    return b"user-agent" in headers or b"x-mailer" in headers


def _is_list(headers: Headers) -> bool:
    """A mailing list or a mass mailing. List-Unsubscribe alone is no proof: some servers put it on every mail."""
    if any(headers.get(name) for name in _LIST_HEADERS):
        return True
    bulk = _value(headers, b"precedence") in ("list", "bulk", "junk")
    return bulk or (
        b"list-unsubscribe" in headers and (b"list-unsubscribe-post" in headers or b"feedback-id" in headers)
    )


def _value(headers: Headers, name: bytes) -> str:
    return headers.get(name)[:200].decode("ascii", "replace").strip().lower()
