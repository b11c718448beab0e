"""What must hold between the parts of the configuration."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bot.config.accounts import EmailAccount, SandboxAccount
from bot.config.models import ALL_ROLES, Config
from bot.config.source import nearest
from channels.port import Problem


def check_rules(config: Config) -> list[Problem]:
    """Everything that does not fit together."""
    found = [
        *_languages(config),
        *_working_days(config),
        *_desks(config),
        *_accounts(config),
        *_roles(config),
        *_report(config),
    ]
    return [Problem(where=config.where(key), what=what) for key, what in found]


def _languages(config: Config) -> Iterator[tuple[str, str]]:
    company = config.company
    if company.language not in company.languages:
        yield "company.languages", f"must contain the main language, {company.language}"
    for name, desk in config.desks.items():
        missing = [] if isinstance(desk.name, str) else [x for x in company.languages if x not in desk.name]
        if missing:
            yield f"desks.{name}.name", f"has no name in: {', '.join(missing)}"


def _working_days(config: Config) -> Iterator[tuple[str, str]]:
    for day in config.company.working_days:
        if not config.company.opening_hours.get(day):
            yield (
                "company.opening_hours",
                f"{day} is a working day without hours: deadlines end at closing time. Give it hours, "
                f"or take it out of working_days",
            )


def _desks(config: Config) -> Iterator[tuple[str, str]]:
    yield from _known("complaints.desk", config.complaints.desk, config.desks, "desks")
    for at, step in enumerate(config.complaints.escalation):
        if step.desk:
            yield from _known(f"complaints.escalation.{at}.desk", step.desk, config.desks, "desks")
    if config.appointments.desk:
        yield from _known("appointments.desk", config.appointments.desk, config.desks, "desks")
    if config.dialogue.desk:
        yield from _known("dialogue.desk", config.dialogue.desk, config.desks, "desks")
    for name, account in config.accounts.items():
        if account.desk:
            yield from _known(f"accounts.{name}.desk", account.desk, config.desks, "desks")
        for address, desk in account.aliases.items() if isinstance(account, EmailAccount) else ():
            yield from _known(f"accounts.{name}.aliases.{address}", desk, config.desks, "desks")


def _accounts(config: Config) -> Iterator[tuple[str, str]]:
    for name, desk in config.desks.items():
        for at, notify in enumerate(desk.notify):
            key = f"desks.{name}.notify.{at}.account"
            yield from _known(key, notify.account, config.accounts, "accounts")
    for at, step in enumerate(config.complaints.escalation):
        for person, notify in enumerate(step.notify):
            key = f"complaints.escalation.{at}.notify.{person}.account"
            yield from _known(key, notify.account, config.accounts, "accounts")
    for account in config.delivery.rates:
        yield from _known(f"delivery.rates.{account}", account, config.accounts, "accounts")


def _roles(config: Config) -> Iterator[tuple[str, str]]:
    missing = [role for role in ALL_ROLES if role not in config.roles]
    if missing and config.database.is_sqlite:
        yield (
            "roles",
            f"leaves out {', '.join(missing)}, but SQLite serves one process, so nobody would do it. "
            f"Use all roles, or a postgresql:// database for several processes",
        )


def _report(config: Config) -> Iterator[tuple[str, str]]:
    report, key = config.complaints.report, "complaints.report"
    if report.language and report.language not in config.company.languages:
        yield f"{key}.language", f"{report.language} does not stand under company.languages"
    if report.account is None:
        return
    yield from _known(f"{key}.account", report.account, config.accounts, "accounts")
    account = config.accounts.get(report.account)
    via = account.via if isinstance(account, SandboxAccount) else account and account.kind
    if account is not None and via != "email":
        yield f"{key}.account", f"{report.account} is no e-mail account: the report is an e-mail"


def _known(key: str, name: str, known: Iterable[str], section: str) -> Iterator[tuple[str, str]]:
    names = list(known)
    if name not in names:
        listed = f" Known: {', '.join(names)}." if names else f" There are no {section} yet."
        yield key, f"“{name}” does not stand under {section}{nearest(name, names)}{listed}"
