"""A watched city: the wall says when the next step is due, and nothing else about it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from chengyun.adapters.system.entropy import SeededEntropy
from chengyun.app import packs, platform
from chengyun.engine.engine import Engine
from chengyun.kernel.clock import VirtualClock
from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import MINUTE_US, Instant, from_text
from chengyun.kernel.limits import MAX_PACE, MIN_PACE
from chengyun.sim.demo import MOST_LAG_S, WatchedCity
from chengyun.sim.world.protocol import Injected, Moves, Step

PACK = Path(__file__).parents[2] / "scenario" / "pack"
START = from_text("2026-05-07T10:00:00+08:00")


class Quiet:
    """A world in which nothing happens; it notes its steps."""

    def __init__(self) -> None:
        self.steps: list[Step] = []

    def ask(self, step: Step) -> Moves:
        self.steps.append(step)
        return Moves()


class Wall:
    """A wall clock that a test moves."""

    def __init__(self) -> None:
        self.now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


class Watching:
    def __init__(self, engine: Engine, clock: VirtualClock) -> None:
        self.engine, self.clock = engine, clock
        self.world, self.wall = Quiet(), Wall()
        self.city = WatchedCity(
            engine,
            clock,
            self.world,  # type: ignore[arg-type]
            rate=60.0,
            monotonic=self.wall,
        )

    def after(self, seconds: float) -> int:
        """Let wall time pass, step, and return the minutes that the city has lived."""
        self.wall.now_s += seconds
        self.city.step(self.engine)
        return (self.clock.now() - START) // MINUTE_US


@pytest.fixture
def watching(tmp_path: Path) -> Iterator[Watching]:
    clock = VirtualClock(START)
    pack = packs.loaded(PACK)
    with platform.opened(
        tmp_path, partition="xiaocheng", clock=clock, entropy=SeededEntropy(1)
    ) as opened:
        platform.adopt(opened.engine, pack.content, pack="xiaocheng", effective_from=START)
        yield Watching(opened.engine, clock)


def test_sixty_times_real_is_a_minute_a_second(watching: Watching) -> None:
    assert watching.after(0.9) == 0
    assert watching.city.pause_s() == pytest.approx(0.1)
    assert watching.after(0.1) == 1
    assert watching.after(3.0) == 4


def test_paused_it_stands_and_goes_on_where_it_stood(watching: Watching) -> None:
    watching.after(2.0)
    watching.city.set_pace(rate=None, paused=True)
    assert watching.city.is_paused
    assert watching.after(100.0) == 2
    assert watching.city.pause_s() == float("inf")
    assert watching.city.lag_s() == 0
    watching.city.set_pace(rate=None, paused=False)
    assert watching.after(0.5) == 2
    assert watching.after(0.5) == 3


def test_another_pace_counts_from_now_on(watching: Watching) -> None:
    watching.after(1.5)
    watching.city.set_pace(rate=600.0, paused=None)
    assert watching.city.rate == 600.0
    assert watching.after(0.1) == 2
    assert watching.after(1.0) == 12


@pytest.mark.parametrize("rate", [0.0, -1.0, MIN_PACE / 2, MAX_PACE * 2, float("nan")])
def test_a_pace_that_no_clock_goes_is_refused(watching: Watching, rate: float) -> None:
    with pytest.raises(Rejected, match="the clock cannot go at"):
        watching.city.set_pace(rate=rate, paused=None)
    assert watching.after(1.0) == 1


def test_far_behind_it_does_not_try_to_catch_up(watching: Watching) -> None:
    """After a machine slept for an hour the city does not rush through an hour of its own."""
    slow = iter(range(1_000))
    watching.city._monotonic = lambda: watching.wall.now_s + next(slow) * 0.01  # each look costs
    watching.wall.now_s += 3_600
    watching.city.step(watching.engine)
    lived = (watching.clock.now() - START) // MINUTE_US
    assert 1 <= lived <= 3
    assert watching.city.lag_s() < MOST_LAG_S


def test_what_shall_happen_goes_into_the_next_step_once(watching: Watching) -> None:
    watching.city.begin("power_cut", "")
    watching.after(2.0)
    assert [step.inject for step in watching.world.steps] == [[Injected(kind="power_cut")], []]


def test_the_world_hears_what_operators_do_and_its_own_steps_once(watching: Watching) -> None:
    class Heard:
        def __init__(self) -> None:
            self.groups: list[object] = []

        def hear(self, group: object) -> None:
            self.groups.append(group)

    heard = Heard()
    own = watching.city.step(watching.engine)
    watching.city._lockstep.hear = heard.hear  # type: ignore[method-assign, assignment]
    watching.engine.commit()
    by_operator = object()
    watching.city.committed([*own, by_operator], 0.0)  # type: ignore[list-item]
    assert heard.groups == [by_operator]


def test_with_an_end_it_stands_there_for_good(tmp_path: Path) -> None:
    clock, wall = VirtualClock(START), Wall()
    with platform.opened(
        tmp_path, partition="xiaocheng", clock=clock, entropy=SeededEntropy(1)
    ) as opened:
        city = WatchedCity(
            opened.engine,
            clock,
            Quiet(),  # type: ignore[arg-type]
            rate=60.0,
            until=Instant(START + 3 * MINUTE_US),
            monotonic=wall,
        )
        wall.now_s += 2
        city.step(opened.engine)
        assert (city.is_over, city.at - START) == (False, 2 * MINUTE_US)
        wall.now_s += 100
        city.step(opened.engine)
        city.set_pace(rate=3_600.0, paused=False)
        wall.now_s += 100
        city.step(opened.engine)
        assert (city.is_over, city.at - START) == (True, 3 * MINUTE_US)
        assert (city.pause_s(), city.lag_s()) == (float("inf"), 0.0)


def test_finished_it_makes_no_further_step(watching: Watching) -> None:
    assert watching.after(2.0) == 2
    watching.city.finish()
    assert watching.after(50.0) == 2
    assert watching.city.is_over
