"""``chengyun drill``: an operator is put before a seeded evening, and gets a debrief."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import click
import msgspec
from rich.console import Console

from chengyun.api.application import api
from chengyun.api.demonstration import EventKind
from chengyun.api.drills import DrillAbout
from chengyun.api.listening import bound, http_door
from chengyun.api.live import Pace
from chengyun.api.problems import problem_of
from chengyun.app import logs
from chengyun.app.local_door import local_door
from chengyun.app.serving import Server
from chengyun.cli.doors import needs
from chengyun.cli.folders import new_folder
from chengyun.cli.seeds import SEED
from chengyun.cli.simulated import folder_or_passing, when
from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import MINUTE_US
from chengyun.kernel.limits import MAX_DRILL_MIN, MAX_DRILL_RESIDENTS, MIN_DRILL_MIN
from chengyun.sim.demo import WatchedCity
from chengyun.sim.drill.debrief import Debrief
from chengyun.sim.drill.held import PATIENCE_MIN, TRUTH, Plan
from chengyun.sim.drill.page import LANGUAGES, PAGE
from chengyun.sim.drill.room import DrillRoom
from chengyun.sim.drill.terminal import print_debrief
from chengyun.sim.kept import PACK, STORE
from chengyun.sim.linjiang.scales import SCALES, scale_of
from chengyun.sim.living import begins, living, settled
from chengyun.sim.world.evenings import evening_of, evenings

RATE = 10.0
"""Three hours in eighteen minutes: half a minute of thought is five minutes of the city."""


class _Desk:
    """The drill as the interface steers it: the clock and the end, and nothing else."""

    events: Sequence[EventKind] = ()
    first = ""

    def __init__(self, city: WatchedCity, server: Server, room: DrillRoom) -> None:
        self._city, self._server, self._room = city, server, room
        self._evening = evening_of(room.plan.scenario)
        self.seed, self.scale = room.plan.seed, room.plan.scale

    def pace(self) -> Pace:
        """Return how fast the clock goes; after the end it stands."""
        return Pace(rate=self._city.rate, paused=self._city.is_paused or self._room.is_over)

    def lag_s(self) -> float:
        """Return how far the clock is behind its pace, in seconds of wall time."""
        return self._city.lag_s()

    def set_pace(self, *, rate: float | None, paused: bool | None) -> None:
        """Change what is given; the debrief says so."""
        self._city.set_pace(rate=rate, paused=paused)
        self._room.noted_pace(self._city.rate, paused=self._city.is_paused)
        self._server.nudge()

    def begin(self, kind: str, area: str) -> None:
        """Refuse: what happens on a seeded evening is not for the operator to choose."""
        raise Rejected("events_off", "nobody lets anything happen in a drill", where="event")

    def about(self) -> DrillAbout:
        """Return how far the drill is."""
        room, plan = self._room, self._room.plan
        ready = room.state == "ready"
        return DrillAbout(
            scenario=plan.scenario,
            title=self._evening.title,
            brief=self._evening.brief,
            began_at=plan.began_at,
            until_at=plan.until_at,
            state=room.state,
            done_min=room.done_min,
            of_min=(room.at - plan.began_at) // MINUTE_US,
            pages={one: PAGE.format(lang=one) for one in LANGUAGES} if ready else {},
            problem=None if room.problem is None else problem_of(room.problem),
        )

    def end(self) -> None:
        """End the drill now."""
        self._room.end("operator")
        self._server.nudge()

    def debrief(self) -> bytes:
        """Return the debrief; refuse while the drill goes on or the debrief is made."""
        self._refuse_before_the_end()
        return self._room.debrief or b"{}"

    def page(self, lang: str) -> bytes | None:
        """Return the debrief as a page; refuse while the drill goes on."""
        self._refuse_before_the_end()
        return self._room.pages.get(lang)

    def _refuse_before_the_end(self) -> None:
        if self._room.problem is not None:
            raise self._room.problem
        if self._room.debrief is None:
            raise Rejected(
                "drill_goes_on",
                "there is no debrief before the drill has ended",
                remedy="end the drill, or wait until the evening is over",
            )


@click.command("drill")
@click.option("--scenario", default="waterfront_rain", show_default=True,
              help="The evening; --list names them.")  # fmt: skip
@click.option("--list", "listed", is_flag=True, help="Name the evenings, and leave.")
@click.option("--seed", type=SEED, default=7, show_default=True,
              help="Another seed: another city, other moments.")  # fmt: skip
@click.option("--scale", default="district", show_default=True, help="How large the city is.")
@click.option("--start", help="When it begins, in local time; else as the evening says.")
@click.option("--minutes", type=int, help="How long it lasts in the city; else as it says.")
@click.option("--rate", type=float, default=RATE, show_default=True,
              help="How many times faster than real its clock goes.")  # fmt: skip
@click.option("--host", default="127.0.0.1", show_default=True, help="A name of this machine.")
@click.option("--port", type=click.IntRange(0, 65_535), default=8311, show_default=True,
              help="Where to listen; 0 takes any that is free.")  # fmt: skip
@click.option("--out", type=click.Path(file_okay=False, path_type=Path),
              help="Keep pack, store, truth and debrief in this new folder.")  # fmt: skip
@click.option("--leave", is_flag=True,
              help="Leave when the debrief is made; else it is shown until Ctrl-C.")  # fmt: skip
@click.option("--lang", type=click.Choice(LANGUAGES), default="en", show_default=True,
              help="The language of the debrief on the terminal.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the debrief as one line of JSON.")
@click.option("--log", "form", type=click.Choice(["text", "json"]), default="text",
              show_default=True, help="How the log on stderr is written.")  # fmt: skip
@needs("engine:run")
def command(
    *,
    scenario: str,
    seed: int,
    scale: str,
    start: str | None,
    minutes: int | None,
    rate: float,
    host: str,
    port: int,
    out: Path | None,
    lang: str,
    form: str,
    listed: bool,
    leave: bool,
    as_json: bool,
) -> None:
    """Run a seeded evening in Linjiang: every decision is yours, and afterwards you are told.

    The same seed and evening are the same until you interfere. It ends by itself, on the screen,
    or by Ctrl-C; then the debrief sets what you did beside the truth and beside a duty room alone.
    """
    if listed:
        _list(lang, as_json=as_json)
        return
    logs.configure(form)
    evening = evening_of(scenario)
    length = _length(minutes or evening.minutes)
    _refuse_too_large(scale)
    local = when(start or evening.start)
    with folder_or_passing(out, "chengyun-drill-") as folder, bound(host, port) as listening:
        new_folder(folder)
        click.echo(f"building Linjiang, seed {seed}, scale {scale}", err=as_json)
        pack = settled(folder / PACK, seed, scale)
        plan = Plan(
            seed=seed,
            scale=scale,
            scenario=scenario,
            minutes=length,
            began_at=begins(pack, local),
        )
        setting = plan.setting(patience_min=PATIENCE_MIN)
        with living(pack, folder / STORE, setting, truth=folder / TRUTH) as city:
            watched = WatchedCity(
                city.engine, city.clock, city.world, rate=rate, until=plan.until_at
            )
            server = Server(
                city.engine, city.clock, folder / STORE, drive=watched, audience=(watched,)
            )
            where = f"http://{host}:{listening.getsockname()[1]}/"
            told = _telling(server, where, lang, as_json=as_json, leave=leave)
            room = DrillRoom(plan, folder, watched, city.world, ended=_say_ended, told=told)
            desk = _Desk(watched, server, room)
            interface = api(server, maps=folder / PACK / "map", demonstration=desk, drill=desk)
            click.echo(f"{evening.title[lang]}: {evening.brief[lang]}", err=as_json)
            click.echo(f"the drill goes on: open {where} (Ctrl-C ends it)", err=as_json)
            asyncio.run(server.run(http_door(interface, listening), local_door, room.door))
        if room.problem is not None:
            raise room.problem


def _say_ended() -> None:
    click.echo("the drill has ended; the evening is lived again for the debrief", err=True)


def _telling(
    server: Server, where: str, lang: str, *, as_json: bool, leave: bool
) -> Callable[[bytes], None]:
    """Return what is done with the debrief once it is made."""

    def told(content: bytes) -> None:
        debrief = msgspec.json.decode(content, type=Debrief)
        if as_json:
            click.echo(msgspec.json.encode(debrief).decode())
        else:
            print_debrief(debrief, Console(), lang)
        if leave:
            server.stop()
        else:
            page = where + PAGE.format(lang=lang)
            click.echo(f"the debrief: {page} (Ctrl-C leaves)", err=as_json)
        sys.stdout.flush()

    return told


def _list(lang: str, *, as_json: bool) -> None:
    """Name every evening with what is known of it beforehand."""
    known = evenings()
    if as_json:
        shown = {name: {"title": one.title, "brief": one.brief} for name, one in known.items()}
        click.echo(msgspec.json.encode(shown).decode())
        return
    for name, one in known.items():
        click.echo(f"{name:16} {one.minutes} min  {one.title[lang]}. {one.brief[lang]}")


def _length(minutes: int) -> int:
    if MIN_DRILL_MIN <= minutes <= MAX_DRILL_MIN:
        return minutes
    raise Rejected(
        "drill_length",
        f"an evening of {minutes} minutes cannot be drilled",
        where="--minutes",
        remedy=f"give {MIN_DRILL_MIN} to {MAX_DRILL_MIN} minutes of the city's time",
        params={"minutes": str(minutes)},
    )


def _refuse_too_large(scale: str) -> None:
    residents = scale_of(scale).residents
    if residents > MAX_DRILL_RESIDENTS:
        fitting = [one.name for one in SCALES.values() if one.residents <= MAX_DRILL_RESIDENTS]
        raise Rejected(
            "scale_too_large",
            f"{scale} has {residents:,} residents, and a drill at most {MAX_DRILL_RESIDENTS:,}:"
            " its evening is lived twice on this machine",
            where="--scale",
            remedy=f"give {' or '.join(fitting)}",
            params={"scale": scale},
        )
