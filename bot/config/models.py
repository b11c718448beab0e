"""The whole configuration: every key, its default and what it means in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_network
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, PrivateAttr, SecretStr, StringConstraints, field_validator, model_validator

from bot.config.accounts import Account
from bot.config.appointments import AppointmentsConfig
from bot.config.company import CompanyConfig, OpeningHours, check_windows
from bot.config.contacts import ContactsConfig, RetentionConfig
from bot.config.faq import FaqConfig
from bot.config.learning import CompensationConfig, RecurrenceConfig, ReportConfig
from bot.config.outreach import OutreachConfig
from bot.config.section import EmailAddress, HttpUrl, Id, Language, Port, Seconds, Section

Role = Literal["web", "worker", "scheduler"]
ALL_ROLES: tuple[Role, ...] = ("web", "worker", "scheduler")
Minutes = Annotated[int, Field(ge=1, le=10_080)]
WorkingDays = Annotated[int, Field(ge=1, le=60)]
OpenMinutes = Annotated[int, Field(ge=1, le=100_000)]
Doubtful = Literal["hold", "resend"]


class DatabaseConfig(Section):
    """Where everything is kept."""

    url: str = Field(
        "sqlite:///relais.db",
        repr=False,
        description="sqlite:///file (one process) or postgresql://user:password@host/name (any number).",
    )

    @field_validator("url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if value.startswith(("postgresql://", "postgres://")):
            return value.replace("postgres://", "postgresql://", 1)
        if not value.startswith("sqlite:///") or value == "sqlite:///":
            raise ValueError("must begin with sqlite:/// and a file, or postgresql://")
        return value

    @property
    def is_sqlite(self) -> bool:
        return self.url.startswith("sqlite:")

    @property
    def sqlite_path(self) -> Path | None:
        """The database's file, None on PostgreSQL."""
        return Path(self.url.removeprefix("sqlite:///")) if self.is_sqlite else None


class ServerConfig(Section):
    """The HTTP server."""

    host: str = Field("127.0.0.1", description="The address listened on; 0.0.0.0 for all of this machine's.")
    port: Port = Field(8080, description="The port listened on.")
    public_url: HttpUrl | None = Field(
        None, description="The address the outside reaches this server by, such as https://bot.example.org."
    )
    trusted_proxies: tuple[str, ...] = Field(
        (), description="Addresses of your own proxies, whose word on the client's address is taken."
    )
    max_body_bytes: Annotated[int, Field(ge=1_024, le=100_000_000)] = Field(
        2_097_152, description="The largest call taken from a provider, in bytes."
    )

    @field_validator("trusted_proxies")
    @classmethod
    def _addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for address in value:
            try:
                ip_network(address)
            except ValueError:
                raise ValueError(f"{address} is not an address such as 10.0.0.5 or 10.0.0.0/8") from None
        return value


class Notify(Section):
    """Somebody of a desk who is told."""

    account: Id = Field(description="The account the alert is sent from.")
    to: Annotated[str, StringConstraints(min_length=1)] = Field(
        description="The address it is sent to: e-mail, number or chat id."
    )


class DeskConfig(Section):
    """A group of people who answer."""

    name: str | dict[Language, str] = Field(description="Its name, one for all languages or one for each.")
    notify: tuple[Notify, ...] = Field((), description="Who is told when something waits for this desk.")
    opening_hours: OpeningHours = Field(
        default_factory=dict, description="When it answers. Empty: the company's hours."
    )

    @field_validator("name")
    @classmethod
    def _not_empty(cls, value: str | dict[Language, str]) -> str | dict[Language, str]:
        names = [value] if isinstance(value, str) else list(value.values())
        if not names or not all(name.strip() for name in names):
            raise ValueError("must not be empty")
        return value

    @field_validator("opening_hours")
    @classmethod
    def _hours_in_order(cls, value: OpeningHours) -> OpeningHours:
        return check_windows(value)

    def names(self, languages: tuple[Language, ...]) -> dict[str, str]:
        """The name in each language; a missing one is filled by another."""
        if isinstance(self.name, str):
            return dict.fromkeys(languages, self.name)
        given = self.name
        other = next(iter(given.values()))
        return {language: given.get(language, other) for language in languages}


