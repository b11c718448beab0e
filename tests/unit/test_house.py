"""The house around the code: what the papers name exists, and nothing of a maker's machine is left behind."""

from __future__ import annotations

import re
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAPERS = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", *(
    str(path.relative_to(ROOT)) for path in sorted((ROOT / "docs").rglob("*.md"))
))  # fmt: skip
PLACES = ("bot", "channels", "scheduler", "templates", "tests", "benchmarks", "docs", ".ci")
NOT_OURS = {"docs/performance.md"}  # written with the figures of a release
_CODE = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
_FENCED = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_OPTION = re.compile(r"(?:^|\s)(--[a-z][a-z0-9-]*)")


def word(*parts: str) -> str:
    """A word in pieces, so that this file does not hold what it forbids."""
    return "".join(parts)


FORBIDDEN = {
    "a path of one machine": re.compile(
        "|".join(
            (
                r"(?<![\w.$}>)\"'/])/(?:"
                + word("wo", "rk")
                + "|"
                + word("ro", "ot")
                + r"|home/\w+|Users/\w+)/",
                r"(?<![\w.$}>)/])/opt/(?:" + word("py", "pi") + "|" + word("whe", "els") + ")",
                word(r"\.py", "env"),
            )
        )
    ),
    "a registry's host name": re.compile(
        "|".join(
            (
                word(r"py", r"pi\.org"),
                word("files.python", "hosted"),
                word("registry.np", "mjs"),
                word("proxy.go", "lang"),
                word("extra-index", "-url"),
                word("find-", "links"),
            )
        )
    ),
    "a word about how it was made": re.compile(
        "|".join(
            (
                word("co-", "founder"),
                word("clau", "de"),
                word("anthro", "pic"),
                word("chat", "gpt"),
                word("lang", r"uage model\b"),
                word("sub", "-?agent"),
                word("this work", "place"),
                word(r"\b(?:is", r"sue|ses", r"sion) #?\d+\b"),
                word(r"\bbrief", r"[ -][A-J]\b"),
                word("a fellow ses", "sion"),
                word("the lead's? (?:eng", "ineer|com", "mits)"),
            )
        ),
        re.IGNORECASE,
    ),
}


@cache
def ours() -> tuple[Path, ...]:
    """Every file of the repository, tracked or new."""
    try:
        listed = subprocess.run(
            ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            capture_output=True,
            check=True,
            timeout=30,
        ).stdout.decode()
        paths = [ROOT / name for name in listed.split("\0") if name]
    except (OSError, subprocess.CalledProcessError):  # unpacked from an archive
        inside = [path for place in PLACES for path in (ROOT / place).rglob("*")]
        paths = [path for path in [*ROOT.glob("*"), *inside] if "__pycache__" not in path.parts]
    return tuple(path for path in paths if path.is_file())


def texts() -> Iterator[tuple[Path, str]]:
    for path in ours():
        if path.suffix in (".png", ".jpg", ".webp", ".pdf", ".ogg") or path.suffix == ".lock":
            continue
        yield path, path.read_text(encoding="utf-8", errors="replace")


def paper(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", paper("Makefile"), re.MULTILINE))


def shell_lines(text: str) -> list[str]:
    return [
        line.strip()
        for language, block in _FENCED.findall(text)
        if language in ("sh", "ini")
        for line in block.splitlines()
    ]


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_holds(what: str) -> None:
    found, looked = [], 0
    for path, text in texts():
        looked += 1
        for number, line in enumerate(text.splitlines(), 1):
            if FORBIDDEN[what].search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:120]}")
    assert looked > 300
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("what", "line"),
    [
        ("a path of one machine", "see /" + word("wo", "rk") + "/main/bot"),
        ("a path of one machine", "cd /" + word("ro", "ot") + "/x"),
        ("a registry's host name", "https://" + word("py", "pi.org") + "/simple"),
        ("a word about how it was made", "as asked in is" + "sue 2"),
        ("a word about how it was made", "written by Clau" + "de"),
    ],
)
def test_what_is_forbidden_would_be_found(what: str, line: str) -> None:
    assert FORBIDDEN[what].search(line)


