"""Framed JSON messages on the local socket: four bytes of length, then the message."""

from __future__ import annotations

import asyncio
import socket
import struct
from pathlib import Path
from typing import Any

import msgspec

from chengyun.kernel.errors import Rejected, Retryable
from chengyun.kernel.limits import ANSWER_WAIT_S, MAX_COMMAND_BYTES

SOCKET = "engine.sock"


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A command by name, with its fields."""

    command: str
    fields: dict[str, Any]


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a command; sent when it is on disk."""

    facts: list[str] = []
    known_at: int = 0
    refused: str = ""
    code: str = ""


def frame(message: msgspec.Struct) -> bytes:
    """Return ``message`` as bytes for the socket."""
    content = msgspec.json.encode(message)
    return struct.pack(">I", len(content)) + content


async def read_frame(reader: asyncio.StreamReader) -> bytes | None:
    """Read one message; ``None`` at the end, ``Rejected`` for one that is too long."""
    try:
        (length,) = struct.unpack(">I", await reader.readexactly(4))
        if length > MAX_COMMAND_BYTES:
            raise Rejected(
                "too_long",
                f"a command of {length} bytes, at most {MAX_COMMAND_BYTES} are taken",
                remedy="send large content as an artefact",
                params={"bytes": str(length)},
            )
        return await reader.readexactly(length)
    except asyncio.IncompleteReadError:
        return None


def peer_of(handle: socket.socket) -> int:
    """Return the user id at the other end, from the kernel and not from the message."""
    credentials = handle.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    _, uid, _ = struct.unpack("3i", credentials)
    return int(uid)


def ask(folder: Path, request: Request) -> Answer:
    """Send one command to the engine of the store in ``folder`` and wait until it is on disk."""
    path = folder / SOCKET
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as handle:
            handle.settimeout(ANSWER_WAIT_S)
            handle.connect(str(path))
            handle.sendall(frame(request))
            with handle.makefile("rb") as answers:
                head = answers.read(4)
                content = answers.read(int.from_bytes(head, "big")) if len(head) == 4 else b""
    except OSError as nobody:
        raise Retryable(
            f"no engine answers: {nobody}",
            where=str(path),
            remedy="start one with chengyun engine",
        ) from nobody
    if not content:
        raise Retryable(
            "the engine stopped before it answered",
            where=str(path),
            remedy="send the command again: what is known already changes nothing",
        )
    return msgspec.json.decode(content, type=Answer)
