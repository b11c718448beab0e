"""The real program as an operating system sees it: started, killed, frozen, started again."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from tests.loopback import free_port

_FAQ = Path(__file__).parents[2] / "templates" / "faq"
_CONFIG = """
company: {{name: Briqueterie Atlas, language: fr, languages: [fr, ar, en], timezone: Africa/Algiers, country: DZ,
  working_days: [sun, mon, tue, wed, thu], products: [{{id: B8}}, {{id: B12}}, {{id: hourdis}}],
  opening_hours: {{sun: ["08:00-17:00"], mon: ["08:00-17:00"], tue: ["08:00-17:00"], wed: ["08:00-17:00"],
    thu: ["08:00-17:00"]}}}}
database: {{url: "{url}"}}
server: {{port: {port}}}
media: {{folder: "{folder}/media"}}
accounts:
  line: {{kind: sandbox, via: whatsapp, outbound_url: "{provider}"}}
  blind: {{kind: sandbox, via: whatsapp, outbound_url: "{provider}", lookup: false}}
desks: {{complaints: {{name: Service réclamations}}, sales: {{name: Service commercial}}}}
faq: {{files: ["{faq}/*.yaml"]}}
dialogue: {{burst_wait_s: 0.02}}
delivery: {{timeout_s: 5, uncertain: {{reply: hold, receipt: hold}}}}
logging: {{level: info, format: json}}
"""


@dataclass(slots=True)
class Relais:
    """One process of Relais, and how often it was ended."""

    folder: Path
    url: str
    provider: str
    name: str = "relais"
    port: int = field(default_factory=free_port)
    kills: int = 0
    exits: list[int] = field(default_factory=list)  # codes of those that ended by themselves
    process: subprocess.Popen[bytes] | None = None
    _log: IO[bytes] | None = None

    @property
    def log(self) -> Path:
        return self.folder / f"{self.name}.log"

    def start(self) -> None:
        config = self.folder / f"{self.name}.yaml"
        config.write_text(
            _CONFIG.format(url=self.url, port=self.port, folder=self.folder, provider=self.provider, faq=_FAQ)
        )
        self._log = self.log.open("ab")
        command = [sys.executable, "-m", "bot.cli", "run", "--config", str(config)]
        self.process = subprocess.Popen(command, stdout=self._log, stderr=self._log, cwd=Path.cwd())

    def kill(self) -> None:
        """End it as a power cut of the process alone: nothing gets a chance to clean up."""
        assert self.process is not None
        self.kills += self.running()
        self._signal(signal.SIGKILL)
        self.process.wait(20)
        self._close_log()

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def ask_to_stop(self) -> None:
        self._signal(signal.SIGTERM)

    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def restart_if_ended(self) -> bool:
        """What an init system does."""
        if self.running():
            return False
        assert self.process is not None
        self.exits.append(int(self.process.returncode))
        self._close_log()
        self.start()
        return True

    async def stop(self, within_s: float = 30.0) -> int:
        """Ask it to stop and wait; its exit code."""
        assert self.process is not None
        if self.running():
            self.ask_to_stop()
        code = await asyncio.to_thread(self.process.wait, within_s)
        self._close_log()
        return code

    def end(self) -> None:
        """After the test, whatever its state."""
        if self.running():
            self.thaw()
            self.kill()
        self._close_log()

    async def ready(self, within_s: float = 30.0) -> float:
        """Seconds until its hooks answer; raises when the process ends instead."""
        began = time.perf_counter()
        async with asyncio.timeout(within_s):
            while not await asyncio.to_thread(_answers, self.port):
                if not self.running():
                    raise AssertionError(f"it ended while starting:\n{self.tail()}")
                await asyncio.sleep(0.01)
        return time.perf_counter() - began

    def tail(self, size: int = 4_000) -> str:
        return self.log.read_bytes()[-size:].decode(errors="replace")

    def _signal(self, number: int) -> None:
        assert self.process is not None
        if self.process.poll() is None:
            os.kill(self.process.pid, number)

    def _close_log(self) -> None:
        if self._log is not None:
            self._log.close()
            self._log = None


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), 0.5) as pipe:
            pipe.sendall(b"GET /readyz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
            return pipe.recv(20).startswith(b"HTTP/1.1 200")
    except OSError:
        return False
