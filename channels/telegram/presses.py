"""Prompt answers to pressed buttons: until then the customer's app shows a spinning button."""

from __future__ import annotations

import asyncio
from collections import OrderedDict

import structlog

from channels.port import SendError
from channels.telegram.api import Api

_WAITING = 1000
_REMEMBERED = 4000
_BUDGET_S = 5.0

log = structlog.get_logger()


class Presses:
    """Answers presses in the background, best effort, each once: a lost one costs a spinner, no message."""

    def __init__(self, api: Api, account_id: str) -> None:
        self._api = api
        self._account_id = account_id
        self._waiting: asyncio.Queue[str] = asyncio.Queue(maxsize=_WAITING)
        self._noted: OrderedDict[str, None] = OrderedDict()

    def note(self, query_id: str) -> None:
        """Have this press answered by `run`; never waits, and drops it when too many wait already."""
        if not query_id or query_id in self._noted or self._waiting.full():
            return
        self._noted[query_id] = None
        if len(self._noted) > _REMEMBERED:
            self._noted.popitem(last=False)
        self._waiting.put_nowait(query_id)

    async def run(self) -> None:
        while True:
            await self._answer(await self._waiting.get())

    async def _answer(self, query_id: str) -> None:
        try:
            await self._api.ask(lambda: self._api.bot.answer_callback_query(query_id), budget_s=_BUDGET_S)
        except SendError as exc:  # too old, or the line is down: the press itself is journaled
            log.info("telegram.press_unanswered", account=self._account_id, code=exc.code)
