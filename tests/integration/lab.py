"""The whole program in this process, with doors that do what a test says and a clock that can be moved."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
from sqlmodel import SQLModel
from starlette.routing import BaseRoute

from bot.app import App
from bot.clock import Clock
from bot.config import Config, load
from bot.dialogue import Dialogue
from bot.dialogue.turn import Decision, Reply, Turn
from bot.records import Alert, Conversation, JournalEntry, OutboxMessage
from bot.records.base import table_of
from channels.port import (
    Attachment,
    Capabilities,
    Door,
    EntryKind,
    Envelope,
    HookRequest,
    InboundMessage,
    Malformed,
    OutboundMessage,
    Receipt,
    StatusReport,
    Untrusted,
)
from channels.split import split_text
from tests.conftest import Database
from tests.fakes import NOON
from tests.integration.storebench import count_of, rows_of
from tests.loopback import free_port

TOKEN = "t" * 40
_FAQ = Path(__file__).parents[2] / "templates" / "faq"
CONFIG = """
company: {{name: Briqueterie Atlas, language: fr, languages: [fr, ar, en], timezone: Africa/Algiers, country: DZ,
  working_days: [sun, mon, tue, wed, thu], products: [{{id: B8}}, {{id: B12}}],
  opening_hours: {{sun: ["08:00-17:00"], mon: ["08:00-17:00"], tue: ["08:00-17:00"], wed: ["08:00-17:00"],
    thu: ["08:00-17:00"]}}}}
database: {{url: "{url}"}}
server: {{port: {port}, max_body_bytes: 20000, public_url: "https://bot.example.org"}}
media: {{folder: "{folder}/media"}}
accounts: {{lab: {{kind: sandbox, via: whatsapp}}, desk: {{kind: sandbox, via: email}}}}
desks:
  complaints: {{name: Service réclamations, notify: [{{account: desk, to: reclamations@example.org}}]}}
  sales: {{name: Service commercial}}
  technical: {{name: Service technique, notify: [{{account: desk, to: technique@example.org}}]}}
faq: {{files: ["{faq}/*.yaml"]}}
dialogue: {{burst_wait_s: 0}}
delivery: {{backoff_s: [{backoff_s}], retries: 3, timeout_s: {timeout_s}}}
outreach: {{secret: "{secret}"}}
api: {{tokens: {tokens}}}
logging: {{level: error}}
"""

Answer = Callable[[OutboundMessage], Receipt | Exception | None]
Decide = Callable[[Turn], Decision | None]


class LabClock(Clock):
    """Runs like the machine's from a Thursday noon on, and can be moved."""

    def __init__(self, start: datetime = NOON) -> None:
        super().__init__()
        self._jumped = 0.0
        super().advance(start - super().now())

    def monotonic(self) -> float:
        return super().monotonic() + self._jumped

    def advance(self, by: timedelta) -> None:
        super().advance(by)
        self._jumped += max(0.0, by.total_seconds())


