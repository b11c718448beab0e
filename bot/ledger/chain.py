"""How rows are bound together. Pure, and short: an auditor may want to write it again.

    hash = SHA-256 of "seq\\nat\\nsealed_at\\nkind\\nkey\\njournal_id\\npayload\\nprev" in UTF-8

The times are ISO 8601 in UTC with six decimals; the payload is JSON with sorted keys and no spaces, as it is stored; no
part can hold a line break. The first row's `prev` is 64 zeros.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Literal

import orjson

GENESIS = "0" * 64

Kind = Literal["received", "attempt", "accepted", "moved", "alerted", "delivered", "erased"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something that happened to one inbound message, not sealed yet."""

    at: datetime
    kind: Kind
    key: str
    journal_id: str
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Head:
    """The last row of a chain."""

    seq: int
    hash: str


START = Head(0, GENESIS)


def instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def row_hash(
    seq: int, at: str, sealed_at: str, kind: str, key: str, journal_id: str, payload: str, prev: str
) -> str:
    """The times as `instant` writes them."""
    parts = f"{seq}\n{at}\n{sealed_at}\n{kind}\n{key}\n{journal_id}\n{payload}\n{prev}"
    return sha256(parts.encode()).hexdigest()


def canonical(payload: dict[str, Any]) -> str:
    return orjson.dumps(payload, option=orjson.OPT_SORT_KEYS).decode()


def provider_mark(provider_id: str) -> str:
    """A provider's id of a message as the ledger keeps it: comparable, and saying nothing."""
    return sha256(provider_id.encode()).hexdigest()[:32] if provider_id else ""


def in_order(facts: Iterable[Fact]) -> list[Fact]:
    """The same facts are always sealed in the same order."""
    return sorted(facts, key=lambda fact: (fact.at, _ORDER[fact.kind], fact.key))


_ORDER = {
    kind: at
    for at, kind in enumerate(("received", "attempt", "moved", "accepted", "alerted", "delivered", "erased"))
}


def extend(head: Head, facts: Iterable[Fact], sealed_at: datetime) -> Iterator[dict[str, Any]]:
    """The rows that carry these facts on from a head."""
    seq, prev, sealed = head.seq, head.hash, instant(sealed_at)
    for fact in facts:
        seq += 1
        payload = canonical(fact.payload)
        digest = row_hash(seq, instant(fact.at), sealed, fact.kind, fact.key, fact.journal_id, payload, prev)
        yield {
            "seq": seq,
            "at": fact.at,
            "sealed_at": sealed_at,
            "kind": fact.kind,
            "key": fact.key,
            "journal_id": fact.journal_id,
            "payload": payload,
            "prev": prev,
            "hash": digest,
        }
        prev = digest
