"""What was taken stands in the lake once, in order, whatever happens while it is put there."""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lake_bench import NOON, OBSERVED, Bench, Row, group_of, tuples

from chengyun.adapters.lake import durable
from chengyun.adapters.lake.columns import Rows
from chengyun.adapters.lake.compaction import compact, to_merge
from chengyun.adapters.lake.files import read_day
from chengyun.adapters.lake.hours import Hours, hours_of, merged
from chengyun.adapters.lake.manifest import (
    HOURS,
    ROWS,
    DayFile,
    escaped,
    read_manifest,
    write_manifest,
)
from chengyun.adapters.lake.merging import Merge
from chengyun.adapters.lake.retention import forget
from chengyun.adapters.lake.runs import in_order
from chengyun.adapters.segments.reading import segments_in
from chengyun.kernel.errors import Bug, Rejected, StoreFailed
from chengyun.kernel.instants import DAY_US, HOUR_US, Instant
from chengyun.kernel.limits import MAX_FILES_A_DAY, MAX_ROW_GROUP_ROWS, MAX_SENSORS


def rows_at_random(seed: int, count: int, days: int = 3) -> list[Row]:
    """Rows of a few days; those of verdict 2 may come again, later and with another value."""
    dice = random.Random(seed)
    handles = [0, 1, 2, 3, 4, 5, 7]
    rows = []
    for place in range(count):
        late = dice.random() < 0.2
        at = NOON - dice.randrange(days) * DAY_US - dice.randrange(40) * HOUR_US // 4
        at = at * 2 + 1 if late else at * 2 - place * 2 - seed * 1_000_000 * 2
        rows.append(
            (
                dice.choice(handles),
                at // 2,
                dice.randrange(-(10**9), 10**9),
                dice.randrange(-1, 5),
                dice.choice([0, 0, 1]),
                2 if late else dice.choice([0, 0, 1]),
            )
        )
    return rows


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_all_that_was_taken_is_in_the_lake_once(bench: Bench) -> None:
    for seed in range(12):
        bench.group(rows_at_random(seed, 200))
    bench.close_segment()
    steps = bench.compact_all(most_rows=150)
    assert sum(step.segments for step in steps) == len(segments_in(bench.log_folder)) - 1
    assert sum(step.doubled for step in steps) > 0
    assert bench.held() == bench.expected()


def test_the_segment_that_is_written_is_left_alone(bench: Bench) -> None:
    bench.group([(0, NOON, 1, 0, 0, 0)])
    assert bench.compact_all() == []
    bench.group([(0, NOON + 1, 2, 0, 0, 0)])
    assert [step.rows for step in bench.compact_all()] == [1]
    assert [row[2] for row in bench.held()] == [1]


def test_refused_rows_do_not_go_in(bench: Bench) -> None:
    bench.group([(0, NOON + verdict, 1, 0, 0, verdict) for verdict in range(8)])
    bench.close_segment()
    bench.compact_all()
    assert [row[5] for row in bench.held()] == [0, 1, 2]


@pytest.mark.parametrize("apart", [False, True])
def test_of_doubled_rows_the_first_known_stays(bench: Bench, apart: bool) -> None:
    """Also when the first has stood in a large file of its day for long."""
    many: list[Row] = [(0, NOON - 1 - place, 7, 0, 0, 0) for place in range(1_000)]
    bench.group([*many, (0, NOON, 1, 0, 0, 2)])
    bench.close_segment()
    if apart:
        bench.compact_all()
    bench.group([(0, NOON, 2, 0, 0, 2), (2, NOON, 3, 0, 0, 2)])
    bench.close_segment()
    assert sum(step.doubled for step in bench.compact_all()) == 1
    assert [row[2] for row in bench.held() if row[1] == NOON] == [1, 3]
    assert bench.held() == bench.expected()


def test_small_files_are_merged_and_there_are_never_many(bench: Bench) -> None:
    rows = 0
    for seed in range(60):
        count = 1 + 97 * seed % 41
        bench.group([(0, NOON + seed * 100 + one, one, 0, 0, 0) for one in range(count)])
        bench.close_segment()
        bench.compact_all()
        files = read_manifest(bench.folder).files
        rows += count
        assert len(files) <= MAX_FILES_A_DAY
        assert sum(file.rows for file in files) == rows
    assert bench.held() == bench.expected()