class LabDoor:
    """A door whose provider answers as told: `script` first, then `answer`, else it takes everything."""

    def __init__(self, account_id: str, kind: str = "sms", **capabilities: Any) -> None:
        self.account_id = account_id
        self.kind = kind
        self.capabilities = Capabilities(
            **({"text_limit": 2_000, "rate_per_s": 0.0, "thread_rate_per_s": 0.0} | capabilities)
        )
        self.calls: list[OutboundMessage] = []
        self.looked_up: list[OutboundMessage] = []
        self.script: deque[Receipt | Exception] = deque()
        self.answer: Answer = lambda message: None
        self.lookup: Callable[[OutboundMessage], Receipt | Exception | None] = lambda message: None
        self.fetched: deque[Attachment | Exception] = deque()
        self.open = asyncio.Event()  # provider calls wait for it
        self.open.set()
        self.in_flight = 0
        self.most_in_flight = 0
        self.secret = ""
        self.closed = False

    @property
    def texts(self) -> list[str]:
        return [message.text for message in self.calls]

    def open_hook(self, request: HookRequest) -> list[Envelope]:
        if self.secret and request.headers.get("x-secret") != self.secret:
            raise Untrusted("X-Secret is wrong")
        try:
            payload = orjson.loads(request.body)
        except orjson.JSONDecodeError as error:
            raise Malformed(f"not JSON: {error}") from error
        if "nul" in payload:
            raise Malformed("a key that can't be: \x00")
        return [self.envelope(**payload)]

    def envelope(self, **entry: Any) -> Envelope:
        if "status_of" in entry or "member" in entry:
            kind = EntryKind.STATUS
        else:
            kind = EntryKind.EDIT if entry.get("edits") else EntryKind.MESSAGE
        return Envelope(
            provider_id=entry["id"],
            thread=entry.get("thread", entry.get("from", "t1")),
            raw=orjson.dumps(entry),
            kind=kind,
            order=entry.get("order", 0),
        )

    def parse(self, raw: bytes) -> InboundMessage:
        entry = orjson.loads(raw)
        if entry.get("text") == "malformed":
            raise Malformed("text is not what it should be \x00")
        if entry.get("text") == "crash":
            raise KeyError("a fault in the parser")
        return InboundMessage(
            provider_id=entry["id"],
            thread=entry.get("thread", entry["from"]),
            sender=entry.get("sender", entry["from"]),
            text=entry.get("text", ""),
            sender_name=entry.get("name", ""),
            edits=entry.get("edits", ""),
            attachments=tuple(Attachment(**file) for file in entry.get("files", ())),
            subject=entry.get("subject", ""),
            quoted=entry.get("quoted", ""),
            automatic=entry.get("automatic", ""),
            consent=entry.get("consent", ""),
            recipient=entry.get("to", ""),
            reply_to=entry.get("reply_to", ""),
        )

    def parse_status(self, raw: bytes) -> StatusReport:
        entry = orjson.loads(raw)
        return StatusReport(
            provider_id=entry.get("status_of", ""),
            status=entry["status"],
            code=entry.get("code", ""),
            permanent=entry.get("permanent", False),
        )

    def split(self, text: str) -> list[str]:
        return split_text(text, self.capabilities.text_limit, self.capabilities.length_unit)

    async def send(self, message: OutboundMessage) -> Receipt:
        self.calls.append(message)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            await self.open.wait()
            outcome = self.script.popleft() if self.script else self.answer(message)
        finally:
            self.in_flight -= 1
        if isinstance(outcome, Exception):
            raise outcome
        return outcome or Receipt(f"p-{message.id}")

    async def look_up(self, message: OutboundMessage) -> Receipt | None:
        self.looked_up.append(message)
        found = self.lookup(message)
        if isinstance(found, Exception):
            raise found
        return found

    async def fetch(self, attachment: Attachment) -> Attachment:
        outcome = self.fetched.popleft()
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def run(self) -> None:
        """Nothing to run."""

    async def check(self) -> str:
        return "lab"

    def routes(self) -> list[BaseRoute]:
        return []

    async def close(self) -> None:
        self.closed = True


class LabDialogue:
    """The real dialogue where `decide_with` says nothing; a text with BOOM is more than it can bear."""

    def __init__(self, real: Any, decide_with: Decide) -> None:
        self._real = real
        self.company = real.company
        self.decide_with = decide_with
        self.turns: list[Turn] = []

    @property
    def understanding(self) -> Any:
        return self._real.understanding

    @understanding.setter
    def understanding(self, changed: Any) -> None:
        self._real.understanding = changed

    def use_calendars(self, *calendars: Any) -> None:
        self._real.use_calendars(*calendars)
        self.company = self._real.company

    def decide(self, turn: Turn) -> Decision:
        self.turns.append(turn)
        if any("BOOM" in said.text for said in turn.said):
            raise RuntimeError("the dialogue failed")
        decided: Decision = self.decide_with(turn) or self._real.decide(turn)
        return decided


def echo(turn: Turn) -> Decision | None:
    """Say back what was said, while the bot owns the conversation."""
    words = " + ".join(said.text for said in turn.said)
    if not words or turn.owner != "bot":
        return Decision(by="silent")
    return Decision(by="echo", language="fr", replies=(said_back(words),))


def said_back(words: str, purpose: Any = "reply") -> Reply:
    return Reply(template="reply/faq", variables={"answer": words}, purpose=purpose)


def real(turn: Turn) -> Decision | None:
    return None


_content: dict[str, tuple[Any, Any, Any]] = {}


class LabApp(App):
    """The program with a test's doors; its templates and FAQ are read once for all tests."""

    def __init__(self, config: Config, clock: Clock, doors: Mapping[str, Door], decide_with: Decide) -> None:
        super().__init__(config, demo=False, clock=clock)
        self.lab_doors = dict(doors)
        self.decide_with = decide_with

    def _content(self) -> Any:
        key = f"{self.config.company} {self.config.appointments}"
        own_faq = _FAQ not in {path.parent for path in self.config.faq_paths()}
        if own_faq or key not in _content:
            content = super()._content()
            if not own_faq:
                _content[key] = content
        templates, understanding, dialogue = content if own_faq else _content[key]
        own = Dialogue(dialogue.company, understanding)  # what one test teaches, the next must not know
        self.lab_dialogue = LabDialogue(own, self.decide_with)
        return templates, understanding, self.lab_dialogue

    def _doors(self) -> dict[str, Door]:
        return self.lab_doors


