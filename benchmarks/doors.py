"""Every door's figures, one after the other: mails read, mails handed in, webhooks answered.

    python -m benchmarks.doors

Each part is a benchmark of its own with settings of its own: `benchmarks.mails`, `benchmarks.smtp`,
`benchmarks.webhook`. They run in processes of their own, so that none is measured in another's memory.
"""

from __future__ import annotations

import subprocess
import sys

PARTS = ("mails", "smtp", "webhook")


def main() -> None:
    for part in PARTS:
        print(f"== {part}", flush=True)
        subprocess.run([sys.executable, "-m", f"benchmarks.{part}"], check=True)


if __name__ == "__main__":
    main()
