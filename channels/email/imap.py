"""Reading a mailbox: what is new is journaled, and only then the mark moves on.

The mark is the folder's UIDVALIDITY and the highest UID taken, kept by the host. Mails are looked at with BODY.PEEK
in a folder opened for reading only, unless `after` says what shall become of them.
"""

from __future__ import annotations

import asyncio
import random
import ssl
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import date, timedelta

import structlog

from channels.email.imap_answers import Answer, Fetched, ImapGone, ImapRefused, read_fetched
from channels.email.imap_line import ImapLine, folder_name, uid_set
from channels.email.incoming import Arrival, Incoming
from channels.email.mark import Mark, read_mark
from channels.email.settings import ImapSettings
from channels.email.tls import client_context, words_of
from channels.port import Host, NotSent, Overloaded

Sleep = Callable[[float], Awaitable[None]]

_PAUSES_S = (1.0, 2.0, 5.0, 15.0, 30.0, 60.0)
_REFUSED_S = 60.0  # a wrong password: hammering would lock the account
_TRIES = 6  # of one mail that breaks the line each time it is asked for
_LISTED = 5_000  # sizes held in memory at once
_BATCH_BYTES = 8_000_000
_HEAD_BYTES = 262_144  # of a mail that is too large: its headers and words
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LINE_TROUBLE = (ImapGone, OSError, TimeoutError)

log = structlog.get_logger()


class Stumbling:
    """How often a fetch that begins at the same mail has failed in a row."""

    def __init__(self) -> None:
        self.uid = 0
        self.times = 0

    def note(self, uid: int) -> None:
        self.times = self.times + 1 if uid == self.uid else 1
        self.uid = uid

    def gave_up_on(self, uid: int) -> bool:
        return uid == self.uid and self.times >= _TRIES


