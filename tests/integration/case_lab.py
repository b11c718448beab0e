"""Complaints in the running program: a customer who complains, and colleagues who work on it over the API."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy.orm import Session

from bot.records import Agent
from tests.conftest import Database
from tests.fakes import NOON
from tests.integration.lab import TOKEN, Lab, LabDoor, real, running

STORY = "Ma commande 4521 de B12 est arrivée cassée hier à Oran, je veux un remboursement"
LATE = "Ma commande 4521 de B8 n'est jamais arrivée, elle était prévue mardi"


class CaseLab:
    """What tests do with complaints."""

    def __init__(self, lab: Lab, http: httpx.AsyncClient) -> None:
        self.lab = lab
        self.http = http
        self.reference = ""

    async def api(self, method: str, path: str, **body: Any) -> httpx.Response:
        return await self.http.request(method, f"/api/v1{path}", json=body or None)

    async def complain(self, text: str = STORY, *, account: str = "lab", **more: Any) -> str:
        """Complain until a case stands; its reference."""
        known = {case["reference"] for case in (await self.api("GET", "/cases")).json()}
        await self.lab.hear_all([{"text": text} | more], account)
        for words in ("passer", "passer", "passer", "oui", "oui"):
            await self.lab.settled()
            new = [c for c in (await self.api("GET", "/cases")).json() if c["reference"] not in known]
            if new:
                self.reference = new[0]["reference"]
                return self.reference
            await self.lab.hear_all([{"text": words} | {k: v for k, v in more.items() if k != "id"}], account)
        raise AssertionError(f"no case: {self.lab.door.texts}")

    async def act(self, name: str, *, expect: int = 200, reference: str = "", **body: Any) -> Any:
        """Do an act on the case; what the API says."""
        body = {"agent": "Nadia"} | body
        answer = await self.api("POST", f"/cases/{reference or self.reference}/{name}", **body)
        assert answer.status_code == expect, answer.text
        await self.lab.settled()
        return answer.json()

    async def case(self, reference: str = "") -> dict[str, Any]:
        found: dict[str, Any] = (await self.api("GET", f"/cases/{reference or self.reference}")).json()
        return found

    async def until(self, **wanted: Any) -> dict[str, Any]:
        """Wait until the case is so."""
        seen: dict[str, Any] = {}

        async def so() -> bool:
            seen.update(await self.case())
            return all(seen[name] == value for name, value in wanted.items())

        await self.lab.until(so)
        await self.lab.settled()
        return seen

    async def hears(self, words: str, *, door: LabDoor | None = None) -> str:
        """Wait until the customer is sent a message with these words in it."""
        door = door or self.lab.door
        await self.lab.until(lambda: any(words in text for text in door.texts))
        found = next(text for text in reversed(door.texts) if words in text)
        return found.replace("\u202f", " ")

    async def say(self, text: str, account: str = "lab", **more: Any) -> str:
        """The customer writes; the bot's last words."""
        await self.lab.hear_all([{"text": text} | more], account)
        await self.lab.settled()
        return self.lab.doors[account].texts[-1]

    async def actions(self) -> list[str]:
        return [event["action"] for event in (await self.case())["events"]]

    async def hire(self, name: str, *roles: str, active: bool = True) -> None:
        def add(session: Session) -> None:
            session.add(
                Agent(
                    id=f"agent-{name.lower()}",
                    name=name,
                    email=f"{name.lower()}@example.org",
                    roles=list(roles),
                    active=active,
                    created_at=NOON,
                )
            )

        await self.lab.app.store.write(add)


@asynccontextmanager
async def case_lab(database: Database, folder: Path, *, kind: str = "whatsapp") -> AsyncIterator[CaseLab]:
    doors = {name: LabDoor(name, of) for name, of in {"lab": kind, "desk": "email", "mail": "email"}.items()}
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with (
        running(database, folder, decide_with=real, doors=doors) as lab,
        httpx.AsyncClient(base_url=lab.url, headers=headers, timeout=60) as http,
    ):
        yield CaseLab(lab, http)
