"""From a journaled mail to a message or a delivery report; pure."""

from __future__ import annotations

from typing import Literal

from channels.email.entry import Entry, unwrap
from channels.email.incoming import REFUSED, person_of, unnamed
from channels.email.mail import Mail, MailFile
from channels.email.reading import outline, read_mail
from channels.email.settings import EmailSettings
from channels.email.threads import Threads, normalise
from channels.port import Attachment, InboundMessage, Malformed, StatusReport
from channels.text import clean_text

_STATUS: dict[str, Literal["accepted", "delivered", "failed"]] = {
    "failed": "failed",
    "delivered": "delivered",
    "delayed": "accepted",  # still on its way
    "relayed": "accepted",  # … to a server that will report nothing
    "expanded": "accepted",
}
_MEDIA: dict[str, Literal["image", "audio", "video"]] = {"image": "image", "audio": "audio", "video": "video"}
NO_SENDER = "no sender"
WHOLE = "email:whole:"  # begins the reference of a mail that stays where it lies


def read_message(raw: bytes, settings: EmailSettings, threads: Threads) -> InboundMessage:
    """Read an entry of kind message. Raises `Malformed`."""
    entry, content = unwrap(raw)
    mail = read_mail(content, own=settings.own - settings.trusted_forms)
    sender = person_of(mail.sender, mail.answer_to, settings)
    text = clean_text(mail.text)
    files = _whole(entry) if entry.whole_size else _attachments(mail)
    return InboundMessage(
        provider_id=entry.id,
        thread=entry.thread,
        sender=sender or unnamed(entry.id),
        sender_name=mail.sender_name if sender == normalise(mail.sender) else "",
        recipient=entry.to,
        subject=clean_text(mail.subject),
        text=text or ("" if files else clean_text(mail.subject)),  # some write all they have to say there
        quoted=clean_text(mail.quoted),
        attachments=files,
        sent_at=mail.sent_at,
        language_hint=mail.language_hint,
        reply_to=entry.reply_to,
        automatic=mail.automatic or ("" if sender else NO_SENDER),
        participants=_others(mail, sender, threads),
    )


def read_report(raw: bytes, threads: Threads) -> StatusReport:
    """Read an entry of kind status: what a mail server says about one of ours. Raises `Malformed`."""
    entry, content = unwrap(raw)
    known = outline(content)
    if known.bounce is None or threads.read_message_id(entry.reply_to) is None:
        raise Malformed("no delivery report about a mail of ours")
    status = _STATUS.get(known.bounce.action, "accepted")
    return StatusReport(
        provider_id=entry.reply_to,
        status=status,
        code=known.bounce.status,
        at=known.sent_at,
        permanent=status == "failed" and known.bounce.hard,
    )


def _attachments(mail: Mail) -> tuple[Attachment, ...]:
    """The files; the small parts of a delivery report are none."""
    return tuple(_attachment(file) for file in mail.files if file.media_ref or mail.bounce is None)


def _attachment(file: MailFile) -> Attachment:
    return Attachment(
        kind=_MEDIA.get(file.mime.partition("/")[0], "file"),
        ref=file.media_ref or REFUSED,
        name=file.name,
        mime=file.mime,
        size=file.size or len(file.data) or None,
    )


def _whole(entry: Entry) -> tuple[Attachment, ...]:
    """Stands for a mail that is too large: where it lies, for a person to look at."""
    return (
        Attachment(
            kind="file",
            ref=f"{WHOLE}{entry.lies_at}",
            name="message.eml",
            mime="message/rfc822",
            size=entry.whole_size,
        ),
    )


def _others(mail: Mail, sender: str, threads: Threads) -> tuple[str, ...]:
    """Who else it went to or is to be answered to, without ourselves."""
    everybody = dict.fromkeys((*mail.to, *mail.cc, mail.answer_to))
    return tuple(
        each for each in everybody if each and normalise(each) != sender and not threads.untagged(each)
    )
