"""Measures the understanding of messages on labelled lines: what was right, how fast, in how much memory."""

from __future__ import annotations

import resource
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson
from rich.table import Table
from rich.text import Text

from bot.phrasings.lessons import Lesson, taught
from bot.terminal import console, stop_usage
from bot.understanding import intent_tasks as tasks
from bot.understanding.evaluation import Score, area_under_curve, by_label, macro_f1, percentile, score_of
from bot.understanding.fact_matching import agree, found, named
from bot.understanding.faq import FaqIndex
from bot.understanding.intent_model import intent_model
from bot.understanding.intent_tasks import Line, Task
from bot.understanding.reading import Reading, Understanding
from bot.understanding.route import route_of

MOST_BYTES: Final = 200_000_000
Measured = dict[str, Any]


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _peak_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1 << 20 if sys.platform == "darwin" else 1 << 10), 1)


def read_lines(path: Path) -> list[Line]:
    try:
        if path.stat().st_size > MOST_BYTES:
            stop_usage(f"{path} is larger than {MOST_BYTES // 1_000_000} MB.")
        written = path.read_bytes().splitlines()
    except OSError as error:
        stop_usage(f"{path} can't be read: {error.strerror}")
    lines: list[Line] = []
    for number, raw in enumerate(written, 1):
        if not raw.strip():
            continue
        try:
            line = orjson.loads(raw)
        except orjson.JSONDecodeError as error:
            stop_usage(f"{path}, line {number} is no JSON: {error.msg}")
        if not isinstance(line, dict) or not isinstance(line.get("text"), str):
            stop_usage(
                f'{path}, line {number} has no "text".', hint='A line looks like {"text": "…", "label": "…"}.'
            )
        lines.append(line)
    if not lines:
        stop_usage(f"{path} has no lines.")
    return lines


def task_named(wanted: str, lines: Sequence[Line]) -> Task:
    if wanted == "auto":
        return tasks.guess_task(lines)
    for task in tasks.TASKS:
        if wanted == task:
            return task
    stop_usage(f"There is no task {wanted!r}.", hint=f"One of: auto, {', '.join(tasks.TASKS)}.")


def measure(
    task: Task,
    lines: Sequence[Line],
    *,
    guessed: bool,
    predictions: Path | None,
    mistakes: int,
    train: Sequence[Line] = (),
) -> Measured:
    """The figures of a test. What stands in `train` is learnt before, on top of what ships."""
    lessons = _lessons(task, train)
    before = _cpu_s()
    model = taught(intent_model(), lessons)
    taught_ms = (_cpu_s() - before) * 1000
    understanding = Understanding(FaqIndex([]), model=model)
    understanding.read("ready?")
    startup_s = _cpu_s()
    readings, spent_ms = [], []
    for line in lines:
        before = _cpu_s()
        readings.append(understanding.read(line["text"]))
        spent_ms.append((_cpu_s() - before) * 1000)
    kind = _kind_of(lines)
    judged = [_judged(task, line, reading, kind) for line, reading in zip(lines, readings, strict=True)]
    result: Measured = {"task": task, "task_guessed": guessed, "n_test": len(lines)}
    result |= _figures(task, judged)
    result |= {
        "unknown_labels": _unknown(task, lines),
        "ms_p50": round(percentile(spent_ms, 0.5), 4),
        "ms_p99": round(percentile(spent_ms, 0.99), 4),
        "startup_s": round(startup_s, 3),
        "peak_mb": _peak_mb(),
    }
    if train:
        result |= {"n_train": len(lessons), "train_ms": round(taught_ms, 1)}
    if mistakes:
        wrong = [one for one in judged if set(one["right"]) != set(one["said"])]
        result["mistakes"] = [
            {key: one[key] for key in ("text", "right", "said")} for one in wrong[:mistakes]
        ]
    if predictions is not None:
        predictions.write_bytes(b"".join(orjson.dumps(one) + b"\n" for one in judged))
    return result


