"""Files sent in pieces: tus 1.0 (creation, termination), so that a broken line costs nothing.

``POST`` announces how long a file is, ``HEAD`` says how much has come, ``PATCH`` goes on from
there. What was acknowledged is on disk. Whoever announced a file is the only one who knows it.
"""

from __future__ import annotations

import asyncio
import os
from typing import Final

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from chengyun.adapters.files.uploads import Announced, Uploads
from chengyun.kernel.clock import Clock
from chengyun.kernel.errors import Rejected

_VERSION: Final = "1.0.0"
_TYPE: Final = "application/offset+octet-stream"
_HEADERS: Final = {"Tus-Resumable": _VERSION, "Cache-Control": "no-store"}
_DIGITS: Final = 18


class Uploading:
    """The steps of an upload; the doors say whose it is."""

    def __init__(self, uploads: Uploads, clock: Clock) -> None:
        self.uploads = uploads
        self._clock = clock
        self._busy: set[str] = set()

    def begin(self, request: Request, owner: str) -> Response:
        """Announce a file; answered with where its pieces go."""
        length = _number(request, "upload-length")
        one = self.uploads.begin(owner, length, self._clock.now())
        where = f"{request.url.path.rstrip('/')}/{one.name}"
        return Response(None, 201, _HEADERS | {"Location": where, "Upload-Offset": "0"})

    def stands(self, request: Request, owner: str) -> Response:
        """Say how much of a file has come."""
        one = self._one(request, owner)
        size = {"Upload-Offset": str(self.uploads.size(one)), "Upload-Length": str(one.length)}
        return Response(None, 200, _HEADERS | size)

    async def grow(self, request: Request, owner: str) -> Response:
        """Take a piece; what came of it is kept even where the line breaks."""
        one = self._one(request, owner)
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != _TYPE:
            raise Rejected("not_offset", "the content is no piece of a file", where="Content-Type",
                           remedy=f"send {_TYPE}")  # fmt: skip
        offset, size = _number(request, "upload-offset"), self.uploads.size(one)
        if offset != size or one.name in self._busy:
            raise Rejected(
                "other_offset",
                f"{size} bytes have come, the piece begins at {offset}",
                where="Upload-Offset",
                remedy="ask with HEAD how much has come, and go on from there",
                params={"offset": str(size)},
            )
        self._busy.add(one.name)
        try:
            size = await self._write(request, one, size)
        finally:
            self._busy.discard(one.name)
        return Response(None, 204, _HEADERS | {"Upload-Offset": str(size)})

    def give_up(self, request: Request, owner: str) -> Response:
        """Let a file go."""
        self.uploads.end(self._one(request, owner).name)
        return Response(None, 204, _HEADERS)

    def _one(self, request: Request, owner: str) -> Announced:
        return self.uploads.find(request.path_params["upload"], owner)

    async def _write(self, request: Request, one: Announced, size: int) -> int:
        told = request.headers.get("content-length", "")
        if told.isdecimal() and size + int(told[:_DIGITS]) > one.length:
            raise _too_long(one)
        with self.uploads.writing(one) as file:
            try:
                async for part in request.stream():
                    if size + len(part) > one.length:
                        raise _too_long(one)
                    file.write(part)
                    size += len(part)
            except ClientDisconnect:
                await asyncio.to_thread(_sync, file.fileno(), file.flush)
                raise
            await asyncio.to_thread(_sync, file.fileno(), file.flush)
        return size


def _sync(handle: int, flush: object) -> None:
    if callable(flush):
        flush()
    os.fsync(handle)


def _too_long(one: Announced) -> Rejected:
    return Rejected(
        "too_long",
        f"more comes than the {one.length} bytes that were announced",
        where="body",
        remedy="announce the file anew",
        params={"limit": str(one.length)},
    )


def _number(request: Request, header: str) -> int:
    given = request.headers.get(header, "")
    if not (given.isascii() and given.isdecimal() and len(given) <= _DIGITS):
        raise Rejected("bad_upload", f"{header} is no number of bytes", where=header,
                       remedy="say it in digits")  # fmt: skip
    return int(given)
