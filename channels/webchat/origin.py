"""Which pages may talk to us: exact origins, nothing by pattern."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}


def normal_origin(url: str) -> str:
    """Return `scheme://host[:port]` of a URL or Origin header in lower case, "" when it has none.

    source: RFC 6454 §4 (a default port is left out)
    """
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        return ""
    scheme, host = parts.scheme.lower(), (parts.hostname or "").lower()
    if scheme not in _DEFAULT_PORTS or not host or "@" in parts.netloc:
        return ""
    host = f"[{host}]" if ":" in host else host
    return f"{scheme}://{host}" if port in (None, _DEFAULT_PORTS[scheme]) else f"{scheme}://{host}:{port}"


class OriginCheck:
    """The allowed origins of one account, and our own."""

    def __init__(self, allowed: Iterable[str], public_url: str) -> None:
        self._allowed = frozenset(filter(None, map(normal_origin, (*allowed, public_url))))

    def allows(self, origin: str, *, scheme: str, host: str) -> bool:
        """Whether a page of `origin` may talk to us; `scheme` and `host` are those it called us by.

        A call without an Origin is refused: browsers send one with every WebSocket and POST.
        """
        normal = normal_origin(origin)
        if not normal or normal != origin.strip().lower().rstrip("/"):
            return False
        own = normal_origin(f"{_http_scheme(scheme)}://{host}")
        return normal in self._allowed or normal == own


def _http_scheme(scheme: str) -> str:
    return {"ws": "http", "wss": "https"}.get(scheme, scheme)
