"""What we send: readable everywhere, unchanged, and never more than one mail."""

from __future__ import annotations

import email
import email.policy
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email.compose import Composer, message_id_in, provider_id, sendable
from channels.email.html_body import clean_html, html_of
from channels.email.settings import EmailSettings, SmtpSettings
from channels.email.smtp import stuffed
from channels.email.subject import subject_of
from channels.email.threads import Threads
from channels.port import Attachment, BadAddress, Media, OutboundMessage

NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)
SETTINGS = EmailSettings(
    account_id="mail",
    address="support@example.org",
    name="Briqueterie Atlas",
    secret="s",
    smtp=SmtpSettings(host="smtp.example.org", port=587),
)


def written(files: tuple[Media, ...] = (), settings: EmailSettings = SETTINGS, **changes: Any) -> bytes:
    base: dict[str, Any] = {
        "id": "o1",
        "account_id": "mail",
        "thread": "t",
        "to": "amel@example.com",
        "text": "Bonjour",
        "language": "fr",
    }
    composer = Composer(settings, Threads(settings))
    return composer.compose(OutboundMessage(**(base | changes)), files, now=NOW).content


def read(files: tuple[Media, ...] = (), settings: EmailSettings = SETTINGS, **changes: Any) -> EmailMessage:
    message = email.message_from_bytes(written(files, settings, **changes), policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    return message


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content())


ANY_TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")) | st.just("\n"), max_size=300)


@given(ANY_TEXT)
def test_any_text_arrives_as_it_was_written(text: str) -> None:
    assert body(read(text=text), "plain").replace("\r\n", "\n") == text


@given(st.text(max_size=200), st.text(max_size=60), st.text(max_size=100))
def test_nothing_that_is_written_makes_a_header_of_its_own(subject: str, name: str, answered: str) -> None:
    message = read(
        subject=f"{subject}\r\nBcc: x@example.net\r\n\r\n", author=f"{name}\nBcc: y", reply_to=answered
    )
    assert message["bcc"] is None and len(message.get_all("subject", [])) == 1
    assert str(message["from"].addresses[0].addr_spec) == "support@example.org"


@given(ANY_TEXT, st.text(max_size=100))
def test_every_byte_is_ascii_in_lines_that_every_server_takes(text: str, subject: str) -> None:
    content = written(text=text, subject=subject)
    assert content.isascii() and b"\n" not in content.replace(b"\r\n", b"")
    assert max(map(len, content.split(b"\r\n"))) <= 998


def test_the_page_has_the_direction_and_language_of_the_message() -> None:
    arabic = body(read(text="مرحبا\n\nhttps://example.org/a?b=1&c", language="ar"), "html")
    assert '<html lang="ar" dir="rtl">' in arabic and 'href="https://example.org/a?b=1&amp;c"' in arabic
    assert '<html lang="fr" dir="ltr">' in body(read(), "html")


def test_a_text_is_shown_and_never_run() -> None:
    assert html_of('<script>alert(1)</script> & "x"\ndeux') == (
        '<p dir="auto">&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;x&quot;<br>deux</p>'
    )


@pytest.mark.parametrize(
    ("dirty", "clean"),
    [
        ("<b>oui</b><script>non()</script>", "<b>oui</b>"),
        ('<a href="javascript:x()">x</a>', '<a rel="noopener noreferrer">x</a>'),
        ('<p onclick="x()" style="position:fixed">x</p>', '<p style="">x</p>'),
        (
            '<p style="color:#123456;position:absolute;display:none;padding:4px">x</p>',
            '<p style="color:#123456;padding:4px">x</p>',
        ),
        ('<p style="background-color:url(https://example.net/a.png)">x</p>', "<p>x</p>"),
        ('<p style="width:expression(alert(1))">x</p>', "<p>x</p>"),
        ('<p style="c\\6flor:red">x</p>', "<p>x</p>"),
        ("<iframe src='https://example.net'></iframe><form><input></form>", ""),
    ],
)
def test_a_given_page_is_made_safe(dirty: str, clean: str) -> None:
    assert clean_html(dirty) == clean
    assert clean in body(read(html=dirty + "<i>x</i>"), "html")


def test_files_are_attached_under_their_names() -> None:
    names = ("photo.jpg", "reçu n°1 (copie).pdf", "ملف.png", "a" * 300, '../x"\r\ny')
    kinds = ("image/jpeg", "application/pdf", "message/rfc822", "no type", "text/plain")
    files = tuple(
        Media(attachment=Attachment(kind="file", ref="media:x", name=name, mime=mime), data=bytes([n]) * 100)
        for n, (name, mime) in enumerate(zip(names, kinds, strict=True))
    )
    parts = list(read(files).iter_attachments())
    assert [part.get_filename() for part in parts] == [*names[:3], "a" * 120, "xy"]
    assert [part.get_content_type() for part in parts] == [
        "image/jpeg", "application/pdf", "application/octet-stream", "application/octet-stream", "text/plain",
    ]  # fmt: skip
    assert [part.get_payload(decode=True) for part in parts] == [file.data for file in files]


