"""Reports of mails that could not be delivered: whose, for ever or for now, and which mail of ours."""

from __future__ import annotations

import pytest

from channels.email.mail import Bounce
from channels.email.reading import outline, read_mail
from tests.unit.mails import mail, multipart, part

OURS = mail(
    "Bonjour", {"From": "sav@example.com", "To": "karim@example.org", "Message-ID": "<out-1@example.com>"}
)
TAGGED = "sav+t4711@example.com"


def standard(
    status: str,
    *,
    words: str = "See below.",
    returned: bytes = OURS,
    sender: str = "MAILER-DAEMON@example.net",
) -> bytes:
    """A report as RFC 3464 wants it."""
    body, _ = multipart(
        "report",
        part("text/plain; charset=utf-8", words),
        part("message/delivery-status", f"Reporting-MTA: dns; mx.example.net\r\n\r\n{status}\r\n"),
        part("message/rfc822", returned),
    )
    kind = 'multipart/report; report-type=delivery-status; boundary="b1"'
    return mail(
        body,
        {
            "From": sender,
            "To": TAGGED,
            "Subject": "Undelivered Mail Returned to Sender",
            "Content-Type": kind,
        },
    )


def read(raw: bytes) -> Bounce:
    found = outline(raw, own=["sav@example.com"])
    assert found.automatic == "bounce" and found.bounce is not None
    assert read_mail(raw).bounce == found.bounce
    return found.bounce


@pytest.mark.parametrize(
    ("code", "diagnostic", "hard"),
    [
        ("5.1.1", "smtp; 550 5.1.1 <karim@example.org>: Recipient address rejected: User unknown", True),
        (
            "5.1.10",
            "smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
            True,
        ),
        ("5.1.2", "smtp; 550 5.1.2 Bad destination system address", True),
        ("5.4.4", "X-Postfix; Host or domain name not found. Name service error for name=example.org", True),
        ("5.2.1", "smtp; 550 5.2.1 The email account that you tried to reach is disabled", True),
        ("5.0.0", "smtp; 550 No such user here", True),
        ("5.7.1", "smtp; 550 5.7.1 Message rejected as spam", False),
        ("5.3.4", "smtp; 552 5.3.4 Message size exceeds fixed limit", False),
        ("5.2.2", "smtp; 552 5.2.2 Mailbox full", False),
        ("5.4.7", "smtp; 550 5.4.7 Delivery expired (message too old)", False),
        ("4.4.1", "smtp; connect to mx.example.org: Connection timed out", False),
    ],
)
def test_a_standard_report(code: str, diagnostic: str, hard: bool) -> None:
    status = f"Final-Recipient: rfc822; karim@example.org\r\nAction: failed\r\nStatus: {code}\r\n"
    status += f"Diagnostic-Code: {diagnostic}"
    bounce = read(standard(status))
    assert (bounce.address, bounce.hard, bounce.status) == ("karim@example.org", hard, code)
    assert bounce.diagnostic == diagnostic.partition(";")[2].strip()
    assert (bounce.message_id, bounce.returned_to, bounce.action) == ("out-1@example.com", TAGGED, "failed")


def test_a_delay_is_not_a_failure_and_a_success_neither() -> None:
    for action, status in (("delayed", "4.4.1"), ("delivered", "2.0.0"), ("relayed", "2.0.0")):
        bounce = read(
            standard(f"Final-Recipient: rfc822; karim@example.org\r\nAction: {action}\r\nStatus: {status}")
        )
        assert (bounce.action, bounce.hard) == (action, False)


def test_the_address_we_wrote_to_counts_not_the_one_it_was_passed_on_to() -> None:
    status = "Original-Recipient: rfc822;karim@example.org\r\nFinal-Recipient: rfc822; other@example.net\r\n"
    status += "Action: failed\r\nStatus: 5.1.1"
    assert read(standard(status)).address == "karim@example.org"


def test_of_several_recipients_the_one_that_failed_counts() -> None:
    status = (
        "Final-Recipient: rfc822; a@example.org\r\nAction: delivered\r\nStatus: 2.0.0\r\n\r\n"
        "Final-Recipient: rfc822; b@example.org\r\nAction: failed\r\nStatus: 5.1.1"
    )
    assert read(standard(status)).address == "b@example.org"


def test_only_the_headers_may_be_given_back() -> None:
    raw = standard("Final-Recipient: rfc822; karim@example.org\r\nAction: failed\r\nStatus: 5.1.1")
    raw = raw.replace(b"message/rfc822", b"text/rfc822-headers")
    assert read(raw).message_id == "out-1@example.com"


@pytest.mark.parametrize(
    ("subject", "words", "address", "hard", "status"),
    [
        ("failure notice",
         "Hi. This is the qmail-send program at example.net.\nI'm afraid I wasn't able to deliver your message to the "
         "following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n"
         "<karim@example.org>:\n192.0.2.7 does not like recipient.\nRemote host said: 550 5.1.1 no such user\n\n"
         "--- Below this line is a copy of the message.\n\n", "karim@example.org", True, "5.1.1"),
        ("Mail delivery failed: returning message to sender",
         "This message was created automatically by mail delivery software.\n\nA message that you sent could not be "
         "delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n"
         "  karim@example.org\n    Unrouteable address\n\n------ This is a copy of the message, including all the "
         "headers. ------\n\n", "karim@example.org", True, ""),
        ("Warning: message 1abc delayed 24 hours",
         "A message that you sent has not yet been delivered to one or more of its\nrecipients after more than "
         "24 hours on the queue.\n\n  karim@example.org\n    Delay reason: connection timed out\n",
         "karim@example.org", False, ""),
        ("Non remis : Votre commande",
         "Votre message n'a pas pu être remis à karim@example.org.\nBoîte aux lettres pleine.\n"
         "Code : 452 4.2.2\n", "karim@example.org", False, "4.2.2"),
        ("Échec de la remise",
         "Impossible de remettre votre message.\n<karim@example.org> : adresse inconnue, 550 5.1.1\n",
         "karim@example.org", True, "5.1.1"),
        ("Undeliverable: Your order",
         "Your message to karim@example.org couldn't be delivered.\nkarim wasn't found at example.org.\n"
         "Remote Server returned '550 5.1.10 RESOLVER.ADR.RecipientNotFound'\nOriginal message headers:\n",
         "karim@example.org", True, "5.1.10"),
    ],
)  # fmt: skip
def test_a_free_report(subject: str, words: str, address: str, hard: bool, status: str) -> None:
    raw = mail(words.encode() + OURS, {"From": "MAILER-DAEMON@example.net", "To": TAGGED, "Subject": subject})
    bounce = read(raw)
    assert (bounce.address, bounce.hard, bounce.status) == (address, hard, status)
    assert bounce.message_id == "out-1@example.com"


def test_gmail_names_the_failed_address_in_a_header() -> None:
    raw = mail(
        "Address not found",
        {"From": "mailer-daemon@example.net", "Subject": "x", "X-Failed-Recipients": "karim@example.org"},
    )
    assert (read(raw).address, read(raw).hard) == ("karim@example.org", True)


def test_a_person_who_forwards_a_report_is_a_person() -> None:
    body, kind = multipart(
        "mixed", part("text/plain", "Pourquoi ?"), part("message/rfc822", standard("Action: failed"))
    )
    found = outline(mail(body, {**kind, "Subject": "Undelivered Mail Returned to Sender"}))
    assert (found.automatic, found.bounce) == ("", None)
