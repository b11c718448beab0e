"""A file brought in from the command line: with the database itself, or through the program that holds it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table as Grid
from rich.text import Text

from bot.clock import Clock
from bot.config import Config
from bot.contacts_data.importing import Importer, Options
from bot.contacts_data.kinds import ImportKind
from bot.contacts_data.mapping import map_columns, write_mapping
from bot.contacts_data.previewing import shown
from bot.contacts_data.report import faults_page, report_lines
from bot.contacts_data.settings import settings_of
from bot.contacts_data.tables import open_table
from bot.records import DataImport
from bot.starting import StartError, open_store
from bot.store.port import Store, StoreError, StoreLocked
from bot.terminal import Exit, Stop, console, print_json

_POLL_S: Final = 0.5
_PATIENCE_S: Final = 600.0  # a preview of a large file reads all of it before it answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What the command was asked for."""

    kind: ImportKind
    file: Path
    given: Mapping[str, str]
    options: Options
    preview: bool
    again: bool
    keep_mapping: Path | None
    report: Path
    language: str
    as_json: bool


async def bring_in(config: Config, job: Job) -> None:
    """Raises what the importer raises, and `Stop`."""
    if job.keep_mapping:
        table = open_table(job.file, encoding=job.options.encoding, delimiter=job.options.delimiter)
        write_mapping(job.keep_mapping, map_columns(job.kind, table, settings_of(config).fields, job.given))
    try:
        store = await open_store(config)
    except StoreLocked:
        await _through_the_program(config, job)
        return
    except (StartError, StoreError) as error:
        raise Stop(str(error), hint="See: relais check", code=Exit.CANNOT_START) from error
    try:
        await _with_the_database(store, config, job)
    finally:
        await store.close()


async def _with_the_database(store: Store, config: Config, job: Job) -> None:
    importer = Importer(store, settings_of(config), Clock())
    if job.preview:
        show_preview(
            shown(await importer.preview(job.kind, job.file, job.given, job.options), job.language), job
        )
        return
    data_import = await importer.begin(
        job.kind,
        job.file,
        job.given,
        job.options,
        file_name=job.file.name,
        started_by="operator",
        again=job.again,
    )
    if data_import.rows and not job.as_json:
        console().print(f"Going on after {data_import.rows} rows.")
    try:
        with _bar(job) as bar:
            task = bar.add_task("rows", total=None, completed=data_import.rows)
            done = await importer.run(data_import, job.file, lambda row: bar.update(task, completed=row.rows))
    except asyncio.CancelledError:
        await importer.settle(data_import, "stopped")
        raise
    await _report(store, done, job)
    show_done(done.model_dump(mode="json"), job)


async def _report(store: Store, done: DataImport, job: Job) -> None:
    pages = []
    after = (0, "")
    while page := await store.read(lambda session, after=after: faults_page(session, done.id, after)):  # type: ignore[misc]
        pages.append(page)
        after = (page[-1].line, page[-1].id)
    if pages:
        waiting = iter(pages)
        table = open_table(job.file, encoding=job.options.encoding, delimiter=job.options.delimiter)
        with job.report.open("w", encoding="utf-8", newline="") as file:
            file.writelines(report_lines(table, lambda after: next(waiting, []), job.language))


async def _through_the_program(config: Config, job: Job) -> None:
    """The running program has the database: it takes the file over its API and does the work."""
    token = next((token.get_secret_value() for token in config.api.tokens.values()), "")
    if not token:
        raise Stop(
            "The program is running and holds this database",
            hint="Give it a token under api.tokens, so that files can be handed to it, or stop it first.",
            code=Exit.CANNOT_START,
        )
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(config.server.host, config.server.host)
    base = f"http://{f'[{host}]' if ':' in host else host}:{config.server.port}/api/v1"
    headers = {"Authorization": f"Bearer {token}"}
    try:
        async with httpx.AsyncClient(
            base_url=base, headers=headers, timeout=_PATIENCE_S, trust_env=False
        ) as http:
            begun = await _handed(http, job)
            if job.preview:
                show_preview(begun, job)
                return
            show_done(await _watched(http, begun, job), job)
    except httpx.HTTPError as error:
        raise Stop(
            f"The program holds this database and does not answer on {base}",
            hint="Is its port another one (--port)? Stop it, or try again.",
            code=Exit.CANNOT_START,
        ) from error


