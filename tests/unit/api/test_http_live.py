"""The stream: every change once, from any cursor; a slow reader begins again and delays nobody."""

import asyncio
import json

import pytest
from served import OPENS, report

from chengyun.api import live as live_module
from chengyun.api.demonstration import EventKind
from chengyun.api.live import RESET, Pace
from chengyun.api.metrics import Metrics
from chengyun.api.streaming import SIGNED_OUT, Streams
from chengyun.dispatch.handlers import DecideRoute
from chengyun.engine.tables import Drop
from chengyun.guard.deciding import EVERYTHING
from chengyun.handle.handlers import ReportWork
from chengyun.kernel.instants import DAY_US, HOUR_US
from chengyun.sense.handlers import ReceiveReport
from chengyun.sense.views import FEEDS

SEND = "/api/v1/commands/"


def events(content):
    """Return the events in a piece of the stream: kind, id, data."""
    found = []
    for block in content.decode().strip("\n").split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n"))
        if "event" in fields:
            found.append((fields["event"], fields.get("id"), json.loads(fields["data"])))
    return found


def tell(city, *ids, **more):
    """Take in reports, each a group of its own, as the server would."""
    for id_ in ids:
        fields = report(id_, **more)
        command = live_module.msgspec.convert(fields, ReceiveReport)
        outcome = city.engine.execute(command, actor="person:test")
        assert outcome.refused is None
        city.api.live.committed([city.engine.commit()], 0.0)


def everything(live):
    """Return what whoever sits at the machine sees."""
    return live.view(EVERYTHING)


@pytest.fixture
def live(city, monkeypatch):
    monkeypatch.setattr(city.api.live, "_wake_soon", lambda: None)
    return city.api.live


def test_a_change_is_one_event_with_the_new_rows(city, live):
    begin = live.seq
    tell(city, "m1")
    content, cursor = everything(live).after(begin)
    ((kind, id_, data),) = events(content)
    assert (kind, id_, cursor) == ("rows", str(city.engine.head.seq), city.engine.head.seq)
    assert data["seq"] == cursor
    assert data["now"] == city.clock.now()
    assert data["put"]["cases"][0]["case"] == "case:hotline:m1"
    assert data["put"]["cases"][0]["lon_e7"] == 1_214_805_000
    assert data["put"]["areas"][0]["open_reports"] == 1
    assert data["drop"] == {}
    assert "Wang" not in content.decode()
    assert everything(live).after(cursor) == (b"", cursor)


def test_what_is_over_is_dropped_once(city, live):
    tell(city, "m1")
    before = live.seq
    done = ReportWork(
        report="report:hotline:m1", at=OPENS + HOUR_US, unit="drainage", outcome="fixed", text="",
        duplicate_of="",
    )  # fmt: skip
    city.engine.execute(done, actor="person:crew")
    live.committed([city.engine.commit()], 0.0)
    ((_, _, data),) = events(everything(live).after(before)[0])
    assert data["drop"] == {"cases": ["case:hotline:m1"]}
    assert json.loads(everything(live).snapshot().content.plain)["rows"]["cases"] == []


def test_a_case_leaves_the_desk_with_the_decision(city, live):
    tell(city, "n1", type="noise")
    before = live.seq
    decision = DecideRoute(case="case:hotline:n1", unit="drainage", reason="nearest")
    city.engine.execute(decision, actor="person:dispatcher")
    live.committed([city.engine.commit()], 0.0)
    ((_, _, data),) = events(everything(live).after(before)[0])
    assert data["drop"] == {"desks": ["case:hotline:n1"]}


def test_the_stream_and_the_snapshot_agree(city, live):
    begin, held = live.seq, json.loads(everything(live).snapshot().content.plain)["rows"]
    tables = {name: {} for name in held}
    tell(city, "m1", "m2", "m3")
    tell(city, "p1", type="pothole", area="319901001001")
    for _, _, data in events(everything(live).after(begin)[0]):
        for name, rows in data["put"].items():
            tables[name] |= {json.dumps(next(iter(row.values()))): row for row in rows}
    shown = json.loads(everything(live).snapshot().content.plain)
    assert {name: list(rows.values()) for name, rows in tables.items()} == shown["rows"]
    assert shown["cursor"] == city.engine.head.seq