class MediaConfig(Section):
    """Photos and files of customers."""

    folder: Path = Field(Path("media"), description="Where they are kept.")
    max_bytes: Annotated[int, Field(ge=10_000, le=500_000_000)] = Field(
        20_971_520, description="The largest file kept, in bytes."
    )


class AckWithin(Section):
    """How soon a receipt is owed, in seconds. source: CO-01"""

    chat: Annotated[int, Field(ge=1, le=86_400)] = Field(
        60, description="On web chat, Telegram, WhatsApp and SMS."
    )
    email: Annotated[int, Field(ge=1, le=86_400)] = Field(300, description="On e-mail.")

    def seconds(self, channel: str) -> int:
        return self.email if channel == "email" else self.chat


class Escalation(Section):
    """Who is told when a deadline stays missed."""

    after_min: Annotated[int, Field(ge=1, le=100_000)] = Field(
        description="Minutes of opening time after the due instant."
    )
    desk: Id | Literal[""] = Field("", description="The desk told. Empty: complaints.desk.")
    notify: tuple[Notify, ...] = Field((), description="Other people told, such as the management.")


class ComplaintsConfig(Section):
    """The promises about complaints. source: CO-01, CO-07"""

    ack_within: AckWithin = Field(AckWithin(), description="How soon a receipt is owed, in seconds.")
    resolve_within: Annotated[int, Field(ge=1, le=60)] = Field(
        5, description="Working days until a complaint is treated."
    )
    count_from: Literal["day_after", "next_opening"] = Field(
        "day_after",
        description="day_after counts from the day after receipt; next_opening from the next opening.",
    )
    reopened_within: WorkingDays = Field(
        5, description="Working days until a complaint that was opened again is treated."
    )
    first_answer_within_min: OpenMinutes = Field(
        480, description="Minutes of opening time until a person answers a new complaint."
    )
    next_answer_within_min: OpenMinutes = Field(
        240, description="Minutes of opening time until people answer what they are written."
    )
    department_within: WorkingDays = Field(
        2, description="Working days until a department answers what it was forwarded."
    )
    keep_in_touch_after: WorkingDays = Field(
        2, description="Working days without a word until the customer hears how the complaint stands."
    )
    pause_while_waiting: bool = Field(
        False,
        description="Whether the clock of a complaint stands still while the customer is asked something.",
    )
    warn_at_left: Annotated[float, Field(ge=0, lt=1, allow_inf_nan=False)] = Field(
        0.25, description="The share of a deadline's time left when its desk is warned; 0 for no warning."
    )
    escalation: tuple[Escalation, ...] = Field(
        (Escalation(after_min=120), Escalation(after_min=480)),
        max_length=9,
        description="Who is told after the desk in charge when a deadline stays missed, in order.",
    )
    people_hours: Literal["opening", "always"] = Field(
        "opening",
        description="opening keeps what is not urgent until the desk opens; always tells people at any hour.",
    )
    followup_after: Annotated[int, Field(ge=1, le=60)] = Field(
        3, description="Working days after the answer until the customer is asked whether all is well again."
    )
    reminder_after_min: Minutes = Field(
        10, description="Minutes of silence in the middle of a complaint until the bot asks once more."
    )
    register_after_min: Minutes = Field(
        30, description="Minutes after that until the complaint is registered as it is."
    )
    remind_department_after: Annotated[int, Field(ge=1, le=60)] = Field(
        1, description="Working days between reminders to a department that holds a complaint."
    )
    survey: bool = Field(
        True, description="Ask a satisfied customer for a mark and what could be better, once a complaint."
    )
    desk: Id = Field("complaints", description="The desk in charge.")
    report: ReportConfig = Field(ReportConfig(), description="The weekly report to management.")
    recurrence: RecurrenceConfig = Field(
        RecurrenceConfig(), description="When complaints about one thing are more than chance."
    )
    compensation: CompensationConfig = Field(
        CompensationConfig(), description="When a compensation needs approval."
    )

    @field_validator("escalation")
    @classmethod
    def _one_after_the_other(cls, value: tuple[Escalation, ...]) -> tuple[Escalation, ...]:
        if any(later.after_min <= earlier.after_min for earlier, later in pairwise(value)):
            raise ValueError("each step must come later than the one before it")
        return value


