"""From a configured account to the settings of its door, and what an account still lacks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Literal

from bot.config import (
    Account,
    Config,
    EmailAccount,
    SandboxAccount,
    SmsAccount,
    TelegramAccount,
    WebChatAccount,
    WhatsAppAccount,
)
from channels.port import Problem
from channels.sandbox.settings import SandboxSettings
from channels.telegram.settings import OFFICIAL_API, TelegramSettings
from channels.webchat.settings import WebChatSettings

Built = tuple[str, object]
"""The kind of door in `channels.registry.DOORS`, and its settings."""

_NO_DOOR_YET: frozenset[str] = frozenset({"email", "sms", "whatsapp"})


def settings_of(account_id: str, account: Account, config: Config, *, demo: bool = False) -> Built:
    """The door and settings of an account; a sandbox where the account can't work by itself.

    Whether a stand-in is welcome is the caller's to know: outside of the demo `account_problems` refuses it.
    """
    if isinstance(account, SandboxAccount):
        return "sandbox", _sandbox(account_id, account, config)
    if needs_stand_in(account):
        return "sandbox", stand_in(account_id, account, config)
    if isinstance(account, TelegramAccount):
        return "telegram", _telegram(account_id, account, config)
    if isinstance(account, WebChatAccount):
        return "webchat", _webchat(account_id, account, config, demo=demo)
    raise AssertionError(f"{account.kind} has a door but no settings")


def needs_stand_in(account: Account) -> bool:
    """Whether the account lacks its credentials, or its channel has no door of its own yet."""
    return account.kind in _NO_DOOR_YET or bool(missing_credentials(account))


def stand_in(account_id: str, account: Account, config: Config) -> SandboxSettings:
    """A sandbox that behaves like the account's channel."""
    via: Any = "webchat" if account.kind == "sandbox" else account.kind
    return SandboxSettings(account_id=account_id, via=via, max_file_bytes=config.media.max_bytes)


def channel_of(account: Account) -> Literal["email", "sms", "whatsapp", "telegram", "webchat"]:
    """The channel customers see, also behind a sandbox."""
    return account.via if isinstance(account, SandboxAccount) else account.kind


def colleagues_of(config: Config) -> dict[str, str]:
    """E-mail addresses that desks are told by, with the desk's name: inboxes for the sandbox page."""
    company = config.company
    return {
        notify.to: desk.names((company.language,))[company.language]
        for desk in config.desks.values()
        for notify in desk.notify
        if channel_of(config.accounts[notify.account]) == "email"
    }


def missing_credentials(account: Account) -> tuple[str, ...]:
    """The keys an account can't do without and that are empty."""
    return _MISSING[type(account)](account)


def account_problems(config: Config, *, demo: bool = False) -> list[Problem]:
    """Why accounts can't be opened as they are configured; in the demo stand-ins take their place."""
    found: list[Problem] = []
    for name, account in config.active_accounts().items():
        for key, what in [] if demo else _lacking(account):
            found.append(Problem(where=config.where(f"accounts.{name}{key}"), what=what))
        for key, what in _webhook(account, config, demo=demo):
            found.append(Problem(where=config.where(f"accounts.{name}{key}"), what=what))
    if not config.active_accounts() and not demo:
        what = "has no account: nobody can write. Add one, such as chat: {kind: webchat, …}"
        found.append(Problem(where=config.where("accounts"), what=what, severity="warning"))
    return found


def _lacking(account: Account) -> Iterator[tuple[str, str]]:
    if account.kind in _NO_DOOR_YET:
        yield (
            ".kind",
            f"this version has no door for {account.kind} yet. Set enabled: false, or try the account "
            f"with kind: sandbox and via: {account.kind}",
        )
        return
    for key in missing_credentials(account):
        yield f".{key}", f"is missing. Set it, or {key}_file, or enabled: false to leave the account out"


def _webhook(account: Account, config: Config, *, demo: bool) -> Iterator[tuple[str, str]]:
    if not isinstance(account, TelegramAccount) or account.mode != "webhook":
        return
    if needs_stand_in(account):
        return
    url = config.server.public_url
    if url is None:
        yield (
            ".mode",
            "webhook needs server.public_url, the https address Telegram calls. Set it, or mode: polling",
        )
    elif account.api_base_url == OFFICIAL_API and not url.startswith("https://"):
        yield ".mode", "webhook needs a server.public_url that begins with https://. Set it, or mode: polling"


def _sandbox(account_id: str, account: SandboxAccount, config: Config) -> SandboxSettings:
    return SandboxSettings(
        account_id=account_id,
        via=account.via,
        outbound_url=account.outbound_url or "",
        lookup=account.lookup,
        secret=account.secret.get_secret_value(),
        timeout_s=config.delivery.timeout_s,
        max_file_bytes=config.media.max_bytes,
    )


def _telegram(account_id: str, account: TelegramAccount, config: Config) -> TelegramSettings:
    return TelegramSettings(
        account_id=account_id,
        token=account.token.get_secret_value(),
        mode=account.mode,
        secret_token=account.secret_token.get_secret_value(),
        api_base_url=account.api_base_url,
        file_base_url=account.file_base_url or "",
        public_url=config.server.public_url or "",
        timeout_s=config.delivery.timeout_s,
    )


def _webchat(account_id: str, account: WebChatAccount, config: Config, *, demo: bool) -> WebChatSettings:
    company = config.company
    languages = account.languages or company.languages
    main_first = sorted(languages, key=lambda language: language != company.language)
    return WebChatSettings(
        account_id=account_id,
        identity_secret=account.identity_secret.get_secret_value().encode(),
        allowed_origins=account.allowed_origins,
        title=account.title or company.name,
        languages=tuple(main_first),
        public_url=config.server.public_url or "",
        demo=demo,
        max_text=account.max_text,
        max_upload_bytes=min(account.max_upload_bytes, config.media.max_bytes),
    )


def _mail_missing(account: EmailAccount) -> tuple[str, ...]:
    return tuple(key for key, value in (("imap", account.imap), ("smtp", account.smtp)) if value is None)


def _twilio_missing(account: SmsAccount | WhatsAppAccount) -> tuple[str, ...]:
    missing = [] if account.account_sid else ["account_sid"]
    missing += [] if account.auth_token.get_secret_value() else ["auth_token"]
    missing += [] if account.sender or account.messaging_service_sid else ["from"]
    return tuple(missing)


_MISSING: Mapping[type, Callable[[Any], tuple[str, ...]]] = MappingProxyType(
    {
        EmailAccount: _mail_missing,
        SmsAccount: _twilio_missing,
        WhatsAppAccount: _twilio_missing,
        TelegramAccount: lambda account: () if account.token.get_secret_value() else ("token",),
        WebChatAccount: lambda account: (
            () if account.identity_secret.get_secret_value() else ("identity_secret",)
        ),
        SandboxAccount: lambda account: (),
    }
)
