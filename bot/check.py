"""`relais check`: what is on, what is off and what is wrong, in words; it tries each account's log-in."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import Awaitable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal, NoReturn
from urllib.parse import urlsplit

from bot.accounts import account_problems, channel_of, needs_stand_in, settings_of
from bot.clock import Clock
from bot.config import Account, Config
from channels.port import Attachment, Door, Overloaded, Problem, SendError, Shown, Typing

if TYPE_CHECKING:
    from bot.templating import Templates

LOG_IN_S: Final = 15.0  # total, for one account
DATABASE_S: Final = 10.0

State = Literal["on", "off", "stand-in", "warning", "wrong"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of the report."""

    area: str
    subject: str
    state: State
    words: str
    where: str = ""

    def as_json(self) -> dict[str, str]:
        return asdict(self)


def is_sound(findings: Sequence[Finding]) -> bool:
    """Whether nothing is wrong; warnings do not count."""
    return all(finding.state != "wrong" for finding in findings)


async def check(config: Config, *, demo: bool = False, offline: bool = False) -> list[Finding]:
    """Look at everything the program needs. `offline` leaves out what needs a network."""
    plain = [_company, _server, _desks, _content, _faq, _media, _secrets, _api]
    found = await asyncio.to_thread(lambda: [finding for part in plain for finding in part(config)])
    found.extend(await _database(config, offline=offline))
    found.extend(await _accounts(config, demo=demo, offline=offline))
    return found


def _company(config: Config) -> Iterator[Finding]:
    from bot.complaints.feasts import holidays_of

    company = config.company
    languages = ", ".join(company.languages)
    words = (
        f"{company.name}, {company.timezone}, languages {languages}; a complaint is due in {_days(config)}"
    )
    yield Finding(area="company", subject="company", state="on", words=words)
    if not company.holidays.public:
        yield Finding(
            area="company", subject="holidays", state="off", words="public holidays count as working days"
        )
        return
    try:
        holidays_of(company.country, company.region)
    except ValueError as error:
        where = config.where("company.country")
        yield Finding(area="company", subject="holidays", state="wrong", words=str(error), where=where)
    else:
        place = f"{company.country} {company.region}".strip()
        yield Finding(area="company", subject="holidays", state="on", words=f"public holidays of {place}")


def _days(config: Config) -> str:
    days = config.complaints.resolve_within
    return f"{days} working day{'' if days == 1 else 's'} ({' '.join(config.company.working_days)})"


def _server(config: Config) -> Iterator[Finding]:
    server = config.server
    outside = f"known outside as {server.public_url}" if server.public_url else "no public_url"
    words = f"listens on {server.host}:{server.port}, {outside}"
    yield Finding(area="server", subject="server", state="on", words=words)
    yield Finding(area="server", subject="roles", state="on", words=", ".join(config.roles))
    local = server.host in ("127.0.0.1", "localhost", "::1")
    if not local and not (server.public_url or "").startswith("https://"):
        words = (
            "is open to the network without https: put a proxy with a certificate before it, set public_url"
        )
        yield Finding(
            area="server", subject="https", state="warning", words=words, where=config.where("server.host")
        )


def _desks(config: Config) -> Iterator[Finding]:
    for name, desk in config.desks.items():
        label = " / ".join(dict.fromkeys(desk.names(config.company.languages).values()))
        for notify in desk.notify:
            if not config.accounts[notify.account].enabled:
                where = config.where(f"desks.{name}.notify")
                words = f"alerts go by {notify.account}, which is off (enabled: false)"
                yield Finding(area="desks", subject=name, state="warning", words=words, where=where)
        if desk.notify:
            told = ", ".join(f"{notify.to} by {notify.account}" for notify in desk.notify)
            yield Finding(area="desks", subject=name, state="on", words=f"{label}; told: {told}")
        else:
            where = config.where(f"desks.{name}")
            words = f"{label}; nobody is told when something waits: add notify"
            yield Finding(area="desks", subject=name, state="warning", words=words, where=where)


def _content(config: Config) -> Iterator[Finding]:
    from bot.templating import CompanyFacts, Templates
    from templates import BUILT_IN

    company = config.company
    if config.content is not None and not config.content.is_dir():
        words = f"{config.content} is not a folder. Make it, or take the line out"
        yield _wrong("templates", "content", words, config.where("content"))
        return
    folders = [BUILT_IN, *([config.content] if config.content else [])]
    facts = CompanyFacts(
        name=company.name,
        language=company.language,
        languages=tuple(company.languages),
        timezone=company.timezone,
        country=company.country,
        currency=company.currency_code,
        desks={name: desk.names(company.languages) for name, desk in config.desks.items()},
    )
    templates = Templates.load(folders, company=facts)
    problems = templates.check()
    yield from _of_problems("templates", problems)
    yield from _rules(config, templates)
    if not any(problem.severity == "error" for problem in problems):
        source = f"built in and {config.content}" if config.content else "built in"
        words = f"{len(templates.names)} messages in {', '.join(company.languages)} ({source})"
        yield Finding(area="templates", subject="templates", state="on", words=words)


