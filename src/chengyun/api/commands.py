"""Commands over HTTP: the same gate and the same engine as everywhere, answered when on disk.

Ids are natural keys, so the same command twice is harmless: the second one records nothing and
is answered with no facts. The same id with another content is refused as ``conflict``.
"""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from chengyun.api.doors import Door, asking_of
from chengyun.api.repeating import key_in, keyed_request
from chengyun.app.serving import Server
from chengyun.engine.commands import Command
from chengyun.kernel.errors import Rejected
from chengyun.kernel.limits import MAX_COMMAND_BYTES


class Commands:
    """Takes the commands of an engine, each under its own name."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._commands = {
            name: command for name, command in server.commands.items() if command.BY_NAME
        }
        self.doors = (
            Door("/api/v1/commands/{name}", "engine:send", self.send, method="POST", wide=False),
            Door("/api/v1/commands", "engine:send", self.listed, wide=False),
        )

    async def listed(self, request: Request) -> Response:
        """Return every command with its fields and the permission it needs."""
        found = {
            name: {"needs": command.NEEDS, "fields": list(command.__struct_fields__)}
            for name, command in sorted(self._commands.items())
        }
        return Response(msgspec.json.encode({"commands": found}), media_type="application/json")

    async def send(self, request: Request) -> Response:
        """Execute one command; return its facts and when they were known.

        The same ``Idempotency-Key`` is answered the same for a day.
        """
        content = await json_of(request)
        command = self._command(request.path_params["name"], content)
        asking = asking_of(request)
        asking.check_scope(command.NEEDS)
        keyed = keyed_request(request, asking.actor, key_in(request), content)
        outcome = await self._server.submit(command, asking.actor, request=keyed)
        if outcome.refused is not None:
            raise outcome.refused
        content = msgspec.json.encode({"facts": outcome.facts, "known_at": outcome.known_at})
        headers = {"Cache-Control": "no-store"}
        return Response(content, headers=headers, media_type="application/json")

    def _command(self, name: str, fields: Any) -> Command:
        shape = self._commands.get(name)
        if shape is None:
            raise Rejected(
                "unknown_command",
                f"{name[:100]!r} is no command",
                where="path",
                remedy=f"the commands are {', '.join(sorted(self._commands))}",
                params={"command": name[:100]},
            )
        command: Command = converted(fields, shape, name)
        return command


def converted(fields: Any, shape: type[Any], where: str) -> Any:
    """Return ``fields`` as ``shape``, or refuse them naming the field."""
    try:
        return msgspec.convert(fields, shape)
    except msgspec.ValidationError as wrong:
        raise Rejected(
            "bad_fields",
            str(wrong),
            where=where,
            remedy=f"its fields are {', '.join(shape.__struct_fields__)}",
            params={"reason": str(wrong)},
        ) from wrong


async def json_of(request: Request) -> Any:
    """Return the body of a request as JSON, or refuse it.

    Only ``application/json`` is taken: no form of another site can send that without asking.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise Rejected(
            "not_json",
            f"the content is {media_type[:80] or 'of no type'}",
            where="Content-Type",
            remedy="send application/json",
            params={"type": media_type[:80]},
        )
    try:
        return msgspec.json.decode(await body_of(request))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as wrong:
        raise Rejected(
            "bad_json",
            f"this is no JSON: {wrong}",
            where="body",
            remedy="send one JSON object in UTF-8",
            params={"reason": str(wrong)},
        ) from wrong


async def body_of(request: Request) -> bytes:
    """Return the body of a request, bounded."""
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > MAX_COMMAND_BYTES:
            raise Rejected(
                "too_long",
                f"the body is longer than {MAX_COMMAND_BYTES} bytes",
                where="body",
                remedy="send less at once",
                params={"limit": str(MAX_COMMAND_BYTES)},
            )
        parts.append(part)
    return b"".join(parts)
