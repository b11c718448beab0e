"""Letters to users: a link to set a password, a notice of what happened to their account."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy.orm import Session

from bot.clock import Clock
from bot.console.users import User
from bot.ids import IdMaker
from bot.records import OutboxMessage
from bot.store.plan import PRIORITY
from bot.templating import Templates

log = structlog.get_logger()


class Mails:
    """Queued inside the transaction of what they tell, so that neither comes without the other."""

    def __init__(
        self,
        templates: Templates,
        account: str,
        *,
        base_url: str,
        language: str,
        clock: Clock,
        ids: IdMaker,
    ) -> None:
        """`account` is the one that writes e-mail, empty where there is none.

        `base_url` is the configured one, never what a request says of itself.
        """
        self._templates = templates
        self._account = account
        self._base_url = base_url.rstrip("/")
        self._language = language
        self._clock = clock
        self._ids = ids

    @property
    def why_not(self) -> str:
        """Why no letter can go out; empty where it can. A key of the console's words."""
        if not self._account:
            return "setup.mail_no_account"
        return "" if self._base_url else "setup.mail_no_url"

    def reset(self, session: Session, user: User, token: str, *, until: datetime) -> None:
        """The link to set a password."""
        link = f"{self._base_url}/console/reset/{token}"
        self._queue(session, user, "console/reset", {"link": link, "until": until}, needs_url=True)

    def locked(self, session: Session, user: User, *, until: datetime, address: str) -> None:
        """Somebody tried too many passwords."""
        variables = {"until": until, "address": address, "link": self._forgot()}
        self._queue(session, user, "console/locked", variables)

    def changed(self, session: Session, user: User, *, address: str) -> None:
        """The password is another one now."""
        self._queue(session, user, "console/changed", {"address": address, "link": self._forgot()})

    def _forgot(self) -> str:
        return f"{self._base_url}/console/forgot" if self._base_url else ""

    def _queue(
        self,
        session: Session,
        user: User,
        template: str,
        variables: Mapping[str, Any],
        *,
        needs_url: bool = False,
    ) -> None:
        if not self._account or (needs_url and not self._base_url):
            log.error("console_mail_not_possible", template=template, why=self.why_not)
            return
        now, new_id = self._clock.now(), self._ids.new()
        rendered = self._templates.render(
            template,
            language=user.language or self._language,
            channel="email",
            variables={**variables, "name": user.name},
        )
        session.add(
            OutboxMessage(
                id=new_id,
                key=f"{template}:{new_id}",
                account_id=self._account,
                thread=user.email,
                to=user.email,
                body={"text": rendered.text, "subject": rendered.subject, "language": rendered.language},
                purpose="service",
                priority=PRIORITY["receipt"],
                status="queued",
                next_at=now,
                created_at=now,
            )
        )