def test_which_files_are_merged() -> None:
    def files(*rows: int) -> list[DayFile]:
        return [
            DayFile(property="p", day=1, number=place, rows=count)
            for place, count in enumerate(rows)
        ]

    assert [one.rows for one in to_merge(files(100, 9, 4), 5)] == [4, 9]
    assert to_merge(files(100, 11), 5) == []
    full = [10**place for place in range(2, 2 + MAX_FILES_A_DAY)]
    assert [one.rows for one in to_merge(files(*full), 1)] == [100]


def test_hourly_sums_stand_beside_and_are_those_of_the_rows(bench: Bench) -> None:
    for seed in range(6):
        bench.group(rows_at_random(seed, 100))
        bench.close_segment()
        bench.compact_all()
    for file in read_manifest(bench.folder).files:
        rows = list(read_day(bench.folder, file))
        assert rows
        expected = merged([hours_of(piece) for piece in rows])
        table = pq.read_table(str(file.below(bench.folder, HOURS)), partitioning=None)
        assert table.to_pydict() == dict(
            zip(Hours._fields, (column.tolist() for column in expected), strict=True)
        )


def test_one_sensors_day_is_found_by_the_statistics_of_row_groups(bench: Bench) -> None:
    """The first and last instant of a row group, and its sensors, stand in the file's foot."""
    count = MAX_ROW_GROUP_ROWS + 10
    rows: list[Row] = [(0, NOON + one, one, 0, 0, 0) for one in range(count)]
    bench.group([*rows, (2, NOON, 1, 0, 0, 0)])
    bench.close_segment()
    bench.compact_all()
    (file,) = read_manifest(bench.folder).files
    foot = pq.ParquetFile(str(file.below(bench.folder, ROWS))).metadata
    seen = [foot.row_group(one).column(0).statistics for one in range(foot.num_row_groups)]
    assert [(one.min, one.max) for one in seen] == [(0, 0), (0, 2)]
    assert foot.row_group(0).num_rows == MAX_ROW_GROUP_ROWS


# --- crashes ----------------------------------------------------------------------------------


class Crash(BaseException):
    """The process is gone."""


STEPS = 400


@pytest.mark.parametrize("call", ["replace", "fsync"])
def test_a_crash_at_any_moment_loses_and_doubles_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """Before each renaming and each sync, during a second compaction of the same days."""
    real = getattr(os, call)
    for moment in range(STEPS):
        bench = Bench(tmp_path / str(moment))
        bench.group(rows_at_random(1, 40, days=1))
        bench.close_segment()
        bench.compact_all()
        bench.group(rows_at_random(2, 40, days=1))
        bench.close_segment()
        left = iter(range(moment))

        def crashing(*given: Any, left: Any = left) -> Any:
            if next(left, None) is None:
                raise Crash
            return real(*given)

        monkeypatch.setattr(durable.os, call, crashing)
        try:
            bench.compact_all(most_segments=1)
        except Crash:
            monkeypatch.undo()
            bench.compact_all()
            assert bench.held() == bench.expected()
        else:
            monkeypatch.undo()
            assert moment > 4
            break
    else:
        raise AssertionError("compaction never ended")


def test_what_no_manifest_names_is_removed(bench: Bench) -> None:
    bench.group([(0, NOON, 1, 0, 0, 0)])
    bench.close_segment()
    bench.compact_all()
    (file,) = read_manifest(bench.folder).files
    left = file.below(bench.folder, ROWS).with_name("000000099.parquet")
    half = left.with_name("000000100.parquet.part")
    left.write_bytes(b"")
    half.write_bytes(b"")
    bench.compact_all()
    assert not left.exists()
    assert not half.exists()
    assert bench.held() == bench.expected()


