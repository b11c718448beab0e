"""What makes a mail the same mail."""

from __future__ import annotations

import hashlib

from channels.email.parts import Tree
from channels.email.words import ids_of


def provider_id(raw: bytes, tree: Tree, *, trusted: bool = False) -> str:
    """The message id and a digest of sender, date, subject and body.

    Two different mails with one Message-ID are both kept; a mail delivered twice (by two routes, so with other trace
    headers) is one. Blanks and line ends don't count: servers change them on the way. A mail that was cut keeps the
    id it had; `trusted`: it has been through `slim`, which renames such a header of the sender's.
    """
    headers = tree.root.headers
    kept = headers.get(b"x-relais-id") if trusted else b""
    if kept:
        return kept.decode("utf-8", "replace")
    ids = ids_of(headers.get(b"message-id"))
    digest = hashlib.sha256(b"\0".join((headers.get(b"from"), headers.get(b"date"), headers.get(b"subject"))))
    digest.update(raw[tree.root.start :].translate(None, b" \t\r\n"))
    return f"{ids[0][:180] if ids else ''}#{digest.hexdigest()[:20]}"
