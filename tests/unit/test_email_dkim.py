"""Signatures, checked by another implementation as a receiver would."""

from __future__ import annotations

import base64
from collections.abc import Callable

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.email.dkim import Signer
from channels.email.settings import DkimSettings

RSA = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # short, for speed
ED = ed25519.Ed25519PrivateKey.generate()
MAIL = (
    b'From: "Briqueterie Atlas"\r\n <support@example.org>\r\nTo: <amel@example.com>\r\n'
    b"Subject: =?utf-8?b?UsOpY2xhbWF0aW9u?=\r\n\t(suite)  et  fin \r\nMessage-ID: <x@example.org>\r\n"
    b"MIME-Version: 1.0\r\n\r\nBonjour  \t\r\n\r\n.point\r\n\r\n\r\n"
)

Key = rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey


def pem(key: Key) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def signer(key: Key) -> Signer:
    return Signer(DkimSettings(domain="example.org", selector="relais", private_key=pem(key)))


def record(key: Key) -> Callable[..., bytes]:
    """What the domain's DNS would answer."""
    if isinstance(key, ed25519.Ed25519PrivateKey):
        raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        kind = b"ed25519"
    else:
        raw = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        kind = b"rsa"
    answer = b"v=DKIM1; k=" + kind + b"; p=" + base64.b64encode(raw)

    def look_up(name: bytes, timeout: int = 5) -> bytes:
        assert name == b"relais._domainkey.example.org."
        return answer

    return look_up


def holds(message: bytes, key: Key) -> bool:
    return bool(dkim.verify(message, dnsfunc=record(key), minkey=1024))


@pytest.mark.parametrize("key", [RSA, ED], ids=["rsa", "ed25519"])
def test_a_signature_holds(key: Key) -> None:
    assert holds(signer(key).sign(MAIL), key)


@pytest.mark.parametrize(
    "harm",
    [
        lambda signed: signed.replace(b"Bonjour", b"Bonsoir"),
        lambda signed: signed + b"added below\r\n",
        lambda signed: signed.replace(b"<amel@example.com>", b"<eve@example.net>"),
        lambda signed: b"From: <eve@example.net>\r\n" + signed,
        lambda signed: b"Subject: another\r\n" + signed,
    ],
    ids=["body", "appended", "to", "second from", "second subject"],
)
def test_whatever_is_changed_breaks_it(harm: Callable[[bytes], bytes]) -> None:
    signed = signer(RSA).sign(MAIL)
    assert harm(signed) != signed
    assert not holds(harm(signed), RSA)


def test_what_servers_may_change_does_not_break_it() -> None:
    signed = signer(RSA).sign(MAIL)
    head, _, body = signed.partition(b"\r\n\r\n")
    moved = b"Received: from x by y; z\r\n" + head.replace(b"To: ", b"to:  ") + b"\r\n\r\n" + body + b"\r\n"
    assert holds(moved, RSA)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.text(" \tab.é", max_size=12), max_size=8), st.text("aé \t", max_size=40))
def test_any_blanks_are_read_alike_by_both(lines: list[str], subject: str) -> None:
    head = f"From: <support@example.org>\r\nSubject: x{subject}x\r\n\r\n"
    message = (head + "".join(f"{line}\r\n" for line in lines)).encode()
    assert holds(signer(ED).sign(message), ED)


def test_a_key_that_is_of_no_use_is_told_at_start() -> None:
    wrong = {
        "not a private key": "-----BEGIN nonsense-----",
        "RSA or an Ed25519": pem(ec.generate_private_key(ec.SECP256R1())),
    }
    for says, key in wrong.items():
        with pytest.raises(ValueError, match=says):
            Signer(DkimSettings(domain="example.org", selector="s", private_key=key))
