"""Whether a request comes from our own pages. source: OWASP CSRF prevention, standard headers"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit


def own_origin(scope_scheme: str, host: str, public_url: str) -> str:
    """The origin our pages have: the configured one, else that of the request."""
    if public_url:
        parts = urlsplit(public_url)
        return f"{parts.scheme}://{parts.netloc}".lower()
    scheme = {"ws": "http", "wss": "https"}.get(scope_scheme, scope_scheme)
    return f"{scheme}://{host}".lower()


def is_own(headers: Mapping[str, str], own: str, *, must_say: bool) -> bool:
    """`must_say`: refused where the browser does not tell (every browser does, for POST and sockets)."""
    origin = headers.get("origin", "").lower()
    if origin:
        return origin == own
    site = headers.get("sec-fetch-site", "")
    if site:
        return site in ("same-origin", "none")
    return not must_say
