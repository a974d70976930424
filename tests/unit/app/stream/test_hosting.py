"""The lane's thread: answers after the disk, overload, a clock put back, ticks told later."""

import asyncio

import pytest
from lane_city import MICRO, T0, city, entry, incoming

from chengyun.api.problems import answer
from chengyun.app.stream import hosting
from chengyun.app.stream.hosting import StreamHost
from chengyun.app.stream.opening import FOLDER, SNAPSHOTS, open_lane
from chengyun.kernel.clock import VirtualClock
from chengyun.kernel.errors import Overloaded, Retryable, StoreFailed
from chengyun.kernel.instants import Instant

WAIT_S = 20


@pytest.fixture(scope="module")
def small():
    return city()


class Jumping:
    """A clock that can be put back."""

    def __init__(self):
        self.at = T0

    def now(self):
        return Instant(self.at)


class Running:
    def __init__(self, folder, small, clock):
        self.told, self.failures = [], []
        self.opened = open_lane(folder, small, told=0)
        self.host = StreamHost(
            self.opened, clock, told=self.told.append, failed=self.failures.append
        )
        self.clock = clock

    async def enrols(self, *entries):
        return await self.host.ask(lambda lane: lane.enrol(list(entries), self.clock.now()))

    async def waits_for(self, what):
        for _ in range(WAIT_S * 50):
            if what():
                return
            await asyncio.sleep(0.02)
        raise AssertionError("it did not happen in time")


def run(story):
    asyncio.run(asyncio.wait_for(story, WAIT_S * 4))


def test_ticks_that_were_not_recorded_are_told_after_a_clean_stop(tmp_path, small):
    async def story():
        clock = VirtualClock(Instant(T0))
        one = Running(tmp_path, small, clock)
        one.host.start()
        await one.enrols(entry("a"))
        await one.host.take(incoming([("a", 0, 25)]))
        clock.advance_to(Instant(T0 + 2 * MICRO))
        await one.waits_for(lambda: one.told)
        await asyncio.to_thread(one.host.stop)
        assert one.told[0].crossings[0].kind == "raised"

        again = Running(tmp_path, small, clock)
        assert again.opened.recovered.rows == 0
        assert [(ticked.number, ticked.crossings) for ticked in again.opened.untold] == [
            (ticked.number, ticked.crossings) for ticked in one.told
        ]
        again.host.start()
        again.host.recorded()
        await asyncio.to_thread(again.host.stop)
        assert Running(tmp_path, small, clock).opened.untold == []

    run(story())


def test_a_clock_put_back_stops_nothing(tmp_path, small):
    async def story():
        clock = Jumping()
        one = Running(tmp_path, small, clock)
        one.host.start()
        await one.enrols(entry("a"))
        await one.host.take(incoming([("a", 0, 1)]))
        clock.at += 5 * MICRO
        await one.waits_for(lambda: one.opened.lane.tick_number == 1)
        clock.at -= 3_600 * MICRO
        await one.host.take(incoming([("a", 1, 1)]))
        before = one.opened.lane.known_at
        assert before >= T0 + 5 * MICRO
        await one.waits_for(lambda: one.opened.lane.tick_number >= 2)
        await one.host.take(incoming([("a", 2, 1)]))
        await asyncio.to_thread(one.host.stop)
        times = [frame.known_at for frame in open_lane(tmp_path, small, told=0).log.read()]
        assert times == sorted(times)
        assert times[-1] > before

    run(story())


def test_too_much_is_overload_and_answered_429(tmp_path, small, monkeypatch):
    monkeypatch.setattr(hosting, "MAX_WAITING_ROWS", 3)

    async def story():
        one = Running(tmp_path, small, VirtualClock(Instant(T0)))
        waiting = [asyncio.ensure_future(one.host.take(incoming([("a", n, 1)]))) for n in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(Overloaded) as refused:
            await waiting[2]
        told = answer(refused.value)
        assert (told.status_code, told.headers["Retry-After"]) == (429, "1")
        one.host.start()
        assert (await waiting[0]).taken.rows == 1
        await asyncio.to_thread(one.host.stop)
        with pytest.raises(Retryable):
            await one.host.take(incoming([("a", 9, 1)]))
        waiting[1].cancel()

    run(story())


def test_a_disk_that_fails_answers_everybody(tmp_path, small, monkeypatch):
    async def story():
        one = Running(tmp_path, small, VirtualClock(Instant(T0)))

        def broken(*_):
            raise StoreFailed("no room")

        monkeypatch.setattr(one.opened.lane.log, "group", broken)
        one.host.start()
        with pytest.raises(StoreFailed):
            await one.host.take(incoming([("a", 0, 1)]))
        await one.waits_for(lambda: one.failures)
        with pytest.raises(Retryable):
            await one.host.take(incoming([("a", 0, 1)]))

    run(story())


def test_a_log_that_does_not_reach_back_is_refused(tmp_path, small):
    async def story():
        one = Running(tmp_path, small, VirtualClock(Instant(T0)))
        one.host.start()
        await one.enrols(entry("a"))
        await asyncio.to_thread(one.host.stop)

    run(story())
    for path in (tmp_path / FOLDER / SNAPSHOTS).iterdir():
        path.write_bytes(b"gone")
    assert len(open_lane(tmp_path, small, told=0).lane.register.sensors) == 1, "played from the log"
    first = next((tmp_path / FOLDER / "log").glob("*.seg"))
    first.rename(first.with_name("000000000002.seg"))
    with pytest.raises(StoreFailed, match="reach back"):
        open_lane(tmp_path, small, told=0)
