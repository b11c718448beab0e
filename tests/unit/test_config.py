"""The configuration: read, laid over, checked, and told in words."""

from __future__ import annotations

import textwrap
from datetime import date, time
from pathlib import Path

import pytest

from bot.accounts import account_problems, channel_of, needs_stand_in, settings_of
from bot.config import Config, ConfigError, SandboxAccount, TelegramAccount, WebChatAccount, load
from channels.sandbox.settings import SandboxSettings
from channels.telegram.settings import TelegramSettings
from channels.webchat.settings import WebChatSettings

COMPANY = """
    company:
      name: Atlas
      timezone: Africa/Algiers
      country: DZ
"""
SECRET = "0123456789abcdef0123456789abcdef"


def written(folder: Path, text: str, *, company: str = COMPANY) -> Path:
    path = folder / "relais.yaml"
    path.write_text(textwrap.dedent(company) + textwrap.dedent(text), encoding="utf-8")
    return path


def loaded(folder: Path, text: str = "", env: dict[str, str] | None = None) -> Config:
    return load(written(folder, text), env or {})


def problems(folder: Path, text: str, env: dict[str, str] | None = None, company: str = COMPANY) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(written(folder, text, company=company), env or {})
    return [f"{problem.where.replace(str(folder), '')}: {problem.what}" for problem in caught.value.problems]


def test_the_least_configuration_gets_every_default(tmp_path: Path) -> None:
    config = loaded(tmp_path)
    assert config.server.port == 8080
    assert config.database.url == f"sqlite:///{tmp_path}/relais.db"
    assert config.database.sqlite_path == tmp_path / "relais.db"
    assert config.media.folder == tmp_path / "media"
    assert config.company.languages == ("fr",)
    assert config.company.opening_hours["mon"][0].start == time(9)
    assert config.company.currency_code == "DZD"
    assert config.roles == ("web", "worker", "scheduler")
    assert config.complaints.ack_within.seconds("email") == 300
    assert config.complaints.ack_within.seconds("whatsapp") == 60
    assert config.delivery.uncertain.receipt == "resend"
    assert list(config.desks) == ["complaints"]


def test_an_unknown_key_is_told_with_its_line_and_the_nearest_known_one(tmp_path: Path) -> None:
    assert problems(tmp_path, "server:\n  prot: 80\n") == [
        "/relais.yaml:7 server.prot: is not a setting of server; did you mean port?"
    ]
    assert problems(tmp_path, "sevrer: {port: 80}\n") == [
        "/relais.yaml:6 sevrer: is not a setting; did you mean server?"
    ]


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    found = problems(
        tmp_path, "server: {port: eight, host: [a]}\nlogging: {level: loud}\nroles: [web, wrker]\n"
    )
    assert found[0] == "/relais.yaml:6 server.host: must be text"
    assert "/relais.yaml:6 server.port: must be a whole number, not “eight”" in found
    assert any("logging.level: must be debug, info, warning or error, not “loud”" in line for line in found)
    assert any("roles.1: must be web, worker or scheduler" in line and "worker?" in line for line in found)


def test_missing_keys_are_told_one_by_one(tmp_path: Path) -> None:
    found = problems(tmp_path, "", company="company: {name: Atlas}\n")
    assert [line.partition(": ")[0] for line in found] == [
        "/relais.yaml:1 company.timezone",
        "/relais.yaml:1 company.country",
    ]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("server: {port: 80\n", ":7"),
        ("server:\n\tport: 80\n", ":7:1"),
        ("a: b: c\n", ":6:5"),
        ("x: 'y\n", ":7"),
    ],
)
def test_a_slip_in_the_yaml_is_told_with_line_and_column(tmp_path: Path, text: str, place: str) -> None:
    (found,) = problems(tmp_path, text)
    assert found.startswith(f"/relais.yaml{place}")
    assert "is not YAML" in found


def test_a_key_that_stands_twice_is_an_error(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, "server: {port: 1}\nserver: {port: 2}\n")
    assert found.startswith("/relais.yaml:7 server: stands twice, first at ")


def test_a_file_that_refers_to_itself_ends(tmp_path: Path) -> None:
    found = problems(tmp_path, "server: &s\n  host: *s\n")
    assert any("nested too deeply or refers to itself" in line for line in found)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"just words", b"- a\n- b\n"])
def test_a_file_that_is_no_configuration_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "relais.yaml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"is not UTF-8|must be keys and values"):
        load(path, {})


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="can't be read: No such file"):
        load(tmp_path / "none.yaml", {})


def test_yaml_traps_stay_what_they_look_like(tmp_path: Path) -> None:
    text = """
        accounts:
          sms: {kind: sms, account_sid: 0123, from: +213555000100}
        desks: {complaints: {name: no}}
        logging: {bodies: off}
    """
    config = loaded(tmp_path, text)
    account = config.accounts["sms"]
    assert account.kind == "sms" and account.sender == "+213555000100" and account.account_sid == "0123"
    assert config.desks["complaints"].names(("fr",)) == {"fr": "no"}
    assert config.logging.bodies is False


