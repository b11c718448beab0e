"""Whatever bytes come in: a mail or `Malformed`, in bounded time, the same twice."""

from __future__ import annotations

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.email.html_text import lines_of
from channels.email.quotation import split_text
from channels.email.reading import outline, read_mail
from channels.email.slim import slim, with_refs
from channels.port import Malformed
from tests.unit.mails import mail

PIECES = st.sampled_from(
    [
        b"From: ",
        b"Karim <karim@example.org>",
        b"\r\n",
        b"\n",
        b"\r",
        b"\r\n\r\n",
        b" ",
        b"\t",
        b";",
        b'"',
        b"<",
        b">",
        b"(",
        b",",
        b"Content-Type: multipart/mixed; boundary=b\r\n",
        b"Content-Type: multipart/report; boundary=b\r\n",
        b"--b\r\n",
        b"--b--",
        b"Content-Type: text/html; charset=",
        b"utf-8",
        b"utf-16",
        b"windows-1256",
        b"gb2312",
        b"=?utf-8?Q?=C3=A9",
        b"?=",
        b"=?x?B?",
        b"Content-Type: message/rfc822\r\n",
        b"Content-Type: message/delivery-status\r\n",
        b"Action: failed\r\n",
        b"Status: 5.1.1\r\n",
        b"Content-Transfer-Encoding: base64\r\n",
        b"Content-Transfer-Encoding: quoted-printable\r\n",
        b"=",
        b"QUJD",
        b"\xc3",
        b"\xe9",
        b"<blockquote>",
        b"</div>",
        b"<a href='",
        b"<!--",
        b"<style>",
        b"begin 644 a\n",
        b"end\n",
        b"X-Relais-Media: media:x;\r\n",
        b"> ",
        b"-- \n",
        b"Le 12/03/2026, a\xc3\xa9crit :\n",
        b"On wrote:\n",
        b"De : x\n",
        b"Subject: x\n",
        b"References: <a@b>\r\n",
        b"Content-Type: application/ms-tnef\r\n",
        b"\x78\x9f\x3e\x22",
        b"filename*0*=",
        b"Date: Thu, 99 Mar 2026\r\n",
        b"\0",
    ]
)
MAILS = st.one_of(
    st.lists(PIECES | st.binary(max_size=12), max_size=60).map(b"".join),
    st.lists(PIECES | st.binary(max_size=12), max_size=40).map(lambda pieces: mail(b"".join(pieces))),
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(MAILS)
def test_any_bytes_are_a_mail_or_malformed(raw: bytes) -> None:
    try:
        read = read_mail(raw)
    except Malformed:
        assert not raw.strip(b"\0 \t\r\n")
        return
    assert read == read_mail(raw)
    assert len(read.text) <= 4 * len(raw) + 500


@settings(max_examples=200, deadline=None)
@given(MAILS, st.integers(min_value=1, max_value=60))
def test_a_mail_cut_at_any_size_keeps_its_id_and_its_files(raw: bytes, keep_below: int) -> None:
    try:
        before = outline(raw)
    except Malformed:
        return
    slimmed, files = slim(raw, keep_below)
    after = read_mail(with_refs(slimmed, [f"media:{number}" for number in range(len(files))]))
    assert (after.provider_id, after.sender, after.automatic) == (
        before.provider_id,
        before.sender,
        before.automatic,
    )
    assert {f"media:{number}" for number in range(len(files))} >= {each.media_ref for each in after.files} - {
        ""
    }


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "> a",
                "b",
                "",
                "-- ",
                "On 1/1/2026, X <a@example.org> wrote:",
                "Cordialement,",
                "De : x",
                "Objet : y",
                "Envoyé : z",
                "-----Original Message-----",
                "Sent from my iPhone",
                "+213 555 000 111",
                "Ce message est confidentiel",
                "____________",
            ]
        ),
        max_size=25,
    )
)
def test_no_line_of_a_text_is_lost_or_doubled(lines: list[str]) -> None:
    found = split_text("\n".join(lines))
    kept = [line for side in (found.text, found.quoted) for line in side.split("\n")]
    assert sorted(line.strip() for line in kept if line.strip()) == sorted(
        line.strip() for line in lines if line.strip()
    )


@pytest.mark.parametrize(
    "unit",
    [
        "<",
        "<a ",
        "<!--",
        "<div>",
        "<font color=1><p>",
        "<a href='",
        "</p>",
        "&",
        "&#",
        '<a "',
        "<style>",
        "<td>",
        "<ul><li>",
        "<blockquote type=cite>",
        "<img alt=x>",
        "<a-=",
        "<![if",
    ],
)
def test_hostile_markup_takes_linear_time(unit: str) -> None:
    began = time.process_time()
    lines_of(unit * (200_000 // len(unit)))
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    "unit",
    [
        b"From: a\r\n",
        b"=?utf-8?Q?",
        b"<a@b> ",
        b'"',
        b"(",
        b"--b\r\n",
        b"begin 644 x\n",
        b"> \n",
        b"On 1 wrote:\n",
        b"a@",
        b"X-A: =?u?q?=41?= \r\n ",
        b"-- \n",
        b"\r",
        b"\r\n\r\n",
        b"De : x\n",
        b"_",
        b"Sent from ",
        b"a" * 500 + b"\n",
        b"\xe9",
        b"-",
    ],
)
@pytest.mark.parametrize(
    "head",
    [b"", b"From: ", b"Subject: ", b"Content-Type: multipart/mixed; boundary=b\r\n\r\n", b"X: y\r\n\r\n"],
)
def test_hostile_mails_take_linear_time(head: bytes, unit: bytes) -> None:
    began = time.process_time()
    read_mail(head + b"x" + unit * (200_000 // len(unit)))
    assert time.process_time() - began < 2
