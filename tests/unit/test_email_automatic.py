"""Machines are told from people; a person is never taken for a machine because of one weak sign."""

from __future__ import annotations

import pytest

from channels.email.reading import outline
from tests.unit.mails import mail, multipart, part

OWN = ("sav@example.com",)


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ({"Auto-Submitted": "auto-replied"}, "auto-reply"),
        ({"Auto-Submitted": "auto-generated (rejected)"}, "auto-reply"),
        ({"Auto-Submitted": 'auto-notified; owner-email="a@example.org"'}, "auto-reply"),
        ({"X-Autoreply": "yes"}, "auto-reply"),
        ({"X-Autorespond": "Briques"}, "auto-reply"),
        ({"Precedence": "auto_reply"}, "auto-reply"),
        ({"Precedence": "auto-reply"}, "auto-reply"),
        ({"Subject": "Automatic reply: Briques", "In-Reply-To": "<x@example.com>"}, "auto-reply"),
        ({"Subject": "Réponse automatique : Briques", "X-Auto-Response-Suppress": "All"}, "auto-reply"),
        ({"Subject": "Absence du bureau : Briques", "In-Reply-To": "<x@example.com>"}, "auto-reply"),
        ({"Subject": "رد تلقائي: طلب", "In-Reply-To": "<x@example.com>"}, "auto-reply"),
        ({"Subject": "Out of Office", "Return-Path": "<>"}, "auto-reply"),
        ({"Return-Path": "<>"}, "auto-reply"),
        ({"From": "MAILER-DAEMON@example.net"}, "auto-reply"),
        ({"From": "postmaster@example.net"}, "auto-reply"),
        ({"From": "no-reply@example.net", "Precedence": "bulk"}, "auto-reply"),
        ({"From": "noreply@example.net", "X-Auto-Response-Suppress": "OOF, AutoReply"}, "auto-reply"),
        ({"List-Id": "Builders <builders.example.net>"}, "list"),
        ({"List-Post": "<mailto:builders@example.net>"}, "list"),
        ({"Precedence": "list"}, "list"),
        ({"Precedence": "bulk"}, "list"),
        (
            {
                "List-Unsubscribe": "<https://example.net/u>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            },
            "list",
        ),
        ({"From": "Support <SAV@Example.com>"}, "own"),
    ],
)
def test_a_machine_is_known(headers: dict[str, str], why: str) -> None:
    assert outline(mail(headers=headers), own=OWN).automatic == why


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Auto-Submitted": "no"},
        {"Precedence": "normal"},
        {"Precedence": "first-class"},
        {"Return-Path": "<karim@example.org>"},
        {"X-Auto-Response-Suppress": "All"},
        {"X-Auto-Response-Suppress": "DR, OOF, AutoReply"},
        {"X-Autoreply": "no"},
        {"List-Unsubscribe": "<mailto:u@example.org>"},
        {"From": "Info <noreply@example.net>"},
        {"Subject": "Re: Automatic reply: Briques", "X-Mailer": "iPhone Mail"},
        {"Subject": "Votre réponse automatique ne m'aide pas"},
        {"Subject": "Réponse automatique inutile"},
        {"Subject": "Réponse automatique", "User-Agent": "Thunderbird"},
        {"Subject": "En congé maladie, livraison à reporter"},
        {"Subject": "Absence du bureau de votre vendeur"},
        {"Subject": "Out of office hours delivery?"},
        {"Subject": "Automatic reply: why?", "User-Agent": "Thunderbird"},
        {"From": "postmasterson@example.org"},
        {"Feedback-ID": "1:2:3"},
        {"X-Priority": "1"},
        {"Subject": "Failure notice for my order"},
        {"Subject": "Delivery failure"},
        {"Sender": "assistant@example.org"},
        {"Subject": "Retour de courrier", "From": "Mail <paul@example.org>"},
    ],
)
def test_a_person_is_taken_for_a_person(headers: dict[str, str]) -> None:
    read = outline(mail(headers=headers), own=OWN)
    assert (read.automatic, read.bounce) == ("", None)


def test_a_read_receipt_and_an_accepted_invitation_ask_for_no_answer() -> None:
    body, _ = multipart(
        "report", part("text/plain", "Lu"), part("message/disposition-notification", "Disposition: x")
    )
    kind = 'multipart/report; report-type=disposition-notification; boundary="b1"'
    assert outline(mail(body, {"Content-Type": kind})).automatic == "receipt"
    body, headers = multipart(
        "alternative", part("text/plain", ""), part("text/calendar; method=REPLY", "BEGIN:VCALENDAR")
    )
    assert outline(mail(body, headers)).automatic == "auto-reply"
    body, headers = multipart(
        "alternative", part("text/plain", ""), part("text/calendar; method=REQUEST", "BEGIN:VCALENDAR")
    )
    assert outline(mail(body, headers)).automatic == ""
