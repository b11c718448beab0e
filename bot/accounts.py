"""From a configured account to the settings of its door, and what an account still lacks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from ipaddress import ip_network
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
from channels.email.settings import (
    DkimSettings,
    EmailSettings,
    ImapSettings,
    ListenSettings,
    SmtpSettings,
)
from channels.port import Problem
from channels.sandbox.settings import SandboxSettings
from channels.telegram.settings import OFFICIAL_API, TelegramSettings
from channels.twilio.settings import TwilioSettings
from channels.webchat.settings import WebChatSettings

Built = tuple[str, object]
"""The kind of door in `channels.registry.DOORS`, and its settings."""

_SECTIONS = frozenset({"imap", "smtp"})  # keys that hold more than one value


def settings_of(account_id: str, account: Account, config: Config, *, demo: bool = False) -> Built:
    """The door and settings of an account; a sandbox where the account can't work by itself.

    Whether a stand-in is welcome is the caller's to know: outside of the demo `account_problems` refuses it.
    """
    if isinstance(account, SandboxAccount):
        return "sandbox", _sandbox(account_id, account, config)
    if needs_stand_in(account):
        return "sandbox", stand_in(account_id, account, config)
    if isinstance(account, EmailAccount):
        return "email", _email(account_id, account, config)
    if isinstance(account, SmsAccount | WhatsAppAccount):
        return account.kind, _twilio(account_id, account, config)
    if isinstance(account, TelegramAccount):
        return "telegram", _telegram(account_id, account, config)
    if isinstance(account, WebChatAccount):
        return "webchat", _webchat(account_id, account, config, demo=demo)
    raise AssertionError(f"{account.kind} has a door but no settings")


def needs_stand_in(account: Account) -> bool:
    """Whether the account lacks its credentials."""
    return bool(missing_credentials(account))


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
        for key, what in _unusable(name, account, config):
            found.append(Problem(where=config.where(f"accounts.{name}{key}"), what=what))
    if not config.active_accounts() and not demo:
        what = "has no account: nobody can write. Add one, such as chat: {kind: webchat, …}"
        found.append(Problem(where=config.where("accounts"), what=what, severity="warning"))
    return found


def _lacking(account: Account) -> Iterator[tuple[str, str]]:
    for key in missing_credentials(account):
        file = "" if key in _SECTIONS else f" or {key}_file,"
        yield f".{key}", f"is missing. Set it,{file} or enabled: false to leave the account out"


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


def _unusable(name: str, account: Account, config: Config) -> Iterator[tuple[str, str]]:
    """Credentials that are there and can't be right, by the key they stand under."""
    if not isinstance(account, SmsAccount | WhatsAppAccount) or missing_credentials(account):
        return
    try:
        _twilio(name, account, config)
    except ValueError as error:
        _, key, what = str(error).split("`", 2)
        yield f".{key}", what.strip()


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


def _email(account_id: str, account: EmailAccount, config: Config) -> EmailSettings:
    return EmailSettings(
        account_id=account_id,
        address=account.address,
        name=account.name or config.company.name,
        aliases=account.aliases,
        smtp=_smtp(account, config),
        imap=_imap(account),
        listen=_listen(account),
        dkim=_dkim(account),
        secret=account.secret.get_secret_value(),
        address_tag=account.address_tag,
        tag_delimiter=account.tag_delimiter,
        trusted_forms=frozenset(address.lower() for address in account.trusted_forms),
    )


def _smtp(account: EmailAccount, config: Config) -> SmtpSettings | None:
    smtp = account.smtp
    if smtp is None:
        return None
    return SmtpSettings(
        host=smtp.host,
        port=smtp.port,
        security=smtp.security,
        username=smtp.username,
        password=smtp.password.get_secret_value(),
        ca_file=smtp.ca_file,
        timeout_s=config.delivery.timeout_s,
        connections=smtp.connections,
    )


def _imap(account: EmailAccount) -> ImapSettings | None:
    imap = account.imap
    if imap is None:
        return None
    return ImapSettings(
        host=imap.host,
        port=imap.port,
        security=imap.security,
        username=imap.username,
        password=imap.password.get_secret_value(),
        ca_file=imap.ca_file,
        folder=imap.folder,
        poll_s=imap.poll_s,
        idle_s=imap.idle_s,
        since=imap.since,
        lookback_days=imap.lookback_days,
        after=imap.after,
        max_bytes=imap.max_bytes,
    )


def _listen(account: EmailAccount) -> ListenSettings | None:
    listen = account.listen
    if listen is None:
        return None
    return ListenSettings(
        host=listen.host,
        port=listen.port,
        protocol=listen.protocol,
        allowed=tuple(map(ip_network, listen.allowed)),
        max_bytes=listen.max_bytes,
    )


def _dkim(account: EmailAccount) -> DkimSettings | None:
    dkim = account.dkim
    if dkim is None:
        return None
    return DkimSettings(
        domain=dkim.domain, selector=dkim.selector, private_key=dkim.private_key.get_secret_value()
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


def _twilio(account_id: str, account: SmsAccount | WhatsAppAccount, config: Config) -> TwilioSettings:
    """Raises ValueError when the account can't work as it is configured."""
    whatsapp = isinstance(account, WhatsAppAccount)
    return TwilioSettings(
        account_id=account_id,
        kind=account.kind,
        account_sid=account.account_sid,
        auth_token=account.auth_token.get_secret_value(),
        sender=account.sender.removeprefix("whatsapp:") if whatsapp else account.sender,
        messaging_service_sid=account.messaging_service_sid,
        api_base_url=account.api_base_url,
        signature=account.signature,
        signing_key=account.signing_key.get_secret_value(),
        public_url=config.server.public_url or "",
        catch_up_s=account.catch_up_s,
        timeout_s=config.delivery.timeout_s,
        max_media_bytes=config.media.max_bytes,
        **(_whatsapp_only(account) if isinstance(account, WhatsAppAccount) else _sms_only(account)),
    )


def _whatsapp_only(account: WhatsAppAccount) -> dict[str, Any]:
    return {
        "templates": account.templates,
        "template_variables": account.template_variables,
        "window_margin_s": account.window_margin_s,
    }


def _sms_only(account: SmsAccount) -> dict[str, Any]:
    return {
        "fold_typography": account.fold_typography,
        "price_per_segment": account.price_per_segment,
        "mms": account.mms,
    }


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
    missing = [] if account.imap or account.listen else ["imap"]
    return tuple(missing if account.smtp else [*missing, "smtp"])


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
