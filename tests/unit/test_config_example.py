"""config.example.yaml and the demo's configuration: complete, true, and loadable."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.accounts import account_problems, colleagues_of
from bot.config import Config, load
from bot.config.section import Section
from bot.config.shape import Shape, fields_of, model_for, shape_of
from bot.config.source import read_yaml
from bot.demo import BUILT_IN, prepare

EXAMPLE = Path(__file__).parents[2] / "config.example.yaml"
SHORT_FORMS = {"Hours", "Window", "Closure"}  # sections that are written as one text


def sections(shape: Shape, data: Any, path: str) -> Iterator[tuple[str, type[Section], dict[str, Any]]]:
    """Every section that the example writes out, with its model."""
    if shape.kind == "section" and isinstance(data, dict):
        model = model_for(shape, data)
        assert model is not None, path
        yield path, model, data
        for name, below in fields_of(model).items():
            yield from sections(below, data.get(name), f"{path}.{name}")
    elif shape.item is not None and isinstance(data, dict | list):
        below_data = list(data.items()) if isinstance(data, dict) else list(enumerate(data))
        for key, value in below_data:
            yield from sections(shape.item, value, f"{path}.{key}")


def models_in(shape: Shape) -> set[type[Section]]:
    found: set[type[Section]] = set()
    for model in shape.models:
        found.add(model)
        for below in fields_of(model).values():
            found |= models_in(below)
    return found | (models_in(shape.item) if shape.item else set())


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """The example where its secrets are there."""
    copy = tmp_path / "relais.yaml"
    shutil.copy(EXAMPLE, copy)
    (tmp_path / "secrets").mkdir()
    for name in re.findall(r"_file: secrets/([\w.-]+)", copy.read_text(encoding="utf-8")):
        (tmp_path / "secrets" / name).write_text("x" * 40 + "\n", encoding="utf-8")
    return copy


def test_the_example_names_every_setting_of_every_section() -> None:
    data = read_yaml(EXAMPLE).data
    written: dict[type[Section], set[str]] = {}
    for _path, model, keys in sections(shape_of(Config), data, ""):
        written.setdefault(model, set()).update(keys)
    known = {model for model in models_in(shape_of(Config)) if model.__name__ not in SHORT_FORMS}
    assert len(known) >= 25  # else this test looks at nothing
    assert {model.__name__ for model in known - written.keys()} == set()
    missing = [
        f"{model.__name__}.{name}"
        for model in known
        for name in fields_of(model)
        if name not in written[model] and f"{name}_file" not in written[model]
    ]
    assert missing == []


def test_every_setting_is_described_for_people() -> None:
    silent = [
        f"{model.__name__}.{name}"
        for model in models_in(shape_of(Config))
        if model.__name__ not in SHORT_FORMS
        for name, info in model.model_fields.items()
        if not info.description
    ]
    assert silent == []


def test_every_setting_of_the_example_has_a_comment_above_it() -> None:
    explained: set[str] = set()
    silent = []
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    for before, line in zip(["", *lines], lines, strict=False):
        match = re.match(r" *(?:- )?([a-z_]+):", line)
        if not match:
            continue
        key = match[1].removesuffix("_file")
        if before.strip().startswith("#"):
            explained.add(key)
        elif key not in explained and key not in {
            "kind",
            "sun",
            "mon",
            "tue",
            "wed",
            "thu",
            "complaints",
            "sales",
        }:
            silent.append(line)
    assert len(explained) > 80
    assert silent == []


def test_the_example_loads(example: Path) -> None:
    config = load(example, {})
    assert account_problems(config) == []
    assert set(config.accounts) == {"chat", "telegram", "support-mail", "sms", "whatsapp", "trial"}


def test_the_example_loads_with_every_account_switched_on(example: Path) -> None:
    text = example.read_text(encoding="utf-8").replace("enabled: false", "enabled: true")
    example.write_text(text, encoding="utf-8")
    config = load(example, {})
    assert len(config.active_accounts()) == 6


def test_the_example_shows_the_true_defaults(example: Path) -> None:
    shown = load(example, {})
    least = load(
        None,
        {
            "RELAIS__COMPANY__NAME": "x",
            "RELAIS__COMPANY__TIMEZONE": "UTC",
            "RELAIS__COMPANY__COUNTRY": "DZ",
        },
    )
    for name in ("server", "roles", "complaints", "delivery", "outreach", "console", "logging"):
        assert getattr(shown, name) == getattr(least, name), name
    assert shown.media.max_bytes == least.media.max_bytes


def test_the_demo_company_needs_nothing_but_a_folder(tmp_path: Path) -> None:
    prepared = prepare(tmp_path / "demo", {}, port=1234)
    config = prepared.config
    assert config.server.port == 1234
    assert config.company.name == "Briqueterie Atlas"
    assert account_problems(config, demo=True) == []
    assert {"complaints", "sales", "logistics", "accounting", "technical"} == set(config.desks)
    assert config.database.sqlite_path == tmp_path / "demo" / "relais.db"
    assert len(colleagues_of(config)) == 5 and "Service commercial" in colleagues_of(config).values()
    assert [path.suffix for path in config.faq_paths()] and BUILT_IN.is_file()


def test_the_demo_keeps_its_secrets_for_its_owner_and_over_restarts(tmp_path: Path) -> None:
    first = prepare(tmp_path, {})
    again = prepare(tmp_path, {})
    assert first.config.accounts["chat"] == again.config.accounts["chat"]
    assert first.config.api == again.config.api
    assert first.token_file.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "identity-secret").stat().st_mode & 0o777 == 0o600
    assert first.token_file.read_text(encoding="utf-8").strip() == (
        first.config.api.tokens["demo"].get_secret_value()
    )


def test_a_secret_cut_short_by_a_crash_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "api-token").write_text("abc", encoding="utf-8")
    assert len(prepare(tmp_path, {}).config.api.tokens["demo"].get_secret_value()) > 32
