"""A city partition and a district partition in one process: only what is addressed crosses."""

import json
from contextlib import contextmanager

import pytest
from city import PACK, moment

from chengyun.adapters.keys.keyring import Keyring
from chengyun.adapters.sql.reading import StoreReader
from chengyun.adapters.sql.store import SqlStore
from chengyun.adapters.system.entropy import SeededEntropy
from chengyun.app import exchange, packs, platform
from chengyun.app.stages import TABLES
from chengyun.engine import codec
from chengyun.engine.ports import Head
from chengyun.engine.verify import verify
from chengyun.facts.envelope import OPERATIONS
from chengyun.kernel.clock import VirtualClock
from chengyun.sense.handlers import ReceiveReport
from chengyun.twin.views import FIGURES_BELOW

NAME = "Wei Example"


@contextmanager
def two_partitions(folder, clock):
    store = SqlStore(folder, TABLES)
    try:
        keys = Keyring(b"k" * 32, {}, SeededEntropy(1))
        city = platform.wired(store, keys, partition="city", clock=clock)
        district = platform.wired(store, keys, partition="district-1", clock=clock, parent="city")
        pack = packs.loaded(PACK)
        for engine in (city, district):
            platform.adopt(engine, pack.content, pack="river", effective_from=clock.now())
            engine.commit()
        yield store, city, district
    finally:
        store.close()


def pass_time(engine, clock, until):
    while (due := engine.next_due()) is not None and due <= until:
        clock.advance_to(max(due, clock.now()))
        engine.fire_next(until)
    clock.advance_to(max(until, clock.now()))
    engine.commit()
    engine.settle()


def report(number, at):
    return ReceiveReport(
        feed="hotline", file="calls.csv", row=number, id=f"r{number}", opened_at=at, due_at=None,
        type="manhole", title="cover", text="", channel="phone", area="", place=None,
        place_text=f"{number} River Road", attributes={}, personal={"caller": NAME}, notes=[],
    )  # fmt: skip


@pytest.fixture
def story(tmp_path):
    clock = VirtualClock(moment("2026-05-01 00:00"))
    with two_partitions(tmp_path, clock) as (store, city, district):
        clock.advance_to(moment("2026-05-04 10:00"))
        for number in range(3):
            outcome = district.execute(report(number, clock.now()), actor="feed:hotline")
            assert outcome.refused is None
        pass_time(district, clock, moment("2026-05-20 00:00"))
        yield store, city, district, clock


def test_the_city_learns_the_figures_and_nothing_else(story):
    store, city, _, _ = story
    assert exchange.carry(store, "district-1", city) >= 1
    below = city.rows.get(FIGURES_BELOW, "district-1")
    assert below.counts["reports"] in {0, 3}, "the latest finished period"
    arrived = [codec.read(one) for one in store.read("city", OPERATIONS)]
    kinds = {fact.kind for fact in arrived}
    assert "ReportReceived" not in kinds
    assert "CaseFiled" not in kinds
    shared = [fact for fact in arrived if fact.kind == "FactArrived"]
    assert {fact.body.kind for fact in shared} == {"FiguresShared"}
    assert sum(json.loads(fact.body.content)["counts"]["reports"] for fact in shared) == 3
    for one in store.read("city", OPERATIONS):
        assert NAME.encode() not in one.header + one.body + (one.sealed or b"")
        assert b"River Road" not in one.body


def test_carrying_twice_doubles_nothing(story):
    store, city, district, clock = story
    first = exchange.carry(store, "district-1", city)
    head = city.head
    assert exchange.carry(store, "district-1", city) == 0
    assert city.head == head
    pass_time(district, clock, moment("2026-06-20 00:00"))
    assert exchange.carry(store, "district-1", city) >= 1
    assert first >= 1


def test_what_was_committed_before_a_crash_is_carried_after_it(story):
    store, city, _, clock = story
    keys = Keyring(b"k" * 32, store.person_keys("city"), SeededEntropy(1))
    again = platform.wired(store, keys, partition="city", clock=clock)
    carried = exchange.carry(store, "district-1", again)
    assert carried >= 1
    assert again.head.seq > city.head.seq


def test_each_partition_has_a_whole_chain_of_its_own(story):
    store, city, _, _ = story
    exchange.carry(store, "district-1", city)
    heads = {name: store.heads(name)[OPERATIONS] for name in ("city", "district-1")}
    assert heads["city"].hash != heads["district-1"].hash
    with StoreReader(store.folder) as reader:
        for name, head in heads.items():
            assert isinstance(head, Head)
            assert verify(name, OPERATIONS, reader.entries(name, OPERATIONS), head).whole
