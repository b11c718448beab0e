"""Mails for tests, as plain clients write them."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP


def mail(
    number: int = 1,
    *,
    sender: str = "Amel B <amel@example.com>",
    to: str = "support@example.org",
    text: str = "",
    files: tuple[tuple[str, bytes], ...] = (),
    **headers: str,
) -> bytes:
    """One mail; `headers` with underscores for hyphens. Number and text tell mails apart."""
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = to
    message["Subject"] = f"Question {number}"
    message["Date"] = f"Thu, 05 Mar 2026 12:{number % 60:02}:00 +0100"
    message["Message-ID"] = f"<m{number}@mail.example.com>"
    for name, value in headers.items():
        del message[name.replace("_", "-")]
        message[name.replace("_", "-")] = value
    message.set_content(text or f"Bonjour, message numéro {number}.\n")
    for name, data in files:
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()
