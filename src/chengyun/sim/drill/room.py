"""The room in which a drill is held: the watched city, its end, and the debrief that follows.

While the drill goes on nothing here knows what truly happens. When it has ended, the world is told
to leave, and a process of its own writes the debrief; only that one reads the truth.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Final, Literal

import msgspec

from chengyun.app.serving import Server
from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import MINUTE_US
from chengyun.sim.demo import WatchedCity
from chengyun.sim.drill.debrief import Debrief
from chengyun.sim.drill.held import EndedBy, Held, Paced, Pause, Plan
from chengyun.sim.drill.page import LANGUAGES, PAGE
from chengyun.sim.drill.writing import DEBRIEF, PROGRESS
from chengyun.sim.world_process import WorldProcess

State = Literal["running", "debriefing", "ready", "failed"]
LOOKS_EVERY_S: Final = 0.1
"""How often it is looked whether the evening is over."""
MOST_SAID_CHARS: Final = 500


class DrillRoom:
    """Holds one drill; the interface steers and asks it."""

    def __init__(
        self,
        plan: Plan,
        folder: Path,
        city: WatchedCity,
        world: WorldProcess,
        *,
        ended: Callable[[], None] = lambda: None,
        told: Callable[[bytes], None] = lambda debrief: None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Hold ``plan`` in a city that stands at its beginning.

        ``ended`` is called when it is over, ``told`` with the debrief once that is made.
        """
        self.plan = plan
        self._say_ended, self._tell = ended, told
        self.state: State = "running"
        self.done_min = 0
        """How far the evening has been lived again for the debrief."""
        self.problem: Rejected | None = None
        self.debrief: bytes | None = None
        self.pages: dict[str, bytes] = {}
        self._folder, self._city, self._world = folder, city, world
        self._monotonic = monotonic
        self._pauses: list[Pause] = []
        self._paces = [Paced(at=plan.began_at, rate=city.rate)]
        self._stands_since: tuple[int, float] | None = None
        self._ended_by: EndedBy | None = None
        self._told = asyncio.Event()

    # --- while it goes on ---------------------------------------------------------------------

    @property
    def is_over(self) -> bool:
        """Whether nothing more of the evening will happen."""
        return self._ended_by is not None

    @property
    def at(self) -> int:
        """How far the evening has come."""
        return self._city.at

    def noted_pace(self, rate: float, *, paused: bool) -> None:
        """Note how the operator handles the clock; it is said in the debrief."""
        if self.is_over:
            return
        if rate != self._paces[-1].rate:
            self._paces.append(Paced(at=self._city.at, rate=rate))
        if paused and self._stands_since is None:
            self._stands_since = (self._city.at, self._monotonic())
        elif not paused:
            self._goes_on()

    def _goes_on(self) -> None:
        if self._stands_since is not None:
            at, since_s = self._stands_since
            self._pauses.append(Pause(at=at, wall_s=round(self._monotonic() - since_s, 1)))
            self._stands_since = None

    def end(self, by: EndedBy) -> None:
        """End it, once; what comes later changes nothing."""
        if self._ended_by is None:
            self._goes_on()
            self._city.finish()
            self._ended_by, self.state = by, "debriefing"
            self._told.set()

    # --- when it has ended --------------------------------------------------------------------

    @contextlib.asynccontextmanager
    async def door(self, server: Server) -> AsyncIterator[None]:
        """Watch over the drill while the server runs; a stop ends it, and waits for the debrief."""
        holding = asyncio.create_task(self._hold(server))
        try:
            yield
        finally:
            self.end("stopped")
            await holding

    async def _hold(self, server: Server) -> None:
        while not self.is_over:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOKS_EVERY_S):
                    await self._told.wait()
            if self._city.is_over:
                self.end("evening_over")
        server.shut(
            Rejected(
                "drill_over",
                "the drill has ended, nothing more is taken",
                remedy="read the debrief; start another drill",
            )
        )
        self._say_ended()
        while server.queued:  # what was taken before the end is still answered
            await asyncio.sleep(LOOKS_EVERY_S)
        try:
            await self._make_debrief()
        except Rejected as refused:
            self.problem, self.state = refused, "failed"

    async def _make_debrief(self) -> None:
        await asyncio.to_thread(self._world.close)
        self._held().write(self._folder)
        line = [sys.executable, "-m", "chengyun.sim.drill", str(self._folder)]
        child = await asyncio.create_subprocess_exec(
            *line,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,  # Ctrl-C ends the screen, not the debrief
        )
        said, complaints = await asyncio.gather(self._follow(child), _all_of(child.stderr))
        if await child.wait():
            raise Rejected(
                "no_debrief",
                f"the debrief was not made: {complaints[-MOST_SAID_CHARS:] or said}",
                where=str(self._folder),
                remedy=f"try again: python -m chengyun.sim.drill {self._folder}",
            )
        self._take_up()

    def _take_up(self) -> None:
        try:
            debrief = (self._folder / DEBRIEF).read_bytes()
            msgspec.json.decode(debrief, type=Debrief)
            pages = {one: (self._folder / PAGE.format(lang=one)).read_bytes() for one in LANGUAGES}
        except (OSError, msgspec.MsgspecError) as wrong:
            raise Rejected(
                "no_debrief",
                f"the debrief cannot be read: {wrong}",
                where=str(self._folder),
                remedy=f"try again: python -m chengyun.sim.drill {self._folder}",
            ) from wrong
        self.debrief, self.pages, self.state = debrief, pages, "ready"
        self._tell(debrief)

    def _held(self) -> Held:
        return Held(
            plan=self.plan,
            ended_at=self._city.at,
            ended_by=self._ended_by or "stopped",
            pauses=self._pauses,
            paces=self._paces,
        )

    async def _follow(self, child: asyncio.subprocess.Process) -> str:
        """Note how far the debrief has come; return what else was said."""
        said = ""
        while child.stdout is not None and (line := (await child.stdout.readline()).decode()):
            if line.startswith(PROGRESS):
                self.done_min = int(line.removeprefix(PROGRESS)) // MINUTE_US
            else:
                said = line
        return said.strip()


async def _all_of(pipe: asyncio.StreamReader | None) -> str:
    return "" if pipe is None else (await pipe.read()).decode("utf-8", "replace").strip()