def test_a_segment_that_went_before_it_was_taken_is_an_error(bench: Bench) -> None:
    for one in range(4):
        bench.group([(0, NOON + one, 1, 0, 0, 0)])
    compact(bench.folder, bench.log_folder, OBSERVED, most_segments=1)
    bench.log.drop_before(2)  # may go: it is in the lake
    assert compact(bench.folder, bench.log_folder, OBSERVED, most_segments=1).segments == 1
    bench.log.drop_before(4)
    with pytest.raises(StoreFailed, match="segments 3 to 3 are gone"):
        bench.compact_all()


@pytest.mark.parametrize("handle", [6, 8, -1])
def test_a_sensor_without_a_property_stops_it_before_anything_changes(
    bench: Bench, handle: int
) -> None:
    bench.group([(0, NOON, 1, 0, 0, 0), (handle, NOON, 1, 0, 0, 0)])
    bench.close_segment()
    with pytest.raises(Bug, match=f"handle {handle} has no property"):
        bench.compact_all()
    assert read_manifest(bench.folder).through == 0


def test_damage_in_a_closed_segment_is_an_error(bench: Bench) -> None:
    bench.group([(0, NOON, 1, 0, 0, 0)])
    bench.close_segment()
    path = bench.log_folder / f"{1:012d}.seg"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(StoreFailed, match="damaged"):
        bench.compact_all()


def test_a_manifest_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_bytes(b'{"version":2}')
    with pytest.raises(StoreFailed, match="cannot be read"):
        read_manifest(tmp_path)


# --- merging, names, retention ----------------------------------------------------------------

keyed = st.lists(
    st.tuples(st.sampled_from([0, 1, MAX_SENSORS - 1]), st.integers(0, DAY_US - 1) | st.just(5)),
    max_size=30,
)


@settings(max_examples=50, deadline=None)
@given(
    places=st.lists(keyed, max_size=4), sizes=st.lists(st.integers(1, 7), min_size=4, max_size=4)
)
def test_merged_pieces_are_one_sorted_whole(
    places: list[list[tuple[int, int]]], sizes: list[int]
) -> None:
    firsts: dict[tuple[int, int], int] = {}
    sources = []
    for number, (keys, size) in enumerate(zip(places, sizes, strict=False)):
        group = group_of([(handle, at, number, 0, 0, 2) for handle, at in keys])
        rows, _ = in_order(Rows(*group, known_at=np.full(len(keys), number, np.int64)))
        sources.append(
            iter([rows.take(slice(one, one + size)) for one in range(0, rows.size, size)])
        )
        for key in keys:
            firsts.setdefault(key, number)
    merge = Merge(sources)
    found = [row for piece in merge for row in tuples(piece)]
    assert [(row[0], row[1], row[2]) for row in found] == [
        (*key, number) for key, number in sorted(firsts.items())
    ]


def test_a_property_becomes_a_folder(bench: Bench) -> None:
    assert escaped("../水位 %") == "..%2F水位 %25"
    assert escaped("a\nb\\c") == "a%0Ab%5Cc"
    with pytest.raises(Rejected, match="too long"):
        DayFile(property="水" * 128, day=0, number=1, rows=0).below(bench.folder, ROWS)


def test_days_that_are_kept_no_longer_leave(bench: Bench) -> None:
    for back in range(5):
        bench.group([(handle, NOON - back * DAY_US, 1, 0, 0, 0) for handle in (0, 1)])
    bench.close_segment()
    bench.compact_all()
    assert forget(bench.folder, {"noise": 2}, now=Instant(NOON)) == 2
    days = {(row[0], (NOON - row[1]) // DAY_US) for row in bench.held()}
    assert days == {(0, 0), (0, 1), (0, 2), (0, 3), (0, 4), (1, 0), (1, 1), (1, 2)}
    on_disk = sorted(bench.folder.rglob("*.parquet"))
    assert len(on_disk) == 2 * len(read_manifest(bench.folder).files)
    assert forget(bench.folder, {"noise": 2}, now=Instant(NOON)) == 0


def test_a_manifest_is_replaced_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_manifest(tmp_path, read_manifest(tmp_path))

    def full(*_: object) -> None:
        raise Crash

    monkeypatch.setattr(durable.os, "fsync", full)
    with pytest.raises(Crash):
        write_manifest(tmp_path, read_manifest(tmp_path))
    assert read_manifest(tmp_path).through == 0
