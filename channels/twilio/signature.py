"""Who calls: the signature over the public address and everything in the call.

Our own instead of the SDK's validator, which (9.13) compares byte by byte in Python, raises on a body that is not a
form, rewrites the address before it signs it (IPv6 hosts and user names come out wrong) and takes `bodySHA256` from
the address alone. A test holds both against each other. source: Webhooks security, "How Twilio signs"
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import parse_qs, urlsplit, urlunsplit

from channels.port import HookRequest, Untrusted
from channels.twilio.form import Form
from channels.twilio.settings import TwilioSettings

HEADER = "x-twilio-signature"
ALGORITHM_HEADER = "x-twilio-webhooks-signature-settings"  # "key=…,algorithm=HMAC_SHA256"
_HASHES = {"HMAC_SHA1": hashlib.sha1, "HMAC_SHA256": hashlib.sha256}
_STANDARD = {"https": 443, "http": 80}


def sign(url: str, pairs: Iterable[tuple[str, str]], key: str, algorithm: str = "HMAC_SHA1") -> str:
    """The signature of a call: of its address, then each name with its values, sorted, each pair once."""
    text = url + "".join(f"{name}{value}" for name, value in sorted(set(pairs)))
    digest = hmac.new(key.encode(), text.encode("utf-8", "surrogatepass"), _HASHES[algorithm]).digest()
    return base64.b64encode(digest).decode()


def check_signature(request: HookRequest, settings: TwilioSettings) -> None:
    """Raises `Untrusted`, saying what did not match, and `Malformed` for a body that can't be signed."""
    given = request.headers.get(HEADER, "")
    if not given:
        raise Untrusted("the call has no signature")
    algorithm = _algorithm(request.headers)
    pairs = _signed_pairs(request)
    key = settings.signing_key or settings.auth_token
    # Every form is computed, also after a match: the time tells nothing.
    wanted = [sign(url, pairs, key, algorithm) for url in _written(request.url)]
    if not any([hmac.compare_digest(one.encode(), given.encode("utf-8", "replace")) for one in wanted]):
        raise Untrusted(
            "the signature does not match: is auth_token right, is server.public_url what Twilio calls?"
        )


def is_form(headers: Mapping[str, str]) -> bool:
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind in ("", "application/x-www-form-urlencoded")


def _algorithm(headers: Mapping[str, str]) -> str:
    for part in headers.get(ALGORITHM_HEADER, "").split(","):
        name, _, value = part.partition("=")
        if name.strip() == "algorithm" and value.strip():
            algorithm = value.strip().upper()
            if algorithm not in _HASHES:
                raise Untrusted("the signature's algorithm is unknown")
            return algorithm
    return "HMAC_SHA1"


def _signed_pairs(request: HookRequest) -> list[tuple[str, str]]:
    """A form's fields are signed themselves; of any other body its hash is, in the address."""
    if is_form(request.headers):
        return Form(request.body).pairs
    hashes = parse_qs(request.url.partition("?")[2]).get("bodySHA256", [])
    actual = hashlib.sha256(request.body).hexdigest()
    if len(hashes) != 1 or not hmac.compare_digest(hashes[0].lower().encode(), actual.encode()):
        raise Untrusted("the body does not match its hash in the address")
    return []


def _written(url: str) -> Iterator[str]:
    """The ways Twilio is known to write the address it signs: as it is, without its port, with the standard one."""
    yield url
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return
    if port is not None:
        yield urlunsplit(parts._replace(netloc=parts.netloc.removesuffix(f":{port}")))
    elif parts.scheme in _STANDARD and parts.netloc:
        yield urlunsplit(parts._replace(netloc=f"{parts.netloc}:{_STANDARD[parts.scheme]}"))
