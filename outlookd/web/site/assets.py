"""The files that pages load: their addresses, and how long a browser may keep them. Knows hashes, and no page."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from aiohttp import web

__all__ = ["Assets"]

_DIRECTORY = Path(__file__).parents[1] / "static"
_DIGITS = 12
_FOR_GOOD = "public, max-age=31536000, immutable"
_NEVER = "no-store"


class Assets:
    """Our style sheets, scripts and pictures, each under an address that changes with its content."""

    def __init__(self, prefix: str) -> None:
        """`prefix` is the path of the static files below the origin."""
        self._prefix = prefix
        self._versions: Mapping[str, str] = {
            path.relative_to(_DIRECTORY).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()[:_DIGITS]
            for path in _DIRECTORY.rglob("*")
            if path.is_file()
        }

    def add_to(self, app: web.Application) -> None:
        """Add the route."""
        app.router.add_static(self._prefix, _DIRECTORY)

    def address(self, name: str) -> str:
        """Where a browser finds that file, as it is now. Raises KeyError for a name that is no file."""
        return f"{self._prefix}/{name}?v={self._versions[name]}"

    def cache_control(self, request: web.Request) -> str:
        """For good, where the address names the present content. Nothing else of ours may stay in a cache."""
        name = request.path.removeprefix(f"{self._prefix}/")
        version = self._versions.get(name) if request.path.startswith(f"{self._prefix}/") else None
        return _FOR_GOOD if version is not None and request.query.get("v") == version else _NEVER
