"""Any mail there is can be read: charsets, broken headers, nested parts, files."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest

from channels.email.addresses import addresses_of
from channels.email.charsets import codec_of, decode
from channels.email.parts import MAX_DEPTH, MAX_PARTS
from channels.email.reading import outline, read_mail
from channels.email.slim import slim, with_refs
from channels.email.words import ids_of, parameters, text_of
from channels.port import Malformed
from tests.unit.mails import mail, multipart, part

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
FRENCH = "Ma réclamation : le camion n'est pas arrivé à l'heure prévue."
ARABIC = "السلام عليكم، وصل نصف الطوب مكسورا والشاحنة لم تصل في الموعد"


@pytest.mark.parametrize(
    ("text", "codec", "label"),
    [
        (FRENCH, "utf-8", "utf-8"), (FRENCH, "cp1252", "iso-8859-1"), (FRENCH, "iso8859-15", "ISO-8859-15"),
        (FRENCH, "utf-8", "iso-8859-1"), (FRENCH, "cp1252", "utf-8"), (FRENCH, "cp1252", ""),
        (FRENCH, "cp1252", "us-ascii"), (FRENCH, "cp1252", "x-no-such-charset"), (FRENCH, "utf-16", "utf-16"),
        (FRENCH, "utf-16-le", "utf-16le"), (FRENCH, "mac_roman", "x-mac-roman"), (FRENCH, "cp850", "ibm850"),
        (ARABIC, "utf-8", ""), (ARABIC, "cp1256", "windows-1256"), (ARABIC, "iso8859-6", "iso-8859-6-i"),
        (ARABIC, "cp1256", ""), (ARABIC, "iso8859-6", ""), (ARABIC, "cp1256", "iso-8859-1"),
        (ARABIC, "cp1256", "utf-8"), (ARABIC, "utf-8", "windows-1256"), (ARABIC, "cp1256", "\"cp-1256\""),
        ("Здравствуйте, груз не пришёл", "koi8-r", "koi8-r"), ("Здравствуйте, груз не пришёл", "cp1251", ""),
        ("你好,我们的货物还没有到", "gb18030", "gb2312"), ("こんにちは", "iso2022_jp", "iso-2022-jp"),
    ],
)  # fmt: skip
def test_a_text_is_read_whatever_its_label(text: str, codec: str, label: str) -> None:
    assert decode(text.encode(codec), label) == text


@pytest.mark.parametrize(
    "label", ["utf-7", "unicode_escape", "idna", "rot13", "base64", "punycode", "undefined", "\0"]
)
def test_a_codec_that_hides_things_is_refused(label: str) -> None:
    assert codec_of(label) == ""
    assert decode(b"+ADw-script+AD4-", label) == "+ADw-script+AD4-"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b"=?utf-8?Q?R=C3=A9clamation?=", "Réclamation"),
        (b"=?UTF-8?B?UsOpY2xhbWF0aW9u?=", "Réclamation"),
        (b"=?iso-8859-1?q?R=E9clamation_no_4?= suite", "Réclamation no 4 suite"),
        (b"=?utf-8?B?UsM=?=\r\n =?utf-8?B?qWNsYW1hdGlvbg==?=", "Réclamation"),
        (b"=?utf-8?Q?R=C3=A9clamation du client?=", "Réclamation du client"),
        (b"=?windows-1256?B?x+HTxMfh?=", "السؤال"),
        ("Réclamation".encode(), "Réclamation"),
        ("Réclamation".encode("cp1252"), "Réclamation"),
        ("RÃ©clamation".encode(), "Réclamation"),
        (b"=?utf-8?Q?=3D=3Futf-8=3FQ=3FR=3DC3=3DA9clamation=3F=3D?=", "Réclamation"),
        (b"=?utf-8?B?UsOpY2xhbWF0aW9?=", "Réclamatio"),
        (b"=?utf-8?X?abc?=", "=?utf-8?X?abc?="),
        (b"50 % =?", "50 % =?"),
    ],
)
def test_a_subject_is_read(value: bytes, text: str) -> None:
    assert text_of(value) == text


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (b'attachment; filename="photo 1.jpg"', "photo 1.jpg"),
        (b"attachment; filename=photo 1.jpg", "photo 1.jpg"),
        (b"attachment; filename*=utf-8''facture%20n%C2%B04.pdf", "facture n°4.pdf"),
        (b"attachment; filename*0*=utf-8''fac%C3; filename*1*=%A9; filename*2=.pdf", "facé.pdf"),
        (b'attachment; filename="=?utf-8?Q?R=C3=A9.pdf?="', "Ré.pdf"),
        ('attachment; filename="Ré.pdf"'.encode("cp1252"), "Ré.pdf"),
        (b'attachment; filename="never closed.pdf', "never closed.pdf"),
        (b'attachment; filename="a;b\\"c.pdf"', 'a;b"c.pdf'),
    ],
)
def test_a_file_name_is_read(value: bytes, name: str) -> None:
    assert parameters(value)[1]["filename"] == name


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (b"a@Example.ORG", (("", "a@example.org"),)),
        (
            b'"Doe, Jane" <j@example.org>, k@example.org',
            (("Doe, Jane", "j@example.org"), ("", "k@example.org")),
        ),
        (b"Team: a@example.org, B <b@example.org>;", (("", "a@example.org"), ("B", "b@example.org"))),
        (b"undisclosed-recipients:;", ()),
        (b"a@example.org (Jane)", (("Jane", "a@example.org"),)),
        (b"=?utf-8?Q?J=C3=A9r=C3=B4me?= <j@example.org>", (("Jérôme", "j@example.org"),)),
        (b"Jane <j@example.org", (("Jane", "j@example.org"),)),
        (b"<<j@example.org>>", (("", "j@example.org"),)),
        (b"'j@example.org'", (("", "j@example.org"),)),
        (b"nobody", ()),
        (b"evil@example.org\0@example.com", ()),
        (b'"j@bank.example" <x@example.org>', (("j@bank.example", "x@example.org"),)),
    ],
)
def test_addresses_are_read(value: bytes, found: tuple[tuple[str, str], ...]) -> None:
    assert addresses_of(value) == found


def test_ids_are_read_also_folded_and_bounded() -> None:
    assert ids_of(b"<a@x>\r\n <b@x> <a@x>") == ("a@x", "b@x")
    assert ids_of(b"<very-\r\n long@x>") == ("very-long@x",)
    many = ids_of(b" ".join(b"<%d@x>" % n for n in range(500)))
    assert (len(many), many[0], many[-1]) == (50, "0@x", "499@x")


def test_an_ordinary_mail() -> None:
    read = read_mail(mail("Bonjour\r\n", {"Cc": "Paul <paul@example.org>", "Content-Language": "fr-FR, en"}))
    assert (read.sender, read.sender_name, read.to) == ("karim@example.org", "Karim", ("sav@example.com",))
    assert (read.cc, read.subject, read.text) == (("paul@example.org",), "Briques", "Bonjour")
    assert (read.message_id, read.language_hint) == ("m1@example.org", "fr-FR")
    assert read.sent_at == datetime(2026, 3, 12, 9, 4, tzinfo=UTC)
    assert (read.automatic, read.bounce, read.left_out) == ("", None, ())


@pytest.mark.parametrize("raw", [b"", b"\r\n\r\n", b"\0\0", b"  \n"])
def test_nothing_is_no_mail(raw: bytes) -> None:
    with pytest.raises(Malformed):
        read_mail(raw)


@pytest.mark.parametrize(
    "raw", [b"hello", b":", b"From", b"\xff\xfe\xff", b"Subject: x", b"--b1", b"a\0b: c\n\n"]
)
def test_what_hardly_is_a_mail_is_read_all_the_same(raw: bytes) -> None:
    assert read_mail(raw).provider_id == outline(raw).provider_id


def test_a_missing_blank_line_ends_the_headers() -> None:
    read = read_mail(b"From: karim@example.org\r\nSubject: x\r\nBonjour, le camion n'est pas venu.\r\nMerci.")
    assert (read.sender, read.subject) == ("karim@example.org", "x")
    assert read.text == "Bonjour, le camion n'est pas venu.\nMerci."


def test_a_line_that_lost_its_fold_goes_back_to_its_header() -> None:
    read = read_mail(
        b"From: karim@example.org\r\nSubject: first\r\nsecond\r\nTo: sav@example.com\r\n\r\nBonjour"
    )
    assert (read.subject, read.to, read.text) == ("first second", ("sav@example.com",), "Bonjour")


def test_lines_may_end_like_on_old_systems() -> None:
    raw = mail("un\r\ndeux")
    for ending in (b"\n", b"\r"):
        read = read_mail(raw.replace(b"\r\n", ending))
        assert (read.subject, read.text) == ("Briques", "un\ndeux")


def test_two_mails_with_one_id_are_two_and_one_delivered_twice_is_one() -> None:
    first, other = mail("un"), mail("deux")
    again = b"Received: by a\r\n" + first.replace(b"\r\n", b"\n")
    assert outline(first).provider_id == outline(again).provider_id != outline(other).provider_id
    assert outline(mail(headers={"Message-ID": None})).message_id == ""
    assert (
        outline(mail("un", {"Message-ID": None})).provider_id
        != outline(mail("deux", {"Message-ID": None})).provider_id
    )


def test_the_answer_goes_to_reply_to_unless_that_is_ours() -> None:
    assert read_mail(mail(headers={"Reply-To": "Other <o@example.net>"})).answer_to == "o@example.net"
    assert (
        read_mail(mail(headers={"Reply-To": "a@example.net, b@example.net"})).answer_to == "karim@example.org"
    )
    assert (
        read_mail(mail(headers={"Reply-To": "SAV@example.com"}), own=["sav@example.com"]).answer_to
        == "karim@example.org"
    )


def test_the_words_of_an_alternative_are_read_once() -> None:
    body, kind = multipart("alternative", part("text/plain", "Bonjour"), part("text/html", "<p>Bonjour</p>"))
    assert read_mail(mail(body, kind)).text == "Bonjour"
    body, kind = multipart("alternative", part("text/plain", "Bonjour"), part("text/html", "<img src=x>"))
    assert read_mail(mail(body, kind)).text == "Bonjour"


def test_inline_pictures_and_files_are_told_apart() -> None:
    inner, kind = multipart(
        "related",
        part("text/html", '<p>Voyez <img src="cid:p1" alt="photo"></p>'),
        part("image/png", base64.b64encode(PNG), "Content-Transfer-Encoding: base64", "Content-ID: <p1>"),
        boundary="b2",
    )
    body, outer = multipart(
        "mixed",
        f"Content-Type: {kind['Content-Type']!s}\r\n\r\n".encode() + inner,
        part("application/octet-stream", PNG, 'Content-Disposition: attachment; filename="../../etc/x.png"'),
    )
    read = read_mail(mail(body, outer))
    assert read.text == "Voyez [photo]"
    assert [(each.name, each.mime, each.inline, each.content_id) for each in read.files] == [
        ("file.png", "image/png", True, "p1"),
        ("x.png", "image/png", False, ""),
    ]
    assert read.files[0].data == PNG


def test_a_signature_is_no_file_and_a_signed_text_is_read() -> None:
    body, kind = multipart(
        "signed", part("text/plain", "Bonjour"), part("application/pkcs7-signature; name=smime.p7s", "AAAA")
    )
    read = read_mail(mail(body, kind))
    assert (read.text, read.files) == ("Bonjour", ())


def test_an_invitation_is_a_line_and_a_file() -> None:
    event = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nDTSTART:20260312T100000Z\r\n"
    event += "SUMMARY:Visite\\, chantier\r\nLOCATION:Dépôt\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    body, kind = multipart(
        "mixed", part("text/plain", "Voici"), part("text/calendar; charset=utf-8; method=REQUEST", event)
    )
    read = read_mail(mail(body, kind))
    assert read.text == "Voici\n\n[Invitation: Visite, chantier, 2026-03-12 10:00 UTC, Dépôt]"
    assert [each.name for each in read.files] == ["file.ics"]


def test_a_mail_forwarded_as_a_file_and_nothing_else_is_read() -> None:
    body, kind = multipart(
        "mixed", part("message/rfc822", mail("Les briques sont cassées", {"Subject": "Plainte"}))
    )
    read = read_mail(mail(body, kind))
    assert read.text == "Plainte\n\nLes briques sont cassées"
    assert [each.mime for each in read.files] == ["message/rfc822"]


def test_winmail_dat_is_opened() -> None:
    def attribute(number: int, value: bytes) -> bytes:
        return b"\x02" + number.to_bytes(4, "little") + len(value).to_bytes(4, "little") + value + b"\0\0"

    tnef = (
        b"\x78\x9f\x3e\x22\x01\x00" + attribute(0x0002800C, b"Bonjour\0") + attribute(0x00069002, b"\0" * 14)
    )
    tnef += attribute(0x00018010, b"photo.png\0") + attribute(0x0006800F, PNG)
    body, kind = multipart("mixed", part("application/ms-tnef; name=winmail.dat", tnef))
    read = read_mail(mail(body, kind))
    assert (read.text, [(each.name, each.mime) for each in read.files]) == (
        "Bonjour",
        [("photo.png", "image/png")],
    )
    cut, kind = multipart("mixed", part("application/ms-tnef; name=winmail.dat", b"not one"))
    assert [each.name for each in read_mail(mail(cut, kind)).files] == ["winmail.dat"]


def test_a_file_in_uuencode_is_taken_out_of_the_text() -> None:
    read = read_mail(mail("Bonjour\n\nbegin 644 a.txt\n#0V%T\n`\nend\nMerci"))
    assert (read.text, [(each.name, each.data) for each in read.files]) == (
        "Bonjour\n\n\nMerci",
        [("a.txt", b"Cat")],
    )


@pytest.mark.parametrize(
    ("encoding", "body", "text"),
    [
        ("base64", b"Qm9uam91cg", "Bonjour"), ("base64", b"Qm9u\r\n!!am91cg==", "Bon"),
        ("base64", b"Bonjour!", "Bonjour!"),
        ("quoted-printable", b"caf=C3=A9 =\r\nnoir =ZZ", "café noir =ZZ"), ("8bit", "café".encode(), "café"),
        ("x-unknown", b"Bonjour", "Bonjour"), ("BASE64 ", b"Qm9uam91cg==", "Bonjour"),
    ],
)  # fmt: skip
def test_a_broken_transfer_encoding_is_read_as_far_as_it_goes(encoding: str, body: bytes, text: str) -> None:
    assert read_mail(mail(body, {"Content-Transfer-Encoding": encoding})).text.startswith(text)


def test_flowed_lines_are_joined() -> None:
    kind: dict[str, str | bytes | None] = {"Content-Type": "text/plain; format=flowed"}
    read = read_mail(mail("Une longue \r\nligne.\r\n> citée \r\n> aussi\r\n-- \r\nKarim", kind))
    assert (read.text, read.quoted) == ("Une longue ligne.", "> citée aussi\n--\nKarim")


def test_wrong_and_missing_boundaries_lose_nothing() -> None:
    body, _ = multipart("mixed", part("text/plain", "Bonjour"), part("text/plain", "Merci"))
    for kind in ("multipart/mixed", 'multipart/mixed; boundary="other"'):
        read = read_mail(mail(body, {"Content-Type": kind}))
        assert read.text == "Bonjour\n\nMerci"
    assert "Bonjour" in read_mail(mail("Bonjour", {"Content-Type": "multipart/mixed; boundary=x"})).text
    assert read_mail(
        mail(body.replace(b"--b1--", b""), {"Content-Type": "multipart/mixed; boundary=b1"})
    ).text.endswith("Merci")


def test_limits_are_named_in_the_result() -> None:
    body, kind = multipart("mixed", *[part("text/plain", "x")] * (MAX_PARTS + 50))
    assert read_mail(mail(body, kind)).left_out == (f"more than {MAX_PARTS} parts",)
    deep = part("text/plain", "x")
    for level in range(MAX_DEPTH + 5):
        inner, kind = multipart("mixed", deep, boundary=f"level{level}")
        deep = part(str(kind["Content-Type"]), inner)
    assert read_mail(mail(inner, kind)).left_out == (f"parts nested deeper than {MAX_DEPTH}",)
    assert read_mail(mail("x" * 1_200_000)).left_out == ("a text was cut at 1000000 characters",)
    assert "header block" in read_mail(b"X-A: " + b"y" * 400_000 + b"\r\n\r\nz").left_out[0]


def test_a_big_file_is_cut_out_and_found_again_by_its_reference() -> None:
    data = PNG + bytes(200_000)
    body, kind = multipart(
        "mixed",
        part("text/plain", "Voyez"),
        part("image/png; name=a.png", base64.encodebytes(data), "Content-Transfer-Encoding: base64"),
        part("text/plain; name=b.txt", "small"),
    )
    raw = mail(body, kind)
    slimmed, files = slim(raw)
    assert ([(each.name, each.size) for each in files], files[0].data) == ([("a.png", len(data))], data)
    assert len(slimmed) < 2_000
    read = read_mail(with_refs(slimmed, ["media:abc"]))
    assert [(each.name, each.media_ref, each.mime, each.size) for each in read.files] == [
        ("a.png", "media:abc", "image/png", len(data)),
        ("b.txt", "", "text/plain", 5),
    ]
    assert (read.text, read.provider_id) == ("Voyez", outline(raw).provider_id)


def test_a_long_text_stays_in_part_and_is_kept_whole_as_a_file() -> None:
    slimmed, files = slim(mail("Bonjour\r\n" + "abc def\r\n" * 200_000))
    assert len(files) == 1 and files[0].size > 1_700_000
    assert len(slimmed) < 600_000
    read = read_mail(with_refs(slimmed, ["media:abc"]))
    assert read.text.startswith("Bonjour\nabc def") and read.files[0].media_ref == "media:abc"
    assert read.left_out


def test_a_sender_cannot_name_a_file_of_ours() -> None:
    body, kind = multipart(
        "mixed", part("image/png", "x", "X-Relais-Media : media:secret; size=5", "x-relais-id: 7")
    )
    for raw in (mail(body, kind), mail(body, {**kind, "X-RELAIS-ID": "forged"})):
        slimmed, files = slim(raw)
        read = read_mail(slimmed)
        assert files == ()
        assert [(each.media_ref, each.data) for each in read.files] == [("", b"x")]
        assert "forged" not in read.provider_id
    inner, kind = multipart("mixed", part("message/rfc822", mail(body, kind)))
    assert all(not each.media_ref for each in read_mail(slim(mail(inner, kind))[0]).files)


def test_a_reference_that_would_break_the_header_is_refused() -> None:
    with pytest.raises(ValueError, match="reference"):
        with_refs(b"", ["media:a\r\nX: y"])


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>Un</p><p>Deux</p>", "Un\n\nDeux"),
        ("a<br>b", "a\nb"),
        ("<ul><li>un<li>deux</ul>", "- un\n- deux"),
        ("<ol><li>un</li><li>deux</li></ol>", "1. un\n2. deux"),
        ("<table><tr><td>B12</td><td>40</td></tr></table>", "B12 | 40"),
        ('<a href="https://example.org/x">ici</a>', "ici (https://example.org/x)"),
        ('<a href="https://example.org/">example.org</a>', "example.org"),
        ('<a href="javascript:alert(1)">ici</a>', "ici"),
        ("<style>p{}</style><script>x()</script>Bonjour", "Bonjour"),
        ('<div style="display:none">caché</div>Bonjour', "Bonjour"),
        ("a &lt; b &amp;&nbsp;c &eacute;", "a < b & c é"),
        ("<!-- caché -->Bonjour<!-- jamais fermé", "Bonjour jamais fermé"),
        ("<pre>a  b\n c</pre>", "a  b\n c"),
        ('<p dir="rtl">مرحبا</p>', "مرحبا"),
        ("1 < 2 et 3 > 2", "1 < 2 et 3 > 2"),
        ('<img alt="schéma du mur" src=x>', "[schéma du mur]"),
    ],
)
def test_html_is_read_as_text(markup: str, text: str) -> None:
    assert read_mail(mail(markup, {"Content-Type": "text/html; charset=utf-8"})).text == text
