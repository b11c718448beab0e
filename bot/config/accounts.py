"""The accounts: one mailbox, number, bot or chat each, told apart by `kind`."""

from __future__ import annotations

from decimal import Decimal
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, StringConstraints, field_validator, model_validator

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
    idle_s: Annotated[float, Field(ge=5, le=1_740)] = Field(
        600,
        description="Seconds after which an announced watch is begun again; servers end it after 30 minutes.",
    )
    since: Annotated[str, StringConstraints(pattern=r"^(now|all|[1-9]\d{0,3})$")] = Field(
        "now", description="At the first start: now (only new mail), all, or mail of so many days."
    )
    lookback_days: Annotated[int, Field(ge=1, le=365)] = Field(
        14, description="Days that are looked at again when the server has renumbered the folder."
    )
    after: Annotated[str, StringConstraints(pattern=r"^(keep|seen|move:.{1,200})$")] = Field(
        "keep", description="What becomes of a mail that was taken: keep (untouched), seen, or move:<folder>."
    )
    max_bytes: Annotated[int, Field(ge=100_000, le=500_000_000)] = Field(
        40_000_000, description="Of a larger mail only the words are taken; it stays in the folder. In bytes."
    )


class SmtpConfig(Section):
    """Where mail is handed in."""

    host: str = Field(description="The SMTP server's name.")
    port: Port = Field(587, description="Its port: 587 for starttls, 465 for tls.")
    security: Security = Field("starttls", description="tls, starttls, or none (only on this machine).")
    username: str = Field("", description="The log-in name. Empty: no log-in.")
    password: SecretStr = Field(SecretStr(""), description="Its password.")
    ca_file: Path | None = Field(None, description="A certificate authority of your own, as a PEM file.")
    connections: Annotated[int, Field(ge=1, le=50)] = Field(
        4, description="How many connections are held at once."
    )


class ListenConfig(Section):
    """Where your own mail server hands mail in, instead of or besides IMAP."""

    host: str = Field("127.0.0.1", description="The address listened on.")
    port: Port = Field(description="The port listened on.")
    protocol: Literal["lmtp", "smtp"] = Field("lmtp", description="lmtp or smtp.")
    allowed: tuple[str, ...] = Field(
        (), description="Who may connect, such as 10.0.0.5 or 10.0.0.0/8. Empty: this machine alone."
    )
    max_bytes: Annotated[int, Field(ge=100_000, le=500_000_000)] = Field(
        40_000_000, description="The largest mail taken, in bytes; a larger one is refused."
    )

    @field_validator("allowed")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for each in value:
            ip_network(each)  # raises ValueError
        return value


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
    listen: ListenConfig | None = Field(
        None, description="Where your own mail server hands mail in, by LMTP or SMTP."
    )
    dkim: DkimConfig | None = Field(None, description="Signing of what is sent, if your server doesn't sign.")
    aliases: dict[EmailAddress, str] = Field(
        default_factory=dict, description="Other addresses that come into this mailbox, each with its desk."
    )
    secret: SecretStr = Field(
        SecretStr(""), description="Signs the ids of what is sent, so that answers find their conversation."
    )
    address_tag: bool = Field(
        False, description="Whether answers and bounces come to support+<tag>@…; your server must allow it."
    )
    tag_delimiter: Annotated[str, StringConstraints(pattern=r"^[-+=_.]$")] = Field(
        "+", description="What stands before the tag."
    )
    trusted_forms: tuple[EmailAddress, ...] = Field(
        (), description="Senders whose Reply-To is the customer, such as your website's contact form."
    )

    @model_validator(mode="after")
    def _tag_fits(self) -> EmailAccount:
        room = 64 - 48  # characters before the @, and a tag with its delimiter. source: RFC 5321 §4.5.3.1.1
        if self.address_tag and len(self.address.rpartition("@")[0]) > room:
            raise ValueError(f"address_tag needs an address of at most {room} characters before the @")
        return self


class TwilioAccount(AccountBase):
    """What SMS and WhatsApp have in common: they are carried by Twilio."""

    account_sid: str = Field("", description="The Twilio account's SID (AC…).")
    auth_token: SecretStr = Field(SecretStr(""), description="Its auth token; it also proves inbound calls.")
    signing_key: SecretStr = Field(
        SecretStr(""), description="What Twilio signs its calls with. Empty: the auth token."
    )
    sender: str = Field(
        "", alias="from", description="The number messages are sent from, such as +213555000100."
    )
    messaging_service_sid: str = Field("", description="A messaging service (MG…) instead of one number.")
    api_base_url: HttpUrl = Field("https://api.twilio.com", description="The API's address.")
    signature: Literal["enforce", "report"] = Field(
        "enforce", description="enforce refuses a call whose signature is wrong; report takes it and says so."
    )
    catch_up_s: Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)] = Field(
        300, description="Seconds between looks for messages Twilio could not bring us; 0 for no looks."
    )


class SmsAccount(TwilioAccount):
    """A telephone number for SMS."""

    kind: Literal["sms"] = Field(description="sms")
    fold_typography: bool = Field(
        True, description="Sends plain quotes, dashes and blanks where that alone makes fewer segments."
    )
    price_per_segment: Annotated[Decimal, Field(ge=0, le=1_000_000)] | None = Field(
        None, description="What one segment costs, in the company's currency, to tell costs in advance."
    )
    mms: bool = Field(False, description="Whether the number can send files (MMS: United States, Canada).")


class WhatsAppAccount(TwilioAccount):
    """A WhatsApp number."""

    kind: Literal["whatsapp"] = Field(description="whatsapp")
    templates: dict[str, str] = Field(
        default_factory=dict, description="Approved templates by name: their content SID (HX…)."
    )
    template_variables: dict[str, tuple[str, ...]] = Field(
        default_factory=dict,
        description="What stands for {{1}}, {{2}} … of a template. Left out: variables go by their names.",
    )
    window_margin_s: Seconds = Field(
        300, description="Seconds before its end that the window for free text counts as closed."
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
