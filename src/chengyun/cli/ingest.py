"""``chengyun ingest``: the stream lane of a store as a process of its own, beside its engine."""

from __future__ import annotations

import asyncio
import signal
import socket
from pathlib import Path

import click
import msgspec
import uvicorn

from chengyun.adapters.local.frames import Answer, Request, ask
from chengyun.adapters.sql.reading import StoreReader
from chengyun.adapters.system.clock import SystemClock
from chengyun.api.listening import bound, uvicorn_of
from chengyun.api.metrics import Metrics
from chengyun.api.worker import StoredKeys, worker
from chengyun.app import logs, packs
from chengyun.app.stored_grants import StoredGrants
from chengyun.app.stream.city import city_of_sensors
from chengyun.app.stream.recording import Recording
from chengyun.cli.doors import needs
from chengyun.cli.stores import store_in
from chengyun.engine.commands import Command
from chengyun.facts.registers import City
from chengyun.kernel.errors import ChengyunError, Rejected
from chengyun.vitals.views import STREAM


@click.command("ingest")
@click.argument("folder", metavar="STORE", type=click.Path(file_okay=False, path_type=Path))
@click.option("--pack", type=click.Path(exists=True, file_okay=False, path_type=Path),
              required=True, help="The city pack that is in force.")  # fmt: skip
@click.option("--host", default="127.0.0.1", show_default=True, help="A name of this machine.")
@click.option("--port", type=click.IntRange(0, 65_535), default=8312, show_default=True,
              help="Where to listen; 0 takes any that is free.")  # fmt: skip
@click.option("--log", "form", type=click.Choice(["text", "json"]), default="text",
              show_default=True, help="How the log on stderr is written.")  # fmt: skip
@needs("stream:run")
def command(folder: Path, pack: Path, host: str, port: int, form: str) -> None:
    """Take in what sensors say for the city served from STORE (chengyun serve --no-sensors)."""
    logs.configure(form)
    folder = store_in(folder)
    resolved = packs.loaded(pack)
    city = packs.section(resolved, City)
    clock = SystemClock()
    with StoreReader(folder) as reader:
        row = next(reader.rows(STREAM, city.id), None)
    with bound(host, port) as listening:
        recording = Recording(folder, city_of_sensors(resolved), clock, row=row)
        logs.note("stream_open", **recording.recovered.figures)
        metrics = Metrics()
        pages = worker(
            recording,
            clock,
            StoredKeys(folder, city.id),
            StoredGrants(folder, city.id),
            metrics,
        )
        web = uvicorn_of(pages, metrics)
        click.echo(f"{city.id}: http://{host}:{listening.getsockname()[1]}/ingest/v1/observations")
        asyncio.run(_run(recording, web, listening, folder))
    click.echo("stopped; everything acknowledged is on disk")


async def _run(
    recording: Recording, web: uvicorn.Server, listening: socket.socket, folder: Path
) -> None:
    def stop() -> None:
        web.should_exit = True

    in_turn = asyncio.Lock()

    async def submit(command: Command) -> ChengyunError | None:
        request = Request(command=type(command).__name__, fields=msgspec.to_builtins(command))
        async with in_turn:
            answer: Answer = await asyncio.to_thread(ask, folder, request)
        return Rejected(answer.code, answer.refused) if answer.refused else None

    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop)
    async with recording.running(submit, stop):
        await web.serve(sockets=[listening])
