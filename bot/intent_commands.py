"""`relais intent`: measures the understanding of messages on a file, and explains a single one.

What a command needs is imported inside it, so that `relais --help` answers at once.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.terminal import plain_errors, print_json

intents_app = typer.Typer(
    no_args_is_help=True, help="What a message wants: measure it on a file, or explain one."
)


@intents_app.command("eval")
def evaluate(
    test: Annotated[Path, typer.Option(help='Lines of JSON: {"text", "label" or "labels", "lang", …}.')],
    task: Annotated[
        str,
        typer.Option(
            help="What to measure: auto, intent, route, complaint, person, optout, language, severity, facts."
        ),
    ] = "auto",
    train: Annotated[
        Path | None, typer.Option(help="Lines like those of the test: learnt before, on top of what ships.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document, for scripts.")] = False,
    predictions: Annotated[
        Path | None, typer.Option(help="Also write each line with what was said and how likely.")
    ] = None,
    mistakes: Annotated[int, typer.Option(min=0, help="So many mistakes are shown.")] = 0,
) -> None:
    """Measure the built-in understanding on labelled messages. Needs no configuration and no network.

    Labels may be wishes (complaint, question, status, person, opt_out, opt_in, smalltalk, praise, abuse,
    other, and names like handoff, order_status, chitchat), yes or no (complaint/other, 1/0), languages (fr,
    en, ar, ary, arabizi) or severities. Facts stand in the fields order_id, product, date, amount. Without
    --task the file's labels and fields decide; "task_guessed" says so.

    Every task gives accuracy, macro_f1, labels (precision, recall, f1, right, wrong, missed, and auc where a
    probability was given), by_lang, n_test, unknown_labels, ms_p50 and ms_p99 (CPU, one message at a time),
    startup_s (CPU from the program's start to the first message read) and peak_mb. complaint, person and
    optout also give precision, recall, f1, auc, false_positives of what is looked for; severity gives them for
    critical; facts give f1 for all fields together. --train adds n_train and train_ms.
    """
    with plain_errors():
        from bot.intent_measuring import measure, read_lines, show_measured, task_named

        lines = read_lines(test)
        chosen = task_named(task, lines)
        result = measure(
            chosen,
            lines,
            guessed=task == "auto",
            predictions=predictions,
            mistakes=mistakes,
            train=read_lines(train) if train else (),
        )
        if as_json:
            print_json(result)
        else:
            show_measured(result)


@intents_app.command("explain")
def explain(
    text: Annotated[str, typer.Argument(help="The message.")],
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            "-c",
            envvar="RELAIS_CONFIG",
            help="The configuration, for what people set right. Default: relais.yaml here, else none.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document, for scripts.")] = False,
) -> None:
    """Say what a message is taken for, which words decided, and which examples it resembles."""
    with plain_errors():
        from bot.faq_beside import kept_corrections
        from bot.intent_explaining import explain_message, show_explained

        explained = explain_message(text, kept_corrections(config))
        if as_json:
            print_json(explained)
        else:
            show_explained(explained)