@pytest.mark.parametrize(
    ("author", "purpose", "said"),
    [
        ("bot", "reply", "auto-replied"),
        ("bot", "receipt", "auto-replied"),
        ("bot", "reminder", "auto-generated"),
        ("Sarah", "reply", None),
    ],
)
def test_machines_are_told_what_a_machine_wrote_and_people_what_people_wrote(
    author: str, purpose: str, said: str | None
) -> None:
    message = read(author=author, purpose=purpose)
    assert message["auto-submitted"] == said
    assert bool(message["x-auto-response-suppress"]) == bool(said)
    shown = message["from"].addresses[0].display_name
    assert shown == ("Briqueterie Atlas" if author == "bot" else "Sarah · Briqueterie Atlas")


def test_outreach_can_be_ended_with_one_click() -> None:
    message = read(purpose="outreach", unsubscribe_url="https://bot.example.org/u/t0k3n")
    assert message["list-unsubscribe"] == "<https://bot.example.org/u/t0k3n>"
    assert message["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    assert read(unsubscribe_url="http://localhost/u/x")["list-unsubscribe-post"] is None
    assert read(unsubscribe_url="https://x/>\r\nBcc: <y")["list-unsubscribe"] is None


def test_an_answer_points_at_what_it_answers() -> None:
    message = read(reply_to=provider_id("CAF0x@mail.example.com", "abc"))
    assert message["in-reply-to"] == message["references"] == "<CAF0x@mail.example.com>"
    assert read(reply_to=provider_id("", "abc"))["in-reply-to"] is None


def test_a_message_id_is_read_back_from_a_mail_s_name() -> None:
    assert message_id_in(provider_id("a#b@example.com", "d")) == "a#b@example.com"
    assert provider_id("two words@example.com", "d") == "#d"
    assert message_id_in("CAF0x@mail.example.com") == "CAF0x@mail.example.com"


def test_with_a_tag_answers_and_bounces_come_to_an_address_that_says_what_they_answer() -> None:
    settings = replace(SETTINGS, address_tag=True)
    threads = Threads(settings)
    message = OutboundMessage(id="o1", account_id="mail", thread="t", to="amel@example.com", text="x")
    draft = Composer(settings, threads).compose(message, (), now=NOW)
    token = threads.read_tagged(draft.sender)
    assert token and threads.message_id(token) == draft.message_id
    assert f"Reply-To: <{draft.sender}>".encode() in draft.content
    plain = Composer(SETTINGS, Threads(SETTINGS)).compose(message, (), now=NOW)
    assert plain.sender == "support@example.org" and b"Reply-To" not in plain.content


@pytest.mark.parametrize(
    ("subject", "answers", "language", "sent"),
    [
        ("Livraison", True, "fr", "Re: Livraison"),
        ("Re: Livraison", True, "fr", "Re: Livraison"),
        ("RE : Ré: Re[2]: AW: Livraison", True, "fr", "Re: Livraison"),
        ("رد: الرد: طلب", True, "ar", "Re: طلب"),
        ("Re: Fwd: Livraison", True, "en", "Re: Fwd: Livraison"),
        ("Votre commande", False, "fr", "Votre commande"),
        ("Re: Votre commande", False, "fr", "Re: Votre commande"),
        ("Repas: menu", False, "fr", "Repas: menu"),
        ("Résumé: x", False, "fr", "Résumé: x"),
        ("", True, "fr", "Votre message"),
        ("Re:", True, "ar", "رسالتكم"),
        ("a\r\nb\x00\u2028c", False, "en", "a b c"),
    ],
)
def test_a_subject_has_one_re_at_most(subject: str, answers: bool, language: str, sent: str) -> None:
    assert subject_of(subject, answers=answers, language=language) == sent


@pytest.mark.parametrize(
    "address", ["", "amel", "@example.com", "a b@example.com", "a@b", "a@-x.com", "a\n@b.com"]
)
def test_what_is_no_address_reaches_nobody(address: str) -> None:
    with pytest.raises(BadAddress):
        sendable(address)


def test_a_domain_in_other_letters_is_written_in_ascii() -> None:
    assert sendable("amel@bücher.example") == "amel@xn--bcher-kva.example"


@given(st.binary(max_size=200))
def test_dots_are_stuffed_and_the_end_is_never_met_early(content: bytes) -> None:
    whole = stuffed(content.replace(b"\n", b"\r\n"))
    assert b"\r\n.\r\n" not in whole and not whole.startswith(b".\r\n")
    assert whole.endswith(b"\r\n")


def test_a_reference_is_not_broken_at_its_hyphens_and_reads_the_same() -> None:
    shown = html_of("Votre réclamation RC-2026-000042, voir https://example.org/RC-2026-000042 et B-12.")
    span = '<span style="white-space:nowrap">RC-2026-000042</span>'
    assert shown.count(span) == 1 and f"réclamation {span}, voir" in shown and "et B-12" in shown
    assert "\u2060" not in shown and "\u2011" not in shown, "what is copied is the reference itself"
