"""Whether a message that nobody asked for may go: yes, not before some moment, or no and why. Pure.

The same `check` runs when a message is planned and again when it is sent. What depends on the text (banned words,
links, length) is looked at once there is a text. Receipts and answers never come here: they always pass. source: PR

    verdict = check(candidate, facts, limits)
    verdict.allowed        now
    verdict.until          not now, but then
    verdict.code           why, for the tables; `verdict.words("fr")` for people
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Final

from channels.frozen import frozen
from scheduler.caps import Cap, next_free, reached
from scheduler.consent import PROMOTIONAL, SILENT, Purpose, Standing
from scheduler.guard_text import Prices, Texts, cost_of, wrong_text
from scheduler.guard_words import in_words
from scheduler.quiet import Calm, zone_of

_CAP, _LOW_CONTACT, _ALWAYS = Cap(), Cap(per_day=1, per_week=1), Calm()
_ANY_TEXT, _FREE = Texts(), Prices()
_ROUNDS: Final = 50  # of caps and quiet hours giving way to each other


@frozen
class Candidate:
    """One message that may go to one contact. Empty text: not written yet, looked at later."""

    contact_id: str
    purpose: Purpose
    channel: str
    address: str
    at: datetime  # when it is to go
    source: str = ""  # "rule:<name>", "campaign:<name>"
    latest: datetime | None = None  # later it makes no sense any more
    language: str = ""  # it is written in
    subject: str = ""
    text: str = ""
    template: str = ""  # approved by the provider, where a channel's window is closed
    unsubscribe_url: str = ""
    missing: tuple[str, ...] = ()  # variables of the text without a value


@frozen
class Facts:
    """What is known of the contact at that moment."""

    gone: bool = False  # the contact was erased meanwhile
    consent: Standing = SILENT  # on the candidate's channel and purpose
    in_touch: bool = True  # wrote to us, bought, or said yes: not a stranger
    mode: str = ""  # low_contact, discreet
    timezone: str = ""  # IANA name; "" is the company's
    language: str = ""  # the contact's own
    address_state: str = "ok"  # ok, soft_bounce, hard_bounce, blocked
    complaint_open: bool = False
    promotions: tuple[datetime, ...] = ()  # sent and planned, on every channel, this message not counted
    taken_by: str = ""  # another contact who gets it at this address already
    suppressed: bool = False  # the address stands in the company's list
    window_until: datetime | None = None  # of WhatsApp: free text until then


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """From `outreach:` in the configuration."""

    timezone: str = "UTC"  # the company's
    needs_yes: frozenset[str] = frozenset(("offers",))
    cap: Cap = _CAP
    low_contact_cap: Cap = _LOW_CONTACT
    quiet: Calm = _ALWAYS  # hours alone: for everything sent unasked
    promotional: Calm = _ALWAYS  # hours, weekdays and holidays: for promotions
    complaints_stop: bool = True
    texts: Texts = _ANY_TEXT
    prices: Prices = _FREE


@frozen
class Verdict:
    """Allowed, allowed from `until` on, or left out. `notes` are worth showing and stop nothing."""

    code: str = ""  # "" where nothing stands against it
    detail: Mapping[str, str] = field(default_factory=dict)
    until: datetime | None = None
    notes: tuple[str, ...] = ()
    cost: Decimal = Decimal(0)

    @property
    def allowed(self) -> bool:
        return not self.code

    @property
    def delayed(self) -> bool:
        return self.until is not None

    @property
    def left_out(self) -> bool:
        return bool(self.code) and self.until is None

    def words(self, language: str) -> str:
        """The reason for a person, in fr, ar or en; "" when it is allowed."""
        return in_words(self.code, self.detail, language) if self.code else ""


Found = tuple[str, Mapping[str, str]] | None
Guard = Callable[[Candidate, Facts, Limits], Found]


def check(candidate: Candidate, facts: Facts, limits: Limits) -> Verdict:
    """What speaks for good against it comes first, then what only makes it wait."""
    for guard in GUARDS:
        found = guard(candidate, facts, limits)
        if found is not None:
            return Verdict(code=found[0], detail=found[1])
    return _in_time(candidate, facts, limits)


def promotional(candidate: Candidate) -> bool:
    return candidate.purpose in PROMOTIONAL


# for good, in this order: the first that speaks is the reason shown


def _address(candidate: Candidate, facts: Facts, limits: Limits) -> Found:
    if facts.gone:
        return "contact_gone", {}
    if not candidate.address:
        return "no_address", {}
    if facts.suppressed:
        return "suppressed", {}
    if facts.address_state in ("hard_bounce", "blocked"):
        return "bad_address", {"state": facts.address_state}
    return None


def _consent(candidate: Candidate, facts: Facts, limits: Limits) -> Found:
    if facts.consent.state == "refused":
        word = facts.consent.word
        return "opted_out", {"at": word.at.date().isoformat() if word else ""}
    if not facts.consent.allows(needs_yes=candidate.purpose in limits.needs_yes):
        return "no_consent", {"purpose": candidate.purpose}
    return None


def _stranger(candidate: Candidate, facts: Facts, limits: Limits) -> Found:
    return ("never_in_touch", {}) if promotional(candidate) and not facts.in_touch else None


def _complaint(candidate: Candidate, facts: Facts, limits: Limits) -> Found:
    stops = limits.complaints_stop and facts.complaint_open and promotional(candidate)
    return ("complaint_open", {}) if stops else None


def _double(candidate: Candidate, facts: Facts, limits: Limits) -> Found:
    return ("duplicate", {"contact": facts.taken_by}) if facts.taken_by else None


def _window(candidate: Candidate, facts: Facts, limits: Limits) -> Found:
    if candidate.channel != "whatsapp" or candidate.template:
        return None
    still_open = facts.window_until is not None and candidate.at < facts.window_until
    return None if still_open else ("window_closed", {})


def _text(candidate: Candidate, facts: Facts, limits: Limits) -> Found:
    if candidate.missing:
        return "missing_variable", {"names": ", ".join(candidate.missing)}
    if not candidate.text:
        return None
    return wrong_text(
        f"{candidate.subject}\n{candidate.text}".strip(),
        candidate.text,
        channel=candidate.channel,
        must_unsubscribe=promotional(candidate),
        unsubscribe_url=candidate.unsubscribe_url,
        texts=limits.texts,
    )


def wrong_in(candidate: Candidate, limits: Limits) -> Found:
    """What is wrong with the text by itself, whoever gets it."""
    return _text(candidate, Facts(), limits)


GUARDS: Final[tuple[Guard, ...]] = (_address, _consent, _stranger, _complaint, _double, _window, _text)


# in time


def _in_time(candidate: Candidate, facts: Facts, limits: Limits) -> Verdict:
    zone = zone_of(facts.timezone, limits.timezone)
    calm = limits.promotional if promotional(candidate) else limits.quiet
    cap = limits.low_contact_cap if facts.mode == "low_contact" else limits.cap
    at, code = candidate.at, ""
    for _ in range(_ROUNDS):
        why = calm.why(at, zone)
        free: datetime | None = at
        if why:
            free = calm.next_allowed(at, zone)
        elif promotional(candidate):
            why = reached(cap, facts.promotions, at, zone)
            free = next_free(cap, facts.promotions, at, zone) if why else at
        if not why:
            return _at(candidate, facts, limits, at, code)
        code = code or why
        if free is None or (candidate.latest is not None and free > candidate.latest):
            return Verdict(code=code, detail={"late": "yes"})
        at = free
    return Verdict(code=code, detail={"late": "yes"})


def _at(candidate: Candidate, facts: Facts, limits: Limits, at: datetime, code: str) -> Verdict:
    if candidate.latest is not None and at > candidate.latest:
        return Verdict(code="too_late")
    if code and _window(_moved(candidate, at), facts, limits) is not None:
        return Verdict(code="window_closed")
    return Verdict(
        code=code,
        until=at if code else None,
        notes=tuple(_notes(candidate, facts)),
        cost=cost_of(candidate.channel, candidate.text, limits.prices),
    )


def _moved(candidate: Candidate, at: datetime) -> Candidate:
    return Candidate(
        contact_id=candidate.contact_id,
        purpose=candidate.purpose,
        channel=candidate.channel,
        address=candidate.address,
        at=at,
        template=candidate.template,
    )


def _notes(candidate: Candidate, facts: Facts) -> Iterable[str]:
    if facts.language and candidate.language and candidate.language != facts.language:
        yield "language_fallback"
    if facts.mode == "discreet":
        yield "discreet"
    if facts.address_state == "soft_bounce":
        yield "soft_bounce"


# for those who prepare candidates


def language_for(wanted: str, available: Iterable[str], company: str) -> str:
    """The language to write in: the contact's own, else the company's, else whatever there is; "" for none."""
    there = tuple(available)
    if wanted in there:
        return wanted
    return company if company in there else next(iter(there), "")


def shown_name(name: str, mode: str) -> str:
    """The name a message may show: none in discreet mode. source: E18"""
    return "" if mode == "discreet" else name


def address_key(channel: str, address: str) -> str:
    """The same for two addresses that reach one person: case of a mail, one number on SMS and WhatsApp."""
    plain = address.strip().casefold()
    return f"phone:{plain}" if channel in ("sms", "whatsapp") else f"{channel}:{plain}"


def doubles(candidates: Iterable[Candidate]) -> Mapping[int, str]:
    """Number of each candidate whose address another contact gets the same message at, and who that is."""
    first: dict[tuple[str, str], str] = {}
    found: dict[int, str] = {}
    for number, candidate in enumerate(candidates):
        key = (candidate.source, address_key(candidate.channel, candidate.address))
        holder = first.setdefault(key, candidate.contact_id)
        if holder != candidate.contact_id:
            found[number] = holder
    return found