def test_a_key_without_a_value_means_its_default(tmp_path: Path) -> None:
    assert loaded(tmp_path, "server:\n  port:\nfaq:\n").server.port == 8080


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    env = {
        "RELAIS__SERVER__PORT": "9000",
        "RELAIS__ROLES": "web, worker, scheduler",
        "RELAIS__DELIVERY__BACKOFF_S": "[1, 2.5]",
        "RELAIS__ACCOUNTS__SUPPORT_MAIL__VIA": "sms",
        "RELAIS__DESKS__SALES": '{"name": {"fr": "Ventes"}}',
        "OTHER": "x",
    }
    config = loaded(
        tmp_path,
        "server: {port: 1}\naccounts: {support-mail: {kind: sandbox}}\ndesks: {complaints: {name: R}}\n",
        env,
    )
    assert config.server.port == 9000
    assert config.delivery.backoff_s == (1, 2.5)
    assert channel_of(config.accounts["support-mail"]) == "sms"
    assert config.desks["sales"].names(("fr", "ar")) == {"fr": "Ventes", "ar": "Ventes"}


def test_a_program_can_be_configured_by_the_environment_alone(tmp_path: Path) -> None:
    env = {
        "RELAIS__COMPANY__NAME": "Atlas",
        "RELAIS__COMPANY__TIMEZONE": "Africa/Algiers",
        "RELAIS__COMPANY__COUNTRY": "dz",
        "RELAIS__ACCOUNTS__MY_BOT__KIND": "telegram",
        "RELAIS__ACCOUNTS__MY_BOT__TOKEN": "1:x",
    }
    config = load(None, env)
    assert config.company.country == "DZ"
    assert list(config.accounts) == ["my-bot"]


def test_a_slip_in_the_environment_names_the_variable(tmp_path: Path) -> None:
    assert problems(tmp_path, "", {"RELAIS__SERVER__PROT": "1"}) == [
        "environment RELAIS__SERVER__PROT: server.prot is not a setting; did you mean port?"
    ]
    assert problems(tmp_path, "", {"RELAIS__SERVER__PORT": "x"}) == [
        "environment RELAIS__SERVER__PORT server.port: must be a whole number, not “x”"
    ]
    (found,) = problems(tmp_path, "", {"RELAIS__ROLES": '["web"'})
    assert found.startswith("environment RELAIS__ROLES roles: begins as JSON but is not")


