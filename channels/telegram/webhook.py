"""Receiving by webhook: checking calls, and keeping the webhook set."""

from __future__ import annotations

import hmac

import structlog

from channels.port import HookRequest, SendError, Throttled, Untrusted
from channels.telegram.api import Api
from channels.telegram.backoff import Backoff, Sleep
from channels.telegram.parse import KINDS
from channels.telegram.settings import TelegramSettings

_HEADER = "x-telegram-bot-api-secret-token"
_CHECK_EVERY_S = 600.0
_CONNECTIONS = 40  # Telegram's own default; more would only queue up at our door

log = structlog.get_logger()


def check_secret(request: HookRequest, settings: TelegramSettings) -> None:
    """Raise `Untrusted` unless the call carries this account's secret."""
    if settings.mode != "webhook":
        raise Untrusted("this account takes its messages by polling; nobody should call its hook")
    given = request.headers.get(_HEADER, "").encode("utf-8", "replace")
    if not hmac.compare_digest(given, settings.hook_secret.encode()):
        raise Untrusted(f"the header {_HEADER} is {'wrong' if given else 'missing'}")


class WebhookKeeper:
    """Sets the webhook and looks again every ten minutes: another program with the same token may move it."""

    def __init__(self, api: Api, settings: TelegramSettings, *, sleep: Sleep) -> None:
        self._api = api
        self._settings = settings
        self._sleep = sleep
        self._backoff = Backoff(sleep, most_s=60.0)
        self._known = False  # the secret can't be read back: set once in any case

    async def run(self) -> None:
        while True:
            try:
                await self.keep()
            except Throttled as exc:
                await self._fail(exc, at_least_s=exc.retry_after_s)
            except SendError as exc:
                await self._fail(exc)
            else:
                self._backoff.reset()
                await self._sleep(_CHECK_EVERY_S)

    async def _fail(self, exc: SendError, *, at_least_s: float = 0.0) -> None:
        account = self._settings.account_id
        log.warning("telegram.webhook_failed", account=account, code=exc.code, what=str(exc))
        await self._backoff.pause(at_least_s=at_least_s)

    async def keep(self) -> None:
        """Look at the webhook once and set it where it is not ours. Raises a `SendError`."""
        info = await self._api.ask(self._api.bot.get_webhook_info)
        account = self._settings.account_id
        if info.last_error_message:
            log.warning(
                "telegram.webhook_trouble",
                account=account,
                what=info.last_error_message,
                pending=info.pending_update_count,
            )
        if self._known and info.url == self._settings.hook_url:
            return
        await self._api.ask(self._set)
        self._known = True
        log.info("telegram.webhook_set", account=account)

    async def _set(self) -> bool:
        return await self._api.bot.set_webhook(
            self._settings.hook_url,
            secret_token=self._settings.hook_secret,
            allowed_updates=list(KINDS),
            max_connections=_CONNECTIONS,
            drop_pending_updates=False,
        )
