"""E-mail's row of the contract table."""

from __future__ import annotations

import email
import email.policy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage

from channels.email.door import EmailDoor
from channels.email.settings import EmailSettings, SmtpSettings
from channels.port import BadAddress, NotSent, Rejected, Throttled, Uncertain
from tests.contract.bench import BUDGET_S, Arrived, Bench, DoorCase, Trouble
from tests.fakes import FakeHost
from tests.standins.mail_server import PASSWORD, USER, MailServer, Taken

SECRET = "signing-secret-0123456789abcdef"
EARLIER = "CAF0x@mail.example.com#0011223344556677"


def settings(port: int) -> EmailSettings:
    return EmailSettings(
        account_id="email",
        address="support@example.org",
        name="Briqueterie Atlas",
        aliases={"sales@example.org": "sales"},
        secret=SECRET,
        smtp=SmtpSettings(
            host="127.0.0.1", port=port, security="none", username=USER, password=PASSWORD, timeout_s=BUDGET_S
        ),
    )


class EmailBench:
    def __init__(self, server: MailServer) -> None:
        self._server = server
        self.host = FakeHost()
        self.door = EmailDoor(settings(server.port), self.host)
        self.to = "amel@example.com"
        self.secrets = (PASSWORD, SECRET)

    def arrived(self) -> list[Arrived]:
        return [_arrived(mail) for mail in self._server.taken]

    def earlier(self) -> str:
        return EARLIER

    def plan(self, trouble: Trouble) -> None:
        server = self._server
        match trouble:
            case Trouble.THROTTLED:
                server.reply_next("mail", "450 4.7.0 too many messages, try again in 7 seconds")
            case Trouble.REFUSED:
                server.reply_next("end", "554 5.7.1 looks like advertising to us")
            case Trouble.LOGIN:
                server.reply_next("auth", "535 5.7.8 authentication failed")
            case Trouble.UNAVAILABLE:
                server.reply_next("connect", "421 4.3.2 closing down")
            case Trouble.BAD_GATEWAY:
                server.reply_next("end", "451 4.3.0 trouble with a filter")
            case Trouble.REDIRECTED:
                server.reply_next("rcpt", "551 5.1.6 not here; try <amel@elsewhere.example>")
            case Trouble.GARBAGE:
                server.reply_next("end", "<html>200 OK</html>")
            case Trouble.CUT:
                server.cut_next("end")
            case Trouble.HANGING:
                server.hang_next("end")
            case Trouble.UNREACHABLE:
                server.stop()
            case _:
                raise AssertionError(f"exempt: {trouble}")


def _arrived(mail: Taken) -> Arrived:
    read = email.message_from_bytes(mail.content, policy=email.policy.default)
    assert isinstance(read, EmailMessage)
    text = read.get_body(("plain",))
    assert text is not None
    files = [part.get_content() for part in read.iter_attachments()]
    answered = str(read["in-reply-to"] or "").strip("<>")
    return Arrived(
        provider_id=str(read["message-id"]).strip("<>"),
        to=mail.to,
        text=text.get_content(),
        reply_to=EARLIER if answered and EARLIER.startswith(f"{answered}#") else answered,
        file=files[0] if files else None,
    )


@asynccontextmanager
async def open_email() -> AsyncIterator[Bench]:
    with MailServer() as server:
        bench = EmailBench(server)
        try:
            yield bench
        finally:
            await bench.door.close()


EMAIL = DoorCase(
    channel="email",
    build=lambda host: EmailDoor(settings(9), host),
    open=open_email,
    presses=False,
    troubles={
        Trouble.THROTTLED: Throttled,
        Trouble.REFUSED: Rejected,
        Trouble.LOGIN: NotSent,
        Trouble.UNAVAILABLE: NotSent,
        Trouble.BAD_GATEWAY: NotSent,
        Trouble.REDIRECTED: BadAddress,
        Trouble.GARBAGE: Uncertain,
        Trouble.CUT: Uncertain,
        Trouble.HANGING: Uncertain,
        Trouble.UNREACHABLE: NotSent,
    },
    exempt={Trouble.OPTED_OUT: "SMTP has no word for it: who wants nothing more uses List-Unsubscribe"},
)
