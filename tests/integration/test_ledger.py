"""The ledger tells what happened, seals it once, and shows everything that was done to it afterwards."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from bot.clock import ManualClock
from bot.ledger.chain import GENESIS, Head, extend, instant, row_hash
from bot.ledger.heads import HEADS_FILE, KEY_FILE
from bot.ledger.sealing import head_of
from bot.records import LedgerOpen, LedgerRow, OutboxMessage
from bot.records.base import table_of
from bot.store.port import Store, StoreError, StoreRefused
from tests.conftest import SQLITE, Database, Opener
from tests.fakes import NOON
from tests.integration.ledgerbench import (
    Owed,
    acknowledge,
    alert,
    judge,
    judge_attacked,
    keeper,
    move,
    owe,
    report,
    sealer,
    tamper,
)
from tests.integration.storebench import count_of, outcome, rows_of


async def history(store: Store) -> dict[str, Owed]:
    """One message of each fate."""
    names = ("in_time", "delivered", "late", "alerted", "forgotten", "uncertain", "bounced", "moved")
    owed = {name: await owe(store, f"t-{name}") for name in names}
    for name, after_s in (("in_time", 1.5), ("delivered", 3.2), ("late", 75), ("bounced", 2), ("moved", 2)):
        await acknowledge(store, owed[name], after_s)
    await report(store, owed["delivered"], "delivered", 4)
    await report(store, owed["bounced"], "failed", 9)
    await report(store, owed["moved"], "failed", 9)
    await alert(store, owed["alerted"], 40)
    assert await store.record(outcome(owed["uncertain"].receipt, "uncertain", at=NOON + timedelta(seconds=5)))
    owed["moved"] = await move(store, owed["moved"])
    await acknowledge(store, owed["moved"], 20)
    return owed


async def chain(store: Store) -> list[Any]:
    return sorted(await rows_of(store, LedgerRow), key=lambda row: int(row.seq))


async def test_every_fate_is_told_and_nothing_else_is_found(
    store: Store, database: Database, tmp_path: Path
) -> None:
    owed = await history(store)
    await sealer(store, tmp_path).tick()
    verdict = await judge(database, tmp_path)
    assert verdict.problems == []
    assert (verdict.received, verdict.in_time, verdict.late) == (8, 4, 1)
    assert verdict.worst_s == 75
    assert verdict.unexplained == 1
    marks = {each.journal_id: set(each.marks) for each in verdict.exceptions}
    assert marks == {
        owed["late"].journal_id: {"late"},
        owed["alerted"].journal_id: {"never", "alerted"},
        owed["forgotten"].journal_id: {"never", "unexplained"},
        owed["uncertain"].journal_id: {"never", "uncertain"},
        owed["bounced"].journal_id: {"undelivered"},
        owed["moved"].journal_id: {"moved"},
    }
    assert verdict.heads == 1
    assert verdict.head.seq == verdict.rows == len(await chain(store))


async def test_facts_are_sealed_as_they_come_and_never_twice(
    store: Store, database: Database, tmp_path: Path
) -> None:
    clock = ManualClock(NOON)
    sealing = sealer(store, tmp_path, clock)
    owed = await owe(store, "t1")
    await sealing.tick()
    assert [row.kind for row in await chain(store)] == ["received"]
    assert await count_of(store, LedgerOpen) == 1
    await acknowledge(store, owed, 30)
    clock.advance(timedelta(seconds=30))
    await sealing.tick()
    await report(store, owed, "delivered", 90)
    clock.advance(timedelta(hours=2))  # also the net looks again
    await sealing.tick()
    await sealing.tick()
    assert [row.kind for row in await chain(store)] == ["received", "accepted", "delivered"]
    assert await count_of(store, LedgerOpen) == 0
    assert (await judge(database, tmp_path)).problems == []


async def test_no_name_number_or_word_of_a_person_enters_the_chain(store: Store, tmp_path: Path) -> None:
    await history(store)
    await sealer(store, tmp_path).tick()
    (sent, *_) = await rows_of(store, OutboxMessage)
    text = "\n".join(f"{row.key} {row.payload}" for row in await chain(store))
    assert sent.recipient not in text
    assert "bonjour" not in text
    assert "p-" not in text  # the provider's identifier stands there as a hash


async def test_the_database_itself_refuses_to_change_the_chain(store: Store, tmp_path: Path) -> None:
    await history(store)
    await sealer(store, tmp_path).tick()
    ledger = table_of(LedgerRow)
    for statement in (ledger.update().values(kind="x"), ledger.delete()):
        with pytest.raises((StoreError, StoreRefused, DBAPIError), match="append-only"):
            await store.write(lambda session, statement=statement: session.execute(statement))  # type: ignore[misc]


# tampering

RECEIPT_KEPT = "the ledger says it was acknowledged"
ATTACKS: dict[str, tuple[tuple[str, ...], str, str]] = {
    "a row dropped from the middle": (("DELETE FROM ledger WHERE seq = 5",), "row 6", "row 5 is missing"),
    "several rows dropped": (("DELETE FROM ledger WHERE seq BETWEEN 3 AND 6",), "row 7", "rows 3 to 6 are missing"),
    "the first row dropped": (("DELETE FROM ledger WHERE seq = 1",), "row 2", "row 1 is missing"),
    "the last row cut off": (
        ("DELETE FROM ledger WHERE seq = (SELECT max(seq) FROM ledger)",),
        "row", "cut off",
    ),
    "everything removed": (("DELETE FROM ledger",), "row 1", "cut off"),
    "a time changed": (
        ("UPDATE ledger SET at = (SELECT max(at) FROM ledger) WHERE seq = 2",),
        "row 2", "changed",
    ),
    "a sealing time changed": (
        ("UPDATE ledger SET sealed_at = (SELECT min(at) FROM ledger) WHERE seq = 2",),
        "row 2", "changed",
    ),
    "a kind changed": (("UPDATE ledger SET kind = 'accepted' WHERE seq = 3",), "row 3", "changed"),
    "a key changed": (("UPDATE ledger SET key = 'r:other' WHERE seq = 3",), "row 3", "changed"),
    "a payload changed": (
        ("UPDATE ledger SET payload = replace(payload, 'sms', 'email') WHERE seq = 1",),
        "row 1", "changed",
    ),
    "a payload spoilt": (("UPDATE ledger SET payload = 'x' WHERE seq = 1",), "row 1", "can't be read"),
    "a message exchanged": (("UPDATE ledger SET journal_id = 'other' WHERE seq = 4",), "row 4", "changed"),
    "a hash changed": ((f"UPDATE ledger SET hash = '{'a' * 64}' WHERE seq = 4",), "row 5", "does not follow"),
    "a link changed": ((f"UPDATE ledger SET prev = '{'a' * 64}' WHERE seq = 4",), "row 4", "does not follow"),
    "two rows exchanged": (
        (
            "UPDATE ledger SET seq = 1000 WHERE seq = 4",
            "UPDATE ledger SET seq = 4 WHERE seq = 5",
            "UPDATE ledger SET seq = 5 WHERE seq = 1000",
        ),
        "row 4",
        "changed",
    ),
    "a row put in": (
        (
            "UPDATE ledger SET seq = seq + 1000 WHERE seq > 4",
            "INSERT INTO ledger SELECT 5, at, sealed_at, kind, 'r:forged', 'forged', payload, prev, hash"
            " FROM ledger WHERE seq = 4",
            "UPDATE ledger SET seq = seq - 999 WHERE seq > 1000",
        ),
        "row 5",
        "changed",
    ),
    "a row put at the end": (
        (
            "INSERT INTO ledger SELECT seq + 1, at, sealed_at, kind, 'r:forged', 'forged', payload, hash, hash"
            " FROM ledger ORDER BY seq DESC LIMIT 1",
        ),
        "row",
        "changed",
    ),
    "a gap in the numbers": (
        ("UPDATE ledger SET seq = seq + 1 WHERE seq = (SELECT max(seq) FROM ledger)",),
        "row", "missing",
    ),
    "a debt removed": (
        ("DELETE FROM receipts WHERE acknowledged_at IS NULL",),
        "message", "the fact was removed",
    ),
    "a deadline moved": (
        ("UPDATE receipts SET due_at = alert_at",),
        "message", "until when an answer was due",
    ),
    "an acknowledgement forgotten": (
        ("UPDATE receipts SET acknowledged_at = NULL",),
        "message", RECEIPT_KEPT,
    ),
    "an acknowledgement earlier": (
        ("UPDATE receipts SET acknowledged_at = received_at",),
        "message", "was changed",
    ),
    "an alert forgotten": (
        ("UPDATE receipts SET alerted_at = NULL",),
        "message", "alerted to it was changed",
    ),
    "a provider's identifier changed": (
        ("UPDATE outbox SET provider_id = 'x'",),
        "message", "provider's identifier",
    ),
    "a failure removed": (("DELETE FROM deliveries",), "row", "was removed from the table deliveries"),
    "a failure turned into a success": (
        ("UPDATE deliveries SET outcome = 'read'",),
        "row", "table deliveries",
    ),
}  # fmt: skip


async def test_each_attack_is_found_and_named(store: Store, database: Database, tmp_path: Path) -> None:
    await history(store)
    await sealer(store, tmp_path).tick()
    missed = {}
    for attack, (statements, where, what) in ATTACKS.items():
        verdict = await judge_attacked(database, tmp_path, statements)
        found = [f"{problem.where}: {problem.what}" for problem in verdict.problems]
        if not any(line.startswith(where) and what in line for line in found):
            missed[attack] = found
    assert missed == {}
    assert len(ATTACKS) >= 25
    assert (await judge(database, tmp_path)).sound  # every attack was taken back: what was found was theirs


async def rewrite(database: Database, store: Store) -> None:
    """Somebody computes the whole chain anew, without a fault, after changing what it says."""
    rows = await chain(store)
    statements, prev = ["DELETE FROM ledger"], GENESIS
    for row in rows:
        payload = row.payload.replace('"channel":"sms"', '"channel":"web"')
        digest = row_hash(
            row.seq, instant(row.at), instant(row.sealed_at), row.kind, row.key, row.journal_id, payload, prev
        )
        statements.append(
            "INSERT INTO ledger VALUES "
            f"({row.seq}, '{row.at:%Y-%m-%d %H:%M:%S.%f}', '{row.sealed_at:%Y-%m-%d %H:%M:%S.%f}', '{row.kind}',"
            f" '{row.key}', '{row.journal_id}', '{payload}', '{prev}', '{digest}')"
        )
        prev = digest
    await tamper(database, *(each if database.kind == SQLITE else in_utc(each) for each in statements))


def in_utc(statement: str) -> str:
    return f"SET timezone = 'UTC'; {statement}"


async def test_a_chain_computed_anew_no_longer_fits_its_signed_heads(
    store: Store, database: Database, tmp_path: Path
) -> None:
    await history(store)
    await sealer(store, tmp_path).tick()
    await rewrite(database, store)
    await tamper(database, "UPDATE receipts SET channel = 'web'")
    verdict = await judge(database, tmp_path)
    assert [problem.what.rpartition(": ")[2] for problem in verdict.problems] == [
        "the chain was computed anew"
    ]
    (tmp_path / HEADS_FILE).unlink()
    assert (await judge(database, tmp_path)).sound  # who can remove the heads as well is not found …
    kept = Head(5, "f" * 64)
    assert not (await judge(database, tmp_path, known=kept)).sound  # … but by a head kept on paper


async def test_an_older_copy_put_back_is_found_even_when_the_chain_has_grown_again(
    store: Store, database: Database, tmp_path: Path
) -> None:
    await history(store)
    await sealer(store, tmp_path).tick()
    before = await chain(store)
    await tamper(database, "DELETE FROM ledger WHERE seq > 3")
    await sealer(store, tmp_path).tick()
    assert len(await chain(store)) >= 3
    verdict = await judge(database, tmp_path)
    assert len(before) > 3
    assert not verdict.sound


@pytest.mark.parametrize(
    ("spoil", "what"),
    [
        (lambda line: line.replace(b'"seq":', b'"seq":1'), "signature is not ours"),
        (lambda line: b"garbage\n", "signature is not ours"),
        (lambda line: line + line.replace(b'"mac":"', b'"mac":"0'), "signature is not ours"),
    ],
)
async def test_a_forged_head_is_found(
    spoil: Any, what: str, store: Store, database: Database, tmp_path: Path
) -> None:
    await history(store)
    await sealer(store, tmp_path).tick()
    path = tmp_path / HEADS_FILE
    path.write_bytes(spoil(path.read_bytes()))
    verdict = await judge(database, tmp_path)
    assert any(what in problem.what for problem in verdict.problems)


async def test_a_line_cut_short_by_a_kill_does_not_swallow_the_next(tmp_path: Path) -> None:
    heads = keeper(tmp_path)
    heads.append(Head(1, "a" * 64), NOON)
    with heads.path.open("ab") as file:
        file.write(b'{"at":"2026')
    heads.append(Head(2, "b" * 64), NOON)
    assert [(each.head.seq, each.sound) for each in heads.read()] == [(1, True), (0, False), (2, True)]


async def test_a_head_that_another_process_has_overtaken_is_not_written_behind_it(
    store: Store, database: Database, tmp_path: Path
) -> None:
    owed = await owe(store, "t1")
    await acknowledge(store, owed, 1)
    await sealer(store, tmp_path).tick()
    before = keeper(tmp_path)
    assert not before.append(Head(1, "a" * 64), NOON)
    assert [each.head.seq for each in before.read()] == [2]
    assert (await judge(database, tmp_path)).problems == []


async def test_a_chain_that_went_back_is_written_down_as_it_is(store: Store, tmp_path: Path) -> None:
    keeper(tmp_path).append(Head(7, "a" * 64), NOON)
    owed = await owe(store, "t1")
    await acknowledge(store, owed, 1)
    await sealer(store, tmp_path).tick()
    assert [each.head.seq for each in keeper(tmp_path).read()] == [7, 2]


def test_processes_that_make_a_key_at_once_have_the_same_one(tmp_path: Path) -> None:
    heads = [keeper(tmp_path, None) for _ in range(8)]
    with ThreadPoolExecutor(8) as together:
        hashes = set(together.map(lambda each: each.hash_address("sms", "+1"), heads))
    assert len(hashes) == 1
    assert [path.name for path in tmp_path.iterdir() if KEY_FILE in path.name] == [KEY_FILE]


async def test_without_a_key_of_the_operator_one_is_made_for_its_owners_eyes(tmp_path: Path) -> None:
    keeper(tmp_path, None).append(Head(1, "a" * 64), NOON)
    assert (tmp_path / KEY_FILE).stat().st_mode & 0o777 == 0o600
    assert (tmp_path / HEADS_FILE).stat().st_mode & 0o777 == 0o600
    assert [each.sound for each in keeper(tmp_path, None).read()] == [True]
    assert [each.sound for each in keeper(tmp_path, "another" * 8).read()] == [False]
    (tmp_path / KEY_FILE).unlink()
    assert [each.sound for each in keeper(tmp_path, None).read()] == [None]


# several at once, and ends at a bad moment


async def test_two_sealers_at_once_seal_each_fact_once_and_leave_no_gap(
    open_store: Opener, database: Database, tmp_path: Path
) -> None:
    stores = [await open_store(database)]
    if database.shared:
        stores.append(await open_store(database, "0" * 16 + "a1b2c3d4e5f60719"))
    sealers = [sealer(each, tmp_path) for each in stores for _ in range(2)]
    for round_ in range(5):
        for number in range(6):
            owed = await owe(stores[0], f"t{round_}-{number}")
            await acknowledge(stores[0], owed, 1)
        await asyncio.gather(*(each.tick() for each in sealers))
    await sealers[0].tick()
    verdict = await judge(database, tmp_path)
    assert verdict.problems == []
    assert verdict.received == verdict.in_time == 30
    assert verdict.rows == 60


async def test_a_kill_between_looking_and_writing_loses_and_doubles_nothing(
    store: Store, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    owed = await owe(store, "t1")
    await acknowledge(store, owed, 1)

    class Killed(Exception):
        pass

    def half(*given: Any) -> Any:
        rows = list(extend(*given))
        yield rows[0]
        raise Killed

    monkeypatch.setattr("bot.ledger.sealing.extend", half)
    with pytest.raises((Killed, StoreError)):
        await sealer(store, tmp_path).tick()
    monkeypatch.undo()
    assert await chain(store) == []
    await sealer(store, tmp_path).tick()
    assert [row.kind for row in await chain(store)] == ["received", "accepted"]
    verdict = await judge(database, tmp_path)
    assert verdict.sound


async def test_what_the_program_had_no_time_to_seal_is_told_and_is_no_accusation(
    store: Store, database: Database, tmp_path: Path
) -> None:
    await history(store)
    await sealer(store, tmp_path).tick()
    await owe(store, "t-young")
    verdict = await judge(database, tmp_path)
    assert verdict.sound
    assert verdict.not_sealed_yet == 1


async def test_the_same_facts_are_sealed_in_the_same_order(store: Store, tmp_path: Path) -> None:
    await history(store)
    await sealer(store, tmp_path).tick()
    rows = await chain(store)
    assert [row.at for row in rows] == sorted(row.at for row in rows)
    head = await store.read(head_of)
    assert head == Head(len(rows), rows[-1].hash)
    ledger = table_of(LedgerRow).c
    assert (await store.fetch_all(select(ledger.prev).where(ledger.seq == 1)))[0][0] == GENESIS
