"""How many mails a second are read, and in how much memory: `python -m benchmarks.mails [--mails 10000]`.

10 000 mails of the kinds a mailbox holds: plain and HTML replies of many clients in three languages, files, reports.
Beside it, in the same run, the standard library's parser alone (`email` with each of its policies, no quotation told
apart, no HTML read), as the measure of the machine.
"""

from __future__ import annotations

import argparse
import base64
import email
import email.policy
import random
import resource
import time
from collections.abc import Callable

from channels.email.reading import outline, read_mail
from tests.unit.mails import mail, multipart, part
from tests.unit.reply_cases import all_cases


def mixed_mails(count: int) -> list[bytes]:
    """The same mails at each run: 70 % text replies, 20 % with an alternative, 7 % with a photo, 3 % reports."""
    chance = random.Random(4711)
    cases = all_cases()
    plain = [case for case in cases if case.kind == "plain"]
    markup = [case for case in cases if case.kind == "html"]
    made = []
    for number in range(count):
        draw, case, page = chance.random(), chance.choice(plain), chance.choice(markup)
        ids = {"Message-ID": f"<m{number}@example.org>", "References": "<a@example.com> <b@example.com>"}
        words = part("text/plain; charset=utf-8", case.body)
        if draw < 0.7:
            body, kind = case.body.encode(), {"Content-Type": "text/plain; charset=utf-8"}
            made.append(mail(body, {**ids, **kind}))
        elif draw < 0.9:
            body, headers = multipart("alternative", words, part("text/html; charset=utf-8", page.body))
            made.append(mail(body, {**headers, **ids}))
        elif draw < 0.97:
            photo = base64.encodebytes(b"\xff\xd8\xff" + chance.randbytes(60_000))
            shot = part("image/jpeg; name=photo.jpg", photo, "Content-Transfer-Encoding: base64")
            body, headers = multipart("mixed", words, shot)
            made.append(mail(body, {**headers, **ids}))
        else:
            status = "Reporting-MTA: dns; mx\r\n\r\nFinal-Recipient: rfc822; k@example.org\r\n"
            status += "Action: failed\r\nStatus: 5.1.1"
            body, headers = multipart("report", words, part("message/delivery-status", status))
            made.append(mail(body, {**headers, **ids, "From": "MAILER-DAEMON@example.net"}))
    return made


def rate(mails: list[bytes], read: Callable[[bytes], object]) -> float:
    """Mails a second of processor time."""
    began = time.process_time()
    for raw in mails:
        read(raw)
    return len(mails) / (time.process_time() - began)


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _library(policy: email.policy.Policy) -> Callable[[bytes], object]:
    def read(raw: bytes) -> object:
        found = email.message_from_bytes(raw, policy=policy)
        headers = [str(found[name]) for name in ("from", "to", "subject", "message-id", "references", "date")]
        return headers, [each.get_payload(decode=True) for each in found.walk() if not each.is_multipart()]

    return read


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=10_000)
    mails = mixed_mails(parser.parse_args().mails)
    before = _peak_mb()
    print(f"{len(mails)} mails, {sum(map(len, mails)) / 1e6:.1f} MB, memory with them {before:.0f} MB")
    whole = rate(mails, read_mail)
    print(f"read_mail            {whole:8.0f} /s   peak memory + {_peak_mb() - before:.1f} MB")
    print(f"outline              {rate(mails, outline):8.0f} /s")
    for name, policy in (("compat32", email.policy.compat32), ("default", email.policy.default)):
        bare = rate(mails[:2000], _library(policy))
        print(f"library, {name:10}  {bare:8.0f} /s   read_mail is {whole / bare:.2f} of it")


if __name__ == "__main__":
    main()
