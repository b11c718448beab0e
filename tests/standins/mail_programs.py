"""Mail servers of the system, started by the tests: where they are, and when they are ready."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time

import pytest

_PLACES = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))


def program(name: str, package: str) -> str:
    """The program's path. Missing: a failure in CI, else these tests are left out."""
    found = shutil.which(name, path=_PLACES)
    if found is None:
        missing(f"{name} is not installed (package {package})")
    assert found is not None
    return found


def missing(what: str) -> None:
    """What a test needs and this machine lacks."""
    if os.environ.get("CI"):
        pytest.fail(f"needed in CI: {what}")
    pytest.skip(f"left out: {what}")


def as_root(*command: str) -> list[str]:
    """The command as root runs it, or somebody who may sudo."""
    if os.geteuid() == 0:
        return list(command)
    if shutil.which("sudo") is None or subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode:
        missing("Postfix runs as root only, and this user may not sudo")
    return ["sudo", "-n", *command]


def wait_until_it_listens(port: int, process: subprocess.Popen[bytes] | None = None) -> None:
    for _ in range(400):
        assert process is None or process.poll() is None, f"it ended with {process.returncode}"
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"nobody listens on {port}")