class Mailbox:
    """Watches one folder for ever: survives restarts of the server, cut lines, renumbering and days of absence."""

    def __init__(
        self,
        account_id: str,
        settings: ImapSettings,
        incoming: Incoming,
        host: Host,
        *,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._account_id = account_id
        self._settings = settings
        self._incoming = incoming
        self._host = host
        self._sleep = sleep
        self._failures = 0
        self._stumbled = Stumbling()
        self._mark_key = f"imap:{settings.username}@{settings.host}/{settings.folder}"

    async def run(self) -> None:
        while True:
            try:
                await self._watch()
            except ImapRefused as exc:
                await self._pause("email.imap_refused", f"{exc} {exc.code}".strip(), at_least_s=_REFUSED_S)
            except _LINE_TROUBLE as exc:
                await self._pause("email.imap_line_lost", _told_by(exc))
            except Overloaded as exc:
                await self._pause("email.not_taken", str(exc))
            except Exception as exc:  # one account's trouble must not stop the others; the mark has not moved
                log.exception("email.imap_failed", account=self._account_id)
                await self._pause("email.imap_failed", type(exc).__name__)

    async def check(self) -> str:
        """Log in, open the folder and say what is there. Raises `NotSent` with what is wrong."""
        settings = self._settings
        where = f"{settings.host}:{settings.port}"
        try:
            line = await self._connect()
        except ImapRefused as exc:
            raise NotSent(f"{where} refuses imap.username or imap.password: {exc}", code=exc.code) from exc
        except _LINE_TROUBLE as exc:
            raise NotSent(f"{where}: {_told_by(exc)}", code="line") from exc
        try:
            opened = await line.command("EXAMINE", folder_name(settings.folder))
        except ImapRefused as exc:
            raise NotSent(f"{where} has no folder {settings.folder!r}: {exc}", code=exc.code) from exc
        except _LINE_TROUBLE as exc:
            raise NotSent(f"{where}: {_told_by(exc)}", code="line") from exc
        finally:
            await line.log_out()
        count = next((answer.number for answer in opened if answer.name == "EXISTS"), 0)
        news = (
            "announces new mail" if "IDLE" in line.capabilities else f"is asked every {settings.poll_s:g} s"
        )
        secure = f"over {line.tls}" if line.tls else "unencrypted"
        return f"reads {settings.folder} ({count} mails) of {settings.username} at {where} {secure}, which {news}"

    async def _pause(self, event: str, what: str, *, at_least_s: float = 0.0) -> None:
        seconds = max(at_least_s, _PAUSES_S[min(self._failures, len(_PAUSES_S) - 1)])
        self._failures += 1
        log.warning(event, account=self._account_id, what=what, pause_s=seconds)
        await self._sleep(seconds * random.uniform(0.8, 1.0))

    async def _connect(self) -> ImapLine:
        context: ssl.SSLContext | None = None
        if self._settings.security != "none":
            context = client_context(self._settings.ca_file)
        return await ImapLine.open(self._settings, context)

    async def _watch(self) -> None:
        """One connection's life. Raises when it ends."""
        line = await self._connect()
        try:
            mark = await self._open_folder(line)
            while True:
                line.announced = False
                mark = await self._take_new(line, mark)
                self._failures = 0
                await self._wait(line)
        finally:
            await _leave(line)

    async def _wait(self, line: ImapLine) -> None:
        """Until there may be something new. A look is taken after each, whatever the server announced."""
        if "IDLE" in line.capabilities:
            await line.idle(self._settings.idle_s)
            return
        await self._sleep(self._settings.poll_s)
        await line.command("NOOP")

    # The mark.

    async def _open_folder(self, line: ImapLine) -> Mark:
        verb = "EXAMINE" if self._settings.after == "keep" else "SELECT"
        opened = await line.command(verb, folder_name(self._settings.folder))
        validity = _told(opened, "UIDVALIDITY")
        kept = await self._host.recall(self._account_id, self._mark_key)
        known = read_mark(kept) or (Mark(validity=-1, uid=0, at=self._today()) if kept else None)
        if known is not None and known.validity == validity:
            return known
        if known is None:
            mark = Mark(validity=validity, uid=await self._first(line, opened), at=self._today())
        else:
            log.warning("email.folder_renumbered", account=self._account_id)
            since = known.at - timedelta(days=self._settings.lookback_days)
            mark = Mark(validity=validity, uid=await self._before(line, since), at=known.at)
        await self._note(mark)
        return mark

    async def _first(self, line: ImapLine, opened: Sequence[Answer]) -> int:
        """The UID before the first mail to be taken, at the very first start."""
        match self._settings.since:
            case "all":
                return 0
            case "now":
                return max(0, (_told(opened, "UIDNEXT") or await self._next_uid(line)) - 1)
            case days:
                return await self._before(line, self._today() - timedelta(days=float(days)))

    async def _next_uid(self, line: ImapLine) -> int:
        """For servers that don't tell UIDNEXT when a folder is opened."""
        found = read_fetched(await line.command("UID FETCH * (UID)"))
        return max((each.uid for each in found), default=0) + 1

    async def _before(self, line: ImapLine, since: date) -> int:
        """The UID before the first mail that arrived on that day or later."""
        day = f"{since.day}-{_MONTHS[since.month - 1]}-{since.year}"
        answers = await line.command(f"UID SEARCH SINCE {day}")
        found = [item for answer in answers if answer.name == "SEARCH" for item in answer.items]
        uids = [int(item) for item in found if isinstance(item, bytes) and item.isdigit() and len(item) < 19]
        return min(uids) - 1 if uids else await self._next_uid(line) - 1

    def _today(self) -> date:
        return self._host.now().date()

    async def _note(self, mark: Mark) -> None:
        await self._host.note(self._account_id, self._mark_key, mark.written())

    # New mail.

    async def _take_new(self, line: ImapLine, mark: Mark) -> Mark:
        """Take everything above the mark, in batches that fit into memory."""
        while listed := await self._listed(line, mark.uid):
            count = 1 if self._stumbled.times else self._settings.batch
            for batch in batches(listed, count, self._settings.max_bytes):
                arrivals = await self._fetched_or_set_aside(line, batch, mark.validity)
                await self._incoming.take(arrivals)
                mark = Mark(validity=mark.validity, uid=batch[-1].uid, at=self._today())
                await self._note(mark)
                await self._afterwards(line, [each.uid for each in batch])
        return mark

    async def _listed(self, line: ImapLine, above: int) -> list[Fetched]:
        """Numbers and sizes of the next mails. `n:*` always names the last mail too. source: RFC 3501 §6.4.8"""
        answers = await line.command(f"UID FETCH {above + 1}:* (UID RFC822.SIZE)")
        return [each for each in read_fetched(answers) if each.uid > above][:_LISTED]

    async def _fetched_or_set_aside(
        self, line: ImapLine, batch: Sequence[Fetched], validity: int
    ) -> list[Arrival]:
        """One mail that the server fails on again and again must not hold up those behind it: it is named and left."""
        first = batch[0].uid
        if len(batch) == 1 and self._stumbled.gave_up_on(first):
            place = self._place(first, validity)
            reason = f"the server does not give this mail; it stays in the folder: {place}"
            await self._host.quarantine(self._account_id, place.encode(), reason)
            self._stumbled = Stumbling()
            return []
        try:
            found = await self._fetched(line, batch, validity)
        except (ImapRefused, *_LINE_TROUBLE):
            self._stumbled.note(first)
            raise
        self._stumbled = Stumbling()
        return found

    def _place(self, uid: int, validity: int) -> str:
        return f"{self._settings.folder};uidvalidity={validity};uid={uid}"

    async def _fetched(self, line: ImapLine, batch: Sequence[Fetched], validity: int) -> list[Arrival]:
        """The mails of a batch; one that is gone meanwhile is left out."""
        sizes = {each.uid: each.size or 0 for each in batch}
        large = sizes[batch[0].uid] > self._settings.max_bytes
        section = f"BODY.PEEK[]<0.{_HEAD_BYTES}>" if large else "BODY.PEEK[]"
        size = _HEAD_BYTES if large else sum(sizes.values())
        answers = await line.transfer(f"UID FETCH {uid_set(list(sizes))} (UID {section})", size)
        found = [each for each in read_fetched(answers) if each.uid in sizes and each.content]
        if missing := len(batch) - len(found):
            log.info("email.gone_meanwhile", account=self._account_id, count=missing)
        return [
            Arrival(
                raw=each.content or b"",
                whole_size=sizes[each.uid] if large else 0,
                lies_at=self._place(each.uid, validity),
            )
            for each in found
        ]

    async def _afterwards(self, line: ImapLine, uids: Sequence[int]) -> None:
        """What the configuration wants done with mails that are journaled. A refusal is said and costs nothing."""
        after = self._settings.after
        try:
            if after == "seen":
                await line.command(f"UID STORE {uid_set(uids)} +FLAGS.SILENT (\\Seen)")
            elif after.startswith("move:"):
                await _move(line, uids, after.removeprefix("move:"))
        except ImapRefused as exc:
            log.warning("email.not_tidied", account=self._account_id, what=str(exc), count=len(uids))


def batches(listed: Sequence[Fetched], count: int, max_bytes: int) -> Iterator[list[Fetched]]:
    """Cut a list into runs of at most `count` mails and some megabytes; one that is too large stands alone."""
    run: list[Fetched] = []
    weight = 0
    for each in listed:
        size = each.size or 0
        if run and (len(run) >= count or weight + size > _BATCH_BYTES or size > max_bytes):
            yield run
            run, weight = [], 0
        run.append(each)
        weight += size
        if size > max_bytes:
            yield run
            run, weight = [], 0
    if run:
        yield run


async def _move(line: ImapLine, uids: Sequence[int], folder: str) -> None:
    """Into another folder, by whichever way the server has; never by one that could delete other mails."""
    target = folder_name(folder)
    if "MOVE" in line.capabilities:
        await line.command(f"UID MOVE {uid_set(uids)}", target)
        return
    await line.command(f"UID COPY {uid_set(uids)}", target)
    await line.command(f"UID STORE {uid_set(uids)} +FLAGS.SILENT (\\Deleted)")
    if "UIDPLUS" in line.capabilities:
        await line.command(f"UID EXPUNGE {uid_set(uids)}")


async def _leave(line: ImapLine) -> None:
    """Close without waiting when we are being cancelled: the server notices by itself."""
    line.close()
    await asyncio.sleep(0)


def _told_by(exc: BaseException) -> str:
    return str(exc) if isinstance(exc, ImapGone) else words_of(exc)


def _told(opened: Sequence[Answer], code: str) -> int:
    return next((int(each.value) for each in opened if each.code == code and each.value.isdigit()), 0)
