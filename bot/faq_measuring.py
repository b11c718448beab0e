"""Measures an FAQ index on labelled questions from files: how right, how sure, how fast, how large."""

from __future__ import annotations

import resource
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import orjson
import yaml

from bot.clock import Clock
from bot.faq_files import FaqEntry
from bot.terminal import stop_usage
from bot.understanding.embedding.choice import Meanings
from bot.understanding.evaluation import percentile
from bot.understanding.faq import ANSWER_CONFIDENCE, FaqIndex, Match
from bot.understanding.faq_evaluation import OUT_OF_SCOPE, Asked, figures_of

MOST_BYTES: Final = 200_000_000
Line = dict[str, Any]


def read_lines(path: Path) -> list[Line]:
    """Labelled questions of a JSON-lines file, or of a YAML file (a list of the same, or label: [texts])."""
    try:
        if path.stat().st_size > MOST_BYTES:
            stop_usage(f"{path} is larger than {MOST_BYTES // 1_000_000} MB.")
        written = path.read_bytes()
    except OSError as error:
        stop_usage(f"{path} can't be read: {error.strerror}")
    if path.suffix in (".yaml", ".yml"):
        return _yaml_lines(path, written)
    lines = []
    for number, raw in enumerate(written.splitlines(), 1):
        if not raw.strip():
            continue
        try:
            line = orjson.loads(raw)
        except orjson.JSONDecodeError as error:
            stop_usage(f"{path}, line {number} is no JSON: {error.msg}")
        lines.append(_checked(line, f"{path}, line {number}"))
    return lines


def _yaml_lines(path: Path, written: bytes) -> list[Line]:
    try:
        data = yaml.load(written, Loader=yaml.BaseLoader)  # every scalar is a text: no, 08:00
    except yaml.YAMLError as error:
        stop_usage(f"{path} is no YAML: {error}")
    if isinstance(data, dict):
        data = [
            {"text": text, "label": label}
            for label, texts in data.items()
            for text in (texts if isinstance(texts, list) else [texts])
        ]
    if not isinstance(data, list):
        stop_usage(f"{path} holds neither a list of questions nor questions by entry.")
    return [_checked(line, f"{path}, question {number}") for number, line in enumerate(data, 1)]


def _checked(line: Any, where: str) -> Line:
    if not isinstance(line, dict) or not isinstance(line.get("text"), str) or line.get("label") is None:
        stop_usage(
            f'{where} has no "text" and "label".', hint='A line looks like {"text": "…", "label": "…"}.'
        )
    return line | {"label": str(line["label"]), "lang": str(line.get("lang") or "")}


def entries_of(lines: Sequence[Line]) -> list[FaqEntry]:
    """An FAQ from labelled questions; "title" is a phrasing too, "answer" evidence. No entry for `oos`."""
    questions: dict[str, dict[str, dict[str, None]]] = {}
    answers: dict[str, dict[str, str]] = {}
    for line in lines:
        label, lang = line["label"], line["lang"] or "und"
        if label == OUT_OF_SCOPE:
            continue
        asked = questions.setdefault(label, {}).setdefault(lang, {})
        for text in (line.get("title"), line["text"]):
            if isinstance(text, str) and text.strip():
                asked.setdefault(text)
        if isinstance(line.get("answer"), str):
            answers.setdefault(label, {}).setdefault(lang, line["answer"])
    return [
        FaqEntry(
            id=label,
            category="",
            questions={lang: tuple(texts) for lang, texts in by_language.items()},
            answers=answers.get(label, {}),
        )
        for label, by_language in questions.items()
    ]


def ask(index: FaqIndex, lines: Sequence[Line]) -> tuple[list[Asked], list[float]]:
    """What the index finds for each question, and the CPU milliseconds each took, one at a time."""
    asked, spent_ms = [], []
    for line in lines:
        before = _cpu_s()
        matches = index.search(line["text"], line["lang"][:2])
        spent_ms.append((_cpu_s() - before) * 1000)
        asked.append(_asked(line, matches, index))
    return asked, spent_ms