class DialogueConfig(Section):
    """How the bot talks."""

    burst_wait_s: Annotated[float, Field(ge=0, le=30, allow_inf_nan=False)] = Field(
        1.0, description="Seconds it waits for more words before it answers several messages at once."
    )
    desk: Id | None = Field(
        None, description="The desk for what belongs to no other. Empty: complaints.desk."
    )
    answer_threshold: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)] | None = Field(
        None,
        description="How sure it must be to answer from the FAQ, 0 to 1. Empty: the measured best value.",
    )


class Uncertain(Section):
    """What happens when nobody knows whether a message arrived: hold (a person looks) or resend."""

    receipt: Doubtful = Field("resend", description="Receipts: better twice than never.")
    reply: Doubtful = Field("hold", description="Answers of the bot and of people.")
    service: Doubtful = Field("hold", description="Progress notices and reminders.")
    bulk: Literal["hold"] = Field("hold", description="Campaigns are never sent twice.")


class DeliveryConfig(Section):
    """How messages go out."""

    retries: Annotated[int, Field(ge=0, le=50)] = Field(
        6, description="How often a message that certainly did not arrive is tried again."
    )
    backoff_s: tuple[Seconds, ...] = Field(
        (1, 4, 15, 60, 300, 900),
        min_length=1,
        description="Seconds before each new try; the last one is kept for all later ones.",
    )
    timeout_s: Seconds = Field(20, description="Seconds one provider call may take in all.")
    rates: dict[Id, Annotated[float, Field(gt=0, le=100_000, allow_inf_nan=False)]] = Field(
        default_factory=dict, description="Messages a second by account, where the channel's own is too fast."
    )
    uncertain: Uncertain = Field(Uncertain(), description="What to do with messages that may have arrived.")


class ApiConfig(Section):
    """Access of other systems to /api/v1."""

    tokens: dict[Id, Annotated[SecretStr, Field(min_length=32)]] = Field(
        default_factory=dict, description="A bearer token of 32 characters or more for each system."
    )


class OidcConfig(Section):
    """Signing in by the company's own OpenID Connect provider. Users must be known to us as well."""

    issuer: HttpUrl | None = Field(
        None, description="Its address, below which /.well-known/openid-configuration is found. Empty: off."
    )
    client_id: str = Field("", description="The name it knows us by.")
    client_secret: SecretStr | None = Field(None, description="The secret it gave us.")
    label: str = Field("OpenID Connect", min_length=1, description="What its button says.")

    @model_validator(mode="after")
    def _whole(self) -> OidcConfig:
        if self.issuer is not None and (not self.client_id or self.client_secret is None):
            raise ValueError("a provider needs client_id and client_secret too")
        return self


class ConsoleConfig(Section):
    """The pages for agents."""

    secret: Annotated[SecretStr, Field(min_length=32)] | None = Field(
        None, description="Signs their sessions: 32 characters or more."
    )
    first_admin: EmailAddress | None = Field(None, description="Who is let in first, by e-mail address.")
    oidc: OidcConfig = Field(OidcConfig(), description="Signing in by a provider of the company's own.")


class LedgerConfig(Section):
    """The proof of what was acknowledged and when."""

    key: Annotated[SecretStr, Field(min_length=32)] | None = Field(
        None,
        description="Signs the ledger's heads: 32 characters or more, the same on every machine. "
        "Empty: a key file is made beside them.",
    )
    folder: Path | None = Field(
        None,
        description="Where the signed heads are kept. Empty: beside the SQLite database, else the media.",
    )
    head_every_s: Seconds = Field(60, description="Seconds between two signed heads while something happens.")


class DocumentsConfig(Section):
    """What is printed: reports, registers, the ledger."""

    font: Path | None = Field(
        None, description="A TrueType font with Latin and Arabic letters. Empty: DejaVu Sans or Arial."
    )
    bold_font: Path | None = Field(None, description="The same in bold. Empty: as font.")


class LoggingConfig(Section):
    """What is written down about the running program."""

    level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="The least that is written."
    )
    format: Literal["console", "json"] = Field(
        "console", description="console for people, json for machines."
    )
    file: Path | None = Field(None, description="A file. Empty: the terminal (standard error).")
    bodies: bool = Field(
        False, description="true also writes what customers say and their addresses. Never in production."
    )


