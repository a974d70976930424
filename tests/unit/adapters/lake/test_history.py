"""History is lake and tail together, each row once, while the log goes on and is compacted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from lake_bench import NAMES, NOON, OBSERVED, Bench, Row
from sign_oracle import Row as OracleRow
from sign_oracle import Told, areas_of, value
from small_city import AREAS, CITY, ENTRY

from chengyun.adapters.lake import history as module
from chengyun.adapters.lake import tail
from chengyun.adapters.lake.compaction import compact
from chengyun.adapters.lake.ground import Ground, Place
from chengyun.adapters.lake.history import History
from chengyun.adapters.lake.manifest import ROWS, read_manifest
from chengyun.adapters.lake.retention import forget
from chengyun.adapters.segments.log import SegmentLog
from chengyun.kernel.errors import Rejected, Retryable
from chengyun.kernel.instants import DAY_US, HOUR_US, Instant
from chengyun.vitals.policy import InState, SensorSign

GROUND = Ground(areas=AREAS, silence_us=np.full(8, HOUR_US, np.int64))
SILENCE = CITY._replace(silence_us=dict.fromkeys(range(8), HOUR_US))
SINCE, UNTIL = Instant(NOON - 2 * DAY_US), Instant(NOON + DAY_US)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.fixture
def history(bench: Bench) -> Iterator[History]:
    opened = History(bench.folder, bench.log_folder)
    yield opened
    opened.close()


def a_few(number: int) -> list[Row]:
    """Rows of one group: two days, two properties, some taken for history alone and doubled."""
    rows: list[Row] = []
    for place in range(12):
        at = NOON - (place % 2) * DAY_US + number * 600_000_000 + place * 1_000
        flags = 1 if place == 5 else 0
        rows.append((place % 6, at, (place - 6) * 111_111 + number, place % 8, flags, place % 2))
        rows.append((place % 6, NOON - place * HOUR_US, number, place % 8, 0, 2))
    return rows


def sign(how: str, **more: Any) -> SensorSign:
    given = {"pane_s": 3_600, "window_s": 3_600, "levels": ["city"], "tumbling": True} | more
    return SensorSign(name={}, property=NAMES[0], how=how, unit="m", owner="t", source="t", **given)


def asked(history: History, one: SensorSign, level: str = "district", **more: Any) -> Any:
    found = history.sign(one, ENTRY, OBSERVED, GROUND, Place(level), SINCE, UNTIL, **more)
    return {(row["area"], row["pane"]): (row["value"], row["n"]) for row in found.to_pylist()}


def expected(bench: Bench, one: SensorSign, level: str = "district", **more: Any) -> Any:
    rows = [OracleRow(*row) for row in bench.expected() if OBSERVED.property_of[row[0]] == 0]
    pane_us = one.pane_s * 1_000_000
    told: dict[tuple[int, int], Told | None] = {
        (area, pane): value(one, ENTRY, rows, area, pane, SILENCE, **more)
        for area in areas_of(level, AREAS)
        for pane in range(-(-SINCE // pane_us), -(-UNTIL // pane_us))
    }
    return {place: (one.value, one.n) for place, one in told.items() if one is not None}


def sensor_of(bench: Bench, handle: int) -> list[tuple[int, int, int]]:
    return sorted(
        (row[1], row[2], row[4])
        for row in bench.expected()
        if row[0] == handle and SINCE <= row[1] < UNTIL
    )


def said(history: History, handle: int) -> list[tuple[int, int, int]]:
    found = history.sensor(OBSERVED, handle, SINCE, UNTIL)
    columns = [found.column(0).cast("int64"), found.column(1), found.column(2)]
    return list(zip(*(column.to_pylist() for column in columns), strict=True))


@pytest.mark.parametrize("block_rows", [7, 1_000])
def test_lake_and_tail_are_one_at_every_moment(
    bench: Bench, history: History, monkeypatch: pytest.MonkeyPatch, block_rows: int
) -> None:
    monkeypatch.setattr(tail, "_BLOCK_ROWS", block_rows)
    for number in range(5):
        bench.group(a_few(number))
        for backfilled in (False, True):
            for how in ("mean", "sum", "max"):
                one = sign(how)
                answer = expected(bench, one, backfilled=backfilled)
                assert len(answer) > (5 if backfilled else 1)
                assert asked(history, one, backfilled=backfilled) == answer
                assert asked(history, one, backfilled=backfilled, by_hours=False) == answer
        assert said(history, 2) == sensor_of(bench, 2)
        if number % 2:
            bench.compact_all()
    assert read_manifest(bench.folder).through


@pytest.mark.parametrize(
    "one",
    [
        sign("quantile", quantile=0.9),
        sign("share", state=InState(at_least=0.0)),
        sign("mean", pane_s=60, window_s=1_800, tumbling=False),
        sign("rate", window_s=14_400, tumbling=False),
    ],
)
def test_other_signs_over_lake_and_tail(bench: Bench, history: History, one: SensorSign) -> None:
    for number in range(3):
        bench.group(a_few(number))
    bench.compact_all()
    bench.group(a_few(3))
    assert asked(history, one) == expected(bench, one)
    assert asked(history, one)


def test_nothing_was_ever_said(history: History) -> None:
    assert said(history, 2) == []
    assert asked(history, sign("mean")) == {}
    assert asked(history, sign("mean"), by_hours=False) == {}


def test_a_sensor_that_there_is_not_is_refused(history: History) -> None:
    for handle in (6, 99, -1):
        with pytest.raises(Rejected, match="no sensor has the handle"):
            history.sensor(OBSERVED, handle, SINCE, UNTIL)


def test_each_frame_of_the_log_is_read_once(
    bench: Bench, history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, read = tail.rows_of_frame, []

    def counted(frame: Any) -> Any:
        read.append(frame.at)
        return real(frame)

    monkeypatch.setattr(tail, "rows_of_frame", counted)
    bench.log = SegmentLog(bench.log_folder)  # all in one segment
    for number in range(4):
        bench.group(a_few(number))
        assert said(history, 2) == said(history, 2) == sensor_of(bench, 2)
    assert len(read) == 4


def test_what_the_tail_keeps_has_no_name_and_goes(bench: Bench, history: History) -> None:
    bench.group([(0, NOON + one, one, one % 8, 0, 0) for one in range(300_000)])
    bench.group([(0, NOON - 1, 1, 1, 0, 0)])
    assert len(said(history, 0)) == 300_001
    compact(bench.folder, bench.log_folder, OBSERVED)
    assert len(said(history, 0)) == 300_001
    assert len(history._tail._segments) == 1
    names = {path.suffix for path in bench.folder.rglob("*") if path.is_file()}
    assert names == {".parquet", ".json"}


def test_a_torn_end_of_the_log_is_not_read(bench: Bench, history: History) -> None:
    bench.group(a_few(0))
    before = said(history, 2)
    bench.group(a_few(1))
    last = sorted(bench.log_folder.iterdir())[-1]
    last.write_bytes(last.read_bytes()[:-3])
    assert said(history, 2) == before


def test_a_question_begins_again_when_files_are_replaced_meanwhile(
    bench: Bench, history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between manifest and reading two steps of compaction replace and remove all files."""
    bench.group(a_few(0))
    bench.close_segment()
    bench.compact_all()
    bench.group(a_few(1))
    bench.close_segment()
    real, calls = module.read_manifest, []

    def slow(folder: Path) -> Any:
        manifest = real(folder)
        if not calls:
            calls.append(1)
            bench.compact_all()
            bench.log.drop_before(real(folder).through + 1)
        return manifest

    monkeypatch.setattr(module, "read_manifest", slow)
    assert said(history, 2) == sensor_of(bench, 2)
    assert calls


def test_files_that_stay_away_are_an_error_that_says_so(bench: Bench, history: History) -> None:
    bench.group(a_few(0))
    bench.close_segment()
    bench.compact_all()
    for file in read_manifest(bench.folder).files:
        file.below(bench.folder, ROWS).unlink()
    with pytest.raises(Retryable, match="could not be read"):
        said(history, 2)


def test_a_forgotten_day_is_no_longer_told(bench: Bench, history: History) -> None:
    bench.group(a_few(0))
    bench.close_segment()
    bench.compact_all()
    forget(bench.folder, {NAMES[0]: 0}, now=Instant(NOON))
    midnight = NOON // DAY_US * DAY_US
    assert said(history, 2) == [row for row in sensor_of(bench, 2) if row[0] >= midnight]


def test_memory_and_threads_are_bounded(bench: Bench) -> None:
    bench.group([(0, NOON + one, one, one % 8, 0, 0) for one in range(200_000)])
    bench.close_segment()
    compact(bench.folder, bench.log_folder, OBSERVED)
    narrow = History(bench.folder, bench.log_folder, memory_mb=4)
    with pytest.raises(Rejected, match="more memory"):
        narrow.sensor(OBSERVED, 0, SINCE, UNTIL)
    narrow.close()
