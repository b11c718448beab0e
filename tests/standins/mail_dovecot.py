"""A real Dovecot of one's own: IMAP and log-in checks on loopback ports, in a folder that is thrown away."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.loopback import free_port
from tests.standins.mail_certificate import Certificate
from tests.standins.mail_programs import program, wait_until_it_listens

USER, PASSWORD = "support@example.org", "imap-password-0123456789"


class Dovecot:
    """The server, from `start` to `stop`. Works as root and as anybody."""

    def __init__(self, *, without_idle: bool = False) -> None:
        self._binary = program("dovecot", "dovecot-imapd")
        self.folder = Path(tempfile.mkdtemp(prefix="relais-dovecot-"))
        self.folder.chmod(0o755)
        self.certificate = Certificate(self.folder)
        self.imap_port, self.imaps_port, self.auth_port = free_port(), free_port(), free_port()
        self._owner = pwd.getpwnam("mail") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        self._without_idle = without_idle
        self._process: subprocess.Popen[bytes] | None = None
        self._count = 0
        for name in ("cur", "new", "tmp"):
            (self.maildir / name).mkdir(parents=True, exist_ok=True)
        self._give_away(self.folder / "mail")
        (self.folder / "dovecot.conf").write_text(self._configuration())

    @property
    def maildir(self) -> Path:
        return self.folder / "mail" / USER

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        if kind is not None:
            log = self.folder / "log"
            print(log.read_text()[-3000:] if log.exists() else "Dovecot wrote no log")
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self) -> None:
        self._process = subprocess.Popen(
            [self._binary, "-F", "-c", str(self.folder / "dovecot.conf")],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        wait_until_it_listens(self.imap_port, self._process)

    def stop(self) -> None:
        """Shut down as an operator does: clients hear BYE. Returns when the last of its processes is gone."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(15)
        for _ in range(200):
            try:
                os.killpg(self._process.pid, 0)
            except ProcessLookupError:
                break
            time.sleep(0.02)
        self._process = None

    def deliver(self, raw: bytes) -> None:
        """Put a mail into the mailbox, as a delivery agent does."""
        self._count += 1
        name = f"{1_700_000_000 + self._count}.M{self._count}P{os.getpid()}.test"
        waiting = self.maildir / "tmp" / name
        waiting.write_bytes(raw)
        self._give_away(waiting)
        waiting.rename(self.maildir / "new" / name)

    def renumber(self) -> None:
        """Forget all numbers, as after a restored backup; only while it is stopped."""
        assert self._process is None
        for path in self.maildir.glob("dovecot*"):
            path.unlink()
        fresh = self.maildir / "dovecot-uidlist"
        fresh.write_text(f"3 V1234567 N1 G{os.urandom(16).hex()}\n")
        self._give_away(fresh)

    def flags(self) -> list[str]:
        """The flags of every mail in the mailbox, as its file names bear them."""
        names = [path.name for part in ("new", "cur") for path in (self.maildir / part).iterdir()]
        return sorted(name.partition(":2,")[2] for name in names)

    def names(self, folder: str) -> list[str]:
        place = self.maildir / f".{folder}"
        return [path.name for part in ("new", "cur") for path in (place / part).glob("*")]

    def _give_away(self, path: Path) -> None:
        for each in [path, *path.rglob("*")] if path.is_dir() else [path]:
            os.chown(each, self._owner.pw_uid, self._owner.pw_gid)

    def _configuration(self) -> str:
        user = self._owner.pw_name
        internal = (
            "" if os.geteuid() == 0 else f"default_internal_user = {user}\ndefault_login_user = {user}\n"
        )
        group = "" if os.geteuid() == 0 else f"default_internal_group = {_group(self._owner)}\n"
        unchrooted = "" if os.geteuid() == 0 else "  chroot =\n"
        idle = "imap_capability = IMAP4rev1 UIDPLUS MOVE\n" if self._without_idle else ""
        return f"""
{internal}{group}{idle}
base_dir = {self.folder}/run
state_dir = {self.folder}/state
log_path = {self.folder}/log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{self.certificate.chain}
ssl_key = <{self.certificate.key}
disable_plaintext_auth = no
auth_mechanisms = plain login
mail_location = maildir:{self.folder}/mail/%u
first_valid_uid = 1
first_valid_gid = 1
mail_max_userip_connections = 50
passdb {{
  driver = static
  args = user={USER} password={PASSWORD}
}}
userdb {{
  driver = static
  args = uid={self._owner.pw_uid} gid={self._owner.pw_gid} home={self.folder}/mail/%u
}}
namespace inbox {{
  inbox = yes
  mailbox Done {{
    auto = create
  }}
}}
service imap-login {{
{unchrooted}  inet_listener imap {{
    port = {self.imap_port}
  }}
  inet_listener imaps {{
    port = {self.imaps_port}
    ssl = yes
  }}
}}
service anvil {{
{unchrooted}}}
service auth {{
  inet_listener {{
    port = {self.auth_port}
  }}
}}
service stats {{
  chroot =
}}
"""


def _group(owner: pwd.struct_passwd) -> str:
    import grp

    return grp.getgrgid(owner.pw_gid).gr_name


@contextmanager
def dovecot(*, without_idle: bool = False) -> Iterator[Dovecot]:
    with Dovecot(without_idle=without_idle) as server:
        yield server
