"""What the log on disk says of each sensor: values, gaps, and what was not believed, with why."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from chengyun.adapters.segments.frames import FrameKind
from chengyun.adapters.segments.log import SegmentLog
from chengyun.adapters.segments.records import group_of, register_of
from chengyun.app.stream.opening import FOLDER, LOG
from chengyun.facts.columns import Flag, Longs
from chengyun.facts.registers import PropertyEntry
from chengyun.kernel.instants import HOUR_US, SECOND_US, Instant, to_text
from chengyun.sim.observe.result import FlagLine, SensorLine

FLAGGED: Final = "flagged.csv"
REASONS: Final = tuple(flag.name.lower() for flag in Flag if flag.name)
_MICRO: Final = 1_000_000
_HEADER: Final = ("sensor", "at", "value", "reason", "rule", "limit", "because")


class Taken(NamedTuple):
    """The values of one sensor in the order in which they were taken; columns of one length."""

    at: Longs
    value: Longs
    flags: NDArray[np.uint8]


class Written(NamedTuple):
    """What the log holds: registrations by id, and what each sensor said."""

    sensors: dict[str, dict[str, str]]
    taken: dict[str, Taken]


class Span(NamedTuple):
    """The span of a run, and the zone it is told in."""

    from_at: Instant
    until: Instant
    zone: ZoneInfo

    def text(self, at: int) -> str:
        """Return an instant in ISO 8601."""
        return to_text(Instant(at), self.zone)


def written_in(store: Path) -> Written:
    """Read the log of the lane in a store that is closed."""
    sensors: dict[str, dict[str, str]] = {}
    groups = []
    log = SegmentLog(store / FOLDER / LOG)
    try:
        for frame in log.read():
            if frame.kind is FrameKind.REGISTER:
                columns = register_of(frame.payload)
                for row in zip(*columns.values(), strict=True):
                    fields = dict(zip(columns, row, strict=True))
                    sensors[fields["id"]] = fields
            elif frame.kind is FrameKind.GROUP:
                groups.append(group_of(frame.payload)[0])
    finally:
        log.close()
    handle = np.concatenate([group.handle for group in groups] or [np.zeros(0, np.int32)])
    columns_ = [
        np.concatenate([getattr(group, name) for group in groups] or [np.zeros(0, np.int64)])
        for name in ("at", "value", "flags")
    ]
    order = np.argsort(handle, kind="stable")
    bounds = np.searchsorted(handle[order], np.arange(len(sensors) + 1))
    taken = {
        sensor: Taken(*(column[order[bounds[place] : bounds[place + 1]]] for column in columns_))
        for place, sensor in enumerate(sensors)
    }
    return Written(sensors, taken)


# --- gaps -------------------------------------------------------------------------------------
def sensor_line(
    sensor: str,
    written: Written,
    entry: PropertyEntry,
    span: Span,
    *,
    state: str,
    unsaid: int,
) -> SensorLine:
    """Return what became of one sensor between the beginning and the end of a run."""
    fields, taken = written.sensors[sensor], written.taken[sensor]
    cadence_s = int(fields["cadence_s"]) or entry.cadence_s
    step = cadence_s * SECOND_US
    slots = -(-(span.until - span.from_at) // step)
    said = np.unique((taken.at - span.from_at) // step)
    said = said[(said >= 0) & (said < slots)]
    count, begin = _longest(said, slots)
    flags = Counter(
        {reason: int((taken.flags & flag > 0).sum()) for reason, flag in _flags().items()}
    )
    area = fields["area"] or (
        f"{fields['lon']:.5f} {fields['lat']:.5f}" if fields["lon"] is not None else ""
    )
    return SensorLine(
        id=sensor,
        property=fields["property"],
        area=area,
        state=state,
        cadence_s=cadence_s,
        slots=int(slots),
        unknown=int(slots - len(said)),
        before_first=int(said[0]) if len(said) else int(slots),
        values=len(taken.at),
        believed=int((taken.flags == 0).sum()),
        unsaid=unsaid,
        out_of_range=flags["out_of_range"],
        jump=flags["jump"],
        stuck=flags["stuck"],
        first=span.text(int(taken.at.min())) if len(taken.at) else "",
        last=span.text(int(taken.at.max())) if len(taken.at) else "",
        longest_slots=count,
        longest_from=span.text(span.from_at + begin * step) if count else "",
        longest_until=span.text(span.from_at + (begin + count) * step) if count else "",
    )


def _flags() -> dict[str, Flag]:
    return {flag.name.lower(): flag for flag in Flag if flag.name}


def _longest(said: Longs, slots: int) -> tuple[int, int]:
    """Return how long the longest run of unknown slots behind the first value is, and its begin."""
    if not len(said):
        return 0, 0
    ends = np.append(said[1:], slots)
    gaps = ends - said - 1
    place = int(gaps.argmax())
    return int(gaps[place]), int(said[place]) + 1


# --- flags ------------------------------------------------------------------------------------
class Flagged(NamedTuple):
    """One value that was not believed, for one reason."""

    sensor: str
    place: int
    """Its place among the values of its sensor."""
    at: int
    value: int
    reason: str
    rule: str
    limit: str
    because: str


def flagged_of(
    sensor: str, written: Written, entry: PropertyEntry, span: Span
) -> Iterator[Flagged]:
    """Yield every value of a sensor that was not believed, once for each of its reasons."""
    taken, code = written.taken[sensor], written.sensors[sensor]["property"]
    before_it = np.append(np.int64(-1), np.maximum.accumulate(taken.at)[:-1])
    order = np.flatnonzero(taken.at > before_it[: len(taken.at)])
    same_since = _same_since(taken, order)
    before = _believed_before(taken, order)
    for place in np.flatnonzero(taken.flags).tolist():
        at, value, flags = int(taken.at[place]), int(taken.value[place]), int(taken.flags[place])
        for reason, flag in _flags().items():
            if not flags & flag:
                continue
            rule, limit, because = "", "", ""
            if flag is Flag.OUT_OF_RANGE:
                rule = "high" if value > entry.high * _MICRO else "low"
                limit = f"{getattr(entry, rule):g} {entry.unit}"
                because = f"{_told(value)} is {'above' if rule == 'high' else 'below'} {limit}"
            elif flag is Flag.JUMP:
                last = before.get(place, place)
                rule, limit = "max_step", f"{entry.max_step:g} {entry.unit}"
                because = (
                    f"{_told(value)} after {_told(int(taken.value[last]))} at"
                    f" {span.text(int(taken.at[last]))}"
                )
            else:
                rule, limit = "stuck_after_s", f"{entry.stuck_after_s} s"
                since = same_since.get(place, at)
                hours = (at - since) / HOUR_US
                because = f"{_told(value)} since {span.text(since)}, {hours:g} h"
            yield Flagged(sensor, place, at, value, reason, f"{code}.{rule}", limit, because)


def _believed_before(taken: Taken, order: NDArray[np.int64]) -> dict[int, int]:
    """Return before each newest value the last one believed, itself where there is none."""
    is_believed = np.append(False, taken.flags[order[:-1]] == 0)[: len(order)]
    steps = np.arange(len(order))
    last = np.maximum.accumulate(np.where(is_believed, steps - 1, -1))
    found = np.where(last >= 0, order[np.maximum(last, 0)], order)
    return dict(zip(order.tolist(), found.tolist(), strict=True))


def _same_since(taken: Taken, order: NDArray[np.int64]) -> dict[int, int]:
    """Return since when each newest value was the same."""
    if not len(order):
        return {}
    value, at = taken.value[order], taken.at[order]
    begins = np.append(True, value[1:] != value[:-1])
    since = at[np.maximum.accumulate(np.where(begins, np.arange(len(order)), 0))]
    return dict(zip(order.tolist(), since.tolist(), strict=True))


def runs_of(flagged: list[Flagged], span: Span) -> list[FlagLine]:
    """Return values that follow one another and share sensor and reason as one line each."""
    runs: dict[tuple[str, str], list[list[Flagged]]] = {}
    for one in flagged:
        mine = runs.setdefault((one.sensor, one.reason), [])
        if mine and mine[-1][-1].place == one.place - 1 and mine[-1][-1].rule == one.rule:
            mine[-1].append(one)
        else:
            mine.append([one])
    lines = [
        FlagLine(
            sensor=run[0].sensor,
            reason=run[0].reason,
            rule=run[0].rule,
            limit=run[0].limit,
            from_at=span.text(run[0].at),
            until_at=span.text(run[-1].at),
            values=len(run),
            lowest=min(one.value for one in run) / _MICRO,
            highest=max(one.value for one in run) / _MICRO,
            because=run[0].because,
        )
        for of_sensor in runs.values()
        for run in of_sensor
    ]
    return sorted(lines, key=lambda line: (REASONS.index(line.reason), -line.values, line.sensor))


def write_flagged(path: Path, flagged: list[Flagged], span: Span) -> None:
    """Write every value that was not believed."""
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(_HEADER)
        for one in flagged:
            table.writerow(
                [one.sensor, span.text(one.at), _told(one.value), one.reason, one.rule, one.limit,
                 one.because]
            )  # fmt: skip


def by_day(written: Written, span: Span) -> Mapping[str, int]:
    """Return how many values were taken on each local day."""
    counts: Counter[str] = Counter()
    at = [taken.at for taken in written.taken.values()]
    hours, found = np.unique(np.concatenate(at) // HOUR_US, return_counts=True)
    for hour, count in zip(hours.tolist(), found.tolist(), strict=True):
        counts[span.text(hour * HOUR_US)[:10]] += count
    return counts


def _told(value_micro: int) -> str:
    return f"{value_micro / _MICRO:g}" if value_micro % _MICRO else f"{value_micro // _MICRO}"