@pytest.mark.parametrize("line", ["/hooks/root/status", "`templates/work/`", "a browser session of 3 pages"])
def test_ordinary_words_are_let_through(line: str) -> None:
    assert not any(pattern.search(line) for pattern in FORBIDDEN.values())


@pytest.mark.parametrize("name", PAPERS)
def test_every_file_named_in_a_paper_exists(name: str) -> None:
    text = paper(name)
    prose = _FENCED.sub("", text)
    named = {link for link in _LINK.findall(prose) if "://" not in link}
    missing = {link for link in named if not ((ROOT / name).parent / link).exists()}
    for code in _CODE.findall(prose):
        if re.match(rf"(?:{'|'.join(re.escape(place) for place in PLACES)})/[\w./-]*$", code):
            missing |= {code} if not (ROOT / code).exists() and code not in NOT_OURS else set()
    assert not missing


@pytest.mark.parametrize("name", PAPERS)
def test_every_make_target_in_a_paper_exists(name: str) -> None:
    used = set(re.findall(r"(?:^|`)make ([a-z]+)\b", paper(name), re.MULTILINE))
    assert used <= targets(), used - targets()


def test_the_readme_begins_with_two_commands_that_exist() -> None:
    commands = re.findall(r"^make ([a-z]+)", "\n".join(shell_lines(paper("README.md"))), re.MULTILINE)
    assert commands[:2] == ["run", "test"]
    assert set(commands) <= targets()


def test_every_relais_command_in_the_papers_exists_with_its_options() -> None:
    from typer.main import get_command

    from bot.cli import app

    root, looked = get_command(app), 0
    lines = [line for name in PAPERS for line in [*shell_lines(paper(name)), *_CODE.findall(paper(name))]]
    for line in lines:
        called = re.search(r"(?:^|[/=])relais ((?:[a-z]+(?:-[a-z]+)* ?)+)(.*)$", line.partition("#")[0])
        if called is None:
            continue
        command, known = root, {"--help", "--version"}
        for each in called[1].split():
            inner = getattr(command, "commands", None)
            if inner is None:
                break  # an argument
            assert each in inner, line
            command = inner[each]
        known |= {option for parameter in command.params for option in parameter.opts}
        assert set(_OPTION.findall(called[2])) <= known, line
        looked += 1
    assert looked >= 10


def test_every_metric_is_explained_and_every_explained_one_exists() -> None:
    shown = set(re.findall(r'"(relais_[a-z_]+)"', paper("bot/measures.py")))
    explained = set(re.findall(r"`(relais_[a-z_]+)", paper("docs/operations.md")))
    assert len(shown) >= 10
    assert explained == shown


def pins(name: str) -> dict[str, str]:
    return dict(re.findall(r"^([\w.-]+(?:==[\w.]+)? ?[^=\\]*?)==([\w.]+)", paper(name), re.MULTILINE))


def test_the_program_runs_on_the_very_versions_it_is_tested_on() -> None:
    run, dev = pins("requirements.lock"), pins("requirements-dev.lock")
    assert len(run) > 40
    assert {name: version for name, version in run.items() if dev.get(name) != version} == {}


def test_every_locked_package_has_its_hashes() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        entries = re.split(r"\n(?=[\w.-]+==)", "\n" + paper(name))[1:]
        assert len(entries) > 40
        assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_every_package_the_program_names_is_locked() -> None:
    project = tomllib.loads(paper("pyproject.toml"))["project"]
    locked = {name.split()[0].lower().replace("_", "-") for name in pins("requirements.lock")}
    named = {re.split(r"[\[<>=;\s]", each)[0].lower().replace("_", "-") for each in project["dependencies"]}
    assert named - locked == set()


def test_every_channel_has_its_section() -> None:
    from channels.registry import DOORS

    headings = {line[3:].lower().replace(" ", "") for line in paper("docs/channels.md").splitlines()
                if line.startswith("## ")}  # fmt: skip
    assert set(DOORS) <= headings
