"""From a file and an environment to a `Config`, or to the whole list of what is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import ValidationError

from bot.config.models import Config
from bot.config.prepare import Preparer
from bot.config.rules import check_rules
from bot.config.shape import shape_of
from bot.config.source import Source, add_environment, put, read_yaml
from bot.config.words import problems_of
from channels.port import Problem


class ConfigError(Exception):
    """The configuration can't be used; `problems` says all that is wrong, each with its place."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(f"{problem.where}: {problem.what}" for problem in problems))
        self.problems = tuple(problems)


def load(
    path: Path | None, env: Mapping[str, str], *, overrides: Mapping[str, object] | None = None
) -> Config:
    """Read a file (none: the environment alone), lay `RELAIS__…` variables and `overrides` over it, check.

    `overrides` are dotted keys of the command line, the last word. Relative paths are relative to the file's
    folder, without a file to the current one. Raises `ConfigError`.
    """
    source = read_yaml(path) if path is not None else Source()
    _stop_on(source.problems)
    add_environment(source, env, shape_of(Config))
    for key, value in (overrides or {}).items():
        put(source, key.split("."), value, "command line")
    folder = path.absolute().parent if path is not None else Path.cwd()
    config = _validated(source, Preparer(source=source, folder=folder))
    _stop_on(check_rules(config))
    return config


def _validated(source: Source, preparer: Preparer) -> Config:
    data = preparer.prepare(source.data, shape_of(Config), "")
    data.setdefault("company", {})  # so that its missing keys are told one by one
    _anchor_database(data, preparer.folder)
    try:
        config = Config.model_validate(data)
    except ValidationError as error:
        source.data = data
        _stop_on([*source.problems, *problems_of(error, Config, source)])
        raise  # never reached: a ValidationError has at least one error
    _stop_on(source.problems)
    config.attach_source(source.places, tuple(preparer.secret_files))
    return _with_absolute_defaults(config, preparer.folder)


def _anchor_database(data: dict[str, object], folder: Path) -> None:
    """Make a relative SQLite file relative to the configuration's folder, like every other path."""
    database = data.setdefault("database", {})
    if not isinstance(database, dict):
        return
    url = database.setdefault("url", "sqlite:///relais.db")
    if isinstance(url, str) and url.startswith("sqlite:///") and url != "sqlite:///":
        database["url"] = f"sqlite:///{folder / url.removeprefix('sqlite:///')}"


def _with_absolute_defaults(config: Config, folder: Path) -> Config:
    """The default media folder is relative like a written one."""
    if config.media.folder.is_absolute():
        return config
    media = config.media.model_copy(update={"folder": folder / config.media.folder})
    return config.model_copy(update={"media": media})


def _stop_on(problems: Sequence[Problem]) -> None:
    if problems:
        raise ConfigError(problems)
