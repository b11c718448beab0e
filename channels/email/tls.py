"""Encrypted lines: the server's certificate and name are always checked."""

from __future__ import annotations

import ssl
from pathlib import Path


def client_context(ca_file: Path | None) -> ssl.SSLContext:
    """A context that trusts the system's authorities, or the one in `ca_file`. Raises OSError when it can't be read."""
    context = ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def words_of(error: BaseException) -> str:
    """Say in words what went wrong with a line or its certificate."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not to be trusted ({error.verify_message})"
    if isinstance(error, ssl.SSLError):
        return f"encryption failed ({error.reason or 'no common version'})"
    if isinstance(error, ConnectionRefusedError):
        return "nobody listens there"
    if isinstance(error, TimeoutError):
        return "it does not answer in time"
    return error.strerror or type(error).__name__ if isinstance(error, OSError) else type(error).__name__
