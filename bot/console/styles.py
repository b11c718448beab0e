"""The console's own style sheets and scripts, each at an address that changes with what it holds."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Final

from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

_HERE: Final = Path(__file__).parent
_KINDS: Final = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


class Styles:
    """`static/<name>` beside this file; of a part, `<part>/style.css` and `<part>/script.js`."""

    def __init__(self, here: Path = _HERE) -> None:
        self._here = here

    @cache  # noqa: B019 - one of these a process
    def _files(self) -> dict[str, tuple[Path, str]]:
        found = {path.name: path for path in sorted((self._here / "static").iterdir())}
        for path in sorted([*self._here.glob("*/style.css"), *self._here.glob("*/script.js")]):
            found[f"{path.parent.name}-{path.name}"] = path
        return {
            name: (path, hashlib.sha256(path.read_bytes()).hexdigest()[:12])
            for name, path in found.items()
            if path.suffix in _KINDS
        }

    def address(self, name: str) -> str:
        """Where a file is fetched."""
        return f"/console/static/{self._files()[name][1]}/{name}"

    def of_parts(self, suffix: str) -> list[str]:
        """The addresses of the parts' own files, `.css` or `.js`."""
        own = {path.name for path in (self._here / "static").iterdir()}
        return [self.address(name) for name in self._files() if name.endswith(suffix) and name not in own]

    def app(self) -> ASGIApp:
        """Serves them; one asked for by an old address gets the new file, uncached."""

        async def serve(scope: Scope, receive: Receive, send: Send) -> None:
            tag, _, name = scope["path"].removeprefix(scope.get("root_path", "")).strip("/").partition("/")
            found = self._files().get(name)
            if scope["type"] != "http" or found is None:
                await PlainTextResponse("not found", 404)(scope, receive, send)
                return
            path, current = found
            lasting = "public, max-age=31536000, immutable" if tag == current else "no-cache"
            headers = {"cache-control": lasting}
            await Response(path.read_bytes(), 200, headers, _KINDS[path.suffix])(scope, receive, send)

        return serve
