"""Signed values a page may hold: who the visitor is, which file it uploaded, which file it may see.

Each is `<payload>.<signature>`, base64url, HMAC-SHA256 under a key of its own derived from the account's
secret. A site signs its logged-in customers as hex HMAC-SHA256(identity_secret, "identity:" + customer id).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import orjson

from channels.port import Attachment, Untrusted

_EXTERNAL_ID = re.compile(r"[!-~]{1,128}")
_CLOCK_SKEW: Final = timedelta(minutes=5)
_MAX_TOKEN: Final = 2048  # characters
_LINK_LIFE: Final = timedelta(days=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Who is behind a page. `id` is the thread and the address of the conversation."""

    id: str
    name: str = ""


class Signer:
    """Signs and checks one account's values."""

    def __init__(self, secret: bytes, account_id: str, *, token_days: int = 180) -> None:
        self._secret = secret
        self._account_id = account_id
        self._life = timedelta(days=token_days)

    def issue(self, visitor: Visitor, now: datetime) -> str:
        """A token for this visitor, from now on."""
        return self._seal("visitor", {"v": visitor.id, "n": visitor.name, "t": int(now.timestamp())})

    def read(self, token: str, now: datetime) -> Visitor:
        """The visitor of a token. Raises `Untrusted` when it is forged, of another account, or too old."""
        payload = self._open("visitor", token)
        age_s = now.timestamp() - float(payload["t"])
        if not -_CLOCK_SKEW.total_seconds() <= age_s <= self._life.total_seconds():
            raise Untrusted("the visitor token has expired")
        return Visitor(id=str(payload["v"]), name=str(payload.get("n", "")))

    def identify(self, external_id: str, signature: str, name: str = "") -> Visitor:
        """A customer logged in on the site. Raises `Untrusted` when the site did not sign this id."""
        if not _EXTERNAL_ID.fullmatch(external_id):
            raise Untrusted("the customer id must be 1 to 128 visible ASCII characters")
        expected = hmac.new(self._secret, b"identity:" + external_id.encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected.encode(), signature.strip().lower().encode("utf-8", "replace")):
            raise Untrusted("the signature of the customer id is wrong")
        return Visitor(id=f"user:{external_id}", name=name)

    def ticket(self, visitor_id: str, attachment: Attachment) -> str:
        """Proof that this visitor uploaded this file, to be handed back with a message."""
        return self._seal("ticket", {"v": visitor_id, "f": attachment_to_json(attachment)})

    def read_ticket(self, visitor_id: str, ticket: str) -> Attachment:
        """The file of a ticket. Raises `Untrusted` when it is forged or another visitor's."""
        payload = self._open("ticket", ticket)
        if payload["v"] != visitor_id:
            raise Untrusted("the file belongs to another conversation")
        return attachment_from_json(payload["f"])

    def media_link(self, attachment: Attachment, now: datetime) -> str:
        """A link part that opens this one file for days; the same all day, so that browsers can cache it."""
        until = (now + _LINK_LIFE).date().toordinal()
        return self._seal("media", {"r": attachment.ref, "n": attachment.name[:120], "u": until})

    def read_media_link(self, link: str, now: datetime) -> tuple[str, str]:
        """Reference and name of the file a link opens. Raises `Untrusted` when it is forged or too old."""
        payload = self._open("media", link)
        if now.date().toordinal() > int(payload["u"]):
            raise Untrusted("the link to the file has expired")
        return str(payload["r"]), str(payload["n"])

    def _seal(self, purpose: str, payload: dict[str, Any]) -> str:
        body = _encode(orjson.dumps(payload))
        return f"{body}.{_encode(self._sign(purpose, body))}"

    def _open(self, purpose: str, sealed: str) -> dict[str, Any]:
        body, _, signature = sealed.partition(".")
        if len(sealed) > _MAX_TOKEN or not sealed.isascii():
            raise Untrusted(f"not a {purpose} token of ours")
        if not hmac.compare_digest(_encode(self._sign(purpose, body)).encode(), signature.encode()):
            raise Untrusted(f"not a {purpose} token of ours")
        try:
            payload: dict[str, Any] = orjson.loads(_decode(body))
        except (binascii.Error, ValueError) as error:  # only we can sign, so this is a token of an older form
            raise Untrusted(f"the {purpose} token is of an unknown form") from error
        return payload

    def _sign(self, purpose: str, body: str) -> bytes:
        label = f"relais webchat {purpose} 1\n{self._account_id}".encode()
        key = hmac.digest(self._secret, label, "sha256")
        return hmac.digest(key, body.encode(), "sha256")


def new_visitor() -> Visitor:
    """Somebody we have not seen before, under an id nobody can guess."""
    return Visitor(id=f"visitor:{secrets.token_urlsafe(15)}")


def attachment_to_json(attachment: Attachment) -> dict[str, Any]:
    return {
        "kind": attachment.kind,
        "ref": attachment.ref,
        "name": attachment.name,
        "mime": attachment.mime,
        "size": attachment.size,
    }


def attachment_from_json(value: dict[str, Any]) -> Attachment:
    return Attachment(
        kind=value["kind"],
        ref=value["ref"],
        name=value["name"],
        mime=value["mime"],
        size=value["size"],
    )


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