def _asked(line: Line, matches: Sequence[Match], index: FaqIndex) -> Asked:
    return Asked(
        text=line["text"],
        label=line["label"],
        lang=line["lang"],
        in_scope=line["label"] in index,
        found=tuple(match.entry_id for match in matches),
        probability=matches[0].probability if matches else 0.0,
    )


def evaluate(
    train: Sequence[Line], test: Sequence[Line], *, precision: float, meanings: Meanings | None = None
) -> dict[str, Any]:
    """Learn an FAQ from some questions and measure it on others."""
    clock = Clock()
    entries = entries_of(train)
    started = clock.monotonic()
    strangers = [line["text"] for line in train if line["label"] == OUT_OF_SCOPE]
    index = FaqIndex.build(entries, precision=precision, strangers=strangers, meanings=meanings)
    startup_s = clock.monotonic() - started
    asked, spent_ms = ask(index, test)
    languages = sorted({one.lang for one in asked if one.lang})
    result: dict[str, Any] = {
        "n_entries": len(index),
        "n_train": len(train),
        "n_test": len(asked),
        "n_out_of_scope": sum(not one.in_scope for one in asked),
        "n_unknown_labels": sum(not one.in_scope and one.label != OUT_OF_SCOPE for one in asked),
        "wanted_precision": precision,
        "threshold": round(index.threshold, 4),
        "n_held_out": index.held_out,
    }
    result |= rounded(figures_of(asked, index.threshold))
    if meanings is not None:
        result["model_trials"] = {
            kind or "unknown": {"tried": count, "won": round(share, 4)}
            for kind, (count, share) in index.trials.items()
        }
        result["model_used_for"] = sorted(kind or "unknown" for kind in index.kinds)
    if len(languages) > 1:
        result["by_lang"] = {
            lang: rounded(figures_of([one for one in asked if one.lang == lang], index.threshold))
            for lang in languages
        }
    return result | {
        "ms_p50": round(percentile(spent_ms, 0.5), 4),
        "ms_p99": round(percentile(spent_ms, 0.99), 4),
        "startup_s": round(startup_s, 3),
        "peak_mb": _peak_mb(),
    }


def try_out(index: FaqIndex, lines: Sequence[Line], answer_from: float = ANSWER_CONFIDENCE) -> dict[str, Any]:
    """Measure an FAQ as it answers, with the confidence that the bot asks for."""
    asked = []
    for line in lines:
        matches = index.search(line["text"], line["lang"][:2])
        confidence = matches[0].confidence if matches else 0.0
        asked.append((_asked(line, matches, index), confidence >= answer_from))
    figures = figures_of([_as_given(one, given) for one, given in asked], 0.5)
    kept = ("accuracy_at_1", "accuracy_at_3", "precision_at_threshold", "coverage_at_threshold", "oos_recall")
    return {
        "n_test": len(asked),
        "n_out_of_scope": sum(not one.in_scope for one, _ in asked),
        "unknown_labels": sorted(
            {one.label for one, _ in asked if not one.in_scope and one.label != OUT_OF_SCOPE}
        ),
        **rounded({name: figures[name] for name in kept}),
        "asked": [one for one, _ in asked],
        "wrong_answers": [
            {"text": one.text, "meant": one.label, "answered": one.found[0]}
            for one, given in asked
            if given and not one.right
        ],
        "not_answered": [
            {"text": one.text, "meant": one.label} for one, given in asked if one.in_scope and not given
        ],
    }


def _as_given(one: Asked, given: bool) -> Asked:
    return Asked(
        text=one.text,
        label=one.label,
        lang=one.lang,
        in_scope=one.in_scope,
        found=one.found,
        probability=float(given),
    )


def rounded(figures: Mapping[str, float | None]) -> dict[str, float | None]:
    return {name: None if value is None else round(value, 4) for name, value in figures.items()}


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _peak_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1 << 20 if sys.platform == "darwin" else 1 << 10), 1)
