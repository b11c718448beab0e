"""The demo's folder: its database, its files, and secrets that are made once and kept for its owner alone."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from bot.config import Config, WebChatAccount, load

BUILT_IN: Final = Path(__file__).with_name("demo.yaml")
TOKEN_NAME: Final = "demo"
DEMO_PASSWORD: Final = "console-password"  # the file of the first administrator's password
_SECRET_BYTES: Final = 32
_TIME_FILE: Final = "clock-moved"  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """A configuration that needs nothing more, and where its API token stands."""

    config: Config
    token_file: Path


def prepare(
    data: Path, env: Mapping[str, str], *, port: int | None = None, config_file: Path | None = None
) -> Demo:
    """Load the demo company (or a configuration of one's own) with everything kept under `data`.

    Raises `ConfigError`, and OSError when the folder can't be used.
    """
    data = data.absolute()
    data.mkdir(parents=True, exist_ok=True)
    token_file = data / "api-token"
    overrides: dict[str, object] = {
        "database.url": f"sqlite:///{data / 'relais.db'}",
        "media.folder": str(data / "media"),
        f"api.tokens.{TOKEN_NAME}": kept_secret(token_file),
        "outreach.secret": kept_secret(data / "outreach-secret"),
        "console.secret": kept_secret(data / "console-secret"),
    }
    kept_secret(data / DEMO_PASSWORD)
    if port is not None:
        overrides["server.port"] = port
    path = config_file or BUILT_IN
    if config_file is None:  # texts changed in the console
        content = data / "content"
        content.mkdir(exist_ok=True)
        overrides["content"] = str(content)
    config = load(path, env, overrides=overrides)
    overrides |= _identity_secrets(config, data)
    return Demo(config=load(path, env, overrides=overrides), token_file=token_file)


def _identity_secrets(config: Config, data: Path) -> dict[str, object]:
    """A secret for every web chat that has none, so that visitors are known again after a restart."""
    lacking = [
        name
        for name, account in config.accounts.items()
        if isinstance(account, WebChatAccount) and not account.identity_secret.get_secret_value()
    ]
    if not lacking:
        return {}
    secret = kept_secret(data / "identity-secret")
    return {f"accounts.{name}.identity_secret": secret for name in lacking}


def kept_time(data: Path) -> timedelta:
    """How far the demo's time was moved before it was stopped; nothing where the file is missing or spoilt."""
    try:
        seconds = float((data / _TIME_FILE).read_text(encoding="utf-8"))
        return timedelta(seconds=max(0.0, seconds))
    except (OSError, ValueError, OverflowError):
        return timedelta()


def keep_time(data: Path, moved: timedelta) -> None:
    """Remember how far time was moved: what is stored would lie in the future after a restart."""
    fresh = data / f"{_TIME_FILE}.new"
    fresh.write_text(f"{moved.total_seconds()}\n", encoding="utf-8")
    fresh.replace(data / _TIME_FILE)


def kept_secret(path: Path) -> str:
    """The secret in a file that only its owner may read; made when it isn't there yet."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        secret = path.read_text(encoding="utf-8").strip()
        if len(secret) >= _SECRET_BYTES:
            return secret
        handle = os.open(path, os.O_WRONLY | os.O_TRUNC)  # cut short by a crash while it was made
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(secret + "\n")
    path.chmod(0o600)
    return secret
