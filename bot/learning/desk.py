"""What people do with what the bot did not know: look through it, accept, dismiss, set right, take back.

Used by the API in the running program and by `relais faq` beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

import structlog
from sqlalchemy.orm import Session

from bot.clock import Clock
from bot.dialogue.answers import BY as FAQ
from bot.faq_files import ANSWER_LIMIT, PHRASING_LIMIT
from bot.ids import IdMaker
from bot.learning import book, candidates
from bot.learning.book import Deed
from bot.learning.candidates import Said
from bot.learning.groups import Faq, Groups, Records
from bot.learning.keeping import candidate_values
from bot.learning.masking import key_of, masked, unmasked
from bot.learning.overlay import Learned, MadeEntry, Phrasing
from bot.store.changes import NotFound, NotPossible
from bot.store.port import StoreError
from bot.understanding.corrections import Correction
from bot.understanding.language import detect
from bot.understanding.normalise import words_of
from bot.understanding.reading import Understanding
from bot.understanding.route import route_of

log = structlog.get_logger()

_QUOTED: Final = 40


KEEP: Final = timedelta(days=180)
"""How long a candidate is kept, unless `faq.keep_candidates_days` says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """What became of accepted texts."""

    entry_id: str
    phrasings: tuple[str, ...]  # identifiers of what was learned
    settled: int  # candidates, repeats included
    live: bool  # the bot that was asked answers with it already