def _rules(config: Config, templates: Templates) -> Iterator[Finding]:
    """The operator's own rules.yaml, where there is one."""
    from bot.rule_problems import rule_problems
    from scheduler.rule_files import OWN, ready_rules

    problems = rule_problems(config, templates)
    yield from _of_problems("rules", problems)
    if not problems:
        own = config.content is not None and (config.content / OWN).is_file()
        words = f"{len(ready_rules(config.content))} messages that recur, with {OWN} of your own"
        yield Finding(
            area="rules", subject="rules", state="on", words=words if own else words.partition(",")[0]
        )


def _faq(config: Config) -> Iterator[Finding]:
    from bot.faq_files import check_faq, load_faq

    if not config.faq.files:
        yield Finding(
            area="faq", subject="faq", state="off", words="no files: the bot answers no question by itself"
        )
        return
    for pattern in config.faq.files:
        if not any(char in str(pattern) for char in "*?[") and not pattern.is_file():
            yield _wrong("faq", pattern.name, f"{pattern} is not there", config.where("faq.files"))
            return
    paths = config.faq_paths()
    if not paths:
        listed = ", ".join(str(pattern) for pattern in config.faq.files)
        yield _wrong("faq", "faq", f"no file fits {listed}", config.where("faq.files"))
        return
    problems = check_faq(paths, languages=config.company.languages)
    yield from _of_problems("faq", problems)
    if any(problem.severity == "error" for problem in problems):
        return
    words = f"{len(load_faq(paths))} answers from {len(paths)} files"
    yield Finding(area="faq", subject="faq", state="on", words=words)
    yield from _meanings(config)


def _meanings(config: Config) -> Iterator[Finding]:
    """The sentence model, or the endpoint that stands in for one."""
    from bot.model_commands import about_of, languages_heard
    from bot.model_files import digest_of
    from bot.understanding.embedding.choice import ModelError

    endpoint, folder = config.faq.endpoint, config.faq.model
    if endpoint.url is not None:
        words = f"customers' questions are sent to {urlsplit(endpoint.url).hostname}: say so in your privacy notice"
        where = config.where("faq.endpoint.url")
        yield Finding(area="faq", subject="endpoint", state="warning", words=words, where=where)
    elif folder is None:
        words = "no sentence model: questions are found by their words"
        yield Finding(area="faq", subject="model", state="off", words=words)
    else:
        try:
            about = about_of(folder)
            if digest_of(folder) != about.sha256:
                raise ModelError(
                    f"the weights in {folder} are not those that were imported: import them again"
                )
        except ModelError as error:
            yield _wrong("faq", "model", str(error), config.where("faq.model"))
        else:
            words = f"{about.origin}; it helps with {languages_heard(about)}"
            yield Finding(area="faq", subject="model", state="on", words=words)


def _media(config: Config) -> Iterator[Finding]:
    folder = config.media.folder
    nearest = next(path for path in (folder, *folder.parents) if path.exists())
    if nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK):
        words = f"{folder}, files up to {config.media.max_bytes / 1_048_576:.0f} MiB"
        yield Finding(area="media", subject="media", state="on", words=words)
    else:
        words = f"{nearest} can't be written to. Give this user the right, or set another folder"
        yield _wrong("media", "media", words, config.where("media.folder"))


def _secrets(config: Config) -> Iterator[Finding]:
    for path in config.secret_files:
        if stat.S_IMODE(path.stat().st_mode) & 0o007:
            words = f"everybody on this machine may read {path}: chmod 600 it"
            yield Finding(area="secrets", subject=path.name, state="warning", words=words)
    if config.logging.bodies:
        words = "the log holds what customers write. Turn it off in production"
        where = config.where("logging.bodies")
        yield Finding(area="secrets", subject="logging", state="warning", words=words, where=where)


def _api(config: Config) -> Iterator[Finding]:
    names = ", ".join(config.api.tokens)
    if names:
        yield Finding(area="api", subject="api", state="on", words=f"open to {names}")
    else:
        yield Finding(area="api", subject="api", state="off", words="no token: other systems can't ask")


async def _database(config: Config, *, offline: bool) -> list[Finding]:
    from bot.records import migrate

    url, path = config.database.url, config.database.sqlite_path
    shown = str(path) if path else _without_password(url)
    if path is not None and not path.exists():
        return [
            Finding(area="database", subject="SQLite", state="on", words=f"{path} is made at the first start")
        ]
    subject = "SQLite" if path else "PostgreSQL"
    if path is None and offline:
        return [
            Finding(area="database", subject=subject, state="on", words=f"{shown}, not tried (--offline)")
        ]
    try:
        async with asyncio.timeout(DATABASE_S):
            revision = await asyncio.to_thread(migrate.current, url)
    except Exception as error:  # whatever a driver raises, the answer is the same: it can't be used
        words = f"{shown} can't be used: {_first_line(error)}. Check that it runs, the name and the password"
        return [_wrong("database", subject, words, config.where("database.url"))]
    return [_revision(subject, shown, revision, migrate.head())]