class Lab:
    """What tests do with the running program."""

    def __init__(self, app: LabApp, clock: LabClock, doors: dict[str, LabDoor]) -> None:
        self.app = app
        self.clock = clock
        self.doors = doors
        self.door = doors["lab"]
        self.desk = doors["desk"]
        self.url = f"http://127.0.0.1:{app.config.server.port}"
        self._numbers = 0

    async def hear(self, text: str = "", **more: Any) -> bool:
        """A customer writes; True when it was new."""
        return (await self.hear_all([{"text": text} | more]))[0]

    async def hear_all(self, entries: Sequence[dict[str, Any]], account: str = "lab") -> list[bool]:
        """Several entries in one call of the provider."""
        envelopes = []
        for given in entries:
            self._numbers += 1
            whole = {"id": f"m{self._numbers}", "from": "+213555000101"} | given
            envelopes.append(self.doors[account].envelope(**whole))
        return await self.app.intake.accept(account, envelopes)

    async def settled(self, *, within_s: float = 10.0) -> None:
        """Wait until nothing waits in the journal and nothing that is due waits in the outbox."""
        journal, outbox = table_of(JournalEntry).c, table_of(OutboxMessage).c

        async def idle() -> bool:
            waiting = await count_of(self.app.store, JournalEntry, journal.status == "pending")
            sending = await count_of(
                self.app.store,
                OutboxMessage,
                outbox.status.in_(("queued", "claimed")),
                outbox.next_at <= self.clock.now(),
            )
            return not waiting and not sending and not self.app.dispatcher.backlog()

        await self.until(idle, within_s=within_s)

    async def until(
        self, condition: Callable[[], Awaitable[bool]] | Callable[[], bool], *, within_s: float = 10.0
    ) -> None:
        async with asyncio.timeout(within_s):
            while True:
                found = condition()
                if await found if isinstance(found, Awaitable) else found:
                    return
                await asyncio.sleep(0.01)

    def advance(self, **by: float) -> None:
        """Let time pass: the jobs of the clock and waiting retries look again at once."""
        self.clock.advance(timedelta(**by))
        self.app.last_beat = self.clock.monotonic()  # this process was not cut off meanwhile
        self.app.loop_clock.wake_all()
        for account in self.doors:
            self.app.delivery._pump(account)

    async def rows(self, model: type[SQLModel], *where: Any) -> list[Any]:
        return await rows_of(self.app.store, model, *where)

    async def conversation(self, thread: str = "+213555000101") -> Any:
        (found,) = await self.rows(Conversation, table_of(Conversation).c.thread == thread)
        return found

    async def alerts(self) -> list[tuple[str, bool]]:
        return sorted((alert.kind, alert.urgent) for alert in await self.rows(Alert))

    async def statuses(self) -> list[str]:
        """Of what goes to customers, oldest first."""
        found = await self.rows(OutboxMessage, table_of(OutboxMessage).c.account_id == "lab")
        return [row.status for row in sorted(found, key=lambda row: str(row.id))]


def config_of(
    database: Database,
    folder: Path,
    *,
    roles: Sequence[str] = ("web", "worker", "scheduler"),
    backoff_s: str = "10",
    timeout_s: float = 20,
    tokens: str = f"{{test: {TOKEN}}}",
    faq: Path = _FAQ,
    extra: str = "",
) -> Config:
    path = folder / f"{'-'.join(roles)}.yaml"
    path.write_text(
        CONFIG.format(
            url=database.url,
            port=free_port(),
            folder=folder,
            faq=faq,
            backoff_s=backoff_s,
            timeout_s=timeout_s,
            tokens=tokens,
            secret="s" * 40,
        )
        + extra
    )
    return load(path, {}, overrides={"roles": list(roles)})


@asynccontextmanager
async def running(
    database: Database,
    folder: Path,
    *,
    decide_with: Decide = echo,
    clock: LabClock | None = None,
    doors: dict[str, LabDoor] | None = None,
    **config: Any,
) -> AsyncIterator[Lab]:
    """Start the program, and stop it in good order."""
    clock = clock or LabClock()
    doors = doors or {"lab": LabDoor("lab"), "desk": LabDoor("desk")}
    app = LabApp(config_of(database, folder, **config), clock, doors, decide_with)
    task = asyncio.create_task(app.run())
    try:
        async with asyncio.timeout(20):
            while not app.started:
                if task.done():
                    await task
                await asyncio.sleep(0.005)
        yield Lab(app, clock, doors)
    finally:
        app.stop.set()
        await task