class LearningDesk:
    """Each change is one transaction with its line in the audit log."""

    def __init__(
        self, records: Records, faq: Faq, *, clock: Clock, ids: IdMaker, keep: timedelta = KEEP
    ) -> None:
        self._records = records
        self._faq = faq
        self._clock = clock
        self._ids = ids
        self._keep = keep
        self.groups = Groups(records, faq)

    # candidates

    async def accept(
        self, ids: Sequence[str], entry_id: str, *, agent: str, texts: Sequence[str] | None = None
    ) -> Accepted:
        """Make these candidates phrasings of an entry; with `texts`, these words instead of the customers'.

        Raises `NotFound`, `NotPossible`.
        """
        self._check_entry(entry_id)
        said = await self._chosen(ids)
        wanted = texts if texts is not None else [unmasked(one.text) for one in said]
        phrasings = [self._phrasing(entry_id, text, said) for text in dict.fromkeys(wanted)]
        new_ids = [self._ids.new() for _ in phrasings]
        deed = self._deed(agent)

        def work(session: Session) -> tuple[list[str], int]:
            _, settled = candidates.decide(session, ids, status="accepted", entry_id=entry_id, deed=deed)
            learned = [
                new_id
                for new_id, phrasing in zip(new_ids, phrasings, strict=True)
                if book.add_phrasing(session, new_id, phrasing, candidate_id=said[0].id, deed=deed)
            ]
            return learned, settled

        learned, settled = await self._records.write(work)
        live = await self._faq.learned_now()
        return Accepted(entry_id=entry_id, phrasings=tuple(learned), settled=settled, live=live)

    async def dismiss(self, ids: Sequence[str], *, agent: str) -> int:
        """They are no questions for the FAQ; how many candidates, repeats included. Raises `NotFound`,
        `NotPossible`."""
        deed = self._deed(agent)
        _, settled = await self._records.write(
            lambda session: candidates.decide(session, ids, status="dismissed", entry_id="", deed=deed)
        )
        return settled

    async def report(
        self, message_id: str, *, reason: str, agent: str, entry_id: str = ""
    ) -> tuple[str, Accepted | None]:
        """An answer was wrong: the words before it become a candidate, accepted at once where the right entry
        is named. Raises `NotFound`, `NotPossible`."""
        if entry_id:
            self._check_entry(entry_id)
        new_id, now, understanding = self._ids.new(), self._clock.now(), self._faq.understanding

        def work(session: Session) -> str:
            message = candidates.asked_before(session, message_id)
            return candidates.keep_candidate(
                session, _candidate_of(message, understanding, new_id, reason, now)
            )

        kept = await self._records.write(work)
        accepted = await self.accept([kept], entry_id, agent=agent) if entry_id else None
        return kept, accepted

    async def answered(self, conversation_id: str, text: str) -> None:
        """An agent answered: the customer's words before that were not answered by the bot, or wrongly."""
        new_id, now, understanding = self._ids.new(), self._clock.now(), self._faq.understanding
        answer = masked(text, most=ANSWER_LIMIT)

        def work(session: Session) -> None:
            heard = candidates.last_heard(session, conversation_id)
            if heard is None:
                return
            kept = candidates.of_message(session, heard.id)
            if kept is None and heard.decided_by == FAQ:
                values = _candidate_of(heard, understanding, new_id, "corrected", now)
                candidates.keep_candidate(session, values | {"answer": answer})
            elif kept := kept or candidates.last_of(session, conversation_id):
                kept.answer = kept.answer or answer

        try:
            await self._records.write(work)
        except StoreError as error:  # the answer is on its way: that counts
            log.warning("answer_not_learned_from", error=str(error))

    # phrasings and entries

    async def add_phrasing(self, entry_id: str, text: str, *, agent: str, language: str = "") -> Accepted:
        """Learn a phrasing that nobody had to ask first. Raises `NotFound`, `NotPossible`."""
        self._check_entry(entry_id)
        phrasing = self._phrasing(entry_id, text, (), language)
        new_id, deed = self._ids.new(), self._deed(agent)
        added = await self._records.write(
            lambda session: book.add_phrasing(session, new_id, phrasing, candidate_id="", deed=deed)
        )
        live = await self._faq.learned_now()
        return Accepted(entry_id=entry_id, phrasings=(new_id,) if added else (), settled=0, live=live)

    async def withdraw_phrasing(self, phrasing_id: str, *, agent: str) -> bool:
        """Whether the bot asked has forgotten it already. Raises `NotFound`, `NotPossible`."""
        deed = self._deed(agent)
        await self._records.write(partial(book.withdraw_phrasing, phrasing_id=phrasing_id, deed=deed))
        return await self._faq.learned_now()

    async def make_entry(
        self, made: MadeEntry, *, agent: str, ids: Sequence[str] = (), texts: Sequence[str] = ()
    ) -> Accepted:
        """A new entry, asked for by candidates, by `texts`, or by both. Raises `NotFound`, `NotPossible`."""
        known = {entry.id for entry in self._faq.entries} - {entry.id for entry in self._faq.learned.entries}
        if made.id in known:
            raise NotPossible(f"there is an entry {made.id} already: accept into it, or choose another id")
        said = await self._chosen(ids)
        wanted = list(texts) or [unmasked(one.text) for one in said]
        phrasings = [self._phrasing(made.id, text, said) for text in dict.fromkeys(wanted)]
        if not phrasings:
            raise NotPossible("an entry needs a way of asking for it: candidates or texts")
        new_ids, deed = [self._ids.new() for _ in phrasings], self._deed(agent)
        made_deed = self._deed(agent)

        def work(session: Session) -> tuple[list[str], int]:
            settled = 0
            book.keep_entry(session, made, deed=made_deed)
            if ids:
                _, settled = candidates.decide(session, ids, status="accepted", entry_id=made.id, deed=deed)
            first = said[0].id if said else ""
            pairs = zip(new_ids, phrasings, strict=True)
            return [
                new_id
                for new_id, phrasing in pairs
                if book.add_phrasing(session, new_id, phrasing, candidate_id=first, deed=deed)
            ], settled

        learned, settled = await self._records.write(work)
        live = await self._faq.learned_now()
        return Accepted(entry_id=made.id, phrasings=tuple(learned), settled=settled, live=live)

    async def withdraw_entry(self, entry_id: str, *, agent: str) -> bool:
        """Raises `NotFound`, `NotPossible`."""
        deed = self._deed(agent)
        await self._records.write(partial(book.withdraw_entry, entry_id=entry_id, deed=deed))
        return await self._faq.learned_now()

    async def moved_to_files(self, learned: Learned, *, agent: str) -> None:
        """The files hold this now: take it out of the database. What was learned since stays."""
        deed = self._deed(agent)
        await self._records.write(partial(book.withdraw_all, learned=learned, deed=deed))
        await self._faq.learned_now()

    # intents

    async def correct_intent(self, text: str, wishes: Sequence[str], *, agent: str) -> tuple[str, bool]:
        """The correction's identifier, and whether it is followed already. Raises `NotPossible`."""
        try:
            correction = Correction(text=masked(text), wishes=tuple(dict.fromkeys(wishes)))
        except ValueError as error:
            raise NotPossible(str(error)) from error
        if not words_of(unmasked(correction.text)):
            raise NotPossible("there is no word in this text to recognise it by")
        new_id, deed = self._ids.new(), self._deed(agent)
        await self._records.write(
            partial(book.correct_intent, new_id=new_id, correction=correction, deed=deed)
        )
        return new_id, await self._faq.learned_now()

    async def withdraw_correction(self, correction_id: str, *, agent: str) -> bool:
        """Raises `NotFound`, `NotPossible`."""
        deed = self._deed(agent)
        await self._records.write(partial(book.withdraw_correction, correction_id=correction_id, deed=deed))
        return await self._faq.learned_now()

    # upkeep

    async def tidy(self) -> int:
        """Forget candidates that are too old, mask what earlier releases kept; how many were forgotten."""
        while await self._records.write(candidates.mask_old):
            pass
        before = self._clock.now() - self._keep
        return await self._records.write(partial(candidates.forget_old, before=before))

    def _deed(self, agent: str) -> Deed:
        return Deed(audit_id=self._ids.new(), agent=agent, now=self._clock.now())

    def _check_entry(self, entry_id: str) -> None:
        if not any(entry.id == entry_id for entry in self._faq.entries):
            raise NotFound(f"there is no entry {entry_id} in the FAQ")

    async def _chosen(self, ids: Sequence[str]) -> list[Said]:
        if not ids:
            return []
        said = {one.id: one for one in await self._records.read(partial(candidates.said_of, ids=ids))}
        for missing in [each for each in ids if each not in said]:
            raise NotFound(f"there is no candidate {missing}")
        return [said[each] for each in dict.fromkeys(ids)]

    def _phrasing(self, entry_id: str, text: str, said: Sequence[Said], language: str = "") -> Phrasing:
        text = unmasked(masked(text))
        words = words_of(text)
        if not words:
            raise NotPossible("nothing is left of this text without its numbers and names: give other words")
        if len(text) > PHRASING_LIMIT:
            start = f"“{text[:_QUOTED]}…”"
            raise NotPossible(
                f"{start} is longer than {PHRASING_LIMIT} characters: give shorter words for it"
            )
        owner = self._faq.understanding.faq.owner(text)
        if owner not in ("", entry_id):
            raise NotPossible(f"“{text}” is a phrasing of the entry {owner} already: take it out there first")
        guess = detect(words)
        spoken = language or next((one.languages[-1] for one in said if key_of(one.text) == key_of(text)), "")
        known = spoken or self._faq.understanding.read(text).language
        return Phrasing(entry_id=entry_id, language="ar-latn" if guess.arabizi else known, text=text)


def _candidate_of(
    message: Any, understanding: Understanding, new_id: str, reason: str, now: datetime
) -> dict[str, Any]:
    text = masked(message.text)
    reading = understanding.read(text, language=message.language)
    return candidate_values(
        new_id,
        conversation_id=message.conversation_id,
        message_id=message.id,
        text=text,
        language=reading.language,
        reason=reason,
        nearest=[(match.entry_id, round(match.confidence, 3)) for match in reading.matches],
        wish=route_of(reading.intents).name,
        now=now,
    )
