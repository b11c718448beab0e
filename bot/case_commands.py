"""`relais case`: complaints on the command line, through the API of the running program.

What a command needs is imported inside it, so that `relais --help` answers at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import tzinfo
from inspect import Parameter, Signature
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from bot.terminal import Exit, Stop, console, plain_errors, print_json

case_app = typer.Typer(
    no_args_is_help=True, help="Complaints: find them, read their history, do every act of their life."
)

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config", "-c", envvar="RELAIS_CONFIG", help="The configuration file. Default: relais.yaml here."
    ),
]
UrlOption = Annotated[
    str | None,
    typer.Option("--url", envvar="RELAIS_URL", help="Where the program answers. Default: server.* here."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON document, for scripts.")]
AgentOption = Annotated[
    str | None, typer.Option("--as", envvar="RELAIS_AGENT", help="Who does it, by name or e-mail address.")
]

ACTS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "qualify": (
        "Say what it is about; only what is given changes.",
        {
            "code": "Your own code of the matter.",
            "object": "price, quality, delivery, packaging or other.",
            "product": "",
            "order-ref": "",
            "zone": "",
            "severity": "normal, serious or critical.",
            "consequences": "What it caused.",
            "anomaly": "What went wrong.",
        },
    ),
    "take": ("Be in charge of it.", {}),
    "assign": ("Put somebody in charge.", {"owner": "", "desk": ""}),
    "plan": ("Tell the customer what is being done, and by whom.", {"plan": "The action plan."}),
    "forward": ("Hand it to a department.", {"desk": "", "question": ""}),
    "department-answer": ("Note a department's answer.", {"desk": "", "answer": ""}),
    "answer": (
        "Answer the customer.",
        {"text": "", "outcome": "settled", "copy-to": "A department that learns of it; may be repeated."},
    ),
    "answered": ("Note that it was answered otherwise.", {"note": ""}),
    "inform": ("Tell the customer how it stands.", {"text": ""}),
    "wait": ("Ask the customer for something.", {"question": ""}),
    "resume": ("Go on: what was asked for came another way.", {"note": ""}),
    "note": ("A word for colleagues.", {"text": ""}),
    "propose": (
        "Propose a compensation.",
        {"kind": "refund, exchange, service, discount or goodwill.", "description": "", "cost": ""},
    ),
    "approve": ("Approve a compensation.", {"compensation": "Its id, see show.", "reason": ""}),
    "decline": ("Refuse a compensation.", {"compensation": "Its id, see show.", "reason": ""}),
    "grant": ("Give a compensation and tell the customer.", {"compensation": "Its id, see show."}),
    "conciliate": ("Record what was tried to find an agreement.", {"note": ""}),
    "refuse": ("Say no; the customer is told why.", {"reason": ""}),
    "faith": ("Good or bad faith, with evidence.", {"faith": "good or bad.", "evidence": ""}),
    "fault": ("Whose fault it was.", {"fault": "undetermined, company or customer.", "note": ""}),
    "cause": ("Its root cause.", {"cause": "", "note": ""}),
    "close": ("End it.", {"outcome": "settled or refused, where it has none.", "note": ""}),
    "withdraw": ("The customer gives it up.", {"note": "In whose words."}),
    "reopen": ("Take it up again, with a new deadline.", {"reason": ""}),
    "merge": ("Join it to the case that lives on.", {"into": "That case's reference."}),
    "link": (
        "Say that two cases belong together.",
        {"other": "The other's reference.", "kind": "same_matter or recurrence.", "note": ""},
    ),
    "review": ("Look at it before it is archived.", {"note": ""}),
    "archive": ("Put it away.", {"note": ""}),
    "prevent": (
        "Open a preventive action.",
        {"title": "", "owner": "", "due-on": "A day such as 2026-06-01."},
    ),
    "mystery": ("A mystery customer's: left out of the indicators.", {"mystery": "true or false."}),
}
"""Every act with its options, in words; what each must hold is checked by the program."""
OPENS: Mapping[str, str] = {
    "channel": "phone, letter, counter, fax or other.",
    "summary": "What the customer complains about, in their words.",
    "received-at": "When it came, such as 2026-03-12T09:30:00+01:00. Default: now.",
    "contact-id": "Whose it is, where that is known.",
    "name": "The customer's name.",
    "phone": "Their telephone number.",
    "email": "Their e-mail address.",
    "language": "fr, ar or en: what they are answered in.",
    "object": "price, quality, delivery, packaging or other.",
    "product": "",
    "order-ref": "",
    "since": "",
    "remedy": "What they expect.",
    "zone": "",
    "severity": "normal, serious or critical.",
    "consequences": "What it caused.",
    "code": "Your own code of the matter.",
    "desk": "In charge. Default: the desk for complaints.",
    "told": "true: you have told them the reference and the date, no receipt is written.",
    "key": "Made by you: the same call again opens nothing more.",
}
"""What a complaint that came otherwise may be registered with."""
FilesOption = Annotated[
    list[Path] | None,
    typer.Option("--file", help="A scan or a photo that came with it; as often as needed.", exists=True),
]
_REPEATED = frozenset({"copy-to"})
_FACTS = (
    "contact_name", "channel", "order_ref", "since", "remedy", "severity", "consequences", "anomaly", "code", "cause",
    "fault", "faith", "faith_evidence", "plan", "outcome", "satisfied", "reviewer", "received_at", "waiting_at",
    "answered_at", "due_explanation",
)  # fmt: skip
_COLUMNS = ("reference", "phase", "due", "desk", "owner", "object", "product", "zone")


@case_app.command("list")
def list_cases(
    everything: Annotated[bool, typer.Option("--all", help="Closed ones too.")] = False,
    phase: Annotated[str | None, typer.Option(help="recueil … exploitation.")] = None,
    desk: Annotated[str | None, typer.Option(help="Of this desk.")] = None,
    owner: Annotated[str | None, typer.Option(help="Of this person.")] = None,
    product: Annotated[str | None, typer.Option(help="About this product.")] = None,
    zone: Annotated[str | None, typer.Option(help="From this zone.")] = None,
    due_before: Annotated[
        str | None, typer.Option(help="Due before an instant such as 2026-03-12T16:00:00Z.")
    ] = None,
    words: Annotated[str | None, typer.Option("--q", help="With these words.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200, help="So many at most.")] = 50,
    config: ConfigOption = None,
    url: UrlOption = None,
    as_json: JsonOption = False,
) -> None:
    """Open complaints, the next due first."""
    asked = {
        "closed": None if everything or phase else False,
        "phase": phase,
        "desk": desk,
        "owner": owner,
        "product": product,
        "zone": zone,
        "due_before": due_before,
        "q": words,
        "limit": limit,
    }
    with plain_errors():
        found = _call(config, url, "GET", "/cases", params={k: v for k, v in asked.items() if v is not None})
        if as_json:
            print_json(found)
        elif not found:
            console().print("No complaint.")
        else:
            console().print(_table_of(found, _zone(config)))


@case_app.command("show")
def show(
    reference: str, config: ConfigOption = None, url: UrlOption = None, as_json: JsonOption = False
) -> None:
    """A complaint with its history, deadlines, forwards and compensations."""
    with plain_errors():
        case = _call(config, url, "GET", f"/cases/{reference.upper()}")
        if as_json:
            print_json(case)
        else:
            _show(case, _zone(config))


@case_app.command("transfer")
def transfer(
    from_owner: Annotated[str, typer.Option("--from", help="Who leaves.")],
    to_owner: Annotated[str, typer.Option("--to", help="Who takes over.")],
    reason: Annotated[str, typer.Option(help="Why.")] = "",
    agent: AgentOption = None,
    config: ConfigOption = None,
    url: UrlOption = None,
    as_json: JsonOption = False,
) -> None:
    """Hand over all open complaints of somebody who leaves."""
    body = {"from_owner": from_owner, "to_owner": to_owner, "reason": reason, "agent": agent}
    with plain_errors():
        moved = _call(config, url, "POST", "/cases/transfer", json=body)
        if as_json:
            print_json(moved)
        else:
            console().print(f"{len(moved['transferred'])} handed over to {to_owner}.", markup=False)


def _act_command(
    name: str, words: str, options: Mapping[str, str], *, opens: bool = False
) -> Callable[..., None]:
    """A command with one option for each thing the act may be told; `opens` where there is no case yet."""

    def act(**given: Any) -> None:
        config, url, as_json = given.pop("config"), given.pop("url"), given.pop("as_json")
        path = "/cases" if opens else f"/cases/{given.pop('reference').upper()}/{name}"
        files = given.pop("files", None) or []
        body = {key: value for key, value in given.items() if value not in (None, [], ())}
        with plain_errors():
            case = _call(config, url, "POST", path, json=body)
            if files:
                case = _attach(config, url, case["reference"], files, given["agent"])
            if as_json:
                print_json(case)
            else:
                console().print(_table_of([case], _zone(config)))

    act.__doc__ = words
    reference = Parameter("reference", Parameter.POSITIONAL_OR_KEYWORD, annotation=str)
    parameters = [] if opens else [reference]
    for option, help_words in options.items():
        kind = list[str] if option in _REPEATED else str
        field = Annotated[kind | None, typer.Option(f"--{option}", help=help_words)]  # type: ignore[valid-type]
        parameters.append(_optional(option.replace("-", "_"), field, None))
    if opens:
        parameters.append(_optional("files", FilesOption, None))
    parameters += [
        _optional("agent", AgentOption, None),
        _optional("config", ConfigOption, None),
        _optional("url", UrlOption, None),
        _optional("as_json", JsonOption, False),
    ]
    act.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
    act.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return act


def _optional(name: str, annotation: Any, default: Any) -> Parameter:
    return Parameter(name, Parameter.KEYWORD_ONLY, annotation=annotation, default=default)


for _name, (_words, _options) in ACTS.items():
    case_app.command(_name)(_act_command(_name, _words, _options))
case_app.command("open")(
    _act_command("open", "Register what came by telephone, letter, fax or at the counter.", OPENS, opens=True)
)


@case_app.command("attach")
def attach(
    reference: str,
    files: Annotated[list[Path], typer.Argument(help="Scans, photos, letters.", exists=True)],
    agent: AgentOption = None,
    config: ConfigOption = None,
    url: UrlOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put files into it; the same file once more changes nothing."""
    with plain_errors():
        case = _attach(config, url, reference.upper(), files, agent)
        if as_json:
            print_json(case)
        else:
            console().print(_table_of([case], _zone(config)))


