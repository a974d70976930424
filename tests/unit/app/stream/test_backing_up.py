"""A backup of a lane: files that fit the facts copied in between, and nothing leaves meanwhile."""

import pytest
from lane_city import T0, city, entry, incoming

from chengyun.adapters.lake.compaction import compact
from chengyun.adapters.lake.manifest import read_manifest
from chengyun.adapters.segments.log import SegmentLog
from chengyun.adapters.segments.snapshots import Snapshot
from chengyun.app.stream.backing_up import LANE_FILE, lane_staying, mark_of
from chengyun.app.stream.keeping import kept
from chengyun.app.stream.looking_back import observed
from chengyun.app.stream.opening import open_lane
from chengyun.kernel.errors import StoreFailed
from chengyun.kernel.instants import SECOND_US


class Feeding:
    """A lane on disk, with words for what goes on in it."""

    def __init__(self, folder):
        self.opened = open_lane(folder, city(), told=0)
        self.lane = self.opened.lane
        self.second = 0
        self.lane.enrol([entry("a"), entry("b", "n2")], T0)

    def goes_on(self, value=1.0):
        self.second += 1
        now = T0 + self.second * SECOND_US
        self.lane.take([incoming([("a", self.second, value)])], now)
        return self.lane.tick(now)

    def keeps(self, *untold):
        facts, columns = kept(self.lane)
        facts["untold"] = list(untold)
        self.opened.snapshots.write(Snapshot(self.opened.log.end, facts, columns))

    def rotates(self):
        self.opened.log._rotate()

    def closes(self):
        self.opened.log.close()
        self.opened.lock.close()


def laid_out(files, folder):
    for name, path in files.items():
        assert LANE_FILE.fullmatch(name), name
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(path.read_bytes())
    return folder


def test_what_was_not_recorded_when_the_facts_were_copied_is_told_again(tmp_path):
    store, half = tmp_path / "store", tmp_path / "half"
    half.mkdir()
    fed = Feeding(store)
    lake, log = store / "stream" / "lake", store / "stream" / "log"
    lake.mkdir()
    fed.goes_on()
    fed.keeps()
    fed.goes_on()
    with lane_staying(store) as staying:
        # Here the facts are copied: nothing is recorded. Then the engine records what crosses,
        # snapshots follow that no longer have it, and the lane would let go of what was before.
        crossing = fed.goes_on(value=50.0)
        assert crossing.crossings
        fed.rotates()
        for _ in range(3):
            fed.goes_on()
            fed.keeps()
        compact(lake, log, observed(fed.lane))
        assert read_manifest(lake).through == 1
        assert fed.opened.log.drop_before(2) == []
        fed.goes_on()
        taken = staying.files(half)
        fed.goes_on()
    laid_out(taken.files, tmp_path / "back")
    assert fed.opened.log.drop_before(2) == [1], "a backup that has ended holds nothing"
    fed.keeps()
    assert len(list((store / "stream" / "snapshots").glob("*.snapshot"))) == 2
    fed.closes()
    assert mark_of(tmp_path / "back") == taken.mark
    assert taken.mark.tick == 7
    back = open_lane(tmp_path / "back", city(), told=0)
    assert crossing.number in [ticked.number for ticked in back.untold]
    assert back.recovered.cut is None
    assert back.lane.tick_number == 7
    compact(tmp_path / "back" / "stream" / "lake", tmp_path / "back" / "stream" / "log",
            observed(back.lane))  # fmt: skip
    assert read_manifest(tmp_path / "back" / "stream" / "lake").through == 1


def test_a_lane_that_lacks_a_file_or_a_byte_is_refused(tmp_path):
    store = tmp_path / "store"
    assert mark_of(store) is None
    fed = Feeding(store)
    fed.goes_on()
    lake, log = store / "stream" / "lake", store / "stream" / "log"
    fed.rotates()
    fed.goes_on()
    lake.mkdir()
    compact(lake, log, observed(fed.lane))
    fed.closes()
    assert mark_of(store).tick == 2
    (first,) = [path for path in log.iterdir() if path.stem.endswith("1")]
    whole = first.read_bytes()
    first.write_bytes(whole[:-9] + bytes([whole[-9] ^ 1]) + whole[-8:])
    with pytest.raises(StoreFailed, match="damaged"):
        mark_of(store)
    first.write_bytes(whole)
    next((lake / "rows").rglob("*.parquet")).unlink()
    with pytest.raises(StoreFailed, match="not there"):
        mark_of(store)
    first.unlink()
    next((lake / "hours").rglob("*.parquet")).unlink()
    (lake / "manifest.json").unlink()
    with pytest.raises(StoreFailed, match="reach back"):
        mark_of(store)
    assert SegmentLog(log).segments() == [2]


@pytest.mark.parametrize(
    "name",
    ["stream/../chengyun.db", "stream/log/1.seg", "stream/lake/rows/property=a/../../x.parquet",
     "stream/lake/rows/property=../day=2026-01-01/00000001.parquet", "stream/lane.lock",
     "stream/register/x", "/stream/register", "stream/register\n"],
)  # fmt: skip
def test_no_other_name_is_a_file_of_a_lane(name):
    assert not LANE_FILE.fullmatch(name)
