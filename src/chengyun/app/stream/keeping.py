"""The state of a lane as small facts and columns, and back: what a snapshot holds.

A lane is restored under the version of the pack that it was kept under; ``repacking`` lets it go
on under another.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from numpy.typing import NDArray

from chengyun.app.stream.lane import Lane
from chengyun.facts.sensors import BatchTaken
from chengyun.facts.vitals import Crossing
from chengyun.twin.observing import kept_in
from chengyun.twin.sensors import Names

Columns = dict[str, NDArray[Any]]

_HELD: Final = ("cells", "bins", "closed", "closed_bins", "pane_of", "running")


def kept(lane: Lane) -> tuple[dict[str, Any], Columns]:
    """Return everything that playing the log up to here would give; views, not copies."""
    sensors, count = lane.register.sensors, len(lane.register.sensors)
    facts = {
        "digest": lane.city.digest,
        "register": lane.register.name,
        "known_at": lane.known_at,
        "tick": lane.tick_number,
        "ticked_at": lane.ticked_at,
        "turned_at": lane.remembered.turned_at,
        "feeds": sensors.feeds.codes,
        "gateways": sensors.gateways.codes,
        "assets": sensors.assets.codes,
        "ended": lane.ended,
        "batches": list(lane.batch_ids.values()),
    }
    ids = sensors.table.ids
    columns: Columns = {
        "id_text": ids.text,
        "id_ends": ids.ends,
        "records": sensors.records[:count],
        "believed": sensors.believed[:count][sensors.records["flags"][:count] != 0],
        "due_s": sensors.due_s[:count],
        "asset": sensors.asset[:count],
        "moving": sensors.moving[:count],
        "marks": lane.speakers.marks[:count],
        "believed_at": lane.speakers.believed_at[:count],
        "gateways_s": lane.register.gateways_s,
        "gateway_cadence_s": lane.register.gateway_cadence_s,
        "dead": lane.silences.dead,
        "woken": lane.silences.woken,
        "touched": lane.panes.touched,
        "level": lane.standing.level,
        "below_since": lane.standing.below_since,
        "trigger": lane.triggers.pane[lane.standing.level > 0],
        "forgotten": lane.remembered.forgotten,
    }
    columns |= {name: getattr(lane.panes.held, name) for name in _HELD}
    columns |= lane.speakers.counts._asdict()
    columns["young"] = kept_in(lane.remembered.young)
    columns["old"] = kept_in(lane.remembered.old)
    return facts, columns


def restore(lane: Lane, facts: Mapping[str, Any], columns: Mapping[str, NDArray[Any]]) -> None:
    """Put a new lane of the same city into the state that was kept."""
    _restore_sensors(lane, facts, columns)
    lane.tick_number, lane.ticked_at = int(facts["tick"]), int(facts["ticked_at"])
    lane.known_at = int(facts["known_at"])
    for one in msgspec.convert(facts["batches"], list[BatchTaken]):
        lane.batch_ids[one.feed, one.id] = one
    lane.remembered.turned_at = int(facts["turned_at"])
    lane.remembered.forgotten[:] = columns["forgotten"]
    lane.remembered.put_back(columns["young"], is_young=True)
    lane.remembered.put_back(columns["old"], is_young=False)
    lane.ended = msgspec.convert(facts["ended"], list[Crossing])
    _restore_signs(lane, columns)


def _restore_sensors(
    lane: Lane, facts: Mapping[str, Any], columns: Mapping[str, NDArray[Any]]
) -> None:
    register, sensors = lane.register, lane.register.sensors
    register.name = facts["register"]
    sensors.feeds, sensors.gateways = Names(facts["feeds"]), Names(facts["gateways"])
    sensors.assets = Names(facts["assets"])
    sensors.table.put_back(columns["id_text"], columns["id_ends"])
    records = columns["records"]
    count = len(records)
    sensors.records[:count], sensors.due_s[:count] = records, columns["due_s"]
    sensors.believed[:count][records["flags"] != 0] = columns["believed"]
    sensors.asset[:count], sensors.moving[:count] = columns["asset"], columns["moving"]
    lane.speakers.marks[:count] = columns["marks"]
    lane.speakers.believed_at[:count] = columns["believed_at"]
    register.gateways_s = columns["gateways_s"]
    register.gateway_cadence_s = columns["gateway_cadence_s"]
    lane.silences.dead = columns["dead"]
    lane.silences.put_back(columns["woken"])


def _restore_signs(lane: Lane, columns: Mapping[str, NDArray[Any]]) -> None:
    for name in _HELD:
        getattr(lane.panes.held, name)[...] = columns[name]
    lane.panes.put_back(columns["touched"])
    for name, column in lane.speakers.counts._asdict().items():
        column[...] = columns[name]
    lane.standing.level[...] = columns["level"]
    lane.standing.below_since[...] = columns["below_since"]
    lane.triggers.pane[lane.standing.level > 0] = columns["trigger"]
