"""A database opened by a command that changes something, with words for those who find it held."""

from __future__ import annotations

from bot.config import Config
from bot.store.port import Store, StoreError, StoreLocked
from bot.terminal import Exit, Stop


async def open_to_write(config: Config) -> Store:
    """Raises `Stop`."""
    from bot.starting import StartError, open_store

    try:
        return await open_store(config)
    except StoreLocked as error:
        raise Stop(
            "The program is running and holds this database",
            hint="Stop it first, ask its API instead, or use a postgresql:// database.",
            code=Exit.CANNOT_START,
        ) from error
    except StartError as error:
        raise Stop(str(error), hint=error.hint, code=Exit.CANNOT_START) from error
    except StoreError as error:
        raise Stop(str(error), hint="See: relais check", code=Exit.CANNOT_START) from error
