"""The screen and the map: files that were built, served as they are."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, Final, NamedTuple

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.staticfiles import StaticFiles

from chengyun.api.doors import Door
from chengyun.api.packing import Packed, answered
from chengyun.api.problems import nothing_here
from chengyun.citypack.maps import MAPS
from chengyun.kernel.limits import MAX_MAP_BYTES

SCREEN: Final = Path(__file__).parent / "screen"
"""Where the built screen stands: ``index.html``, and ``assets/`` with a hash in every name."""

_KEPT = "public, max-age=31536000, immutable"
_ASKED_AGAIN = "no-cache"
_NOT_BUILT = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Chengyun</title>
<h1>The screen is not built</h1>
<p>The interface is up: <a href="/api/v1/city">/api/v1/city</a>,
<a href="/api/v1/live">/api/v1/live</a>, <a href="/metrics">/metrics</a>.</p>
<p>Build the screen in <code>web/</code> with <code>npm ci &amp;&amp; npm run build</code>;
it is written to <code>src/chengyun/api/screen/</code>.</p>
"""


class _Files(StaticFiles):
    """Files in one piece: each piece would wait its turn behind the city's own work."""

    def file_response(self, *where: Any, **how: Any) -> Response:
        """Return the answer that the library makes, not cut into pieces."""
        answer = super().file_response(*where, **how)
        if isinstance(answer, FileResponse):
            answer.chunk_size = MAX_MAP_BYTES
        return answer


class _Map(NamedTuple):
    """A map as it stood on disk."""

    tag: str
    content: Packed


class Pages:
    """Serves the screen from the package and the maps from the pack's folder."""

    def __init__(self, maps: Path, *, screen: Path = SCREEN) -> None:
        self._screen = screen
        self._files = _Files(directory=screen, check_dir=False)
        self._folder = maps
        self._maps: dict[str, _Map] = {}
        self.doors = (
            Door("/map/{name}", "city:read", self.map, wide=False),
            Door("/", "screen:read", self.index, is_open=True),
            Door("/{path:path}", "screen:read", self.file, is_open=True),
        )

    async def index(self, request: Request) -> Response:
        """Return the screen, or how to build it."""
        if not (self._screen / "index.html").is_file():
            return HTMLResponse(_NOT_BUILT, headers={"Cache-Control": _ASKED_AGAIN})
        return await self._served(self._files, "index.html", request, _ASKED_AGAIN)

    async def file(self, request: Request) -> Response:
        """Return a file of the screen; what lies in ``assets/`` never changes under its name."""
        path = request.path_params["path"]
        kept = _KEPT if path.startswith("assets/") else _ASKED_AGAIN
        return await self._served(self._files, path, request, kept)

    async def map(self, request: Request) -> Response:
        """Return a map of the pack: outlines of areas, or what is drawn beneath them.

        Both are public geography, and every role may see them whole; whatever else lies in the
        folder is not served. What is somebody's (cases, crews, assets) comes by its own doors, each
        to whom it is.
        """
        name = request.path_params["name"]
        if f"map/{name}" not in MAPS:
            raise nothing_here(request.url.path)
        held = await asyncio.to_thread(self._map_of, name)
        headers = {"Cache-Control": _ASKED_AGAIN, "ETag": held.tag}
        if request.headers.get("if-none-match") == held.tag:
            return Response(status_code=304, headers=headers)
        return await answered(request, held.content, "application/geo+json", headers)

    def _map_of(self, name: str) -> _Map:
        """Return a map, read again when its file is another one; screens load it whole."""
        path = self._folder / name
        if path.is_symlink() or not path.is_file():
            raise nothing_here(f"/map/{name}")
        seen = path.stat()
        tag = f'"{seen.st_mtime_ns:x}-{seen.st_size:x}"'
        held = self._maps.get(name)
        if held is None or held.tag != tag:
            held = self._maps[name] = _Map(tag, Packed(path.read_bytes()))
        return held

    async def _served(self, files: StaticFiles, path: str, request: Request, kept: str) -> Response:
        answer = await files.get_response(path, request.scope)
        answer.headers["Cache-Control"] = kept
        return answer