def _usual_desks() -> dict[Id, DeskConfig]:
    names: dict[Language, str] = {
        "fr": "Service réclamations",
        "ar": "مصلحة الشكاوى",
        "en": "Complaints desk",
    }
    return {"complaints": DeskConfig(name=names)}


class Config(Section):
    """The whole configuration, consistent in itself."""

    company: CompanyConfig = Field(description="The company the bot speaks for.")
    database: DatabaseConfig = Field(DatabaseConfig(), description="Where everything is kept.")
    server: ServerConfig = Field(ServerConfig(), description="The HTTP server.")
    roles: tuple[Role, ...] = Field(
        ALL_ROLES, min_length=1, description="What this process does: web, worker, scheduler."
    )
    accounts: dict[Id, Account] = Field(
        default_factory=dict,
        description="The channels: any number of accounts, each under a name of its own.",
    )
    desks: dict[Id, DeskConfig] = Field(
        default_factory=_usual_desks, description="The groups of people who answer, each under a name."
    )
    faq: FaqConfig = Field(FaqConfig(), description="Questions the bot answers by itself.")
    content: Path | None = Field(
        None,
        description="A folder with message templates of your own; they replace the built-in ones by name.",
    )
    media: MediaConfig = Field(MediaConfig(), description="Photos and files of customers.")
    complaints: ComplaintsConfig = Field(ComplaintsConfig(), description="The promises about complaints.")
    dialogue: DialogueConfig = Field(DialogueConfig(), description="How the bot talks.")
    delivery: DeliveryConfig = Field(DeliveryConfig(), description="How messages go out.")
    outreach: OutreachConfig = Field(OutreachConfig(), description="Limits of what is sent unasked.")
    appointments: AppointmentsConfig = Field(
        AppointmentsConfig(), description="What customers can book in a conversation."
    )
    contacts: ContactsConfig = Field(ContactsConfig(), description="What is kept about customers.")
    retention: RetentionConfig = Field(
        RetentionConfig(), description="Months after which data is removed; none keeps it."
    )
    api: ApiConfig = Field(ApiConfig(), description="Access of other systems.")
    console: ConsoleConfig = Field(ConsoleConfig(), description="The pages for agents.")
    ledger: LedgerConfig = Field(LedgerConfig(), description="The proof of what was acknowledged and when.")
    documents: DocumentsConfig = Field(DocumentsConfig(), description="What is printed.")
    logging: LoggingConfig = Field(LoggingConfig(), description="What is written down about the program.")

    _places: Mapping[str, str] = PrivateAttr(default_factory=dict)
    _secret_files: tuple[Path, ...] = PrivateAttr(())

    @property
    def secret_files(self) -> tuple[Path, ...]:
        """Files that secrets were read from."""
        return self._secret_files

    def attach_source(self, places: Mapping[str, str], secret_files: tuple[Path, ...]) -> None:
        """Remember where each key stands; called once by the loader."""
        self._places = dict(places)
        self._secret_files = secret_files

    def where(self, key: str) -> str:
        """Where a dotted key stands: "relais.yaml:12 server.port", or the key alone where nobody wrote it."""
        place, known = "", key
        while known and not place:
            place = self._places.get(known, "")
            known = known.rpartition(".")[0]
        return f"{place} {key}".strip()

    def active_accounts(self) -> dict[str, Account]:
        """The accounts that are not switched off."""
        return {name: account for name, account in self.accounts.items() if account.enabled}

    @property
    def ledger_folder(self) -> Path:
        """Where the ledger's heads and its key are kept."""
        if self.ledger.folder is not None:
            return self.ledger.folder
        beside = self.database.sqlite_path or self.media.folder
        return beside.parent

    def faq_paths(self) -> tuple[Path, ...]:
        """The FAQ files that `faq.files` stands for, in order and once each."""
        found = (path for pattern in self.faq.files for path in _matching(pattern))
        return tuple(dict.fromkeys(found))


def _matching(pattern: Path) -> list[Path]:
    if not any(char in str(pattern) for char in "*?["):
        return [pattern]
    anchor = Path(pattern.anchor)
    return sorted(anchor.glob(str(pattern.relative_to(anchor))))