def test_what_a_restart_shows_is_what_was_shown(city, live):
    tell(city, "m1", "m2")
    tell(city, "n1", type="noise", area="319901001001")
    again = live_module.Live(city.engine, city.clock)
    first, second = (
        json.loads(everything(live).snapshot().content.plain),
        json.loads(everything(again).snapshot().content.plain),
    )
    key = json.dumps
    for name, rows in first["rows"].items():
        assert sorted(map(key, rows)) == sorted(map(key, second["rows"][name]))


def test_a_key_of_several_columns_is_a_list(city, live):
    vitals = live._tables["vitals"].table
    assert live_module.key_of(vitals, ("demand", "noise", "a")) == ["demand", "noise", "a"]
    assert live_module.key_of(FEEDS, "hotline") == "hotline"


def test_a_row_that_was_removed_is_dropped(city, live):
    tell(city, "m1")
    before = live.seq
    city.engine.rows.apply([Drop(FEEDS, "hotline")])
    group = city.engine.commit()
    live.committed([group], 0.0)
    assert events(everything(live).after(before - 1)[0])[-1][2]["drop"] == {"feeds": ["hotline"]}


def test_a_cursor_is_followed_as_far_back_as_the_ring_goes(city, live, monkeypatch):
    monkeypatch.setattr(live_module, "MAX_LIVE_FRAMES", 3)
    begin = live.seq
    assert everything(live).follows(begin)
    assert not everything(live).follows(begin - 1)
    assert not everything(live).follows(begin + 1)
    seqs = []
    for number in range(5):
        tell(city, f"m{number}")
        seqs.append(live.seq)
    assert [everything(live).follows(seq) for seq in [begin, *seqs]] == [
        False,
        False,
        True,
        True,
        True,
        True,
    ]
    assert [int(id_) for _, id_, _ in events(everything(live).after(seqs[1])[0])] == seqs[2:]
    assert [int(id_) for _, id_, _ in events(everything(live).after(seqs[3] - 1)[0])] == seqs[3:]


def test_the_ring_is_bounded_in_bytes_too(city, live, monkeypatch):
    monkeypatch.setattr(live_module, "MAX_LIVE_BYTES", 4_000)
    for number in range(8):
        tell(city, f"m{number}")
    assert (
        0
        < everything(live)._ring.bytes
        == sum(len(frame.content) for frame in everything(live)._ring.frames)
        <= 4_000
    )


def test_a_long_way_is_sent_in_pieces(city, live, monkeypatch):
    monkeypatch.setattr(live_module, "MAX_STREAM_CHUNK_BYTES", 1)
    begin = live.seq
    tell(city, "m1", "m2")
    first, cursor = everything(live).after(begin)
    second, end = everything(live).after(cursor)
    assert (len(events(first)), len(events(second)), end) == (1, 1, live.seq)


def stream_of(city, cursor):
    return Streams(city.api.live, Metrics())._events(cursor, lambda: EVERYTHING, lambda: True)


def test_a_stream_begins_with_the_clock_and_ends_with_the_server(city):
    async def story(http):
        stream = stream_of(city, city.api.live.seq)
        first = await anext(stream)
        city.api.live.show_clock()
        second = await anext(stream)
        city.api.live.close()
        return first, second, [piece async for piece in stream]

    first, second, rest = city.calls(story)
    assert first.startswith(b"retry: ")
    clock = {"now": city.clock.now(), "pace": {"rate": 1.0, "paused": False}}
    assert events(first) == events(second) == [("clock", None, clock)]
    assert rest == []


def test_a_stream_ends_with_the_session_it_began_with(city):
    is_in = [True]

    async def story(http):
        streams = Streams(city.api.live, Metrics())
        stream = streams._events(city.api.live.seq, lambda: EVERYTHING, lambda: is_in[0])
        await anext(stream)
        is_in[0] = False
        city.api.live.show_clock()
        async with asyncio.timeout(2):
            return [piece async for piece in stream]

    pieces = city.calls(story)
    assert pieces[-1] == SIGNED_OUT


def test_a_command_is_on_the_stream_and_a_stranger_is_told_to_begin_again(city):
    async def story(http):
        stream, lost = stream_of(city, city.api.live.seq), stream_of(city, 0)
        await anext(stream)
        await anext(lost)
        await http.post(SEND + "ReceiveReport", json=report("m1"))
        async with asyncio.timeout(2):
            return await anext(stream), [piece async for piece in lost]

    change, lost = city.calls(story)
    assert events(change)[0][2]["put"]["cases"][0]["case"] == "case:hotline:m1"
    assert lost == [RESET]