def _lessons(task: Task, lines: Sequence[Line]) -> list[Lesson]:
    """What a training file teaches; a language or a fact can't be taught so."""
    if lines and task in ("language", "facts"):
        stop_usage(f"There is nothing to learn for the task {task}.", hint="Leave --train away.")
    lessons = [Lesson(text=line["text"], wishes=tasks.taught_by(task, line)) for line in lines]
    return [lesson for lesson in lessons if lesson.wishes]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """What a whole test tells about each of its lines."""

    dialect: bool  # tells dialect in Arabic letters from standard Arabic
    many: bool  # several wishes may be right at once


def _kind_of(lines: Sequence[Line]) -> _Kind:
    return _Kind(
        dialect=any(tasks.language_right(line) == "dz" for line in lines),
        many=any(len(tasks.labels_of(line)) > 1 or "labels" in line for line in lines[:200]),
    )


def _judged(task: Task, line: Line, reading: Reading, kind: _Kind) -> Measured:
    """One line with what is right, what was said, and how likely what may be right is."""
    judged: Measured = {"text": line["text"], "lang": line.get("lang", "")}
    if task == "facts":
        right, said = _facts(line, reading)
    elif task == "language":
        right, said = [tasks.language_right(line)], [tasks.language_said(reading)]
        if right == ["ar"] and said == ["dz"] and not kind.dialect:
            said = ["ar"]
    elif task == "route":
        right = tasks.right_wishes(line)
        said = [route_of(reading.intents, tasks.EIGHT).name]
        judged["likely"] = reading.intents.likely
    elif task == "intent":
        right = tasks.right_wishes(line)
        said = tasks.said_wishes(reading) if kind.many else [route_of(reading.intents).name]
        judged["likely"] = reading.intents.likely
    else:
        yes, judged["likely"] = tasks.binary(task, reading)
        wish = tasks.LOOKED_FOR[task]
        truth = tasks.taught_by(task, line)[wish]
        right, said = [wish if truth else "other"], [wish if yes else "other"]
    return judged | {"right": right, "said": said}


def _facts(line: Line, reading: Reading) -> tuple[list[str], list[str]]:
    """Facts as "field: value"; what agrees is written as the test file writes it."""
    right, said = [], []
    for field in tasks.FACT_FIELDS:
        if field not in line:
            continue
        wanted = named(line[field])
        right += [f"{field}: {value}" for value in wanted]
        for value in found(reading, field):
            same = next((each for each in wanted if agree(field, each, value)), value)
            said.append(f"{field}: {same}")
    return right, list(dict.fromkeys(said))


def _figures(task: Task, judged: Sequence[Measured]) -> Measured:
    figures = _part(task, judged)
    languages = sorted({str(one["lang"]) for one in judged if one["lang"]})
    if len(languages) > 1:
        parts = {lang: [one for one in judged if one["lang"] == lang] for lang in languages}
        figures["by_lang"] = {
            lang: {"n": len(part)} | {k: v for k, v in _part(task, part).items() if k != "labels"}
            for lang, part in parts.items()
        }
    return figures


def _part(task: Task, judged: Sequence[Measured]) -> Measured:
    """The figures of some lines: of all, or of one language."""
    figures = _whole(task, judged)
    wish = tasks.LOOKED_FOR.get(task)
    for label, score in figures["labels"].items():
        if label == wish:
            likely = [one["likely"] for one in judged]
        elif wish is None and all(label in one.get("likely", ()) for one in judged):
            likely = [one["likely"][label] for one in judged]
        else:
            continue
        area = area_under_curve(likely, [label in one["right"] for one in judged])
        score["auc"] = round(area, 4) if area is not None else None
    if wish:
        score = figures["labels"].get(wish, _rounded(score_of(0, 0, 0)))
        figures |= {name: score.get(name) for name in ("precision", "recall", "f1", "auc")}
        figures["false_positives"] = score["wrong"]
    return figures


