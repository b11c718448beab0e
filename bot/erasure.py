"""A person is forgotten, and the company can still prove that it answered them. source: domain §3, IN-23

What went is told by a certificate and an audit entry without their name; the ledger's chain stays as it is, because
it never held more than identifiers and times.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import Clock
from bot.ids import IdMaker
from bot.ledger.chain import Fact, Head
from bot.ledger.heads import HeadKeeper
from bot.ledger.sealing import append, head_of, lock
from bot.paper import Document, Facts, Heading, Paragraph, Table
from bot.plans import timer_row
from bot.records import Address, AuditEntry, Consent, Suppression, Timer
from bot.records.base import table_of
from bot.store.changes import NotPossible
from bot.store.erasing import (
    Person,
    contacts_at,
    erase_person,
    find_person,
    in_the_way,
    other_uses,
    overwrite_freed_pages,
    owed_receipts,
)
from bot.store.erasing_customers import uploads
from bot.store.mentions import blank_mentions, find_mentions
from bot.store.obstacles import Obstacle
from bot.store.port import DueTimer, Store
from scheduler.consent import PURPOSES, in_force
from scheduler.facts import word_of

log = structlog.get_logger()

TIMER = "media.erase"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What an erasure would take, and what stands in its way."""

    contact_id: str
    joined: int  # contacts that are the same person and go with it
    conversations: int
    messages: int
    cases: tuple[str, ...]  # references
    files: int
    mentions: int  # places elsewhere that name an address of theirs
    in_the_way: tuple[Obstacle, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What an erasure took: its certificate."""

    id: str  # of the audit entry that proves it
    contact_id: str
    at: datetime
    actor: str
    reason: str
    counts: Mapping[str, int]
    head: Head  # of the ledger right after


class Erasure:
    def __init__(
        self,
        store: Store,
        keeper: HeadKeeper,
        *,
        clock: Clock,
        ids: IdMaker,
        media: Path,
        forget: Callable[[str, str], None] = lambda account, thread: None,
    ) -> None:
        self._store = store
        self._keeper = keeper
        self._clock = clock
        self._ids = ids
        self._media = media
        self._forget = forget

    async def find(self, who: str) -> str:
        """The contact of an identifier or an address. Raises `NotFound`, `NotPossible`."""
        found = await self._store.read(lambda session: contacts_at(session, who))
        if len(found) > 1:
            raise NotPossible(
                f"{len(found)} contacts have this address; name one by its identifier: {', '.join(found)}"
            )
        return found[0] if found else who

    async def preview(self, contact_id: str) -> Preview:
        """Raises `NotFound`."""

        def look(session: Session) -> Preview:
            person = find_person(session, contact_id)
            return Preview(
                contact_id=contact_id,
                joined=len(person.contacts) - 1,
                conversations=len(person.conversations),
                messages=len(person.messages),
                cases=tuple(row.reference for row in person.cases),
                files=len(person.files - other_uses(session, person)),
                mentions=len(find_mentions(session, sorted(person.names))),
                in_the_way=tuple(in_the_way(session, person)),
            )

        return await self._store.read(look)

    async def erase(self, contact_id: str, *, actor: str, reason: str) -> Erased:
        """Forget a person, whole or not at all. Raises `NotFound`, and `NotPossible` while something is under way."""
        # Every table is read for their addresses beside the lanes; only what was found is looked at again inside.
        names, hits = await self._store.read(
            lambda session: _mentions_of(session, contact_id)  # before the addresses are gone
        )
        now, audit_id = self._clock.now(), self._ids.new()
        threads: list[tuple[str, str]] = []

        def change(session: Session) -> Erased:
            threads.clear()
            person = find_person(session, contact_id)
            if obstacles := in_the_way(session, person):
                raise NotPossible("; ".join(obstacles))
            threads.extend((row.account_id, row.thread) for row in person.conversations)
            files = sorted(person.files - other_uses(session, person))
            owed = owed_receipts(session, person)
            overwrite_freed_pages(session, on=True)
            refusals = self._refusals(session, person, now)
            counts = erase_person(session, person, now=now, refusals=refusals)
            blanked = blank_mentions(session, hits, names)
            session.flush()
            overwrite_freed_pages(session, on=False)
            counts |= {"mentions": blanked, "files": len(files)}
            brought_in, _ = uploads(session)
            if files or brought_in:
                self._forget_later(session, audit_id, files, brought_in, now)
            lock(session, wait=True)
            append(
                session,
                [Fact(at=now, kind="erased", key=f"e:{each}", journal_id=each, payload={}) for each in owed],
                now,
            )
            kept = {name: count for name, count in sorted(counts.items()) if count}
            session.add(
                AuditEntry(
                    id=audit_id,
                    at=now,
                    actor=actor,
                    action="contact_erased",
                    object_kind="contact",
                    object_id=contact_id,
                    detail={"reason": reason, "counts": kept},
                )
            )
            session.flush()
            return Erased(
                id=audit_id,
                contact_id=contact_id,
                at=now,
                actor=actor,
                reason=reason,
                counts=kept,
                head=head_of(session),
            )

        erased = await self._store.write(change)
        for account, thread in threads:
            self._forget(account, thread)
        log.info("contact_erased", contact=contact_id, audit=erased.id)
        return erased

    def _refusals(self, session: Session, person: Person, now: datetime) -> list[dict[str, Any]]:
        """What is in force against messages to their addresses, as rows that hold no address."""
        consents, addresses = table_of(Consent).c, table_of(Address).c
        said = select(table_of(Consent)).where(consents.contact_id.in_(person.contacts))
        words = [word_of(row) for row in session.execute(said)]
        reached = select(addresses.channel, addresses.value).where(addresses.contact_id.in_(person.contacts))
        found = []
        for channel, address in session.execute(reached):
            refused = [
                purpose for purpose in PURPOSES if in_force(words, channel, purpose, now).state == "refused"
            ]
            row = {"hash": self._hash(channel, address), "channel": channel, "at": now}
            found += [
                row | {"purpose": purpose}
                for purpose in (["all"] if len(refused) == len(PURPOSES) else refused)
            ]
        return found

    def _hash(self, channel: str, address: str) -> str:
        return self._keeper.hash_address(channel, address)

    def _forget_later(
        self, session: Session, audit_id: str, files: list[str], uploads: list[str], now: datetime
    ) -> None:
        """Files are removed after the commit, also when the program is killed in between.

        Files that were brought in and done with go whole: nobody can say which of them hold the person.
        """
        columns = [column.name for column in table_of(Timer).columns]
        payload = {"files": files, "uploads": uploads}
        row = timer_row(self._ids.new(), TIMER, f"{TIMER}:{audit_id}", now, payload, now=now)
        session.execute(table_of(Timer).insert().values(dict(zip(columns, row, strict=True))))

    async def remove_files(self, timer: DueTimer) -> timedelta | None:
        """The handler of the timers it sets: a person's photos and files go, and files of customers brought in."""
        uploads = timer.payload.get("uploads", [])
        await asyncio.to_thread(_unlink_all, self._media, timer.payload["files"], uploads)
        return None

    async def refused(self, channel: str, address: str) -> set[str]:
        """Purposes that the owner of an address refused before they were erased."""
        digest = await asyncio.to_thread(self._hash, channel, address)
        suppressions = table_of(Suppression).c
        rows: list[Any] = await self._store.fetch_all(
            select(suppressions.purpose).where(suppressions.hash == digest)
        )
        return {row.purpose for row in rows}


def rewrite_sqlite(path: Path) -> None:
    """Write the file anew without what was freed in earlier times: rows leave their old words behind when they change.

    Nobody else may be at work on it.
    """
    connection = sqlite3.connect(path, isolation_level=None)
    with closing(connection):
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _mentions_of(session: Session, contact_id: str) -> tuple[list[str], list[Any]]:
    names = sorted(find_person(session, contact_id).names, key=len, reverse=True)
    return names, find_mentions(session, names)


def _unlink_all(folder: Path, refs: list[str], uploads: list[str]) -> None:
    for digest in filter(str.isalnum, uploads):
        (folder / "imports" / digest).unlink(missing_ok=True)
    for ref in refs:
        digest = ref.removeprefix("media:")
        if not digest.isalnum():
            continue
        path = folder / digest[:2] / digest[2:4] / digest
        path.unlink(missing_ok=True)
        path.with_suffix(".json").unlink(missing_ok=True)


CERTIFICATE: Mapping[str, Mapping[str, str]] = {
    "fr": {
        "title": "Certificat d'effacement",
        "intro": "Les données personnelles du contact ci-dessous ont été effacées. Ont été conservés : les "
        "identifiants, les dates, les références, les suites données et les montants, qui ne désignent plus personne. "
        "Un refus de messages est conservé sous la forme d'une empreinte, pour qu'il reste respecté.",
        "contact": "Identifiant du contact",
        "proof": "Entrée du journal d'audit",
        "at": "Effacé le",
        "actor": "Par",
        "reason": "Motif",
        "head": "Registre, dernière ligne",
        "counts": "Enregistrements effacés ou vidés",
        "what": "Quoi",
        "number": "Nombre",
    },
    "en": {
        "title": "Certificate of erasure",
        "intro": "The personal data of the contact below has been erased. Identifiers, dates, references, outcomes and "
        "amounts were kept; they no longer lead to a person. A refusal of messages is kept as a hash, so that it is "
        "still respected.",
        "contact": "Identifier of the contact",
        "proof": "Entry of the audit log",
        "at": "Erased on",
        "actor": "By",
        "reason": "Reason",
        "head": "Ledger, last row",
        "counts": "Records erased or emptied",
        "what": "What",
        "number": "Number",
    },
    "ar": {
        "title": "شهادة محو البيانات",
        "intro": "محيت البيانات الشخصية لجهة الاتصال المذكورة أدناه. واحتفظ بالمعرفات والتواريخ والمراجع والنتائج "
        "والمبالغ، وهي لم تعد تدل على أي شخص. ويحتفظ برفض تلقي الرسائل في شكل بصمة رقمية ليبقى محترما.",
        "contact": "معرف جهة الاتصال",
        "proof": "قيد سجل التدقيق",
        "at": "تاريخ المحو",
        "actor": "من طرف",
        "reason": "السبب",
        "head": "السجل، آخر سطر",
        "counts": "السجلات الممحوة أو المفرغة",
        "what": "البيان",
        "number": "العدد",
    },
}


KEPT_NAMES: Mapping[str, Mapping[str, str]] = {
    "fr": {
        "addresses": "Adresses", "alerts": "Alertes", "audit": "Entrées d'audit vidées", "case_events": "Historique",
        "case_forwards": "Transmissions", "cases": "Réclamations", "compensations": "Dédommagements",
        "consents": "Consentements", "contacts": "Contacts", "conversations": "Conversations",
        "deliveries": "Détails d'envoi", "faq_candidates": "Questions pour la FAQ", "files": "Fichiers",
        "journal": "Messages bruts", "mentions": "Mentions ailleurs", "messages": "Messages",
        "opt_outs_kept": "Refus conservés sous forme d'empreinte", "outbox": "Envois",
        "same_person": "Rapprochements", "survey_answers": "Réponses aux enquêtes", "case_links": "Liens",
        "appointments": "Rendez-vous", "equipment": "Équipements", "import_faults": "Rapports d'import",
        "interests": "Centres d'intérêt", "loyalty_accounts": "Cartes de fidélité", "occurrences": "Messages prévus",
        "purchases": "Achats", "quotes": "Devis", "recipients": "Destinataires de campagnes",
        "waiting_places": "Listes d'attente", "outreach_answers": "Réponses aux envois", "person_tasks": "Tâches",
        "inbox": "Lignes de la boîte de réception", "pending_answers": "Réponses pas encore parties",
        "drafts": "Brouillons", "search_texts": "Mots pour la recherche",
    },
    "en": {
        "addresses": "Addresses", "alerts": "Alerts", "audit": "Audit entries emptied", "case_events": "History",
        "case_forwards": "Forwards", "cases": "Complaints", "compensations": "Compensations",
        "consents": "Consents", "contacts": "Contacts", "conversations": "Conversations",
        "deliveries": "Details of sends", "faq_candidates": "Questions for the FAQ", "files": "Files",
        "journal": "Raw messages", "mentions": "Mentions elsewhere", "messages": "Messages",
        "opt_outs_kept": "Refusals kept as a hash", "outbox": "Sent messages",
        "same_person": "Suggested joins", "survey_answers": "Survey answers", "case_links": "Links",
        "appointments": "Appointments", "equipment": "Equipment", "import_faults": "Reports of imports",
        "interests": "Interests", "loyalty_accounts": "Loyalty cards", "occurrences": "Planned messages",
        "purchases": "Purchases", "quotes": "Quotes", "recipients": "Recipients of campaigns",
        "waiting_places": "Waiting lists", "outreach_answers": "Answers to outreach", "person_tasks": "Tasks",
        "inbox": "Lines of the inbox", "pending_answers": "Answers that had not left",
        "drafts": "Drafts", "search_texts": "Words for the search",
    },
    "ar": {
        "addresses": "العناوين", "alerts": "التنبيهات", "audit": "قيود التدقيق المفرغة", "case_events": "تاريخ الشكاوى",
        "case_forwards": "الإحالات", "cases": "الشكاوى", "compensations": "التعويضات",
        "consents": "الموافقات", "contacts": "جهات الاتصال", "conversations": "المحادثات",
        "deliveries": "تفاصيل الإرسال", "faq_candidates": "أسئلة مقترحة", "files": "الملفات",
        "journal": "الرسائل الخام", "mentions": "إشارات في مواضع أخرى", "messages": "الرسائل",
        "opt_outs_kept": "حالات رفض محفوظة كبصمة", "outbox": "الرسائل المرسلة",
        "same_person": "اقتراحات الدمج", "survey_answers": "إجابات الاستبيان", "case_links": "الروابط",
        "appointments": "المواعيد", "equipment": "المعدات", "import_faults": "تقارير الاستيراد",
        "interests": "الاهتمامات", "loyalty_accounts": "بطاقات الوفاء", "occurrences": "الرسائل المبرمجة",
        "purchases": "المشتريات", "quotes": "عروض الأسعار", "recipients": "المرسل إليهم في الحملات",
        "waiting_places": "قوائم الانتظار", "outreach_answers": "إجابات على الرسائل", "person_tasks": "المهام",
        "inbox": "أسطر صندوق الوارد", "pending_answers": "ردود لم تُرسل بعد",
        "drafts": "المسودات", "search_texts": "كلمات البحث",
    },
}  # fmt: skip


def certificate(erased: Erased, *, company: str, language: str, country: str, zone: tzinfo) -> Document:
    """The proof on paper: it names nobody."""
    words = CERTIFICATE.get(language, CERTIFICATE["en"])
    names = KEPT_NAMES.get(language, KEPT_NAMES["en"])
    at = erased.at.astimezone(zone)
    return Document(
        title=words["title"],
        company=company,
        language=language,
        country=country,
        printed_at=at,
        blocks=(
            Paragraph(words["intro"]),
            Facts(
                (
                    (words["contact"], erased.contact_id),
                    (words["proof"], erased.id),
                    (words["at"], f"{at:%Y-%m-%d %H:%M:%S}"),
                    (words["actor"], erased.actor),
                    (words["reason"], erased.reason),
                    (words["head"], f"{erased.head.seq}:{erased.head.hash}"),
                )
            ),
            Heading(words["counts"], 2),
            Table(
                heads=(words["what"], words["number"]),
                rows=tuple((names.get(name, name), str(count)) for name, count in erased.counts.items()),
                widths=(3, 1),
                numbers=(1,),
            ),
        ),
    )
