"""The map is kept: who may import whom, who reads the time, how long a file may get."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("bot", "channels", "scheduler", "templates")
PURE = ("bot.dialogue", "bot.understanding", "bot.complaints", "bot.appointments")
MAX_LINES = 500
# Whatever reads a clock, a disk, a network or a database, or writes a log.
NOT_PURE = {
    "aiofiles", "apscheduler", "asyncio", "asyncpg", "fastapi", "httpx", "io", "logging", "multiprocessing",
    "os", "random", "secrets", "shutil", "socket", "sqlalchemy", "sqlite3", "sqlmodel", "starlette",
    "structlog", "subprocess", "tempfile", "threading", "time", "urllib", "uuid",
}  # fmt: skip

PORT = ("channels.port", "channels.text", "channels.frozen", "channels.segments")
"""What everybody may know of the channels: the contract, the cleaning of text, how many SMS a text is."""

BUILDERS = {"bot.app", "bot.office", "bot.cli", "bot.check", "bot.replay", "bot.demo"}
"""They may import whatever there is: they put the parts together, or are commands."""

WALL_CLOCK = {
    "bot.clock": "it is the clock",
    "bot.logs": "a log line bears the machine's time, never the program's",
}
MONOTONIC = {
    "bot.clock": "it is the clock",
    "bot.store.group_thread": "how long a batch of the writer thread takes: a matter of the machine",
    "channels.webchat.bucket": "a flood guard of one socket: seconds between two frames",
    "channels.webchat.writer": "a flood guard of one socket: seconds between two frames",
    "channels.webchat.routes": "a flood guard of one address: seconds between two calls",
    "channels.webchat.socket": "a flood guard of one socket: seconds between two frames",
}


@cache
def modules() -> dict[str, tuple[Path, ast.Module]]:
    found = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            found[name] = (path, ast.parse(path.read_text(encoding="utf-8")))
    return found


def imports(name: str) -> Iterator[str]:
    """Every module that a module names, also inside of functions."""
    path, tree = modules()[name]
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package.rsplit(".", node.level - 1)[0] + "." if node.level else ""
            for alias in node.names:
                whole = f"{base}{node.module or ''}".rstrip(".")
                yield f"{whole}.{alias.name}" if f"{whole}.{alias.name}" in modules() else whole


def of(*packages: str) -> list[str]:
    return [name for name in modules() if any(f"{name}.".startswith(f"{package}.") for package in packages)]


def within(module: str, *packages: str) -> bool:
    return any(f"{module}.".startswith(f"{package}.") for package in packages)


def ours(module: str) -> bool:
    return module.partition(".")[0] in PACKAGES


def test_every_module_of_the_product_is_looked_at() -> None:
    there = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    assert len(modules()) == len(there) >= 150
    for package, least in (("bot", 80), ("channels", 30), ("scheduler", 3), ("bot.dialogue", 20)):
        assert len(of(package)) >= least, package
    looked_at = {imported for name in modules() for imported in imports(name)}
    assert {"channels.port", "bot.store.port", "asyncio", "structlog"} <= looked_at


def test_doors_know_nothing_of_the_bot() -> None:
    strangers = {
        (name, imported)
        for name in of("channels")
        for imported in imports(name)
        if ours(imported) and not within(imported, "channels")
    }
    assert strangers == set()


def test_the_port_imports_nothing_of_ours() -> None:
    assert [i for i in imports("channels.port") if ours(i) and i not in PORT] == []


def test_a_door_does_not_know_another_door() -> None:
    shared = {"port", "split", "text", "frozen", "segments", "guard", "registry"}
    crossed = {
        (name, imported)
        for name in of("channels")
        for imported in imports(name)
        if within(imported, "channels")
        and imported != "channels"
        and imported.split(".")[1] not in shared
        and (name.split(".")[1] not in shared or name == "channels.port")
        and name.split(".")[1] != imported.split(".")[1]
    }
    assert crossed == set()


@pytest.mark.parametrize("package", PURE)
def test_deciders_touch_nothing_outside(package: str) -> None:
    touched = {
        (name, imported)
        for name in of(package)
        for imported in imports(name)
        if imported.partition(".")[0] in NOT_PURE or (ours(imported) and not within(imported, *PURE, *PORT))
    }
    # The FAQ and the lexicons are read at the start by loaders that are given a path.
    assert touched == set()


def test_deciders_open_no_file_and_print_nothing() -> None:
    called = {
        (name, node.func.id)
        for name in of(*PURE)
        for node in ast.walk(modules()[name][1])
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("open", "print", "input", "eval", "exec")
    }
    assert called == set()


def test_only_the_builders_import_the_doors_and_the_program() -> None:
    too_much = {
        (name, imported)
        for name in of("bot", "scheduler")
        if name not in BUILDERS and not within(name, "bot.accounts", "bot.config", "bot.console")
        for imported in imports(name)
        if within(imported, "bot.app")
        or (within(imported, "channels") and imported not in ("channels", *PORT))
    }
    assert too_much == set()


def test_records_and_store_know_nothing_of_what_is_decided_with_them() -> None:
    above = ("bot.dispatcher", "bot.delivery", "bot.intake", "bot.planner", "bot.people", "bot.api", "bot.app",
             "scheduler", "bot.templating", "bot.understanding")  # fmt: skip
    upwards = {
        (name, imported)
        for name in of("bot.records", "bot.store")
        for imported in imports(name)
        if within(imported, *above)
    }
    assert upwards == set()


def calls(name: str) -> Iterator[str]:
    for node in ast.walk(modules()[name][1]):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield ast.unparse(node.func)


def test_only_the_clock_reads_the_time() -> None:
    wall = ("datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns")
    readers = {name for name in modules() for call in calls(name) if call.endswith(wall)}
    assert readers - set(WALL_CLOCK) == set()
    assert "bot.clock" in readers
    steady = (
        "time.monotonic",
        "time.monotonic_ns",
        "time.perf_counter",
        "loop.time",
        "get_running_loop().time",
    )
    readers = {name for name in modules() for call in calls(name) if call.endswith(steady)}
    assert readers - set(MONOTONIC) == set()
    imported = {name for name in modules() for module in imports(name) if module == "time"}
    assert imported - set(WALL_CLOCK) - set(MONOTONIC) == set()


def test_no_file_is_too_long_to_be_read() -> None:
    lengths = {
        str(path.relative_to(ROOT)): path.read_text(encoding="utf-8").count("\n")
        for path, _ in modules().values()
        if "migrations/versions" not in str(path)
    }
    assert {path: n for path, n in lengths.items() if n > MAX_LINES} == {}


def test_no_room_is_named_after_nothing() -> None:
    nameless = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}
    assert [name for name in modules() if name.rpartition(".")[2] in nameless] == []


def test_no_two_test_files_have_the_same_name() -> None:
    """pytest collects only the first of them."""
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    assert len(names) > 100
    assert {name for name in names if names.count(name) > 1} == set()
