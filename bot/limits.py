"""From the configuration to what the guards of outreach are given."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from bot.clock import Clock
from bot.company import calendar_of
from bot.config import Config
from bot.config.outreach import Caps
from bot.config.section import WEEKDAYS
from bot.ids import IdMaker
from bot.ledger.heads import HeadKeeper
from bot.starting import StartError
from bot.store.port import Records
from bot.unsubscribe.building import base_url
from channels.port import Door
from scheduler.caps import Cap
from scheduler.facts import Suppressed
from scheduler.gate import Gate
from scheduler.guard_text import Prices, Texts
from scheduler.guards import Limits, address_key
from scheduler.quiet import Calm, open_every_day


def limits_of(config: Config, text_limits: Mapping[str, int] | None = None) -> Limits:
    """`text_limits` are the characters a message may have, by channel."""
    outreach = config.outreach
    hours = outreach.quiet_hours
    start, end = (hours.start, hours.end) if hours else (None, None)
    calendar = calendar_of(config, config.company.opening_hours)

    def is_open(day: date) -> bool:
        return not calendar.closed_because(day)

    return Limits(
        timezone=config.company.timezone,
        needs_yes=frozenset(outreach.needs_yes),
        cap=_cap(outreach.caps),
        low_contact_cap=_cap(outreach.low_contact),
        quiet=Calm(start=start, end=end),
        promotional=Calm(
            start=start,
            end=end,
            weekdays=frozenset(WEEKDAYS.index(day) for day in outreach.weekdays),
            is_open=open_every_day if outreach.on_holidays else is_open,
        ),
        complaints_stop=not outreach.during_complaints,
        texts=Texts(
            banned=outreach.banned_words,
            link_hosts=outreach.link_hosts,
            own_url=base_url(config, demo=True),
            sms_segments=outreach.sms_segments,
            limits=dict(text_limits or {}),
        ),
        prices=Prices(by_channel={str(channel): price for channel, price in outreach.prices.items()}),
    )


def _cap(caps: Caps) -> Cap:
    return Cap(per_day=caps.per_day, per_week=caps.per_week)


def suppressed_by(config: Config) -> Suppressed:
    """The company's own list of addresses, and the hashes of those who refused and were erased.

    Raises `OSError`, `UnicodeDecodeError` where the list can't be read.
    """
    path, hash_of = config.outreach.suppression, HeadKeeper.of(config).hash_address
    if path is None:
        return Suppressed(hash_of=hash_of)
    lines = (line.partition("#")[0].strip() for line in path.read_text(encoding="utf-8-sig").splitlines())
    listed = frozenset(key for line in lines if line for key in _keys(line))
    return Suppressed(listed=listed, hash_of=hash_of)


def _keys(address: str) -> set[str]:
    return {address_key(channel, address) for channel in ("sms", "email", "telegram", "webchat")}


def gate_of(config: Config, store: Records, doors: Mapping[str, Door], *, clock: Clock, ids: IdMaker) -> Gate:
    """The last look at promotional messages before they go out. Raises `StartError`."""
    try:
        suppressed = suppressed_by(config)
    except (OSError, UnicodeDecodeError) as error:
        where = config.where("outreach.suppression")
        raise StartError(f"{where}: the file can't be read: {error}") from error
    return Gate(
        store,
        limits_of(config, {door.kind: door.capabilities.text_limit for door in doors.values()}),
        channels={door.account_id: door.kind for door in doors.values()},
        clock=clock,
        ids=ids,
        suppressed=suppressed,
    )