async def _handed(http: httpx.AsyncClient, job: Job) -> dict[str, Any]:
    options = job.options
    query: dict[str, Any] = {
        "file_name": job.file.name,
        "map": [f"{heading}={target}" for heading, target in job.given.items()],
        "policy": options.policy,
        "dates": options.order,
        "decimal": options.decimal,
        "encoding": options.encoding,
        "delimiter": options.delimiter,
        "consent_source": options.consent_source,
        "consent_at": options.consent_at,
        "preview": job.preview,
        "again": job.again,
    }

    async def pieces() -> Any:
        with job.file.open("rb") as file:
            while piece := await asyncio.to_thread(file.read, 1 << 18):
                yield piece

    answer = await http.post(f"/imports/{job.kind}", params=query, content=pieces())
    return _said(answer)


async def _watched(http: httpx.AsyncClient, begun: dict[str, Any], job: Job) -> dict[str, Any]:
    path = f"/imports/{begun['id']}"
    with _bar(job) as bar:
        task = bar.add_task("rows", total=None, completed=begun["rows"])
        while begun["status"] == "running":
            await asyncio.sleep(_POLL_S)
            begun = _said(await http.get(path))
            bar.update(task, completed=begun["rows"])
    report = await http.get(f"{path}/report", params={"language": job.language})
    if report.is_success and report.text.count("\n") > 1:
        job.report.write_text(report.text, encoding="utf-8")
    return begun


def _said(answer: httpx.Response) -> dict[str, Any]:
    found: dict[str, Any] = answer.json() if "json" in answer.headers.get("content-type", "") else {}
    if answer.is_error:
        detail = found.get("detail", f"the program answered {answer.status_code}")
        raise Stop(detail if isinstance(detail, str) else str(detail), hint="relais import --help")
    return found


def _bar(job: Job) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console(stderr=True),
        transient=True,
        disable=job.as_json,
    )


def show_preview(found: dict[str, Any], job: Job) -> None:
    """Columns, the first rows as they would be taken, and the counts."""
    if job.as_json:
        print_json(found)
        return
    out = console()
    doubt = "" if found["encoding_sure"] else " (not sure: --encoding says otherwise)"
    cut = f", cells cut at {found['delimiter']!r}" if found["delimiter"] else ""
    out.print(Text(f"Read as {found['encoding']}{doubt}{cut}.\n"))
    grid = Grid(
        "Column of the file", "Taken as", "Because of", box=None, pad_edge=False, padding=(0, 2, 0, 0)
    )
    for column in found["columns"]:
        grid.add_row(Text(column["heading"]), Text(column["taken_as"] or "-"), column["why"])
    out.print(grid)
    for row in found["first"]:
        out.print(Text(f"\nLine {row['line']}{', not taken' if row['refused'] else ''}", style="bold"))
        for name, value in row["values"].items():
            out.print(Text(f"  {name}: {value}"))
        for fault in row["faults"]:
            out.print(Text(f"  ! {fault}", style="yellow"))
    _counts(found)
    for code, count in found["faults"].items():
        out.print(f"  {count} × {code}")
    out.print(f"{found['doubles_in_file']} rows name somebody of a row before them. Nothing was changed.")


def show_done(found: dict[str, Any], job: Job) -> None:
    if job.as_json:
        print_json(found)
    else:
        _counts(found)
        if job.report.is_file():
            console().print(Text(f"What to mend: {job.report}"), soft_wrap=True)
    if found["status"] != "done":
        raise Stop(f"The import is {found['status']}.", hint="The same command goes on where it stood.")


def _counts(found: dict[str, Any]) -> None:
    words = ", ".join(f"{found[name]} {name}" for name in ("added", "changed", "unchanged", "refused"))
    console().print(f"\n{found['rows']} rows: {words}.")
