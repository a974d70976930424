"""Half a day of Linjiang: the same seed gives the same state, however the steps are called."""

import time
from pathlib import Path

import pytest

from chengyun.adapters.sql.reading import StoreReader
from chengyun.adapters.system.entropy import SeededEntropy
from chengyun.app import packs, platform
from chengyun.app.stages import TABLES
from chengyun.kernel.clock import VirtualClock
from chengyun.kernel.instants import HOUR_US, MINUTE_US, Instant, from_text
from chengyun.sim.lockstep import Lockstep
from chengyun.sim.world_process import WorldProcess

PACK = Path(__file__).parents[2] / "cities" / "linjiang"
START = from_text("2026-06-05T12:00:00+08:00")
HALF_A_DAY_US = 12 * HOUR_US
SEED = 7


def lived(folder: Path, *, pieces: tuple[int, ...]) -> tuple[str, Lockstep]:
    """Live half a day, in pieces of so many minutes with pauses between; return the state hash."""
    clock = VirtualClock(START)
    pack = packs.loaded(PACK)
    with (
        platform.opened(
            folder, partition="linjiang", clock=clock, entropy=SeededEntropy(SEED)
        ) as opened,
        WorldProcess.started(seed=SEED, scale="district", city_seed=7, start=START) as world,
    ):
        platform.adopt(opened.engine, pack.content, pack="linjiang", effective_from=START)
        lockstep = Lockstep(opened.engine, clock, world)
        for minutes in pieces:
            lockstep.run(Instant(min(lockstep.at + minutes * MINUTE_US, START + HALF_A_DAY_US)))
            time.sleep(0.01)
        lockstep.run(Instant(START + HALF_A_DAY_US))
    with StoreReader(folder) as reader:
        return reader.state_hash(TABLES), lockstep


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Lockstep]:
    return lived(tmp_path_factory.mktemp("whole"), pieces=())


def test_the_same_seed_gives_the_same_state_at_any_speed(
    whole: tuple[str, Lockstep], tmp_path: Path
) -> None:
    pieces = (1, 2, 1, 45, 7, 60, 1, 13, 120)
    assert lived(tmp_path, pieces=pieces)[0] == whole[0]


def test_everything_that_people_do_is_done(whole: tuple[str, Lockstep]) -> None:
    sent = whole[1].tally.sent
    assert {"ReceiveReport", "ReceiveObservation", "ReportCrew", "ReportWork", "VerifyCase"} <= set(
        sent
    )
    assert not whole[1].tally.refused