def test_a_slow_reader_is_told_to_begin_again_and_nobody_waits_for_it(city, monkeypatch):
    monkeypatch.setattr(live_module, "MAX_LIVE_FRAMES", 2)

    async def story(http):
        slow = stream_of(city, city.api.live.seq)
        await anext(slow)  # and reads no further for a while
        for number in range(4):
            tell(city, f"m{number}")
        quick = stream_of(city, city.api.live.seq)
        await anext(quick)
        tell(city, "m9")
        async with asyncio.timeout(2):
            return await anext(quick), [piece async for piece in slow]

    quick, slow = city.calls(story)
    assert len(events(quick)) == 1
    assert slow == [RESET]


@pytest.mark.parametrize("cursor", ["x", "-1", "1.5", "9" * 30, "²"])
def test_a_cursor_that_is_none_is_refused(city, cursor):
    answer = city.get("/stream", headers={"Last-Event-ID": cursor.encode()})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_cursor")


def test_too_many_streams_are_busy(city, monkeypatch):
    monkeypatch.setattr("chengyun.api.streaming.MAX_STREAMS", 0)
    answer = city.get("/stream?cursor=1")
    assert (answer.status_code, answer.json()["code"]) == (503, "busy")
    assert answer.headers["Retry-After"] == "1"


class Drive:
    """A world that sends a report an hour and lets three hours pass."""

    def __init__(self, clock):
        self.clock = clock
        self.steps = 0

    def step(self, engine):
        if self.steps < 3:
            self.steps += 1
            self.clock.advance_to(self.clock.now() + HOUR_US)
            fields = report(f"d{self.steps}", opened_at=self.clock.now())
            engine.execute(live_module.msgspec.convert(fields, ReceiveReport), actor="sim:world")
            yield engine.commit()

    def pause_s(self):
        return 0.0 if self.steps < 3 else 60.0


def test_a_drive_moves_the_clock_and_its_groups_are_published(city):
    drive = city.server._drive = Drive(city.clock)
    begin = city.api.live.seq

    async def story(http):
        async with asyncio.timeout(5):
            while drive.steps < 3:
                await asyncio.sleep(0.01)
        return await http.get("/api/v1/live")

    live = city.calls(story).json()
    assert live["now"] == OPENS + DAY_US + 3 * HOUR_US
    assert live["rows"]["feeds"][0]["taken"] == 3
    assert len(events(everything(city.api.live).after(begin)[0])) >= 3


class Demonstration:
    seed, scale, first = 7, "district", "rainstorm"
    events = (EventKind(kind="rainstorm", label={"en": "Rainstorm", "zh": "暴雨"}),)

    def __init__(self):
        self.now = Pace(60.0)
        self.begun = []

    def pace(self):
        return self.now

    def lag_s(self):
        return 1.5

    def set_pace(self, *, rate, paused):
        self.now = Pace(rate or self.now.rate, self.now.paused if paused is None else paused)

    def begin(self, kind, area):
        self.begun.append((kind, area))


def test_a_demonstration_is_steered_and_every_stream_hears_its_pace(serve):
    shown = Demonstration()
    city = serve(demonstration=shown)

    async def story(http):
        about = (await http.get("/api/v1/demo")).json()
        stream = stream_of(city, city.api.live.seq)
        await anext(stream)
        answers = [
            await http.post("/api/v1/demo/pace", json={"rate": 600}),
            await http.post("/api/v1/demo/pace", json={"paused": True}),
            await http.post("/api/v1/demo/pace", json={"rate": -1}),
            await http.post("/api/v1/demo/event", json={"kind": "rainstorm", "area": "319901"}),
            await http.post("/api/v1/demo/event", json={"kind": "meteor"}),
        ]
        figures = (await http.get("/metrics")).text
        simulated = (await http.get("/api/v1/city")).json()["simulated"]
        return about, [a.status_code for a in answers], await anext(stream), figures, simulated

    about, codes, clock, figures, simulated = city.calls(story)
    assert about == {"seed": 7, "scale": "district", "first": "rainstorm", "events": [
        {"kind": "rainstorm", "label": {"en": "Rainstorm", "zh": "暴雨"}}]}  # fmt: skip
    assert codes == [200, 200, 422, 200, 422]
    assert events(clock)[0][2]["pace"] == {"rate": 600.0, "paused": True}
    assert shown.begun == [("rainstorm", "319901")]
    assert "chengyun_lag_seconds 1.5" in figures
    assert simulated is True


def test_without_a_demonstration_there_is_nothing_to_steer(city):
    assert city.get("/api/v1/demo").status_code == 404
