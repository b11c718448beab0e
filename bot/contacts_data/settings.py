"""What customers' data needs to know of the configuration."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.config import Config
from bot.contacts_data.company_fields import CompanyField
from bot.contacts_data.lifecycle import Thresholds
from bot.ledger.heads import HeadKeeper
from scheduler.facts import Suppressed, nobody


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSettings:
    country: str
    currency: str
    zone: ZoneInfo
    language: str
    fields: tuple[CompanyField, ...]
    thresholds: Thresholds
    retention: dict[str, int]  # months by kind; what is kept for ever is not in it
    folder: Path  # files that were brought in over the API
    max_file_bytes: int = 200_000_000
    suppressed: Suppressed = nobody  # whose address comes back in a file, and had refused


def settings_of(config: Config) -> DataSettings:
    company, contacts = config.company, config.contacts
    fields = tuple(
        CompanyField(name=name, type=field.type, labels=field.labels(), choices=field.choices)
        for name, field in contacts.fields.items()
    )
    months = config.retention.model_dump()
    return DataSettings(
        country=company.country,
        currency=company.currency_code,
        zone=company.zone,
        language=company.language,
        fields=fields,
        thresholds=Thresholds(new_for_days=contacts.new_for_days, lost_after_days=contacts.lost_after_days),
        retention={kind: count for kind, count in months.items() if count is not None},
        folder=config.media.folder / "imports",
        max_file_bytes=contacts.max_file_bytes,
        suppressed=Suppressed(hash_of=HeadKeeper.of(config).hash_address),
    )
