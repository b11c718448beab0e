"""What `relais faq import-model` does and says, and the model of the other commands on the FAQ."""

from __future__ import annotations

import os
from pathlib import Path
from statistics import median
from typing import Any, Final

from rich.table import Table
from rich.text import Text

from bot.clock import Clock
from bot.config import load
from bot.model_files import (
    About,
    SentenceModel,
    keep_hearing,
    open_model,
    remove_model,
)
from bot.model_files import import_model as import_files
from bot.model_hearing import Prepared, local_meanings, meanings_of
from bot.model_trial import hearing_of
from bot.terminal import Stop, console, print_json, stop_usage
from bot.understanding.embedding.choice import Hearing, ModelError

FOLDER: Final = "faq-model"
_LANGUAGES: Final = {"fr": "French", "en": "English", "ar": "Arabic", "ar-latn": "Darija in Latin letters"}
_SENTENCES: Final = (
    "When are you open?",
    "How long does a delivery take, and what does it cost?",
    "I was charged twice for one order and would like one of the payments back, please.",
)


def folder_for(config: Path | None, to: Path | None) -> Path:
    """Where the model is kept: as asked, as configured, else beside the configuration."""
    if to is not None:
        return to.expanduser().absolute()
    if config is None:
        return Path.cwd() / FOLDER
    return load(config, os.environ).faq.model or config.absolute().parent / FOLDER


def bring_in(source: Path, folder: Path, *, sha256: str, as_json: bool) -> None:
    """Import, try, tell."""
    try:
        model = import_files(source, folder, sha256=sha256)
        about = model.about.model_copy(update={"hearing": hearing_of(model), "ms": _ms(model)})
        keep_hearing(folder, about)
    except ModelError as error:
        raise Stop(f"{error}.", hint="docs/understanding.md says which models can be used.") from error
    told = _told(about, model, folder)
    if as_json:
        print_json(told)
    else:
        _show(about, told)


def remove(folder: Path, *, as_json: bool) -> None:
    removed = remove_model(folder)
    if as_json:
        print_json({"folder": str(folder), "removed": removed})
    elif removed:
        console().print(f"Removed the model in {folder}. Take faq.model out of the configuration.")
    else:
        stop_usage(f"There is no imported model in {folder}.")


def of_folder(folder: Path | None) -> Prepared | None:
    """The model of a folder, for a command."""
    try:
        return None if folder is None else local_meanings(folder.expanduser().absolute())
    except ModelError as error:
        raise Stop(f"{error}.") from error


def configured(config: Path | None, folder: Path | None) -> Prepared | None:
    """The model of a folder, else the configuration's."""
    if folder is not None or config is None:
        return of_folder(folder)
    try:
        return meanings_of(load(config, os.environ).faq, Clock())
    except ModelError as error:
        raise Stop(f"{error}.") from error


def about_of(folder: Path) -> About:
    """What is known of the model in a folder that opens. Raises `ModelError`."""
    return open_model(folder).about


def languages_heard(about: About) -> str:
    """In words, for people."""
    heard = [name for kind, name in _LANGUAGES.items() if about.hearing.get(kind, _DEAF).strength > 0]
    return ", ".join(heard) or "none of our languages"


_DEAF: Final = Hearing(strength=0.0)


def _ms(model: SentenceModel) -> float:
    """Milliseconds a sentence, one at a time: the median of some rounds."""
    clock = Clock()
    spent = []
    for sentence in _SENTENCES * 5:
        started = clock.monotonic()
        model.vectors([sentence])
        spent.append((clock.monotonic() - started) * 1000)
    return round(median(spent), 1)


def _told(about: About, model: SentenceModel, folder: Path) -> dict[str, Any]:
    return {
        "folder": str(folder),
        "sha256": about.sha256,
        "origin": about.origin,
        "dimensions": model.size,
        "ms_a_sentence": about.ms,
        "languages": {
            kind: {"strength": heard.strength, "won": heard.gain if heard.gain > -1 else None}
            for kind, heard in about.hearing.items()
            if kind
        },
    }


def _show(about: About, told: dict[str, Any]) -> None:
    out = console()
    out.print(Text(f"Imported {about.name}", style="bold"))
    table = Table(box=None, pad_edge=False, show_header=False)
    for label, value in (
        ("SHA-256", about.sha256),
        ("these are", about.origin),
        ("a vector has", f"{told['dimensions']} numbers"),
        ("a sentence takes", f"{about.ms} ms"),
    ):
        table.add_row(label, Text(value, overflow="fold"))
    for kind, name in _LANGUAGES.items():
        table.add_row(name, _in_words(about.hearing.get(kind, _DEAF)))
    out.print(table)
    out.print(f"It is kept in {told['folder']} and used once the configuration says", soft_wrap=True)
    out.print(Text(f"faq:\n  model: {told['folder']}", style="bold"), soft_wrap=True)


def _in_words(heard: Hearing) -> str:
    if heard.gain <= -1:
        return "not used: the demo's FAQ has too few phrasings to tell"
    won = f"{100 * heard.gain:+.1f} % of left-out questions found"
    if heard.strength == 0:
        return f"not used: {won}"
    return f"used{' at half strength' if heard.strength < 1 else ''}: {won}, if your own FAQ agrees"
