"""From the store, the lane's log and the run's own counts to the report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from chengyun.adapters.sql.reading import StoreReader
from chengyun.app import packs
from chengyun.app.stages import TABLES
from chengyun.engine import codec
from chengyun.engine.deadletters import DEAD_LETTERS
from chengyun.facts.envelope import OPERATIONS
from chengyun.facts.registers import City
from chengyun.facts.twin import SensorsFellSilent, SensorsSpokeAgain
from chengyun.kernel.instants import zone
from chengyun.sim.observe import sensors
from chengyun.sim.observe.refusing import Refusals
from chengyun.sim.observe.result import SOURCES, DayLine, Result, SignLine, Values
from chengyun.sim.observe.run import Plan, Ran
from chengyun.sim.observe.sensors import FLAGGED, REASONS, Flagged, Span, Written
from chengyun.sim.replay.reporting import warning_line
from chengyun.sim.replay.result import WarningLine
from chengyun.warn.views import WARNINGS

_SILENCES = frozenset({SensorsFellSilent.__name__, SensorsSpokeAgain.__name__})


def gather(plan: Plan, ran: Ran, out: Path, store: Path, refusals: Refusals) -> Result:
    """Return the report and write ``flagged.csv``; time and memory are for the caller to fill."""
    timeline, city = plan.timeline, plan.city
    span = Span(plan.from_at, plan.until, zone(packs.section(plan.pack, City).zone))
    written = sensors.written_in(store)
    entry_of = {
        sensor: city.properties[fields["property"]] for sensor, fields in written.sensors.items()
    }
    flagged = [
        one
        for sensor, entry in entry_of.items()
        for one in sensors.flagged_of(sensor, written, entry, span)
    ]
    sensors.write_flagged(out / FLAGGED, flagged, span)
    lines = [
        sensors.sensor_line(
            sensor,
            written,
            entry,
            span,
            state=ran.states[sensor],
            unsaid=timeline.unsaid[sensor],
        )
        for sensor, entry in entry_of.items()
    ]
    counts = Counter(one.reason for one in flagged)
    with StoreReader(store) as reader:
        heads = {(partition, chain): head for partition, chain, head in reader.chains()}
        silences = _silences(reader, plan.partition)
        warnings = [warning_line(row, span.zone) for row in reader.rows(WARNINGS, plan.partition)]
        return Result(
            pack=plan.partition,
            recording=plan.recording,
            files=timeline.files,
            rows=sum(file.rows for file in timeline.files),
            unsaid=sum(timeline.unsaid.values()),
            ambiguous=timeline.ambiguous,
            values=Values(**{name: ran.counts[name] for name in Values.__struct_fields__}),
            refused=refusals.lines(),
            sensors=lines,
            dead=[line.id for line in lines if line.state != "speaks"],
            flagged={reason: counts[reason] for reason in REASONS},
            flags=sensors.runs_of(flagged, span),
            signs=list(_signs(plan, ran, warnings)),
            warnings=warnings,
            fell_silent=silences[SensorsFellSilent.__name__],
            spoke_again=silences[SensorsSpokeAgain.__name__],
            days=list(_days(written, flagged, span)),
            ticks=ran.ticks,
            facts=heads[plan.partition, OPERATIONS].seq,
            dead_letters=sum(reader.counts(DEAD_LETTERS, plan.partition, by="handler").values()),
            from_=span.text(plan.from_at),
            until=span.text(plan.until),
            policy_version=plan.pack.version,
            state_hash=reader.state_hash(TABLES),
            elapsed_s=0.0,
            peak_rss_mb=0.0,
            sources=dict(SOURCES),
        )


def _silences(reader: StoreReader, partition: str) -> Counter[str]:
    """Return how many sensors fell silent and spoke again, over all facts that say so."""
    counts: Counter[str] = Counter()
    for stored in reader.of_kinds(partition, _SILENCES):
        body = codec.read(stored).body
        counts[type(body).__name__] += sum(group.count for group in body.groups)
    return counts


def _signs(plan: Plan, ran: Ran, warnings: list[WarningLine]) -> Iterator[SignLine]:
    """Yield every sign in every area in which a sensor for it is registered."""
    layout, areas = plan.city.layout, plan.city.areas
    levels = Counter((one.sign, one.area, one.level) for one in warnings)
    for block in range(len(layout.blocks.sign)):
        name = layout.names[int(layout.blocks.sign[block])]
        first, start = int(layout.blocks.first[block]), int(layout.blocks.start[block])
        for step in range(int(layout.blocks.areas[block])):
            kind, area = int(layout.blocks.property[block]), first + step
            if kind >= 0 and not ran.registered[kind, area]:
                continue
            known = int(ran.known[start + step])
            code = areas.codes[area]
            yield SignLine(
                sign=name,
                area=code,
                hours=ran.hours,
                known=known,
                unknown=ran.hours - known,
                warnings={
                    level: count
                    for (sign, place, level), count in sorted(levels.items())
                    if (sign, place) == (name, code)
                },
            )


def _days(written: Written, flagged: list[Flagged], span: Span) -> Iterator[DayLine]:
    values = sensors.by_day(written, span)
    reasons: dict[str, Counter[str]] = {}
    for one in flagged:
        reasons.setdefault(span.text(one.at)[:10], Counter())[one.reason] += 1
    on = date.fromisoformat(span.text(span.from_at)[:10])
    last = date.fromisoformat(span.text(span.until - 1)[:10])
    while on <= last:
        day = on.isoformat()
        counts = reasons.get(day, Counter())
        yield DayLine(
            day=day,
            values=values.get(day, 0),
            flagged={reason: counts[reason] for reason in REASONS},
        )
        on += timedelta(days=1)