def test_a_secret_is_read_from_a_file_without_its_last_newline(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("  1:abc \n\n", encoding="utf-8")
    config = loaded(tmp_path, "accounts: {tg: {kind: telegram, token_file: token}}\n")
    account = config.accounts["tg"]
    assert isinstance(account, TelegramAccount)
    assert config.secret_files == (tmp_path / "token",)
    assert account.token.get_secret_value() == "  1:abc \n"


def test_an_unreadable_secret_file_is_told(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, "accounts: {tg: {kind: telegram, token_file: nope}}\n")
    assert found.startswith("/relais.yaml:6 accounts.tg.token_file: ")
    assert "can't be read: No such file" in found


def test_an_account_that_is_off_needs_no_secret_file(tmp_path: Path) -> None:
    config = loaded(tmp_path, "accounts: {tg: {kind: telegram, enabled: no, token_file: nope}}\n")
    assert config.active_accounts() == {}


def test_a_secret_and_its_file_together_are_an_error_but_the_environment_replaces(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("1:abc", encoding="utf-8")
    text = "accounts: {tg: {kind: telegram, token: '2:x', token_file: token}}\n"
    assert "stands beside token" in problems(tmp_path, text)[0]
    env = {"RELAIS__ACCOUNTS__TG__TOKEN_FILE": str(tmp_path / "token")}
    account = loaded(tmp_path, "accounts: {tg: {kind: telegram, token: '2:x'}}\n", env).accounts["tg"]
    assert isinstance(account, TelegramAccount) and account.token.get_secret_value() == "1:abc"


def test_a_file_key_stands_only_for_a_key_that_exists(tmp_path: Path) -> None:
    assert "is not a setting of server" in problems(tmp_path, "server: {prot_file: x}\n")[0]


def test_api_tokens_come_from_files_too_and_short_ones_are_refused(tmp_path: Path) -> None:
    (tmp_path / "crm").write_text(SECRET + "\n", encoding="utf-8")
    config = loaded(tmp_path, "api: {tokens: {crm_file: crm}}\n")
    assert config.api.tokens["crm"].get_secret_value() == SECRET
    (found,) = problems(tmp_path, "api: {tokens: {crm: hunter2}}\n")
    assert "api.tokens.crm: must have 32 characters or more" in found


def test_no_secret_is_ever_shown(tmp_path: Path) -> None:
    text = f"""
        database: {{url: 'postgresql://bob:hunter2@db/relais'}}
        accounts:
          tg: {{kind: telegram, token: '1:hunter2', secret_token: hunter2}}
          chat: {{kind: webchat, identity_secret: {SECRET}}}
        api: {{tokens: {{crm: {SECRET}}}}}
    """
    assert "hunter2" not in repr(loaded(tmp_path, text)) and SECRET not in repr(loaded(tmp_path, text))
    wrong = """
        accounts:
          t: {kind: telegram, secret_token: 'hunter2!'}
          c: {kind: webchat, identity_secret: hunter2}
        database: {url: 'mysql://bob:hunter2@db/x'}
    """
    found = problems(tmp_path, wrong)
    assert len(found) == 3
    assert not any("hunter2" in line for line in found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("accounts: {Chat: {kind: webchat}}", "accounts.Chat: must be lower-case letters"),
        ("accounts: {x: {kind: webcaht}}", "kind: webcaht is not known; did you mean webchat?"),
        ("accounts: {x: }", "accounts.x: has no kind. Write one of: email, sms"),
        ("accounts: {x: {kind: webchat, desk: compaints}}", "did you mean complaints?"),
        ("desks: {complaints: {name: C, notify: [{account: mail, to: a}]}}", "“mail” does not stand under"),
        ("desks: {sales: {name: S}}", "complaints.desk: “complaints” does not stand under desks"),
        ("dialogue: {desk: sales}", "dialogue.desk: “sales” does not stand under desks"),
        ("delivery: {rates: {sms: 1}}", "delivery.rates.sms: “sms” does not stand under accounts"),
        ("accounts: {x: {kind: webchat, allowed_origins: ['https://a.example/shop']}}", "must be an origin"),
        ("accounts: {x: {kind: webchat, allowed_origins: ['*']}}", "must be an address such as https://example.org"),
        ("roles: [web]", "roles: leaves out worker, scheduler, but SQLite serves one process"),
        ("roles: []", "roles: must not be empty"),
        ("database: {url: 'mysql://h/x'}", "must begin with sqlite:/// and a file, or postgresql://"),
        ("server: {port: 70000}", "must be 65535 or less"),
        ("server: {trusted_proxies: [proxy]}", "proxy is not an address such as"),
        ("server: {public_url: 'ftp://x'}", "must be an address such as https://example.org"),
        ("delivery: {uncertain: {bulk: resend}}", "delivery.uncertain.bulk: must be hold"),
        ("delivery: {timeout_s: .inf}", "delivery.timeout_s: must be"),
        ("complaints: {resolve_within: 0}", "must be 1 or more"),
        ("dialogue: {answer_threshold: 1.5}", "must be 1 or less"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told_in_words(tmp_path: Path, text: str, expected: str) -> None:
    found = problems(tmp_path, text + "\n")
    assert any(expected in line for line in found), found


@pytest.mark.parametrize(
    ("company", "expected"),
    [
        ("timezone: Africa/Algeirs", "is not a time zone"),
        ("country: Algeria", "must be two letters such as DZ"),
        ("languages: [fr, de]", "must be fr, ar or en"),
        ("languages: [ar, en]", "must contain the main language, fr"),
        ("opening_hours: {mon: [08:00-7:00]}", "must end after it begins"),
        ("opening_hours: {mon: ['8-12']}", "must be hours such as 08:00-12:00"),
        ("opening_hours: {mon: [08:00-12:00, 11:00-13:00]}", "mon: the hours overlap or are not in order"),
        ("opening_hours: {lundi: [08:00-12:00]}", "opening_hours.lundi"),
        ("opening_hours: {mon: [08:00-12:00]}", "tue is a working day without hours"),
        ("working_days: []", "must not be empty"),
        ("holidays: [2026-13-01]", "must be a day such as 2026-08-01"),
        ("holidays: [2026-08-05..2026-08-01]", "must not end before it begins"),
        ("special_hours: {ramadan: [09:00-15:00]}", "must be a day such as 2026-08-01"),
    ],
)
def test_what_does_not_fit_a_company_is_told_in_words(tmp_path: Path, company: str, expected: str) -> None:
    key = company.partition(":")[0]
    kept = [
        line for line in textwrap.dedent(COMPANY).strip().splitlines() if not line.strip().startswith(key)
    ]
    found = problems(tmp_path, "", company="\n".join([*kept, f"  {company}", ""]))
    assert any(expected in line for line in found), found


def test_hours_holidays_and_special_days_are_read(tmp_path: Path) -> None:
    company = COMPANY + (
        "      working_days: [sun]\n"
        "      opening_hours: {sun: ['08:00-12:00', '13:00-24:00']}\n"
        "      holidays: {public: false, closures: [2026-08-01..2026-08-03, 2026-12-31]}\n"
        "      special_hours: {2026-03-01..2026-03-02: [09:00-15:00]}\n"
    )
    config = load(written(tmp_path, "outreach: {quiet_hours: none}\n", company=company), {})
    assert [window.end for window in config.company.opening_hours["sun"]] == [time(12), time(0)]
    assert len(config.company.closed_days()) == 4 and date(2026, 8, 3) in config.company.closed_days()
    assert list(config.company.special_days()) == [date(2026, 3, 1), date(2026, 3, 2)]
    assert config.company.holidays.public is False
    assert config.outreach.quiet_hours is None


def test_a_place_can_be_asked_for_every_key(tmp_path: Path) -> None:
    config = load(written(tmp_path, "server:\n  port: 1\n"), {}, overrides={"logging.level": "debug"})
    assert config.where("server.port") == f"{tmp_path}/relais.yaml:7 server.port"
    assert config.where("server.host") == f"{tmp_path}/relais.yaml:6 server.host"
    assert config.where("logging.level") == "command line logging.level"
    assert config.where("media.folder") == "media.folder"


def test_faq_patterns_become_files_once_each_in_order(tmp_path: Path) -> None:
    for name in ("b", "a"):
        (tmp_path / f"{name}.yaml").write_text("", encoding="utf-8")
    (tmp_path / "relais").mkdir()
    config = load(written(tmp_path / "relais", "faq: {files: [../b.yaml, '../*.yaml']}\n"), {})
    assert [path.name for path in config.faq_paths()] == ["b.yaml", "a.yaml"]


def test_accounts_become_settings_of_their_door(tmp_path: Path) -> None:
    text = f"""
        server: {{public_url: 'https://bot.example.org'}}
        accounts:
          tg: {{kind: telegram, token: '1:abc', mode: webhook}}
          chat: {{kind: webchat, identity_secret: {SECRET}, allowed_origins: 'https://a.example,https://b.example:8443'}}
          trial: {{kind: sandbox, via: sms, secret: s, outbound_url: 'http://127.0.0.1:9/'}}
    """
    config = loaded(tmp_path, text)
    assert account_problems(config) == []
    kind, telegram = settings_of("tg", config.accounts["tg"], config)
    assert kind == "telegram" and isinstance(telegram, TelegramSettings) and telegram.mode == "webhook"
    kind, chat = settings_of("chat", config.accounts["chat"], config)
    assert kind == "webchat" and isinstance(chat, WebChatSettings)
    assert chat.allowed_origins == ("https://a.example", "https://b.example:8443")
    assert chat.title == "Atlas" and chat.languages == ("fr",)
    kind, trial = settings_of("trial", config.accounts["trial"], config)
    assert kind == "sandbox" and isinstance(trial, SandboxSettings)
    assert (trial.via, trial.outbound_url) == ("sms", "http://127.0.0.1:9")


def test_accounts_without_credentials_or_door_get_a_stand_in_in_the_demo_only(tmp_path: Path) -> None:
    text = """
        accounts:
          mail: {kind: email, address: a@example.org}
          tg: {kind: telegram}
          chat: {kind: webchat}
    """
    config = loaded(tmp_path, text)
    assert all(needs_stand_in(account) for account in config.accounts.values())
    assert account_problems(config, demo=True) == []
    told = [problem.what for problem in account_problems(config)]
    assert told == [
        "is missing. Set it, or enabled: false to leave the account out",  # imap
        "is missing. Set it, or enabled: false to leave the account out",  # smtp
        "is missing. Set it, or token_file, or enabled: false to leave the account out",
        "is missing. Set it, or identity_secret_file, or enabled: false to leave the account out",
    ]
    _, settings = settings_of("mail", config.accounts["mail"], config)
    assert isinstance(settings, SandboxSettings) and settings.via == "email"


def test_a_telegram_webhook_needs_a_public_https_address(tmp_path: Path) -> None:
    text = "accounts: {tg: {kind: telegram, token: '1:a', mode: webhook}}\n"
    (problem,) = account_problems(loaded(tmp_path, text))
    assert "needs server.public_url" in problem.what and problem.where.endswith("accounts.tg.mode")
    (problem,) = account_problems(loaded(tmp_path, text + "server: {public_url: 'http://h.example'}\n"))
    assert "begins with https://" in problem.what


def test_the_account_models_are_told_apart_by_kind(tmp_path: Path) -> None:
    config = loaded(tmp_path, "accounts: {a: {kind: webchat}, b: {kind: sandbox}}\n")
    assert isinstance(config.accounts["a"], WebChatAccount)
    assert isinstance(config.accounts["b"], SandboxAccount)
