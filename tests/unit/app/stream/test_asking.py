"""Questions about all sensors are answered part by part, and come to the same."""

import asyncio
import random

import pytest
from lane_city import T0, Fed, city, entry, incoming

from chengyun.app.stream import asking, hosting
from chengyun.app.stream.hosting import StreamHost
from chengyun.app.stream.looking_back import LookingBack
from chengyun.app.stream.opening import open_lane
from chengyun.kernel.clock import VirtualClock
from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import Instant


@pytest.fixture(scope="module")
def fed():
    made = Fed(city())
    drawn = random.Random(5)
    made.enrols(*[
        entry(f"s{number}", drawn.choice(["n1", "n2", "d2"]),
              property=drawn.choice(["meter", "probe"]))
        for number in range(200)
    ])  # fmt: skip
    made.at(100).says(*[(f"s{number}", 100, number % 97) for number in range(0, 200, 2)])
    made.ticks(101)
    return made


@pytest.mark.parametrize("area", ["c", "d1", "n2"])
@pytest.mark.parametrize("size", [7, 64, 1_000])
def test_the_sensors_behind_a_sign(fed, area, size):
    lane = fed.lane
    found = asking.explained(lane, "sum", area)
    parts = [
        asking.behind(lane, found.property, area, slice(first, first + size))
        for first in range(0, 200, size)
    ]
    said = asking.with_sensors(found, parts)
    views = [asking.sensor_of(lane, f"s{number}") for number in range(200)]
    below = {"c": {"n1", "n2", "d2"}, "d1": {"n1", "n2"}, "n2": {"n2"}}[area]
    mine = [one for one in views if one.property == "meter" and one.area in below]
    mine.sort(key=lambda one: -(one.value_micro or 0))
    assert said.sensors == mine[: asking.MOST_SENSORS]
    assert said.more_sensors == len(mine) - len(said.sensors)
    assert said.how == said.value.how == "sum"
    assert said.registered == len(mine)


@pytest.mark.parametrize("size", [7, 1_000])
def test_the_sensors_of_a_feed(fed, size):
    counted = asking.Senders()
    for first in range(0, 200, size):
        counted += asking.senders(fed.lane, slice(first, first + size))
    (feed,) = asking.feeds(fed.lane, fed.now, counted)
    assert (feed.feed, feed.registered, feed.speaking, feed.silent) == ("f", 200, 100, 0)


def test_a_composite_and_its_parts_have_a_history(tmp_path):
    async def story():
        clock, small = VirtualClock(Instant(T0)), city()
        host = StreamHost(
            open_lane(tmp_path, small, told=0), clock, told=lambda _: None, failed=lambda _: None
        )
        host.start()
        back = LookingBack(tmp_path, host, small.signs, clock)
        until = Instant(T0 + 120_000_000)
        nothing = await back.sign("health", "d1", Instant(T0), until)
        assert nothing["value"] == [None, None]
        sensors = [entry("a"), entry("p", property="probe")]
        await host.enrol(lambda lane, now: lane.enrol(sensors, now))
        await host.take(incoming([("a", 10, 25), ("p", 10, 500)]))
        said = await back.sign("health", "d1", Instant(T0), until)
        # 75 of 100 by the mean, three times 50 by the probe; its pane alone has a value.
        assert said["pane_s"] == 60
        assert said["value"] == [56_250_000, None]
        assert said["n"] == [4_000, 1_000]
        assert (await back.sign("mean", "d1", Instant(T0), until))["pane_s"] == 60
        with pytest.raises(Rejected, match="level"):
            await back.sign("health", "n1", Instant(T0), until)
        with pytest.raises(Rejected, match="no sign"):
            await back.sign("wealth", "", Instant(T0), until)
        back.close()
        await asyncio.to_thread(host.stop)

    asyncio.run(asyncio.wait_for(story(), 60))


def test_groups_and_ticks_go_on_between_the_parts(tmp_path, monkeypatch):
    monkeypatch.setattr(hosting, "MAX_ASKED_AT_ONCE", 10)

    async def story():
        clock = VirtualClock(Instant(T0))
        host = StreamHost(
            open_lane(tmp_path, city(), told=0), clock, told=lambda _: None, failed=lambda _: None
        )
        host.start()
        sensors = [entry(f"s{number}") for number in range(95)]
        await host.enrol(lambda lane, now: lane.enrol(sensors, now))
        seen = []
        looking = asyncio.create_task(
            host.ask_in_parts(lambda lane, part: seen.append((part, lane.known_at)))
        )
        while len(seen) < 3:
            await asyncio.sleep(0)
        clock.advance_to(Instant(T0 + 1))
        await host.take(incoming([("s1", 0, 1)]))
        await looking
        await asyncio.to_thread(host.stop)
        assert [part for part, _ in seen] == [slice(n, n + 10) for n in range(0, 95, 10)]
        assert seen[-1][1] > seen[0][1], "a batch was taken in between"

    asyncio.run(asyncio.wait_for(story(), 60))
