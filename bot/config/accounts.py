"""The accounts: one mailbox, number, bot or chat each, told apart by `kind`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, field_validator

from bot.config.section import EmailAddress, HttpUrl, Language, Origin, Port, Seconds, Section

Security = Literal["tls", "starttls", "none"]


class AccountBase(Section):
    """What every account has."""

    desk: str = Field("", description="The desk that answers what comes in here. Empty: chosen by content.")
    enabled: bool = Field(True, description="false leaves the account out without deleting it.")


class ImapConfig(Section):
    """Where mail is read."""

    host: str = Field(description="The IMAP server's name.")
    port: Port = Field(993, description="Its port: 993 for tls, 143 for starttls.")
    security: Security = Field("tls", description="tls, starttls, or none (only on this machine).")
    username: str = Field(description="The log-in name.")
    password: SecretStr = Field(description="Its password.")
    ca_file: Path | None = Field(None, description="A certificate authority of your own, as a PEM file.")
    folder: str = Field("INBOX", description="The folder that is read.")
    poll_s: Seconds = Field(60, description="Seconds between looks where the server can't announce new mail.")


class SmtpConfig(Section):
    """Where mail is handed in."""

    host: str = Field(description="The SMTP server's name.")
    port: Port = Field(587, description="Its port: 587 for starttls, 465 for tls.")
    security: Security = Field("starttls", description="tls, starttls, or none (only on this machine).")
    username: str = Field("", description="The log-in name. Empty: no log-in.")
    password: SecretStr = Field(SecretStr(""), description="Its password.")
    ca_file: Path | None = Field(None, description="A certificate authority of your own, as a PEM file.")


class DkimConfig(Section):
    """Signing of what is sent. source: RFC 6376"""

    domain: str = Field(description="The signing domain.")
    selector: str = Field(description="The selector published in DNS.")
    private_key: SecretStr = Field(description="The private key in PEM form.")


class EmailAccount(AccountBase):
    """A mailbox."""

    kind: Literal["email"] = Field(description="email")
    address: EmailAddress = Field(description="The address customers write to.")
    name: str = Field("", description="The sender's name customers see. Empty: the company's name.")
    imap: ImapConfig | None = Field(None, description="Where mail is read.")
    smtp: SmtpConfig | None = Field(None, description="Where mail is handed in.")
    dkim: DkimConfig | None = Field(None, description="Signing of what is sent, if your server doesn't sign.")


class TwilioAccount(AccountBase):
    """What SMS and WhatsApp have in common: they are carried by Twilio."""

    account_sid: str = Field("", description="The Twilio account's SID (AC…).")
    auth_token: SecretStr = Field(SecretStr(""), description="Its auth token; it also proves inbound calls.")
    sender: str = Field(
        "", alias="from", description="The number messages are sent from, such as +213555000100."
    )
    messaging_service_sid: str = Field("", description="A messaging service (MG…) instead of one number.")
    api_base_url: HttpUrl = Field("https://api.twilio.com", description="The API's address.")
    signature: Literal["enforce", "report"] = Field(
        "enforce", description="enforce refuses a call whose signature is wrong; report takes it and says so."
    )


class SmsAccount(TwilioAccount):
    """A telephone number for SMS."""

    kind: Literal["sms"] = Field(description="sms")


class WhatsAppAccount(TwilioAccount):
    """A WhatsApp number."""

    kind: Literal["whatsapp"] = Field(description="whatsapp")
    templates: dict[str, str] = Field(
        default_factory=dict, description="Approved templates by name: their content SID (HX…)."
    )


class TelegramAccount(AccountBase):
    """A Telegram bot."""

    kind: Literal["telegram"] = Field(description="telegram")
    token: SecretStr = Field(SecretStr(""), description="The bot's token, as BotFather gave it.")
    mode: Literal["polling", "webhook"] = Field(
        "polling", description="polling needs no public address; webhook needs server.public_url on https."
    )
    secret_token: SecretStr = Field(
        SecretStr(""),
        description="Proves that a webhook call is Telegram's: 1 to 256 letters, digits, _ or -.",
    )
    api_base_url: HttpUrl = Field("https://api.telegram.org", description="The Bot API's address.")
    file_base_url: HttpUrl | None = Field(
        None, description="Where files are downloaded. Empty: the Bot API's address."
    )

    @field_validator("secret_token")
    @classmethod
    def _allowed_characters(cls, value: SecretStr) -> SecretStr:
        text = value.get_secret_value()
        if len(text) > 256 or not all(char.isascii() and (char.isalnum() or char in "_-") for char in text):
            raise ValueError("must be 1 to 256 letters, digits, _ or -")
        return value


class WebChatAccount(AccountBase):
    """The chat window of a website."""

    kind: Literal["webchat"] = Field(description="webchat")
    allowed_origins: tuple[Origin, ...] = Field(
        (), description="The websites the chat may stand on, such as https://www.example.org."
    )
    identity_secret: SecretStr = Field(
        SecretStr(""), description="Signs visitors' tokens: 32 characters or more that nobody can guess."
    )
    title: str = Field("", description="The window's title. Empty: the company's name.")
    languages: tuple[Language, ...] = Field((), description="The window's languages. Empty: the company's.")
    max_text: Annotated[int, Field(ge=100, le=20_000)] = Field(
        4_000, description="The longest message taken, in characters."
    )
    max_upload_bytes: Annotated[int, Field(ge=10_000, le=100_000_000)] = Field(
        10_485_760, description="The largest file taken, in bytes."
    )

    @field_validator("identity_secret")
    @classmethod
    def _long_enough(cls, value: SecretStr) -> SecretStr:
        if 0 < len(value.get_secret_value()) < 32:
            raise ValueError("must have 32 characters or more")
        return value


class SandboxAccount(AccountBase):
    """A stand-in for a channel, without a network: for trials and tests."""

    kind: Literal["sandbox"] = Field(description="sandbox")
    via: Literal["email", "sms", "whatsapp", "telegram", "webchat"] = Field(
        "webchat", description="The channel it behaves like."
    )
    outbound_url: HttpUrl | None = Field(
        None, description="A stand-in provider that takes what is sent. Empty: it is shown on /sandbox only."
    )
    lookup: bool = Field(
        True,
        description="Whether the stand-in provider can say if a message arrived. false: what is in doubt stays so.",
    )
    secret: SecretStr = Field(SecretStr(""), description="What inbound calls must carry in X-Relais-Secret.")


Account = Annotated[
    EmailAccount | SmsAccount | WhatsAppAccount | TelegramAccount | WebChatAccount | SandboxAccount,
    Field(discriminator="kind"),
]
