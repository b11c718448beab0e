"""From a mail as it arrives to its journal entry, the same for every way in."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterable, Sequence

import structlog

from channels.email.compose import provider_id
from channels.email.entry import Entry, wrap
from channels.email.mail import MailFile, Outline
from channels.email.reading import outline
from channels.email.settings import EmailSettings
from channels.email.slim import slim, with_refs
from channels.email.threads import Place, Threads, Token, normalise
from channels.frozen import frozen
from channels.port import EntryKind, Envelope, Host, Malformed, Overloaded

REFUSED = "email:refused"  # the reference of a file that our store would not keep
_KEEP_BELOW = 1  # every file goes to the store: the journal keeps words
_REPORTED_BELOW = 65_536  # … except what a delivery report says, which is a part of its own
_QUICK_BYTES = 200_000  # what is cut on the loop; larger mails are cut in a thread

log = structlog.get_logger()


@frozen
class Arrival:
    """A mail that has just been fetched or handed in."""

    raw: bytes
    delivered_to: tuple[str, ...] = ()  # the envelope's recipients, where they are known
    whole_size: int = 0  # when `raw` is only the beginning of it
    lies_at: str = ""  # where it stays besides; "" when we have the only copy


class Incoming:
    """Makes and journals the entries of one account."""

    def __init__(self, settings: EmailSettings, threads: Threads, host: Host) -> None:
        self._settings = settings
        self._threads = threads
        self._host = host

    async def take(self, arrivals: Sequence[Arrival]) -> None:
        """Return once all are durable, as entries or in quarantine. Raises `Overloaded` when they are not."""
        envelopes = [envelope for each in arrivals if (envelope := await self._envelope(each)) is not None]
        if not envelopes:
            return
        try:
            await self._host.accept(self._settings.account_id, envelopes)
        except Overloaded:
            raise
        except Exception as exc:
            log.error("email.batch_refused", account=self._settings.account_id, error=type(exc).__name__)
            await self._take_singly(envelopes)

    async def _take_singly(self, envelopes: Sequence[Envelope]) -> None:
        """Find the one entry that the host can't take and set it aside, so that it holds up nobody else."""
        for envelope in envelopes:
            try:
                await self._host.accept(self._settings.account_id, [envelope])
            except Overloaded:
                raise
            except Exception as exc:
                await self._set_aside(envelope.raw, f"not taken by the journal: {type(exc).__name__}")

    async def _envelope(self, arrival: Arrival) -> Envelope | None:
        """The entry of one mail; None when it can't be read and was set aside."""
        try:
            known = outline(arrival.raw, own=self._settings.own - self._settings.trusted_forms)
            mail = await self._slimmed(arrival, _REPORTED_BELOW if known.bounce else _KEEP_BELOW)
        except Overloaded:
            raise
        except Exception as exc:  # one bad mail must not hold up the others
            reason = str(exc) if isinstance(exc, Malformed) else f"can't be read: {type(exc).__name__}"
            await self._set_aside(arrival.raw, reason)
            return None
        digest = hashlib.sha256(known.provider_id.encode("utf-8", "replace")).hexdigest()[:16]
        name = provider_id(known.message_id, digest)
        place, kind = self._place(known, arrival, name)
        entry = Entry(
            id=name,
            thread=place.thread,
            to=self._recipient(known, arrival),
            reply_to=place.reply_to,
            whole_size=arrival.whole_size,
            lies_at=arrival.lies_at,
        )
        return Envelope(provider_id=name, thread=place.thread, raw=wrap(entry, mail), kind=kind)

    async def _slimmed(self, arrival: Arrival, keep_below: int) -> bytes:
        """The mail without its files of that size and more, which are in our store then."""
        if arrival.whole_size:
            # Its last file is cut off, so none is taken: the whole mail stays where it lies.
            return slim(arrival.raw, len(arrival.raw) + 1)[0]
        if len(arrival.raw) < _QUICK_BYTES:
            rest, files = slim(arrival.raw, keep_below)
        else:
            rest, files = await asyncio.to_thread(slim, arrival.raw, keep_below)
        return with_refs(rest, [await self._stored(file, arrival) for file in files]) if files else rest

    async def _stored(self, file: MailFile, arrival: Arrival) -> str:
        try:
            kept = await self._host.store_media(file.data, name=file.name, claimed_mime=file.mime)
        except Malformed as exc:
            if not arrival.lies_at:
                await self._set_aside(arrival.raw, f"a file of it was not taken: {exc}")
            return REFUSED
        return kept.ref

    async def _set_aside(self, raw: bytes, reason: str) -> None:
        log.warning("email.set_aside", account=self._settings.account_id, what=reason)
        await self._host.quarantine(self._settings.account_id, raw, reason)

    def _place(self, known: Outline, arrival: Arrival, name: str) -> tuple[Place, EntryKind]:
        sent_to = (*arrival.delivered_to, *known.delivered_to, *known.to, *known.cc)
        reported = self._reported(known, sent_to)
        if reported is not None:
            message_id = self._threads.message_id(reported)
            return Place(thread=reported.thread, reply_to=message_id), EntryKind.STATUS
        answers = (*known.in_reply_to, *reversed(known.references))
        person = person_of(known.sender, known.answer_to, self._settings) or unnamed(name)
        return self._threads.place(person, sent_to=sent_to, answers=answers), EntryKind.MESSAGE

    def _reported(self, known: Outline, sent_to: Iterable[str]) -> Token | None:
        """The message of ours that a delivery report speaks of."""
        if known.bounce is None:
            return None
        named = self._threads.read_message_id(known.bounce.message_id)
        tagged = (self._threads.read_tagged(address) for address in (known.bounce.returned_to, *sent_to))
        return named or next((token for token in tagged if token is not None), None)

    def _recipient(self, known: Outline, arrival: Arrival) -> str:
        """The address of ours that a mail was sent to: what its desk is chosen by."""
        for address in (*arrival.delivered_to, *known.to, *known.cc, *known.delivered_to):
            if ours := self._threads.untagged(address):
                return ours
        return self._settings.address.lower()


def person_of(sender: str, answer_to: str, settings: EmailSettings) -> str:
    """Who wrote it, and is answered: From.

    Reply-To is taken only from senders that the configuration trusts (the company's own contact form): anybody can
    write a stranger's address there, and would have us write to the stranger, or speak in the stranger's
    conversation, while From is what the sender's provider vouches for.
    """
    by_form = normalise(sender) in settings.trusted_forms and answer_to
    return normalise(answer_to if by_form else sender)


def unnamed(provider_id: str) -> str:
    """Stands for a sender who gave no address: unlike any other, and never reached. source: RFC 2606"""
    return f"no-sender-{hashlib.sha256(provider_id.encode()).hexdigest()[:16]}@mail.invalid"
