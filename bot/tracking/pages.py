"""The routes of `/t/<token>` and `/o/<token>.gif`. A link leads on whatever happens here; a picture always comes.

A HEAD is answered and never counted. No cookie is set, and nothing of the request is kept but what kind of visitor it
seems to be.
"""

from __future__ import annotations

import asyncio
import base64
from typing import Final

import structlog
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from bot.clock import Clock
from bot.ids import IdMaker
from bot.store.port import Store, StoreError
from bot.tracking.signs import Sign, write_sign
from bot.tracking.tokens import FollowedLinks
from bot.tracking.visitors import Kind, unwilling

log = structlog.get_logger()

_WITHIN_S: Final = 2.0
_GIF: Final = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
_HEADERS: Final = {
    "cache-control": "no-store, private",
    "referrer-policy": "no-referrer",
    "x-robots-tag": "noindex, nofollow",
    "x-content-type-options": "nosniff",
}
_UNKNOWN: Final = (
    "Ce lien n’est pas complet ou ne vient pas de nous.\n"
    "هذا الرابط غير مكتمل أو ليس منا.\n"
    "This link is not complete, or not one of ours.\n"
)


class TrackingPages:
    """Built once; `routes` goes into the application."""

    def __init__(self, store: Store, links: FollowedLinks, *, clock: Clock, ids: IdMaker) -> None:
        self._store = store
        self._links = links
        self._clock = clock
        self._ids = ids

    def routes(self) -> list[BaseRoute]:
        """GET, and with it HEAD."""
        return [Route("/t/{token}", self.follow), Route("/o/{token}.gif", self.picture)]

    async def follow(self, request: Request) -> Response:
        """On to where the link of the message leads; nowhere for what we did not sign."""
        followed = self._links.read_click(request.path_params["token"])
        if followed is None:
            return PlainTextResponse(_UNKNOWN, 404, headers=_HEADERS)
        if self._links.clicks:
            await self._note(request, "click", followed.row_id, followed.url)
        return RedirectResponse(followed.url, 302, headers=_HEADERS)

    async def picture(self, request: Request) -> Response:
        """One transparent point, whoever asks."""
        row_id = self._links.read_open(request.path_params["token"])
        if row_id is not None and self._links.opens:
            await self._note(request, "open", row_id, "")
        return Response(_GIF, media_type="image/gif", headers=_HEADERS)

    async def _note(self, request: Request, kind: Kind, row_id: str, url: str) -> None:
        if request.method != "GET" or unwilling(request.headers):
            return
        sign = Sign(kind=kind, row_id=row_id, url=url, at=self._clock.now(), headers=dict(request.headers))
        try:
            async with asyncio.timeout(_WITHIN_S):
                await self._store.write(lambda session: write_sign(session, sign, self._ids))
        except (StoreError, TimeoutError) as error:  # one sign less: nobody waits for our counting
            log.warning("sign_not_written", kind=kind, row=row_id, error=type(error).__name__)
