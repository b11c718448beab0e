"""The relais command: what it shows, what it refuses, how it ends."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.records import migrate
from bot.terminal import Exit

ROOT = Path(__file__).parents[2]
LEAST = "company: {name: Atlas, timezone: Africa/Algiers, country: DZ}\n"


@pytest.fixture(autouse=True)
def _plain_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder, no settings from outside, eighty columns without colour."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("RELAIS")]:
        monkeypatch.delenv(name)
    for name, value in {"COLUMNS": "80", "NO_COLOR": "1", "TERM": "dumb"}.items():
        monkeypatch.setenv(name, value)


def relais(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def config(text: str = "") -> str:
    Path("relais.yaml").write_text(LEAST + text, encoding="utf-8")
    return "relais.yaml"


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("run",),
        ("demo",),
        ("check",),
        ("replay",),
        ("db",),
        ("db", "upgrade"),
        ("db", "backup"),
        ("consent", "show"),
    ],
)
def test_every_command_explains_itself(words: tuple[str, ...]) -> None:
    result = relais(*words, "--help")
    assert result.exit_code == Exit.OK
    assert "Usage:" in result.stdout
    assert max(len(line) for line in result.stdout.splitlines()) <= 80


def test_the_version_is_shown() -> None:
    result = relais("--version")
    assert result.exit_code == Exit.OK and result.stdout.startswith("relais ")


@pytest.mark.parametrize(
    "words", [("chekc",), ("run", "--prot", "1"), ("run", "--port", "99999"), ("replay", "x", "--all")]
)
def test_wrong_usage_ends_with_two(words: tuple[str, ...]) -> None:
    config()
    assert relais(*words).exit_code == Exit.USAGE


def test_help_loads_neither_the_web_server_nor_the_database() -> None:
    code = (
        "import sys; from typer.testing import CliRunner; from bot.cli import app; "
        "assert CliRunner().invoke(app, ['--help']).exit_code == 0; "
        "print([name for name in ('uvicorn', 'sqlalchemy', 'telegram', 'bot.app') if name in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert result.stdout.strip() == "[]"


@pytest.mark.parametrize("command", ["run", "check", "replay"])
def test_without_a_configuration_it_says_what_to_do(command: str) -> None:
    result = relais(command)
    assert result.exit_code == Exit.USAGE
    assert "relais demo" in result.stderr and "company.name" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_wrong_configuration_is_told_with_line_and_hint() -> None:
    config("server:\n  prot: 80\n")
    result = relais("check")
    assert result.exit_code == Exit.USAGE
    assert "relais.yaml:3 server.prot" in result.stderr
    assert "did you mean port?" in result.stderr


def test_a_debugging_run_shows_the_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    config("server: {prot: 80}\n")
    monkeypatch.setenv("RELAIS_DEBUG", "1")
    result = relais("check")
    assert result.exception is not None and type(result.exception).__name__ == "ConfigError"


def test_the_check_says_in_words_what_is_on_and_off() -> None:
    config("accounts: {trial: {kind: sandbox, via: sms}, old: {kind: telegram, enabled: false}}\n")
    result = relais("check", "--offline")
    assert result.exit_code == Exit.OK, result.stdout
    for words in (
        "Atlas, Africa/Algiers",
        "public holidays of DZ",
        "is made at the first start",
        "enabled: false",
    ):
        assert words in " ".join(result.stdout.split()), words
    assert "All is well" in result.stdout
    assert max(len(line.rstrip()) for line in result.stdout.splitlines()) <= 80


def test_the_check_ends_with_one_where_something_is_wrong() -> None:
    config(
        "accounts: {mail: {kind: email, address: a@example.org}}\n"
        "faq: {files: [none.yaml]}\n"
        "content: nowhere\n"
    )
    result = relais("check", "--json", "--offline")
    assert result.exit_code == Exit.PROBLEMS
    report = json.loads(result.stdout)
    wrong = {finding["area"]: finding for finding in report["findings"] if finding["state"] == "wrong"}
    assert report["ok"] is False
    assert set(wrong) == {"accounts", "faq", "templates"}
    assert wrong["accounts"]["subject"] == "mail"
    assert wrong["accounts"]["where"].endswith("accounts.mail.smtp")


def test_the_check_tries_an_accounts_log_in() -> None:
    config("accounts: {trial: {kind: sandbox, outbound_url: 'http://127.0.0.1:9'}}\n")
    report = json.loads(relais("check", "--json").stdout)
    (finding,) = [finding for finding in report["findings"] if finding["subject"] == "trial"]
    assert finding["state"] == "wrong" and "does not answer" in finding["words"]


def test_the_check_tells_a_database_that_can_not_be_used_without_its_password() -> None:
    Path("relais.db").write_bytes(b"this is no database, whatever its name says" * 50)
    config()
    report = json.loads(relais("check", "--json", "--offline").stdout)
    (finding,) = [finding for finding in report["findings"] if finding["area"] == "database"]
    assert finding["state"] == "wrong" and "can't be used" in finding["words"]
    config("database: {url: 'postgresql://bob:hunter2@127.0.0.1:9/relais'}\n")
    result = relais("check", "--json")
    assert "hunter2" not in result.stdout
    (finding,) = [each for each in json.loads(result.stdout)["findings"] if each["area"] == "database"]
    assert finding["state"] == "wrong"


def test_a_file_that_everybody_may_read_is_a_warning() -> None:
    Path("token").write_text("x" * 40, encoding="utf-8")
    Path("token").chmod(0o644)
    config("api: {tokens: {crm_file: token}}\n")
    findings = json.loads(relais("check", "--json", "--offline").stdout)["findings"]
    assert any(finding["area"] == "secrets" and "chmod 600" in finding["words"] for finding in findings)


def test_run_refuses_accounts_that_can_not_work() -> None:
    config("accounts: {mail: {kind: email, address: a@example.org}, tg: {kind: telegram}}\n")
    result = relais("run")
    assert result.exit_code == Exit.USAGE
    assert "accounts.mail.imap" in result.stderr and "token_file" in result.stderr


def test_run_takes_port_and_roles_from_the_command_line() -> None:
    config("database: {url: 'sqlite:///x.db'}\n")
    result = relais("run", "--roles", "web")
    assert result.exit_code == Exit.USAGE
    assert "command line roles" in result.stderr and "SQLite serves one process" in result.stderr


def test_the_demo_says_that_its_port_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = relais("demo", "--port", str(port), "--data", "data")
    assert result.exit_code == Exit.CANNOT_START
    assert f"Port {port}" in result.stderr and "--port" in result.stderr
    assert result.stdout == ""


def test_the_demo_says_that_its_folder_can_not_be_used() -> None:
    Path("file").write_text("", encoding="utf-8")
    result = relais("demo", "--data", "file/data")
    assert result.exit_code == Exit.CANNOT_START
    assert "can't be used" in result.stderr and "--data" in result.stderr


def test_the_database_is_brought_up_and_shown() -> None:
    config()
    before = relais("db", "current", "--json")
    assert (before.exit_code, json.loads(before.stdout)["current"]) == (Exit.PROBLEMS, None)
    assert not Path("relais.db").exists()
    assert relais("db", "upgrade").exit_code == Exit.OK
    after = relais("db", "current", "--json")
    assert after.exit_code == Exit.OK
    assert json.loads(after.stdout) == {"current": migrate.head(), "head": migrate.head(), "up_to_date": True}
    assert "as this release needs it" in relais("db", "current").stdout


def test_a_downgrade_asks_first() -> None:
    config()
    relais("db", "upgrade")
    assert relais("db", "downgrade", "base").exit_code == 1  # nobody answered
    assert json.loads(relais("db", "current", "--json").stdout)["up_to_date"]
    assert relais("db", "downgrade", "base", "--yes").exit_code == Exit.OK
    assert json.loads(relais("db", "current", "--json").stdout)["current"] is None


def test_a_backup_is_a_whole_copy_for_its_owner_alone() -> None:
    config()
    assert relais("db", "backup", "copy.db").exit_code == Exit.PROBLEMS  # nothing there yet
    relais("db", "upgrade")
    result = relais("db", "backup", "copy.db")
    assert result.exit_code == Exit.OK and "copy.db" in result.stdout
    assert Path("copy.db").stat().st_mode & 0o777 == 0o600
    with sqlite3.connect("copy.db") as copy:
        assert copy.execute("SELECT count(*) FROM alembic_version").fetchone() == (1,)
    copy.close()
    again = relais("db", "backup", "copy.db")
    assert again.exit_code == Exit.USAGE and "is there already" in " ".join(again.stderr.split())
    assert not list(Path().glob("*.part"))


def test_a_backup_of_postgresql_names_its_own_tool() -> None:
    config("database: {url: 'postgresql://h/relais'}\n")
    result = relais("db", "backup")
    assert result.exit_code == Exit.USAGE and "pg_dump" in result.stderr


def test_nothing_waits_in_a_new_database() -> None:
    config()
    assert relais("replay").stdout == "Nothing waits.\n"
    assert json.loads(relais("replay", "list", "--json").stdout) == {"quarantined": [], "dead_letters": []}
    unknown = relais("replay", "nope")
    assert unknown.exit_code == Exit.PROBLEMS and "Not found: nope" in unknown.stderr
    everything = relais("replay", "--all", "--json")
    assert json.loads(everything.stdout) == {"requeued": 0, "resent": 0, "unknown": []}


def test_the_ledger_is_shown_as_it_stood_also_while_the_program_runs() -> None:
    config("database: {url: 'sqlite:///relais.db'}\n")
    migrate.upgrade("sqlite:///relais.db")
    with sqlite3.connect("relais.db") as held:
        held.execute(
            "INSERT INTO contacts (id, name, language, timezone, country, zone, organisation_role, source_channel,"
            " preferred_channel, birthday, stage, tier, mode, tags, fields, created_at, updated_at, version)"
            " VALUES ('c1', 'Karim', '', '', '', '', '', 'sms', '', '', 'prospect', 'none', '', '[]', '{}',"
            " '2026-01-01 00:00:00.000000', '2026-01-01 00:00:00.000000', 1)"
        )
        held.execute(
            "INSERT INTO addresses (id, contact_id, channel, value, state, state_reason, created_at)"
            " VALUES ('a1', 'c1', 'sms', '+213550000001', 'ok', '', '2026-01-01 00:00:00.000000')"
        )
        for number, granted in ((1, 1), (2, 0)):
            held.execute(
                "INSERT INTO consents (id, contact_id, channel, purpose, granted, at, source, wording)"
                f" VALUES ('w{number}', 'c1', 'sms', 'offers', {granted}, '2026-0{number}-05 10:00:00.000000',"
                " 'form', 'oui')"
            )
        held.commit()
        lock = os.open("relais.db.lock", os.O_RDWR | os.O_CREAT)
        fcntl.flock(lock, fcntl.LOCK_EX)  # as the running program holds it
        then = relais("consent", "show", "+213550000001", "--at", "2026-01-20", "--json")
        now = relais("consent", "show", "c1")
        os.close(lock)
    found = json.loads(then.stdout)
    assert found["at"] == "2026-01-20T00:00:00+01:00" and len(found["history"]) == 1
    assert {"channel": "sms", "purpose": "offers", "state": "granted"} in found["standings"]
    assert now.exit_code == Exit.OK and "refused" in now.stdout and "Karim" in now.stdout
    assert relais("consent", "show", "nobody").exit_code == Exit.PROBLEMS
    assert relais("consent", "show", "c1", "--at", "someday").exit_code == Exit.USAGE
