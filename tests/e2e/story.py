"""The real program with doors of every kind, its own clock, and the people who write to it and work with it."""

from __future__ import annotations

import email
import email.policy
import json
import os
import signal
import smtplib
import sqlite3
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from email.message import EmailMessage
from itertools import count
from pathlib import Path
from typing import Any, Protocol, TypeVar
from urllib.parse import quote
from zoneinfo import ZoneInfo

import httpx
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from tests.loopback import free_port
from tests.standins.mail_server import MailServer
from tests.standins.mail_texts import mail
from tests.standins.twilio_api import TwilioApi
from tests.standins.twilio_state import ACCOUNT, NUMBER, TEMPLATE, TOKEN

API_TOKEN = "t" * 40
ALGIERS = ZoneInfo("Africa/Algiers")
WITHIN_S = 20.0
STARTS_WITHIN_S = 60.0
_FAQ = Path(__file__).parents[2] / "templates" / "faq"
_CONFIG = """
company: {{name: Briqueterie Atlas, language: fr, languages: [fr, ar, en], timezone: Africa/Algiers, country: DZ,
  currency: DZD, working_days: [sun, mon, tue, wed, thu], zones: [Béjaïa, Alger, Sétif, Tizi Ouzou, Oran],
  products: [{{id: B8, names: [brique B8, "طوب B8"]}}, {{id: B12, names: [brique B12, briques B12, "طوب B12"]}},
    {{id: hourdis, names: [hourdi]}}],
  opening_hours: {{sun: ["08:00-17:00"], mon: ["08:00-17:00"], tue: ["08:00-17:00"], wed: ["08:00-17:00"],
    thu: ["08:00-17:00"]}}}}
database: {{url: "sqlite:///{folder}/relais.db"}}
server: {{port: {port}, public_url: "http://127.0.0.1:{port}"}}
media: {{folder: "{folder}/media"}}
accounts:
  chat: {{kind: webchat}}
  sms: {{kind: sms}}
  telegram: {{kind: telegram}}
  whatsapp: {{kind: whatsapp, account_sid: {sid}, auth_token: {token}, from: "{number}", api_base_url: "{twilio}",
    templates: {{complaint/keep_in_touch: {approved}, complaint/followup: {approved}}}}}
  support-mail: {{kind: email, address: support@example.org, secret: {secret}, listen: {{port: {lmtp}}},
    smtp: {{host: 127.0.0.1, port: {smtp}, security: none}}}}
desks:
  complaints: {{name: {{fr: Service réclamations, ar: مصلحة الشكاوى, en: Complaints desk}},
    notify: [{{account: support-mail, to: reclamations@example.org}}]}}
  logistics: {{name: {{fr: Service logistique, ar: مصلحة التسليم, en: Logistics desk}},
    notify: [{{account: support-mail, to: logistique@example.org}}]}}
  technical: {{name: {{fr: Service technique, ar: المصلحة التقنية, en: Technical desk}},
    notify: [{{account: support-mail, to: technique@example.org}}]}}
  sales: {{name: {{fr: Service commercial, ar: المصلحة التجارية, en: Sales desk}}}}
complaints: {{desk: complaints, report: {{to: [direction@example.org], account: support-mail}},
  escalation: [{{after_min: 120, notify: [{{account: support-mail, to: direction@example.org}}]}}]}}
faq: {{files: ["{faq}/*.yaml"]}}
dialogue: {{burst_wait_s: 0, desk: sales}}
api: {{tokens: {{test: {api_token}}}}}
logging: {{level: warning, file: "{folder}/relais.log"}}
"""

Found = TypeVar("Found")


def until(
    found: Callable[[], Found | None], what: str = "it did not happen", *, within_s: float = WITHIN_S
) -> Found:
    """Wait for what the program brings about."""
    gives_up = time.monotonic() + within_s
    while time.monotonic() < gives_up:
        if result := found():
            return result
        time.sleep(0.03)
    raise AssertionError(what)


