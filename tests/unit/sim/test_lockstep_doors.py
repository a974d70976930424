"""The platform's side alone: a scripted world, a small city, everything in its order."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chengyun.adapters.system.entropy import SeededEntropy
from chengyun.app import packs, platform
from chengyun.dispatch.handlers import DecideRoute
from chengyun.engine.engine import Engine
from chengyun.engine.ports import Group
from chengyun.kernel.clock import VirtualClock
from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import MINUTE_US, SECOND_US, Instant, from_text
from chengyun.sim.deeds import Deeds
from chengyun.sim.lockstep import Lockstep
from chengyun.sim.resuming import HEARD, Since
from chengyun.sim.world.protocol import Injected, Move, Moves, Step
from chengyun.sim.world.world import World

PACK = Path(__file__).parents[2] / "scenario" / "pack"
START = from_text("2026-05-07T10:00:00+08:00")


class Scripted:
    """A world that does what it is told, and remembers what it heard."""

    def __init__(self, *moves: Move) -> None:
        self.moves = moves
        self.steps: list[Step] = []

    def ask(self, step: Step) -> Moves:
        self.steps.append(step)
        ours = [move for move in self.moves if step.until - MINUTE_US < move.at <= step.until]
        return Moves(commands=ours, refused=[f"no {one.kind}" for one in step.inject])

    def heard(self) -> list[tuple[str, str]]:
        return [(told.kind, told.subject) for step in self.steps for told in step.told]


class Bench:
    def __init__(self, engine: Engine, clock: VirtualClock) -> None:
        self.engine, self.clock = engine, clock
        self.groups: list[Group] = []

    def with_(self, world: Scripted) -> Lockstep:
        return Lockstep(self.engine, self.clock, world, published=self.groups.append)  # type: ignore[arg-type]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    clock = VirtualClock(START)
    pack = packs.loaded(PACK)
    with platform.opened(
        tmp_path, partition="xiaocheng", clock=clock, entropy=SeededEntropy(1)
    ) as opened:
        platform.adopt(opened.engine, pack.content, pack="xiaocheng", effective_from=START)
        yield Bench(opened.engine, clock)


def report(id_: str, at: int, type_: str = "manhole") -> Move:
    fields: dict[str, Any] = {
        "feed": "hotline",
        "file": "live",
        "row": 0,
        "id": id_,
        "opened_at": at,
        "due_at": None,
        "type": type_,
        "title": "",
        "text": "井盖没了",
        "channel": "phone",
        "area": "319901",
        "place": {"lon_e7": 1_214_705_000, "lat_e7": 312_305_000},
        "place_text": "渡口",
        "attributes": {},
        "personal": {},
        "notes": [],
    }
    return Move(at=at, actor="feed:hotline", command="ReceiveReport", fields=fields)


def test_what_was_recorded_is_told_in_the_next_step(bench: Bench) -> None:
    world = Scripted(report("r1", START + 20 * SECOND_US))
    lockstep = bench.with_(world)
    lockstep.run(Instant(START + 3 * MINUTE_US))
    assert [len(step.told) > 0 for step in world.steps] == [False, True, False]
    assert ("CaseFiled", "case:hotline:r1") in world.heard()
    assert {kind for kind, _ in world.heard()} <= HEARD
    assert lockstep.at == bench.clock.now() == START + 3 * MINUTE_US
    assert [step.until for step in world.steps] == [START + n * MINUTE_US for n in (1, 2, 3)]
    told = world.steps[1].told[0]
    assert told.happened_at == told.known_at == START + 20 * SECOND_US
    assert bench.groups


def test_running_in_pieces_makes_whole_steps_only(bench: Bench) -> None:
    world = Scripted()
    lockstep = bench.with_(world)
    for seconds in (10, 59, 60, 61, 125, 180):
        lockstep.run(Instant(START + seconds * SECOND_US))
    assert [step.until for step in world.steps] == [START + n * MINUTE_US for n in (1, 2, 3)]


def test_what_an_operator_does_beside_it_reaches_the_world(bench: Bench) -> None:
    world = Scripted(report("r1", START + 20 * SECOND_US))
    lockstep = bench.with_(world)
    lockstep.step()
    order = DecideRoute(case="case:hotline:r1", unit="street-office", reason="by hand")
    assert bench.engine.execute(order, actor="person:operator").refused is None
    group = bench.engine.commit()
    assert group is not None
    lockstep.hear(group)
    lockstep.step()
    told = [one for one in world.steps[1].told if one.kind == "CaseDispatched"]
    assert [one.body["unit"] for one in told][-1] == "street-office"
    assert told[-1].body["code"] == "person"


def test_a_refused_command_is_counted_and_the_rest_goes_on(bench: Bench) -> None:
    move = Move(
        at=START + 1,
        actor="dispatcher:duty",
        command="DecideRoute",
        fields={"case": "case:hotline:none", "unit": "street-office", "reason": ""},
    )
    lockstep = bench.with_(Scripted(move, report("r1", START + 2)))
    lockstep.step()
    assert lockstep.tally.refused == {"DecideRoute:unknown_case": 1}
    assert lockstep.tally.sent == {"DecideRoute": 1, "ReceiveReport": 1}


def test_an_injection_that_is_refused_is_told_to_who_asked(bench: Bench) -> None:
    world = Scripted()
    assert bench.with_(world).step([Injected(kind="dragon")]) == ["no dragon"]
    assert world.steps[0].inject[0].kind == "dragon"


@pytest.mark.parametrize(
    "move",
    [
        Move(at=START + 1, actor="x", command="AdoptPolicy", fields={}),
        Move(at=START + 1, actor="x", command="DecideRoute", fields={"case": 7}),
    ],
)
def test_what_nobody_in_the_world_may_send_ends_the_run(bench: Bench, move: Move) -> None:
    with pytest.raises(Rejected) as wrong:
        bench.with_(Scripted(move)).step()
    assert wrong.value.code == "world_rubbish"


def test_moves_out_of_order_end_the_run(bench: Bench) -> None:
    world = Scripted(report("r2", START + 9), report("r1", START + 8))
    with pytest.raises(Rejected, match="a move at"):
        bench.with_(world).step()


def test_the_platform_tells_all_that_the_world_listens_to() -> None:
    assert World.EARS == HEARD


def test_gone_on_with_in_the_middle_of_a_step_it_plays_only_what_is_left(bench: Bench) -> None:
    """What came before the last fact is on disk; what came at its very instant may be, or not."""
    at = [START + number * SECOND_US for number in (10, 20, 20, 30)]
    moves = [report(str(number), one) for number, one in enumerate(at)]
    since = Since(
        at=START,
        known_at=Instant(at[1]),
        told=[],
        heard=[],
        deeds=Deeds(taken_in={"report:hotline:0", "report:hotline:1"}),
    )
    bench.clock.advance_to(Instant(at[1]))
    lockstep = Lockstep(bench.engine, bench.clock, Scripted(*moves), since=since)
    lockstep.step()
    assert lockstep.tally.sent["ReceiveReport"] == 3
    later = Scripted(report("next", START + 70 * SECOND_US))
    lockstep._world = later  # type: ignore[assignment]
    lockstep.step()
    assert lockstep.tally.sent["ReceiveReport"] == 4


def test_a_step_that_is_another_one_is_not_played(bench: Bench) -> None:
    since = Since(
        at=START,
        known_at=Instant(START + 5 * SECOND_US),
        told=[],
        heard=[],
        deeds=Deeds(taken_in={"report:hotline:other"}),
    )
    world = Scripted(report("0", START + 10 * SECOND_US))
    lockstep = Lockstep(bench.engine, bench.clock, world, since=since)
    with pytest.raises(Rejected, match="something else than the log says"):
        lockstep.step()
    assert not lockstep.tally.sent
