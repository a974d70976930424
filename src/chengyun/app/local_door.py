"""The local socket as a way in: framed commands from this machine, answered when on disk."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pwd
from collections.abc import AsyncIterator

import msgspec

from chengyun.adapters.local.frames import SOCKET, Answer, Request, frame, peer_of, read_frame
from chengyun.app.serving import Server
from chengyun.engine.commands import Command
from chengyun.kernel.errors import ChengyunError, Rejected


@contextlib.asynccontextmanager
async def local_door(server: Server) -> AsyncIterator[None]:
    """Listen on a socket beside the store, open to the owner of the process alone."""
    path = server.folder / SOCKET

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _talk(server, reader, writer)

    path.unlink(missing_ok=True)
    previous = os.umask(0o077)
    try:
        listening = await asyncio.start_unix_server(talk, path=str(path))
    finally:
        os.umask(previous)
    try:
        yield
    finally:
        listening.close()
        path.unlink(missing_ok=True)


def person_of(uid: int) -> str:
    """Return the user of this machine with ``uid``, as an actor."""
    try:
        return f"person:{pwd.getpwuid(uid).pw_name}"
    except KeyError:
        return f"person:uid-{uid}"


async def _talk(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    actor = person_of(peer_of(writer.get_extra_info("socket")))
    try:
        while (content := await read_frame(reader)) is not None:
            writer.write(frame(await _answer(server, content, actor)))
            await writer.drain()
    except (Rejected, ConnectionError) as wrong:
        with contextlib.suppress(ConnectionError):
            writer.write(frame(Answer(refused=str(wrong), code=type(wrong).__name__)))
            await writer.drain()
    finally:
        writer.close()


async def _answer(server: Server, content: bytes, actor: str) -> Answer:
    try:
        outcome = await server.submit(_command(server, content), actor)
    except ChengyunError as refused:
        return _refusal(refused)
    if outcome.refused is not None:
        return _refusal(outcome.refused)
    return Answer(facts=list(outcome.facts), known_at=outcome.known_at)


def _command(server: Server, content: bytes) -> Command:
    try:
        request = msgspec.json.decode(content, type=Request)
        return msgspec.convert(request.fields, server.commands[request.command])
    except (msgspec.MsgspecError, KeyError) as wrong:
        raise Rejected(
            "bad_command",
            f"this is no command: {wrong}",
            remedy=f"the commands are {', '.join(sorted(server.commands))}",
        ) from wrong


def _refusal(refused: ChengyunError) -> Answer:
    code = refused.code if isinstance(refused, Rejected) else type(refused).__name__
    return Answer(refused=str(refused), code=code)