def _attach(
    config: Path | None, url: str | None, reference: str, files: list[Path], agent: str | None
) -> Any:
    """Hand the files in, one by one. Raises `Stop`, naming the case, where one is not taken."""
    case = None
    for file in files:
        asked = {"name": file.name} | ({"agent": agent} if agent else {})
        try:
            case = _call(
                config, url, "POST", f"/cases/{reference}/files", params=asked, content=file.read_bytes()
            )
        except Stop as error:
            raise Stop(f"{reference}: {file} was not taken: {error}", code=error.code) from error
    return case


def _call(config: Path | None, url: str | None, method: str, path: str, **more: Any) -> Any:
    """Ask the running program. Raises `Stop` with what it says."""
    import os

    import httpx

    from bot.cli import load_config

    loaded = load_config(config)
    server = loaded.server
    host = "127.0.0.1" if server.host in ("0.0.0.0", "::") else server.host
    base = (url or f"http://{f'[{host}]' if ':' in host else host}:{server.port}").rstrip("/")
    tokens = [token.get_secret_value() for token in loaded.api.tokens.values()]
    token = os.environ.get("RELAIS_TOKEN") or (tokens[0] if tokens else "")
    if not token:
        raise Stop("There is no API token", hint="Write one under api.tokens in the configuration.")
    try:
        answer = httpx.request(
            method,
            f"{base}/api/v1{path}",
            headers={"Authorization": f"Bearer {token}"},
            timeout=30,
            **more,
        )
    except httpx.HTTPError as error:
        raise Stop(
            f"The program does not answer at {base}",
            hint="Start it with: relais run",
            code=Exit.CANNOT_START,
        ) from error
    if answer.is_success:
        return answer.json()
    raise Stop(_words_of(answer.json() if _is_json(answer) else answer.reason_phrase))