def _whole(task: Task, judged: Sequence[Measured]) -> Measured:
    if task == "facts":
        return _fact_figures(judged)
    known = [one for one in judged if any(one["right"])]
    exact = sum(set(one["right"]) == set(one["said"]) for one in known)
    present = sorted({label for one in known for label in (*one["right"], *one["said"]) if label})
    scores = by_label([(one["right"], one["said"]) for one in known], present)
    return {
        "accuracy": round(exact / len(known), 4) if known else 0.0,
        "macro_f1": round(macro_f1(scores), 4),
        "labels": {label: _rounded(score) for label, score in scores.items()},
    }


def _fact_figures(judged: Sequence[Measured]) -> Measured:
    """Each field by itself, then all together; accuracy is the share of messages with every fact right."""
    counts = {field: Counter[str]() for field in tasks.FACT_FIELDS}
    for one in judged:
        for fact in set(one["right"]) | set(one["said"]):
            kind = "right" if fact in one["right"] and fact in one["said"] else ""
            counts[fact.partition(":")[0]][kind or ("missed" if fact in one["right"] else "wrong")] += 1
    scores = {
        field: score_of(count["right"], count["wrong"], count["missed"])
        for field, count in counts.items()
        if count
    }
    total = sum(counts.values(), Counter[str]())
    every = score_of(total["right"], total["wrong"], total["missed"])
    exact = sum(set(one["right"]) == set(one["said"]) for one in judged)
    return {
        "accuracy": round(exact / len(judged), 4) if judged else 0.0,
        "macro_f1": round(macro_f1(scores), 4),
        "f1": round(every.f1, 4),
        "labels": {field: _rounded(score) for field, score in scores.items()},
    }


def _rounded(score: Score) -> Measured:
    return {
        "precision": round(score.precision, 4),
        "recall": round(score.recall, 4),
        "f1": round(score.f1, 4),
        "right": score.right,
        "wrong": score.wrong,
        "missed": score.missed,
    }


def _unknown(task: Task, lines: Sequence[Line]) -> dict[str, int]:
    """Labels of the file that mean nothing here, with how often they stand there."""
    if task not in ("intent", "route"):
        return {}
    labels = (label for line in lines for label in tasks.labels_of(line))
    return dict(Counter(label for label in labels if not tasks.wish_of(label)).most_common(20))


def show_measured(result: Measured) -> None:
    out = console()
    guessed = " (guessed from the labels)" if result["task_guessed"] else ""
    out.print(Text(f"{result['task']}{guessed}, {result['n_test']} messages", style="bold"))
    for name in ("accuracy", "macro_f1", "precision", "recall", "f1", "auc", "false_positives"):
        if result.get(name) is not None:
            out.print(f"  {name.replace('_', ' ')}: {result[name]}")
    out.print(_table(result["labels"], ("precision", "recall", "f1", "auc"), ("right", "wrong", "missed")))
    if "by_lang" in result:
        told = ("accuracy", "macro_f1", "precision", "recall", "f1", "auc")
        out.print(_table(result["by_lang"], told, ("n", "false_positives")))
    for one in result.get("mistakes", []):
        out.print(Text(f"  {'/'.join(one['right'])} but said {'/'.join(one['said'])}: {one['text'][:100]}"))
    if result["unknown_labels"]:
        out.print(Text(f"  labels not known here: {', '.join(result['unknown_labels'])}", style="yellow"))
    if "n_train" in result:
        out.print(f"  {result['n_train']} messages learnt before, in {result['train_ms']} ms")
    out.print(
        f"  {result['ms_p50']} ms a message at p50, {result['ms_p99']} at p99 (CPU); "
        f"start {result['startup_s']} s; peak {result['peak_mb']} MB"
    )


def _table(rows: Mapping[str, Measured], shares: Sequence[str], counts: Sequence[str]) -> Table:
    """Figures line by line; a column that no line has is left away."""
    shown = [name for name in (*shares, *counts) if any(row.get(name) is not None for row in rows.values())]
    table = Table("", *(name.replace("_", " ") for name in shown), box=None)
    for head, row in rows.items():
        cells = [row.get(name) for name in shown]
        table.add_row(
            Text(head),
            *(
                "–" if cell is None else f"{cell:.3f}" if isinstance(cell, float) else str(cell)
                for cell in cells
            ),
        )
    return table
