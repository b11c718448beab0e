"""A real Postfix of one's own on a loopback port, in a folder that is thrown away; it reaches nobody outside."""

from __future__ import annotations

import os
import shutil
import socketserver
import subprocess
import tempfile
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.loopback import free_port
from tests.standins.mail_certificate import Certificate
from tests.standins.mail_programs import as_root, program, wait_until_it_listens

MAX_BYTES = 300_000
_SERVICES = """
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


class Postfix:
    """Takes mail for anybody from who has logged in; what becomes of it is told by the recipient's domain:

    `kept.example.net` is thrown away, `bot.example.org` is handed to `lmtp_port`, the rest reaches nobody.
    `unknown@…` is refused at once, `greylisted@…` at the first try.
    """

    def __init__(self, *, auth_port: int, lmtp_port: int = 0) -> None:
        self._binary = program("postfix", "postfix")
        self._command = as_root(self._binary, "-c")
        self.folder = Path(tempfile.mkdtemp(prefix="relais-postfix-"))
        self.folder.chmod(0o755)
        self.certificate = Certificate(self.folder)
        self.port = free_port()
        self._greylist = _Greylist()
        for name in ("etc", "queue", "data"):
            (self.folder / name).mkdir()
        self._write(auth_port, lmtp_port)

    def __enter__(self) -> Self:
        self._greylist.start()
        shutil.chown(self.folder / "data", "postfix") if os.geteuid() == 0 else subprocess.run(
            as_root("chown", "postfix", str(self.folder / "data")), check=True
        )
        self._run("start")
        wait_until_it_listens(self.port)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._run("stop")
        self._greylist.stop()
        if kind is not None:
            print(self.log[-4000:])
        subprocess.run(as_root("rm", "-rf", str(self.folder)), check=True)

    @property
    def log(self) -> str:
        path = self.folder / "data" / "maillog"
        return path.read_text(errors="replace") if path.exists() else ""

    def _run(self, what: str) -> None:
        done = subprocess.run(
            [*self._command, str(self.folder / "etc"), what], capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stderr + self.log

    def _write(self, auth_port: int, lmtp_port: int) -> None:
        (self.folder / "etc" / "main.cf").write_text(f"""
compatibility_level = 3.6
queue_directory = {self.folder}/queue
data_directory = {self.folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
maillog_file = {self.folder}/data/maillog
maillog_file_prefixes = {self.folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mail.example.org
mydestination =
local_recipient_maps =
alias_maps =
alias_database =
message_size_limit = {MAX_BYTES}
mailbox_size_limit = 0
smtpd_tls_security_level = may
smtpd_tls_auth_only = yes
smtpd_tls_chain_files = {self.certificate.key}, {self.certificate.chain}
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:{auth_port}
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_recipient_restrictions =
  check_recipient_access inline:{{ {{ unknown@example.net = 550 5.1.1 no such mailbox }} }},
  check_policy_service inet:127.0.0.1:{self._greylist.port},
  permit_sasl_authenticated, reject
default_transport = error:5.4.4 this server reaches nobody
transport_maps = inline:{{
  {{ kept.example.net = discard: }},
  {{ example.net = discard: }},
  {{ bot.example.org = lmtp:inet:127.0.0.1:{lmtp_port} }} }}
minimal_backoff_time = 1s
queue_run_delay = 2s
""")
        (self.folder / "etc" / "master.cf").write_text(
            f"127.0.0.1:{self.port} inet n - n - - smtpd{_SERVICES}"
        )


class _Greylist:
    """A policy service that turns `greylisted@…` away at its first try. source: Postfix, SMTPD_POLICY_README"""

    def __init__(self) -> None:
        seen: set[str] = set()

        class Talk(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                asked: dict[str, str] = {}
                for line in self.rfile:
                    name, _, value = line.decode().strip().partition("=")
                    if name:
                        asked[name] = value
                        continue
                    to = asked.get("recipient", "")
                    first = to.startswith("greylisted@") and to not in seen
                    seen.add(to)
                    verdict = "defer Greylisted, see you in 300 seconds" if first else "dunno"
                    self.wfile.write(f"action={verdict}\n\n".encode())
                    asked = {}

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True
            block_on_close = False

        self._server = Server(("127.0.0.1", 0), Talk)
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
