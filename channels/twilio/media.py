"""Files that customers sent: brought from where Twilio keeps them, without being led elsewhere.

The log-in goes to Twilio's own API and to nobody it points at. source: Media resource; "Secure your media"
"""

from __future__ import annotations

import asyncio
import base64
import re
from urllib.parse import urljoin, urlsplit

import httpcore

from channels.guard import GuardedClient, Refused, check_url
from channels.port import NotSent, Rejected, SendError
from channels.twilio.settings import TwilioSettings

MOST_REDIRECTS = 3
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_OWN_HOST = re.compile(r"api(?:\.[a-z0-9-]+){0,2}\.twilio\.com")  # also by region and edge
_GONE = frozenset({400, 410, 451})


class MediaLine:
    """Downloads of one account."""

    def __init__(self, settings: TwilioSettings) -> None:
        self._settings = settings
        self._client = GuardedClient(settings.own_socket)
        secret = base64.b64encode(f"{settings.account_sid}:{settings.auth_token}".encode()).decode()
        self._log_in = {"authorization": f"Basic {secret}"}

    async def close(self) -> None:
        await self._client.close()

    async def download(self, url: str) -> bytes:
        """One file within its total budget. Raises `NotSent` (try again) or `Rejected` (never)."""
        error: SendError
        try:
            async with asyncio.timeout(self._settings.media_timeout_s):
                return await self._follow(url)
        except Refused as exc:
            error = Rejected(f"the file's address is not opened: {exc}", code="inner_address")
        except TimeoutError:
            error = NotSent("the file did not come within its time", code="line")
        except SendError as exc:
            error = exc.with_traceback(None)
        except (httpcore.UnsupportedProtocol, httpcore.LocalProtocolError):
            error = Rejected("the file's address can't be opened", code="bad_address")
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, OSError) as exc:
            error = NotSent(f"the file can't be downloaded now: {type(exc).__name__}", code="line")
        raise error

    async def _follow(self, url: str) -> bytes:
        for _ in range(MOST_REDIRECTS + 1):
            async with self._client.get(url, self._headers(url)) as response:
                if response.status not in _REDIRECTS:
                    return await self._read(response)
                url = urljoin(url, _header(response, b"location"))
        raise Rejected(f"the file is behind more than {MOST_REDIRECTS} redirects", code="redirects")

    def _headers(self, url: str) -> dict[str, str]:
        host, port = check_url(url, self._settings.own_socket)
        ours = (host, port) in self._settings.own_socket or _OWN_HOST.fullmatch(host)
        account = f"/2010-04-01/Accounts/{self._settings.account_sid}/"
        if ours and urlsplit(url).path.startswith(account):
            return {"host": _host_header(url), "accept": "*/*", **self._log_in}
        return {"host": _host_header(url), "accept": "*/*"}

    async def _read(self, response: httpcore.Response) -> bytes:
        status = response.status
        if status in _GONE:
            raise Rejected("Twilio has this file no longer", code=str(status))
        if status != 200:  # 404 too: a file may show up a moment after its message
            raise NotSent("the file can't be downloaded now", code=str(status))
        limit = self._settings.max_media_bytes
        announced = _header(response, b"content-length")
        if announced.isdigit() and int(announced) > limit:
            raise Rejected(f"the file is larger than {limit} bytes", code="too_large")
        data = bytearray()
        async for chunk in response.aiter_stream():
            data += chunk
            if len(data) > limit:
                raise Rejected(f"the file is larger than {limit} bytes", code="too_large")
        return bytes(data)


def _host_header(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2]


def _header(response: httpcore.Response, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in response.headers if key.lower() == name), "")