def _is_json(answer: Any) -> bool:
    return str(answer.headers.get("content-type", "")).startswith("application/json")


def _words_of(answer: Any) -> str:
    """What the program says is wrong, in one line each."""
    detail = answer.get("detail", answer) if isinstance(answer, dict) else answer
    if not isinstance(detail, list):
        return str(detail)
    return "\n".join(f"{'.'.join(str(part) for part in item['loc'][1:])}: {item['msg']}" for item in detail)


def _zone(config: Path | None) -> tzinfo:
    """The company's time zone: hours are those on its wall."""
    from bot.cli import load_config

    return load_config(config).company.zone


def _table_of(cases: list[dict[str, Any]], zone: tzinfo) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in _COLUMNS:
        table.add_column(name, no_wrap=name in ("reference", "due"), overflow="fold")
    for case in cases:
        shown = case | {"due": _moment(case["due_at"], zone)}
        table.add_row(*(Text(str(shown[name])) for name in _COLUMNS))
    return table


def _show(case: dict[str, Any], zone: tzinfo) -> None:
    out = console()
    out.print(_table_of([case], zone))
    out.print(Text(f"\n{case['summary']}\n"))
    for name in _FACTS:
        if case[name]:
            told = _moment(case[name], zone) if name.endswith("_at") else str(case[name])
            out.print(Text.assemble((f"{_words_for(name)}: ", "bold"), told))
    late = [row | {"status": "late" if _is_late(row) else row["status"]} for row in case["deadlines"]]
    _rows("Deadlines", late, ("kind", "status", "due_at", "desk"), zone)
    _rows("Forwards", case["forwards"], ("desk", "question", "answer", "reminders"), zone)
    _rows(
        "Compensations", case["compensations"], ("id", "kind", "cost", "currency", "status", "reason"), zone
    )
    _rows("Links", case["links"], ("reference", "kind", "note"), zone)
    _rows("Survey", case["survey"], ("round", "question", "value", "words"), zone)
    events = [event | {"what": _what(event)} for event in case["events"]]
    _rows("History", events, ("at", "actor", "action", "to_phase", "what"), zone)


