"""Web chat's row of the contract table: no provider stands between us and the customer's page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from channels.port import Shown
from channels.webchat.door import WebChatDoor
from channels.webchat.settings import WebChatSettings
from tests.contract.bench import Arrived, Bench, DoorCase, Trouble
from tests.fakes import FakeHost

SECRET = b"contract-suite-identity-secret"
SETTINGS = WebChatSettings(account_id="webchat", identity_secret=SECRET)


class WebChatBench:
    def __init__(self) -> None:
        self.host = FakeHost()
        self.door = WebChatDoor(SETTINGS, self.host)
        self.to = "visitor-1"
        self.secrets = (SECRET.decode(),)

    def arrived(self) -> list[Arrived]:
        shown = [(thread, event) for _, thread, event in self.host.published if isinstance(event, Shown)]
        return [
            Arrived(
                provider_id=event.id,
                to=thread,
                text=event.text,
                buttons=event.buttons,
                file=self._data(event),
            )
            for thread, event in shown
        ]

    def _data(self, event: Shown) -> bytes | None:
        return self.host.media[event.attachments[0].ref].data if event.attachments else None

    def earlier(self) -> str:
        return ""  # pages don't point at messages

    def plan(self, trouble: Trouble) -> None:
        raise AssertionError(f"no provider, so never: {trouble}")


@asynccontextmanager
async def open_webchat() -> AsyncIterator[Bench]:
    bench = WebChatBench()
    yield bench
    await bench.door.close()


WEBCHAT = DoorCase(
    channel="webchat",
    build=lambda host: WebChatDoor(SETTINGS, host),
    open=open_webchat,
    troubles={},
    exempt=dict.fromkeys(Trouble, "no provider: a message is sent once it is in our own store"),
)
