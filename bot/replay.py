"""What waits for a person's word: entries set aside on the way in, messages that could not be sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TypedDict

from bot.config import Config
from bot.store.port import Store, StoreError, StoreLocked
from bot.terminal import Exit, Stop

LIMIT = 10_000


class Outcome(TypedDict):
    """What became of a replay."""

    requeued: int
    resent: int
    unknown: list[str]


async def waiting(config: Config) -> dict[str, list[dict[str, str]]]:
    """Both lists, oldest first, without what anybody wrote."""
    store = await opened_alone(config)
    try:
        quarantined = [
            {
                "id": row.id,
                "account": row.account_id,
                "received": _time(row.received_at),
                "kind": row.kind,
                "bytes": str(row.preview_size),
                "reason": row.reason,
            }
            for row in await store.quarantined(LIMIT)
        ]
        dead = [
            {
                "id": row.id,
                "account": row.account_id,
                "to": row.to,
                "status": row.status,
                "error": f"{row.code} {row.error}".strip(),
                "created": _time(row.created_at),
            }
            for row in await store.dead_letters(LIMIT)
        ]
    finally:
        await store.close()
    return {"quarantined": quarantined, "dead_letters": dead}


async def again(config: Config, ids: Sequence[str], *, everything: bool = False) -> Outcome:
    """Put entries back in their lanes and messages back in the outbox."""
    store = await opened_alone(config)
    try:
        aside = [row.id for row in await store.quarantined(LIMIT)]
        dead = [row.id for row in await store.dead_letters(LIMIT)]
        wanted = [*aside, *dead] if everything else list(dict.fromkeys(ids))
        requeue = [each for each in wanted if each in set(aside)]
        resend = [each for each in wanted if each in set(dead)]
        return Outcome(
            requeued=await store.requeue(requeue) if requeue else 0,
            resent=await store.resend(resend) if resend else 0,
            unknown=[each for each in wanted if each not in {*requeue, *resend}],
        )
    finally:
        await store.close()


async def opened_alone(config: Config) -> Store:
    """The database for a command that writes. Raises `Stop` with what to do."""
    from bot.starting import StartError, open_store

    try:
        return await open_store(config)
    except StoreLocked as error:
        raise Stop(
            "The program is running and holds this database",
            hint="Stop it first, or use a postgresql:// database, which takes several processes.",
            code=Exit.CANNOT_START,
        ) from error
    except StartError as error:
        raise Stop(str(error), hint=error.hint, code=Exit.CANNOT_START) from error
    except StoreError as error:
        raise Stop(str(error), hint="See: relais check", code=Exit.CANNOT_START) from error


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%SZ}"
