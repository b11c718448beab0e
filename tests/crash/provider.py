"""The outside provider of the crash tests: outlives every killed process and remembers each call it got."""

from __future__ import annotations

import random
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Send

from tests.standins.sandbox_provider import SandboxProvider


class LastingProvider(SandboxProvider):
    """Takes each key once, counts what is sent again, and cuts the line on a share of what it took."""

    def __init__(self, *, cut_share: float = 0.0, seed: int = 1) -> None:
        super().__init__()
        self.doubles: list[str] = []  # keys that came again, whatever was answered the first time
        self.cuts = 0
        self._cut_share = cut_share
        self._random = random.Random(seed)

    def by_thread(self) -> dict[str, list[str]]:
        """Keys in the order they were taken, for each address."""
        threads: dict[str, list[str]] = {}
        for key, body in list(self.sent.items()):
            threads.setdefault(body["thread"], []).append(key)
        return threads

    async def _take(self, request: Request, send: Send) -> Response | None:
        key = request.headers["idempotency-key"]
        if key in self.sent:
            self.doubles.append(key)
        elif self._random.random() < self._cut_share:
            self.cuts += 1
            self.cut_line_after_taking_next()
        try:
            return await super()._take(request, send)
        except ClientDisconnect:  # killed in the middle of its call
            return Response(b"", 400)

    def text_of(self, key: str) -> dict[str, Any]:
        return self.sent[key]
