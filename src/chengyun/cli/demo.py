"""``chengyun demo``: a simulated city on this machine, to watch and to run; nothing leaves it."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Container, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import click

from chengyun.adapters.files.packs import write_pack
from chengyun.adapters.system.entropy import SeededEntropy
from chengyun.api.application import api
from chengyun.api.demonstration import EventKind
from chengyun.api.listening import bound, http_door
from chengyun.api.live import Pace
from chengyun.app import logs, packs, platform
from chengyun.app.local_door import local_door
from chengyun.app.serving import Server
from chengyun.cli.doors import needs
from chengyun.cli.seeds import seed_given
from chengyun.facts.registers import Areas, City
from chengyun.kernel.clock import VirtualClock
from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import from_local, zone
from chengyun.sim.demo import WatchedCity
from chengyun.sim.linjiang.city import build
from chengyun.sim.linjiang.pack import pack_files
from chengyun.sim.linjiang.scales import SCALES
from chengyun.sim.lockstep import WorldProcess

START = "2026-09-18T16:00"
"""A Friday afternoon in early autumn: rain, crowds and the evening are ahead."""

YEARS = range(2000, 2100)
"""The weather, tides and festivals of Linjiang are of these years."""

FIRST = "underpass_flooding"
"""A flooded underpass is measured within ten minutes of the city, and its plan is proposed."""

PATIENCE_MIN = 120.0
"""How long the simulated duty room leaves a decision to you: two minutes at sixty times."""


class _Steering:
    """The simulated city as the interface steers it."""

    first = FIRST

    def __init__(
        self,
        city: WatchedCity,
        server: Server,
        world: WorldProcess,
        areas: Container[str],
        *,
        seed: int,
        scale: str,
    ) -> None:
        self._city = city
        self._server = server
        self._areas = areas
        self.seed = seed
        self.scale = scale
        self.events: Sequence[EventKind] = [
            EventKind(kind=event.kind, label=event.label) for event in world.ready.events
        ]

    def pace(self) -> Pace:
        """Return how fast its clock goes."""
        return Pace(rate=self._city.rate, paused=self._city.is_paused)

    def lag_s(self) -> float:
        """Return how far the clock is behind its pace, in seconds of wall time."""
        return self._city.lag_s()

    def set_pace(self, *, rate: float | None, paused: bool | None) -> None:
        """Change what is given."""
        self._city.set_pace(rate=rate, paused=paused)
        self._server.nudge()

    def begin(self, kind: str, area: str) -> None:
        """Let an event happen."""
        if area and area not in self._areas:
            raise Rejected(
                "unknown_area",
                f"{area[:80]!r} is no area of this city",
                where="area",
                remedy="give the code of an area, or none",
                params={"area": area[:80]},
            )
        self._city.begin(kind, area)


@click.command("demo")
@click.option(
    "--seed",
    callback=seed_given,
    default="7",
    show_default=True,
    help="Another seed, another city.",
)
@click.option("--scale", type=click.Choice(list(SCALES)), default="district", show_default=True,
              help="How large the city is.")  # fmt: skip
@click.option("--start", default=START, show_default=True, help="When it begins, in local time.")
@click.option("--rate", type=float, default=60.0, show_default=True,
              help="How many times faster than real its clock goes.")  # fmt: skip
@click.option("--host", default="127.0.0.1", show_default=True, help="A name of this machine.")
@click.option("--port", type=click.IntRange(0, 65_535), default=8311, show_default=True,
              help="Where to listen; 0 takes any that is free.")  # fmt: skip
@click.option("--out", type=click.Path(file_okay=False, path_type=Path),
              help="Keep its pack and store in this new folder; else they go with it.")  # fmt: skip
@click.option("--log", "form", type=click.Choice(["text", "json"]), default="text",
              show_default=True, help="How the log on stderr is written.")  # fmt: skip
@needs("engine:run")
def command(
    seed: int,
    scale: str,
    start: str,
    rate: float,
    host: str,
    port: int,
    out: Path | None,
    form: str,
) -> None:
    """Watch Linjiang being run: its residents report, its crews go out, you decide.

    The same seed gives the same city and the same events at any speed, until you interfere.
    """
    logs.configure(form)
    begins = _begins(start)
    with _folder(out) as folder, bound(host, port) as listening:
        click.echo(f"building Linjiang, seed {seed}, scale {scale}")
        pack = folder / "pack"
        write_pack(pack_files(build(seed, scale)), pack)
        resolved = packs.loaded(pack)
        city = packs.section(resolved, City)
        at = from_local(begins, zone(city.zone))[0]
        clock = VirtualClock(at)
        with (
            WorldProcess.started(
                seed=seed, scale=scale, city_seed=seed, start=at, patience_min=PATIENCE_MIN
            ) as world,
            platform.opened(
                folder / "store", partition=city.id, clock=clock, entropy=SeededEntropy(seed)
            ) as opened,
        ):
            engine = opened.engine
            platform.adopt(engine, resolved.content, pack=city.id, effective_from=at)
            engine.commit()
            engine.settle()
            watched = WatchedCity(engine, clock, world, rate=rate)
            server = Server(engine, clock, folder / "store", drive=watched, audience=(watched,))
            areas = packs.section(resolved, Areas).areas
            steering = _Steering(watched, server, world, areas, seed=seed, scale=scale)
            interface = api(server, maps=pack / "map", demonstration=steering)
            where = f"http://{host}:{listening.getsockname()[1]}/"
            click.echo(f"Linjiang lives: open {where} (Ctrl-C ends it)")
            asyncio.run(server.run(http_door(interface, listening), local_door))


def _begins(start: str) -> datetime:
    try:
        begins = datetime.fromisoformat(start).replace(tzinfo=None)
    except ValueError as wrong:
        raise click.BadParameter("write it as 2026-09-18T16:00", param_hint="--start") from wrong
    if begins.year not in YEARS:
        told = f"give a day of the years {YEARS[0]} to {YEARS[-1]}"
        raise click.BadParameter(told, param_hint="--start")
    return begins


@contextmanager
def _folder(out: Path | None) -> Iterator[Path]:
    """Give a new folder: the one that was asked for, or one that goes with the demonstration."""
    if out is None:
        with tempfile.TemporaryDirectory(prefix="chengyun-demo-") as temporary:
            yield Path(temporary)
        return
    if out.exists() and any(out.iterdir()):
        raise click.BadParameter("there is something in it; give a new one", param_hint="--out")
    out.mkdir(parents=True, exist_ok=True)
    yield out