def _words_for(name: str) -> str:
    return {"contact_name": "customer", "order_ref": "order"}.get(
        name, name.removesuffix("_at").replace("_", " ")
    )


def _is_late(deadline: dict[str, Any]) -> bool:
    return bool(deadline["status"] == "running" and deadline["level"] > 0)


def _what(event: dict[str, Any]) -> str:
    """What was done, in the words of who did it, else what changed."""
    detail = event["detail"]
    changed = detail.get("after", detail)
    told = (
        f"{_words_for(name)} {value}" for name, value in changed.items() if value not in ("", None, [], {})
    )
    return event["note"] or ", ".join(told)


def _rows(title: str, rows: list[dict[str, Any]], names: tuple[str, ...], zone: tzinfo) -> None:
    if not rows:
        return
    table = Table(title=f"\n{title}", title_justify="left", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in names:
        table.add_column(name.replace("_", " "), overflow="fold", no_wrap=name in ("at", "due_at"))
    for row in rows:
        table.add_row(
            *(
                Text(_moment(row[n], zone) if n.endswith("at") and n != "what" else str(row[n] or ""))
                for n in names
            )
        )
    console().print(table)


def _moment(text: str, zone: tzinfo) -> str:
    from datetime import datetime

    return f"{datetime.fromisoformat(text).astimezone(zone):%Y-%m-%d %H:%M}"