def plain(text: str) -> str:
    """A text without the marks that only typesetting sees."""
    for mark in "\u2066\u2067\u2068\u2069\u200e\u200f":
        text = text.replace(mark, "")
    return text.replace("\u202f", " ").replace("\xa0", " ").replace("\r\n", "\n")


class Person(Protocol):
    """Somebody at the other end of a channel."""

    def say(self, text: str, **more: Any) -> None: ...

    def heard(self) -> list[str]: ...


class Program:
    """The demo on a configuration of its own; killed and started again it finds its folder and its time."""

    def __init__(self, folder: Path, twilio: TwilioApi, mails: MailServer) -> None:
        self.folder = folder
        self.twilio = twilio
        self.mails = mails
        self.port, self.lmtp = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.config = folder / "relais.yaml"
        self.config.write_text(
            _CONFIG.format(
                folder=folder, port=self.port, sid=ACCOUNT, token=TOKEN, number=NUMBER, twilio=twilio.url,
                approved=TEMPLATE, secret="s" * 32, lmtp=self.lmtp, smtp=mails.port, faq=_FAQ,
                api_token=API_TOKEN,
            )
        )  # fmt: skip
        self.http = httpx.Client(
            base_url=self.url, headers={"Authorization": f"Bearer {API_TOKEN}"}, timeout=30
        )
        self._process: subprocess.Popen[bytes] | None = None
        self._numbers = count(1)

    # its life

    def start(self) -> None:
        words = ("-m", "bot.cli", "demo", "--config", str(self.config), "--data", str(self.folder))
        self._process = subprocess.Popen((sys.executable, *words), stdout=subprocess.DEVNULL)
        until(self._is_ready, "the program did not start", within_s=STARTS_WITHIN_S)

    def _is_ready(self) -> bool:
        try:
            return self.http.get("/readyz").status_code == 200
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        """As a power cut ends it, in a moment when nothing is on the line."""
        until(lambda: not self._under_way(), "something is never sent")
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> int:
        """End it as an operator does; its exit code."""
        assert self._process is not None
        self.http.close()
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(20)

    def _under_way(self) -> int:
        with closing(sqlite3.connect(f"file:{self.folder}/relais.db?mode=ro", uri=True)) as database:
            query = "SELECT count(*) FROM outbox WHERE status IN ('queued', 'sending')"
            return int(database.execute(query).fetchone()[0])

    # its time

    def now(self) -> datetime:
        return datetime.fromisoformat(self.http.get("/sandbox/state").json()["now"])

    def advance(self, by: timedelta) -> datetime:
        seconds = int(by.total_seconds())
        answer = self.http.post("/sandbox/clock", json={"advance_s": seconds}, headers={"Origin": self.url})
        assert answer.status_code == 200, answer.text
        return datetime.fromisoformat(answer.json()["now"])

    def advance_to(self, moment: datetime) -> None:
        """Move the clock to a moment to come."""
        while (left := moment - self.now()) > timedelta(seconds=1):
            self.advance(min(left, timedelta(days=366)))

    # those who work with it

    def ask(self, method: str, path: str, *, expect: int = 200, **body: Any) -> Any:
        answer = self.http.request(method, f"/api/v1{path}", json=body or None)
        assert answer.status_code == expect, f"{answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def relais(self, *words: str, expect: int = 0) -> str:
        """What a command says, typed beside the running program."""
        environment = os.environ | {"RELAIS_CONFIG": str(self.config), "COLUMNS": "150", "NO_COLOR": "1"}
        done = subprocess.run(
            (sys.executable, "-m", "bot.cli", *words), env=environment, capture_output=True, text=True,
            timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == expect, f"{done.returncode}: {done.stdout}{done.stderr}"
        return done.stdout

    def mails_to(self, address: str) -> list[str]:
        """Subject and text of each mail to an address."""
        return [_read(taken.content) for taken in list(self.mails.taken) if taken.to == address]

    def alerts(self, reference: str, kind: str = "") -> list[dict[str, Any]]:
        found = self.ask("GET", "/alerts?limit=200")
        return [a for a in found if reference in a["reason"] and kind in ("", a["kind"])]

    # those who write to it

    def by_whatsapp(self, number: str, **more: str) -> Phone:
        return Phone(self, number, more)

    def by_mail(self, address: str, name: str = "") -> Mailer:
        return Mailer(self, address, name)

    def by_sandbox(self, account: str, address: str, name: str = "") -> Visitor:
        return Visitor(self, account, address, name)

    def by_chat(self, language: str = "fr") -> Chatter:
        return Chatter(self, language)

    def number(self) -> int:
        return next(self._numbers)


class Phone:
    """A customer on WhatsApp, by the stand-in for Twilio."""

    def __init__(self, program: Program, number: str, more: Mapping[str, str]) -> None:
        self.program = program
        self.address = f"whatsapp:{number}"
        self._more = dict(more)

    def say(self, text: str, **more: Any) -> None:
        url = f"{self.program.url}/hooks/whatsapp"
        call = self.program.twilio.says(
            self.address, text, url=url, to=f"whatsapp:{NUMBER}", **self._more, **more
        )
        assert httpx.post(call.url, content=call.body, headers=dict(call.headers)).status_code == 200

    def send_photo(self, data: bytes, text: str = "") -> None:
        url = self.program.twilio.keep(data)
        self.say(text, NumMedia="1", MediaUrl0=url, MediaContentType0="image/jpeg")

    def heard(self) -> list[str]:
        return [plain(message.body or "") for message in self.program.twilio.sent_to(self.address)]

    def approved(self) -> list[str]:
        """The values given to approved templates: what goes out when the window is closed."""
        sent = self.program.twilio.sent_to(self.address)
        return [plain(message.content_variables) for message in sent if message.content_sid]


class Mailer:
    """A customer who writes mails, handed in as the company's own mail server does."""

    def __init__(self, program: Program, address: str, name: str) -> None:
        self.program = program
        self.address = address
        self.name = name

    def say(self, text: str, **more: Any) -> None:
        number = self.program.number()
        sender = f"{self.name} <{self.address}>" if self.name else self.address
        with smtplib.LMTP("127.0.0.1", self.program.lmtp) as line:
            content = mail(number, sender=sender, text=text, **{"Subject": "Ma commande", **more})
            line.sendmail(self.address, ["support@example.org"], content)

    def heard(self) -> list[str]:
        return self.program.mails_to(self.address)


class Visitor:
    """A customer on a channel that the sandbox plays."""

    def __init__(self, program: Program, account: str, address: str, name: str) -> None:
        self.program = program
        self.account = account
        self.address = address
        self.name = name

    def say(self, text: str, **more: Any) -> None:
        body = {"id": uuid.uuid4().hex, "from": self.address, "text": text, "name": self.name, **more}
        self._post("say", json=body)

    def send_photo(self, data: bytes, text: str = "") -> None:
        kept = self._post(
            "media", content=data, headers={"Content-Type": "image/jpeg"}, params={"name": "p.jpg"}
        )
        self.say(text, attachments=[{key: kept[key] for key in ("ref", "name", "mime")}])

    def _post(self, what: str, *, headers: Mapping[str, str] | None = None, **body: Any) -> Any:
        own = {"Origin": self.program.url, **(headers or {})}
        answer = self.program.http.post(f"/sandbox/{self.account}/{what}", headers=own, **body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def heard(self) -> list[str]:
        return [plain(one["text"]) for one in self.shown() if one["direction"] == "out"]

    def shown(self) -> list[dict[str, Any]]:
        """The thread as the page shows it."""
        url = f"{self.program.url}/sandbox/{self.account}/events?thread={quote(self.address)}"
        with connect(url.replace("http", "ws", 1), origin=Origin(self.program.url)) as socket:
            messages: list[dict[str, Any]] = _next_frame(socket, "history")["messages"]
        return messages


class Chatter:
    """A visitor of the website, on the chat's own socket."""

    def __init__(self, program: Program, language: str) -> None:
        self.program = program
        self.language = language
        self._token = self._post_session()

    def _post_session(self) -> str:
        answer = self.program.http.post(
            "/webchat/chat/session", json={"language": self.language}, headers={"Origin": self.program.url}
        )
        assert answer.status_code == 200, answer.text
        token: str = answer.json()["token"]
        return token

    @contextmanager
    def _open(self) -> Iterator[tuple[ClientConnection, list[dict[str, Any]]]]:
        url = f"{self.program.url}/webchat/chat/socket".replace("http", "ws", 1)
        hello = {"type": "hello", "v": 1, "token": self._token, "after_seq": 0, "language": self.language}
        with connect(url, origin=Origin(self.program.url)) as socket:
            socket.send(json.dumps(hello))
            yield socket, _next_frame(socket, "history")["messages"]

    def say(self, text: str, **more: Any) -> None:
        with self._open() as (socket, _):
            socket.send(json.dumps({"type": "say", "cid": str(uuid.uuid4()), "text": text, **more}))
            _next_frame(socket, "accepted")

    def heard(self) -> list[str]:
        return [plain(one["text"]) for one in self.shown() if one["direction"] == "out"]

    def shown(self) -> list[dict[str, Any]]:
        with self._open() as (_, messages):
            return messages


def _next_frame(socket: ClientConnection, kind: str) -> dict[str, Any]:
    while True:
        frame: dict[str, Any] = json.loads(socket.recv(timeout=WITHIN_S))
        if frame["type"] == kind:
            return frame
        assert frame["type"] not in ("refused", "bye"), frame


def _read(content: bytes) -> str:
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    body = message.get_body(("plain",))
    assert body is not None
    return plain(f"{message['Subject']}\n{body.get_content()}")


class Story:
    """One customer, one complaint: what is said, what is heard, what is done with it."""

    def __init__(self, program: Program, person: Person) -> None:
        self.program = program
        self.person = person
        self.reference = ""

    def says(self, text: str, **more: Any) -> str:
        """The customer says something; what they hear next."""
        before = len(self.person.heard())
        self.person.say(text, **more)
        return until(lambda: self.person.heard()[before:], f"no answer to {text!r}")[-1]

    def hears(self, *words: str) -> str:
        """Wait until the customer hears a message with all these words; that message."""

        def found() -> str | None:
            texts = self.person.heard()
            return next((text for text in reversed(texts) if all(one in text for one in words)), None)

        try:
            return until(found)
        except AssertionError:
            raise AssertionError(f"never heard {words}, but {self.person.heard()[-3:]}") from None

    def complains(self, *said: str) -> str:
        """Say these one after the other until a complaint is registered; its reference."""
        known = set(self._references())
        for text in said:
            self.says(text)
            if fresh := [reference for reference in self._references() if reference not in known]:
                self.reference = next(
                    one for one in fresh if any(one in text for text in self.person.heard())
                )
                return self.reference
        raise AssertionError(f"no complaint was registered, but {self.person.heard()[-2:]}")

    def _references(self) -> Sequence[str]:
        return [case["reference"] for case in self.program.ask("GET", "/cases?limit=200")]

    def act(self, name: str, *, agent: str = "Nadia", expect: int = 200, **body: Any) -> dict[str, Any]:
        path = f"/cases/{self.reference}/{name}"
        done: dict[str, Any] = self.program.ask("POST", path, expect=expect, agent=agent, **body)
        return done

    def case(self) -> dict[str, Any]:
        found: dict[str, Any] = self.program.ask("GET", f"/cases/{self.reference}")
        return found

    def becomes(self, **wanted: Any) -> dict[str, Any]:
        """Wait until the case is so."""

        def so() -> dict[str, Any] | None:
            case = self.case()
            return case if all(case[name] == value for name, value in wanted.items()) else None

        return until(so, f"the case never became {wanted}")

    def deadline(self, kind: str) -> dict[str, Any]:
        """The newest deadline of a kind."""
        found: dict[str, Any] = [one for one in self.case()["deadlines"] if one["kind"] == kind][-1]
        return found
