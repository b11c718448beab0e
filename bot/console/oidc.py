"""Signing in by the company's own OpenID Connect provider: authorization code with PKCE.

source: OpenID Connect Core 1.0 §3.1, RFC 7636
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import httpx
import structlog

from bot.clock import Clock
from bot.console.seal import Seal

if TYPE_CHECKING:  # imported when somebody signs in by it
    from joserfc.jwk import KeySet

log = structlog.get_logger()

_WITHIN: Final = timedelta(minutes=10)
_CALL_S: Final = 10.0
_SKEW_S: Final = 120
_ALGORITHMS: Final = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"]
_KEYS_S: Final = 3600.0


class OidcError(Exception):
    """`key` is what the user is told, a key of the console's words."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


@dataclass(frozen=True, slots=True, kw_only=True)
class Vouched:
    """Whom the provider vouches for; `email` is empty unless it has verified it."""

    subject: str
    email: str
    wanted: str


class Oidc:
    """One provider. Its description and keys are fetched when first needed, and again after an hour."""

    def __init__(
        self,
        *,
        issuer: str,
        client_id: str,
        client_secret: str,
        label: str,
        base_url: str,
        seal: Seal,
        clock: Clock,
    ) -> None:
        self.label = label
        self._issuer = issuer.rstrip("/")
        self._client_id = client_id
        self._client_secret = client_secret
        self._back = f"{base_url.rstrip('/')}/console/oidc/callback"
        self._seal = seal
        self._clock = clock
        self._known: tuple[float, dict[str, Any], KeySet] | None = None

    async def begin(self, wanted: str) -> tuple[str, str]:
        """The provider's address to go to, and what to keep sealed meanwhile. Raises `OidcError`."""
        described, _ = await self._provider()
        kept = {
            "state": secrets.token_urlsafe(24),
            "nonce": secrets.token_urlsafe(24),
            "verifier": secrets.token_urlsafe(48),
            "wanted": wanted,
        }
        asked = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": self._back,
            "scope": "openid email profile",
            "state": kept["state"],
            "nonce": kept["nonce"],
            "code_challenge": challenge_of(kept["verifier"]),
            "code_challenge_method": "S256",
        }
        address = httpx.URL(described["authorization_endpoint"]).copy_merge_params(asked)
        return str(address), self._seal.close("oidc", kept)

    async def finish(self, sealed: str, answer: Mapping[str, str]) -> Vouched:
        """Check everything the provider sent back. Raises `OidcError`."""
        kept = self._seal.open("oidc", sealed, within=_WITHIN)
        if kept is None or not secrets.compare_digest(answer.get("state", ""), kept["state"]):
            raise OidcError("oidc.again")
        if answer.get("error") or not answer.get("code"):
            raise OidcError("oidc.refused")
        if answer.get("iss", self._issuer).rstrip("/") != self._issuer:  # RFC 9207
            raise OidcError("oidc.refused")
        described, keys = await self._provider()
        token = await self._exchange(described, answer["code"], kept["verifier"])
        claims = self._claims(token, keys, described, kept["nonce"])
        verified = claims.get("email_verified") is True
        return Vouched(
            subject=f"{self._issuer} {claims['sub']}",
            email=str(claims.get("email", "")) if verified else "",
            wanted=kept["wanted"],
        )

    async def _exchange(self, described: Mapping[str, Any], code: str, verifier: str) -> str:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._back,
            "code_verifier": verifier,
        }
        own = httpx.BasicAuth(quote(self._client_id, safe=""), quote(self._client_secret, safe=""))
        try:
            async with asyncio.timeout(_CALL_S), httpx.AsyncClient(timeout=_CALL_S) as client:
                answer = await client.post(described["token_endpoint"], data=form, auth=own)
                answer.raise_for_status()
                token = answer.json()
        except (httpx.HTTPError, TimeoutError, ValueError, KeyError) as error:
            log.warning("oidc_token_failed", error=str(error), kind=type(error).__name__)
            raise OidcError("oidc.refused") from error
        found = token.get("id_token") if isinstance(token, dict) else None
        if not isinstance(found, str):
            raise OidcError("oidc.refused")
        return found

    def _claims(self, token: str, keys: KeySet, described: Mapping[str, Any], nonce: str) -> dict[str, Any]:
        from joserfc import jwt
        from joserfc.errors import JoseError

        try:
            claims = jwt.decode(token, keys, algorithms=_ALGORITHMS).claims
        except (JoseError, ValueError) as error:
            log.warning("oidc_token_refused", error=str(error))
            self._known = None  # the provider may have changed its keys
            raise OidcError("oidc.refused") from error
        now = self._clock.epoch_ms() / 1000
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        expires, issued = claims.get("exp"), claims.get("iat", now)
        right = (
            claims.get("iss") == described["issuer"]
            and self._client_id in audiences
            and (len(audiences) == 1 or claims.get("azp") == self._client_id)
            and isinstance(expires, int | float)
            and expires > now - _SKEW_S
            and isinstance(issued, int | float)
            and issued < now + _SKEW_S
            and secrets.compare_digest(str(claims.get("nonce", "")), nonce)
            and bool(claims.get("sub"))
        )
        if not right:
            log.warning("oidc_claims_refused", issuer=str(claims.get("iss")))
            raise OidcError("oidc.refused")
        return dict(claims)

    async def _provider(self) -> tuple[dict[str, Any], KeySet]:
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        steady = self._clock.monotonic()
        if self._known is None or steady - self._known[0] > _KEYS_S:
            try:
                async with asyncio.timeout(_CALL_S), httpx.AsyncClient(timeout=_CALL_S) as client:
                    described = await _json(client, f"{self._issuer}/.well-known/openid-configuration")
                    if str(described.get("issuer", "")).rstrip("/") != self._issuer:
                        raise OidcError("oidc.unreachable")
                    keys = KeySet.import_key_set(await _json(client, described["jwks_uri"]))  # type: ignore[arg-type]
            except (httpx.HTTPError, TimeoutError, ValueError, KeyError, TypeError, JoseError) as error:
                log.error("oidc_unreachable", error=str(error), kind=type(error).__name__)
                raise OidcError("oidc.unreachable") from error
            self._known = steady, described, keys
        return self._known[1], self._known[2]


def challenge_of(verifier: str) -> str:
    """S256. source: RFC 7636 §4.2"""
    return urlsafe_b64encode(hashlib.sha256(verifier.encode("ascii")).digest()).rstrip(b"=").decode()


async def _json(client: httpx.AsyncClient, address: str) -> dict[str, Any]:
    answer = await client.get(address)
    answer.raise_for_status()
    found = answer.json()
    if not isinstance(found, dict):
        raise ValueError(f"{address} gives no object")
    return found
