"""``chengyun demo``: a simulated city on this machine, to watch and to run; nothing leaves it."""

from __future__ import annotations

import asyncio
from collections.abc import Container, Sequence
from pathlib import Path

import click

from chengyun.api.application import api
from chengyun.api.demonstration import EventKind
from chengyun.api.listening import bound, http_door
from chengyun.api.live import Pace
from chengyun.app import logs, packs
from chengyun.app.local_door import local_door
from chengyun.app.serving import Server
from chengyun.cli import seeds
from chengyun.cli.demo_folder import SCALE, SEED, START, begun_in, pack_in, resumed
from chengyun.cli.doors import needs
from chengyun.cli.simulated import folder_or_passing, when
from chengyun.facts.registers import Areas
from chengyun.kernel.errors import Rejected
from chengyun.sim import kept, wishes
from chengyun.sim.demo import WatchedCity, check_pace
from chengyun.sim.linjiang.scales import SCALES
from chengyun.sim.living import Setting, begins, opened
from chengyun.sim.wishes import Wishes
from chengyun.sim.world_process import WorldProcess

FIRST = "underpass_flooding"
"""A flooded underpass is measured within ten minutes of the city, and its plan is proposed."""


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
@click.option("--seed", type=seeds.SEED, help=f"Another seed, another city.  [default: {SEED}]")
@click.option("--scale", type=click.Choice(list(SCALES)),
              help=f"How large the city is.  [default: {SCALE}]")  # fmt: skip
@click.option("--start", help=f"When it begins, in local time.  [default: {START}]")
@click.option("--rate", type=float, default=60.0, show_default=True,
              help="How many times faster than real its clock goes.")  # fmt: skip
@click.option("--host", default="127.0.0.1", show_default=True, help="A name of this machine.")
@click.option("--port", type=click.IntRange(0, 65_535), default=8311, show_default=True,
              help="Where to listen; 0 takes any that is free.")  # fmt: skip
@click.option("--out", type=click.Path(file_okay=False, path_type=Path),
              help="Keep the city in this folder, or go on with the one in it; "
              "else it goes with the demonstration.")  # fmt: skip
@click.option("--log", "form", type=click.Choice(["text", "json"]), default="text",
              show_default=True, help="How the log on stderr is written.")  # fmt: skip
@needs("engine:run")
def command(
    seed: int | None,
    scale: str | None,
    start: str | None,
    rate: float,
    host: str,
    port: int,
    out: Path | None,
    form: str,
) -> None:
    """Watch Linjiang being run: its residents report, its crews go out, you decide.

    The same seed gives the same city and the same events at any speed, until you interfere. With
    --out it is kept, and the same command goes on where it stopped.
    """
    logs.configure(form)
    check_pace(rate)
    with folder_or_passing(out, "chengyun-demo-") as folder, bound(host, port) as listening:
        begun = begun_in(folder, seed, scale, start)
        pack = pack_in(folder, begun)
        setting = Setting(
            begun.seed, begun.scale, begins(pack, when(begun.start)), begun.patience_min
        )
        store = folder / kept.STORE
        with opened(pack, store, setting) as city:
            wished = Wishes(folder / wishes.FILE)
            since = resumed(city, folder, wished)
            watched = WatchedCity(
                city.engine, city.clock, city.world, rate=rate, since=since, wishes=wished
            )
            server = Server(city.engine, city.clock, store, drive=watched, audience=(watched,))
            areas = packs.section(pack, Areas).areas
            steering = _Steering(
                watched, server, city.world, areas, seed=begun.seed, scale=begun.scale
            )
            interface = api(server, maps=folder / kept.PACK / "map", demonstration=steering)
            where = f"http://{host}:{listening.getsockname()[1]}/"
            click.echo(f"Linjiang lives: open {where} (Ctrl-C ends it)")
            asyncio.run(server.run(http_door(interface, listening), local_door))