def _revision(subject: str, shown: str, revision: str | None, head: str) -> Finding:
    if revision == head:
        return Finding(area="database", subject=subject, state="on", words=f"{shown}, schema {revision}")
    words = f"{shown} is empty; the first start fills it"
    if revision is not None:
        words = f"{shown} has schema {revision}, this release works with {head}: relais db upgrade"
    return Finding(area="database", subject=subject, state="warning", words=words)


async def _accounts(config: Config, *, demo: bool, offline: bool) -> list[Finding]:
    problems = account_problems(config, demo=demo)
    found = list(_of_problems("accounts", problems))
    faulty = {
        name for name in config.accounts if any(f" accounts.{name}." in f" {p.where}." for p in problems)
    }
    tried: list[Awaitable[Finding]] = []
    for name, account in config.accounts.items():
        if not account.enabled:
            found.append(Finding(area="accounts", subject=name, state="off", words="enabled: false"))
        elif name not in faulty:
            tried.append(_account(name, account, config, demo=demo, offline=offline))
    return [*found, *await asyncio.gather(*tried)]


async def _account(name: str, account: Account, config: Config, *, demo: bool, offline: bool) -> Finding:
    channel = channel_of(account)
    if needs_stand_in(account):
        words = f"{channel}, played by the sandbox: try it on /sandbox"
        return Finding(area="accounts", subject=name, state="stand-in", words=words)
    if offline:
        return Finding(area="accounts", subject=name, state="on", words=f"{channel}, not tried (--offline)")
    door = _door(name, account, config, demo=demo)
    try:
        async with asyncio.timeout(LOG_IN_S):
            words = await door.check()
    except (SendError, TimeoutError) as error:
        reason = str(error) or f"no answer within {LOG_IN_S:g} s"
        return _wrong("accounts", name, f"{channel}: {reason}", config.where(f"accounts.{name}"))
    finally:
        await door.close()
    return Finding(area="accounts", subject=name, state="on", words=f"{channel}: {words}")


def _door(name: str, account: Account, config: Config, *, demo: bool) -> Door:
    from channels.registry import door_class

    kind, settings = settings_of(name, account, config, demo=demo)
    return door_class(kind)(settings, NoHost())


def idle_doors(config: Config) -> dict[str, Door]:
    """Doors that say what they can do and do nothing; an account without credentials has its stand-in."""
    accounts = config.active_accounts().items()
    return {name: _door(name, account, config, demo=True) for name, account in accounts}


def _of_problems(area: str, problems: Sequence[Problem]) -> Iterator[Finding]:
    for problem in problems:
        state: State = "wrong" if problem.severity == "error" else "warning"
        subject, words = problem.where.rpartition("/")[2], problem.what
        if area == "accounts":
            subject, _, key = problem.where.rpartition(" ")[2].removeprefix("accounts.").partition(".")
            words = f"{key}: {words}" if key else words
        yield Finding(area=area, subject=subject, state=state, words=words, where=problem.where)


def _wrong(area: str, subject: str, words: str, where: str) -> Finding:
    return Finding(area=area, subject=subject, state="wrong", words=words, where=where)


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"


def _first_line(error: Exception) -> str:
    from bot.logs import Redaction

    lines = str(error).strip().splitlines()
    return Redaction(bodies=True).clean(lines[0]) if lines else type(error).__name__


class NoHost:
    """A host for doors that are only asked who they are: it takes nothing and knows nothing."""

    def __init__(self) -> None:
        self._clock = Clock()

    def _refuse(self) -> NoReturn:
        raise Overloaded("nothing is taken while the configuration is checked")

    async def accept(self, account_id: str, envelopes: Sequence[Any]) -> list[bool]:
        self._refuse()

    async def quarantine(self, account_id: str, raw: bytes, reason: str) -> None:
        self._refuse()

    async def history(
        self, account_id: str, thread: str, *, after_seq: int = 0, before_seq: int = 0, limit: int = 50
    ) -> list[Shown]:
        return []

    async def store_media(self, data: bytes, *, name: str = "", claimed_mime: str = "") -> Attachment:
        self._refuse()

    async def load_media(self, ref: str) -> None:
        return None

    def publish(self, account_id: str, thread: str, event: Shown | Typing) -> None:
        """Nobody looks."""

    def subscribe(self, account_id: str, thread: str) -> AbstractAsyncContextManager[Any]:
        self._refuse()

    def now(self) -> datetime:
        return self._clock.now()
