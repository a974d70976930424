"""One suite for the Store port, run over every store there is."""

from __future__ import annotations

import itertools
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import msgspec
import pytest
from alembic.autogenerate import compare_metadata
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import MetaData
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from chengyun.adapters.sql import dialect
from chengyun.adapters.sql import store as sql_store
from chengyun.adapters.sql.migrations.versions import v0001_log
from chengyun.adapters.sql.pipelined import PipelinedStore
from chengyun.adapters.sql.reading import StoreReader
from chengyun.adapters.sql.schema import LOG, Projection
from chengyun.adapters.sql.store import FILE, LOCK, SqlStore
from chengyun.app.stages import TABLES
from chengyun.engine import codec
from chengyun.engine.ports import Entry, Group, Head, Store
from chengyun.engine.tables import Key, Table
from chengyun.facts.envelope import AUDIT, NO_HASH, OPERATIONS, Fact, Stored
from chengyun.facts.sense import FeedResumed
from chengyun.kernel.errors import ChengyunError, Rejected, Retryable, StoreFailed
from chengyun.kernel.instants import Instant

CITY = "city"


class Inner(msgspec.Struct, frozen=True):
    a: int
    b: list[str]


class Wide(msgspec.Struct, frozen=True):
    """Every kind of column there is."""

    name: str
    number: int
    maybe: int | None
    note: str | None
    flag: bool
    perhaps: bool | None
    raw: bytes
    words: list[str]
    counts: dict[str, int]
    inner: Inner
    nested: Inner | None
    is_open: bool


WIDE = Table("wide", Wide, key=("name", "number"), indexes=(("note",),), resident=("is_open", True))


class Plain(msgspec.Struct, frozen=True):
    name: str
    number: int


PLAIN = Table("plain", Plain, key=("name",))


class KeyOnly(msgspec.Struct, frozen=True):
    name: str


KEY_ONLY = Table("key_only", KeyOnly, key=("name",))
DECLARED = (WIDE, PLAIN, KEY_ONLY)


class MemoryStore:
    """The port in a few lines: what every store must be indistinguishable from."""

    def __init__(self) -> None:
        self._heads: dict[tuple[str, str], Head] = {}
        self._facts: dict[tuple[str, str], list[Entry]] = {}
        self._rows: dict[tuple[str, Table[Any], Key], Any] = {}
        self._keys: dict[str, dict[str, bytes | None]] = {}
        self._artefacts: dict[str, bytes] = {}

    def heads(self, partition: str) -> dict[str, Head]:
        return {c: head for (p, c), head in self._heads.items() if p == partition}

    def commit(self, group: Group) -> None:
        for chain, head in group.before.items():
            if self._heads.get((group.partition, chain), Head()) != head:
                raise StoreFailed("another writer")
        named = [(entry.stored.chain, entry.id) for entry in group.entries]
        if len(set(named)) < len(named) or any(
            self.fact(group.partition, *name) is not None for name in named
        ):
            raise StoreFailed("an id came twice")
        for entry in group.entries:
            self._facts.setdefault((group.partition, entry.stored.chain), []).append(entry)
        for chain, head in group.after.items():
            if head != group.before.get(chain):
                self._heads[group.partition, chain] = head
        for table, rows in group.rows.items():
            for key, row in rows.items():
                self._rows[group.partition, table, key] = row
        self._keys.setdefault(group.partition, {}).update(group.keys)
        self._artefacts.update(group.artefacts)

    def settle(self) -> None:
        pass

    def body_of(self, partition: str, chain: str, fact_id: str) -> tuple[int, bytes] | None:
        stored = self.fact(partition, chain, fact_id)
        return None if stored is None else (codec.header_of(stored).happened_at, stored.body)

    def fact(self, partition: str, chain: str, fact_id: str) -> Stored | None:
        entries = self._facts.get((partition, chain), [])
        return next((entry.stored for entry in entries if entry.id == fact_id), None)

    def read(
        self, partition: str, chain: str, *, after_seq: int = 0, known_until: Instant | None = None
    ) -> Iterator[Stored]:
        for entry in self._facts.get((partition, chain), []):
            if entry.stored.seq > after_seq and (
                known_until is None or entry.known_at <= known_until
            ):
                yield entry.stored

    def resident(self, table: Table[Any], partition: str) -> Iterator[Any]:
        for (of, its, _), row in sorted(
            ((place, row) for place, row in self._rows.items() if place[1] is table),
            key=lambda one: one[0][2],
        ):
            if of == partition and its is table and row is not None and table.is_resident(row):
                yield row

    def row(self, table: Table[Any], partition: str, key: Key) -> Any:
        return self._rows.get((partition, table, key))

    def artefact(self, content_hash: str) -> bytes | None:
        return self._artefacts.get(content_hash)

    def person_keys(self, partition: str) -> dict[str, bytes | None]:
        return self._keys.get(partition, {})


class Shop:
    """One store, opened again at will, and the groups that continue its chains."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.kind = kind
        self.folder = folder
        self.city, self.district = CITY, "district"
        self._failed = False
        self._memory = MemoryStore()
        self._close: Callable[[], None] = lambda: None
        self._keys: Callable[[str], dict[str, bytes | None]] = self._memory.person_keys
        self.store: Store = self._memory
        self.open()

    def open(self) -> None:
        self._failed = False
        if self.kind == "memory":
            return
        inner = SqlStore(self.folder, DECLARED)
        self._keys = inner.person_keys
        if self.kind == "sql":
            self.store, self._close = inner, inner.close
        else:
            piped = PipelinedStore(inner, self.folder)
            self.store, self._close = piped, piped.close

    def close(self) -> None:
        self._close()
        self._close = lambda: None

    def again(self) -> None:
        """Restart; a writing process is slow to start and is kept as long as it is whole."""
        if self.kind != "pipelined" or self._failed:
            self.close()
            self.open()

    def commit(self, group: Group) -> None:
        try:
            self.store.commit(group)
            self.store.settle()
        except StoreFailed:
            self._failed = True
            raise

    def person_keys(self, partition: str) -> dict[str, bytes | None]:
        return dict(self._keys(partition))

    def group(self, *ids: str, partition: str = "", chain: str = OPERATIONS, **more: Any) -> Group:
        """Return a group of facts with these ids, right behind what is there."""
        partition = partition or self.city
        before = {OPERATIONS: Head(), AUDIT: Head()} | self.store.heads(partition)
        entries: list[Entry] = []
        head = before[chain]
        for name in ids:
            known_at = Instant(max(head.known_at, 10 * (head.seq + 1)))
            fact = said(name, partition, head.seq + 1, known_at)
            entries.append(codec.write(fact, chain, head.hash))
            head = Head(fact.seq, entries[-1].stored.hash, known_at)
        return Group(
            **(
                {
                    "partition": partition,
                    "before": before,
                    "after": before | {chain: head},
                    "entries": entries,
                    "rows": {},
                    "keys": {},
                    "artefacts": {},
                }
                | more
            )
        )

    def put(self, table: Table[Any], *rows: Any, partition: str = "") -> None:
        changes = {table: {table.key_of(row): row for row in rows}}
        self.commit(self.group(partition=partition, rows=changes))


def said(name: str, partition: str, seq: int, known_at: int) -> Fact[FeedResumed]:
    return Fact(
        partition=partition,
        seq=seq,
        id=name,
        kind="FeedResumed",
        schema=1,
        happened_at=Instant(seq),
        known_at=Instant(known_at),
        subject=f"about:{name}",
        area="外滩",
        actor="",
        caused_by="",
        policy_version="",
        body=FeedResumed(feed=name, silent_since_at=seq),
        sealed=b"\x00\xff" if seq % 2 else None,
    )


KINDS = ("memory", "sql", "pipelined")
NUMBERS = itertools.count()


@pytest.fixture(scope="module")
def pipelined(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    opened = Shop("pipelined", tmp_path_factory.mktemp("pipelined"))
    yield opened
    opened.close()


@pytest.fixture(params=KINDS)
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    """Yield a store with two partitions that nobody has written to."""
    if request.param == "pipelined":
        opened: Shop = request.getfixturevalue("pipelined")
        number = next(NUMBERS)
        opened.city, opened.district = f"city{number}", f"district{number}"
        yield opened
        opened.again()
        return
    opened = Shop(request.param, tmp_path / "store")
    yield opened
    opened.close()


def wide(name: str = "a", number: int = 1, **more: Any) -> Wide:
    given: dict[str, Any] = {
        "name": name,
        "number": number,
        "maybe": None,
        "note": None,
        "flag": True,
        "perhaps": None,
        "raw": b"",
        "words": [],
        "counts": {},
        "inner": Inner(1, ["x"]),
        "nested": None,
        "is_open": True,
    }
    return Wide(**(given | more))


# --- the log ----------------------------------------------------------------------------------


def test_a_new_store_knows_nothing(shop: Shop) -> None:
    assert shop.store.heads(shop.city) == {}
    assert list(shop.store.read(shop.city, OPERATIONS)) == []
    assert shop.store.fact(shop.city, OPERATIONS, "a") is None
    assert shop.store.body_of(shop.city, OPERATIONS, "a") is None
    assert shop.store.row(PLAIN, shop.city, "a") is None
    assert list(shop.store.resident(PLAIN, shop.city)) == []
    assert shop.store.artefact("0" * 64) is None
    assert shop.person_keys(shop.city) == {}


@pytest.mark.parametrize("restarted", [False, True], ids=["at once", "after a restart"])
def test_what_was_committed_is_read_back_byte_for_byte(shop: Shop, restarted: bool) -> None:
    first, second = shop.group("a", "b"), None
    shop.commit(first)
    second = shop.group("c")
    shop.commit(second)
    if restarted:
        shop.again()
    expected = [entry.stored for entry in (*first.entries, *second.entries)]
    assert list(shop.store.read(shop.city, OPERATIONS)) == expected
    assert shop.store.heads(shop.city)[OPERATIONS] == second.after[OPERATIONS]
    assert shop.store.fact(shop.city, OPERATIONS, "b") == expected[1]
    assert shop.store.body_of(shop.city, OPERATIONS, "b") == (2, expected[1].body)
    assert shop.store.fact(shop.city, OPERATIONS, "d") is None


def test_the_log_is_read_from_and_until(shop: Shop) -> None:
    shop.commit(shop.group(*"abcdef"))

    def seqs(**limits: Any) -> list[int]:
        return [one.seq for one in shop.store.read(shop.city, OPERATIONS, **limits)]

    assert seqs() == [1, 2, 3, 4, 5, 6]
    assert seqs(after_seq=4) == [5, 6]
    assert seqs(known_until=Instant(30)) == [1, 2, 3]
    assert seqs(known_until=Instant(29)) == [1, 2]
    assert seqs(after_seq=1, known_until=Instant(30)) == [2, 3]
    assert seqs(after_seq=99) == []


def test_a_log_longer_than_one_read_is_read_whole(shop: Shop) -> None:
    shop.commit(shop.group(*(f"w{number}" for number in range(2_001))))
    assert [one.seq for one in shop.store.read(shop.city, OPERATIONS)] == list(range(1, 2_002))
    until = Instant(10 * 1_500)
    assert len(list(shop.store.read(shop.city, OPERATIONS, known_until=until))) == 1_500


def test_chains_and_partitions_stand_apart(shop: Shop) -> None:
    shop.commit(shop.group("a", "b"))
    shop.commit(shop.group("a", chain=AUDIT))
    shop.commit(shop.group("a", partition=shop.district))
    shop.again()
    assert [one.seq for one in shop.store.read(shop.city, OPERATIONS)] == [1, 2]
    assert [one.chain for one in shop.store.read(shop.city, AUDIT)] == [AUDIT]
    assert [one.partition for one in shop.store.read(shop.district, OPERATIONS)] == [shop.district]
    assert {chain: head.seq for chain, head in shop.store.heads(shop.city).items()} == {
        OPERATIONS: 2,
        AUDIT: 1,
    }
    assert shop.store.fact(shop.district, OPERATIONS, "b") is None
    assert shop.store.body_of(shop.district, AUDIT, "a") is None


def test_what_was_handed_over_is_seen_before_it_has_settled(shop: Shop) -> None:
    """The engine goes on at once; whether a store is still writing makes no difference to it."""
    shop.put(PLAIN, Plain("b", 1))
    rows = {PLAIN: {"a": Plain("a", 1), "b": None}, WIDE: {("c", 1): wide("c", is_open=False)}}
    group = shop.group("a", rows=rows, artefacts={f"seen-{shop.city}": b"content"})
    ask: dict[str, Callable[[], object]] = {
        "body": lambda: shop.store.body_of(shop.city, OPERATIONS, "a"),
        "row": lambda: shop.store.row(PLAIN, shop.city, "a"),
        "gone": lambda: shop.store.row(PLAIN, shop.city, "b"),
        "closed": lambda: shop.store.row(WIDE, shop.city, ("c", 1)),
        "artefact": lambda: shop.store.artefact(f"seen-{shop.city}"),
        "fact": lambda: shop.store.fact(shop.city, OPERATIONS, "a"),
        "log": lambda: list(shop.store.read(shop.city, OPERATIONS)),
        "head": lambda: shop.store.heads(shop.city)[OPERATIONS],
        "resident": lambda: list(shop.store.resident(PLAIN, shop.city)),
    }
    shop.store.commit(group)
    at_once = {name: answer() for name, answer in ask.items()}
    shop.store.settle()
    assert at_once == {name: answer() for name, answer in ask.items()}
    assert at_once["body"] == (1, group.entries[0].stored.body)
    assert at_once["row"] == Plain("a", 1)
    assert at_once["gone"] is None
    assert at_once["artefact"] == b"content"


# --- all or nothing ---------------------------------------------------------------------------


def nothing_of(shop: Shop) -> None:
    shop.again()
    assert [one.seq for one in shop.store.read(shop.city, OPERATIONS)] == [1]
    assert shop.store.heads(shop.city)[OPERATIONS].seq == 1
    assert list(shop.store.resident(PLAIN, shop.city)) == [Plain("old", 1)]
    assert shop.store.artefact(f"new-{shop.city}") is None
    assert shop.person_keys(shop.city) == {"old": b"key"}


@pytest.fixture
def begun(shop: Shop) -> Shop:
    rows = {PLAIN: {"old": Plain("old", 1)}}
    shop.commit(shop.group("a", rows=rows, keys={"old": b"key"}))
    return shop


def everything(shop: Shop, *ids: str, **more: Any) -> Group:
    rows = {PLAIN: {"old": None, "new": Plain("new", 2)}}
    keys: dict[str, bytes | None] = {"old": None, "new": b"key"}
    artefacts = {f"new-{shop.city}": b"content"}
    return shop.group(*ids, rows=rows, keys=keys, artefacts=artefacts, **more)


def test_a_group_is_written_whole(begun: Shop) -> None:
    begun.commit(everything(begun, "b", "c"))
    begun.again()
    assert [one.seq for one in begun.store.read(begun.city, OPERATIONS)] == [1, 2, 3]
    assert list(begun.store.resident(PLAIN, begun.city)) == [Plain("new", 2)]
    assert begun.store.artefact(f"new-{begun.city}") == b"content"
    assert begun.person_keys(begun.city) == {"old": None, "new": b"key"}


def test_a_fact_that_cannot_be_written_takes_its_whole_group_with_it(begun: Shop) -> None:
    with pytest.raises(StoreFailed):
        begun.commit(everything(begun, "b", "a"))
    nothing_of(begun)


def test_a_writer_that_others_overtook_writes_nothing(begun: Shop) -> None:
    late = everything(begun, "c", before={OPERATIONS: Head(), AUDIT: Head()})
    with pytest.raises(StoreFailed):
        begun.commit(late)
    nothing_of(begun)


def test_a_writer_that_missed_a_chain_writes_nothing(begun: Shop) -> None:
    early = {**begun.store.heads(begun.city), AUDIT: Head(3, bytes(32), Instant(5))}
    with pytest.raises(StoreFailed):
        begun.commit(everything(begun, "c", before=early))
    nothing_of(begun)


def test_a_writer_on_another_chain_of_the_same_length_writes_nothing(begun: Shop) -> None:
    """A backup that was brought back, say: as many facts, but not the same ones."""
    head = begun.store.heads(begun.city)[OPERATIONS]
    other = {OPERATIONS: Head(head.seq, bytes(32), head.known_at), AUDIT: Head()}
    with pytest.raises(StoreFailed):
        begun.commit(everything(begun, "c", before=other))
    nothing_of(begun)


# --- rows -------------------------------------------------------------------------------------


def test_rows_are_written_over_and_removed(shop: Shop) -> None:
    shop.put(PLAIN, Plain("a", 1), Plain("b", 1))
    shop.put(PLAIN, Plain("a", 2))
    gone = {PLAIN: {"b": None, "never": None}}
    shop.commit(shop.group(rows=gone))
    shop.again()
    assert list(shop.store.resident(PLAIN, shop.city)) == [Plain("a", 2)]
    assert shop.store.row(PLAIN, shop.city, "b") is None


def test_a_table_of_keys_alone_is_a_set(shop: Shop) -> None:
    shop.put(KEY_ONLY, KeyOnly("a"), KeyOnly("b"))
    shop.put(KEY_ONLY, KeyOnly("a"))
    assert list(shop.store.resident(KEY_ONLY, shop.city)) == [KeyOnly("a"), KeyOnly("b")]


def test_only_what_is_open_is_resident_and_the_rest_is_found_by_key(shop: Shop) -> None:
    shop.put(WIDE, wide("a"), wide("b", is_open=False), wide("c"))
    shop.put(WIDE, wide("c", is_open=False))
    assert [row.name for row in shop.store.resident(WIDE, shop.city)] == ["a"]
    assert shop.store.row(WIDE, shop.city, ("c", 1)) == wide("c", is_open=False)
    assert shop.store.row(WIDE, shop.city, ("c", 2)) is None


def test_rows_of_partitions_stand_apart(shop: Shop) -> None:
    shop.put(PLAIN, Plain("a", 1))
    shop.put(PLAIN, Plain("a", 2), partition=shop.district)
    assert list(shop.store.resident(PLAIN, shop.city)) == [Plain("a", 1)]
    assert shop.store.row(PLAIN, shop.district, "a") == Plain("a", 2)
    assert shop.store.row(PLAIN, "elsewhere", "a") is None


def test_resident_rows_come_in_the_order_of_memory(shop: Shop) -> None:
    names = ["b", "a", "Z", "é", "外滩", "\U00020bb7", "\uffee"]
    shop.put(PLAIN, *(Plain(name, 1) for name in names))
    shop.again()
    assert [row.name for row in shop.store.resident(PLAIN, shop.city)] == sorted(names)


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
INTS = st.integers(-(2**63), 2**63 - 1)
WIDES = st.builds(
    Wide,
    TEXTS,
    INTS,
    st.none() | INTS,
    st.none() | TEXTS,
    st.booleans(),
    st.none() | st.booleans(),
    st.binary(max_size=8),
    st.lists(TEXTS, max_size=3),
    st.dictionaries(TEXTS, INTS, max_size=3),
    st.builds(Inner, INTS, st.lists(TEXTS, max_size=2)),
    st.none() | st.builds(Inner, INTS, st.lists(TEXTS, max_size=2)),
    st.booleans(),
)


@settings(
    max_examples=25,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # to shrink on a disk takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(rows=st.lists(WIDES, min_size=1, max_size=4, unique_by=lambda row: (row.name, row.number)))
def test_any_row_comes_back_as_it_went(shop: Shop, rows: list[Wide]) -> None:
    shop.put(WIDE, *rows)
    for row in rows:
        assert shop.store.row(WIDE, shop.city, (row.name, row.number)) == row
    found = [row for row in shop.store.resident(WIDE, shop.city) if row in rows]
    assert found == sorted((r for r in rows if r.is_open), key=WIDE.key_of)
    shop.commit(shop.group(rows={WIDE: {WIDE.key_of(row): None for row in rows}}))
    assert list(shop.store.resident(WIDE, shop.city)) == []


def test_a_number_no_database_holds_fails_the_commit_and_nothing_else(begun: Shop) -> None:
    if begun.kind == "memory":
        pytest.skip("memory holds any number")
    rows = {PLAIN: {"huge": Plain("huge", 2**70)}}
    with pytest.raises(StoreFailed):
        begun.commit(begun.group("b", rows=rows))
    nothing_of(begun)


# --- artefacts and keys -----------------------------------------------------------------------


def test_artefacts_are_kept_once_and_for_all_partitions(shop: Shop) -> None:
    for partition in (shop.city, shop.district, shop.city):
        shop.commit(shop.group(partition=partition, artefacts={shop.city: b"\x00content"}))
    shop.again()
    assert shop.store.artefact(shop.city) == b"\x00content"


def test_keys_are_replaced_and_destroyed_a_partition(shop: Shop) -> None:
    shop.commit(shop.group(keys={"p1": b"one", "p2": b"two"}))
    shop.commit(shop.group(partition=shop.district, keys={"p1": b"another"}))
    shop.commit(shop.group(keys={"p1": b"rewrapped", "p2": None}))
    shop.again()
    assert shop.person_keys(shop.city) == {"p1": b"rewrapped", "p2": None}
    assert shop.person_keys(shop.district) == {"p1": b"another"}


# --- what only a store on disk has to keep ----------------------------------------------------


def test_a_second_writer_is_told_who_has_the_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql_store, "LOCK_PAUSE_S", 0.001)
    first = SqlStore(tmp_path, DECLARED)
    with pytest.raises(Retryable, match=f"pid {os.getpid()}"):
        SqlStore(tmp_path, DECLARED)
    first.close()
    SqlStore(tmp_path, DECLARED).close()


HOLD = """
import sys
from pathlib import Path
from chengyun.adapters.sql.store import SqlStore
store = SqlStore(Path(sys.argv[1]), ())
print("held", flush=True)
sys.stdin.read()
"""


def test_the_lock_of_a_process_that_was_killed_is_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql_store, "LOCK_PAUSE_S", 0.001)
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(Retryable, match=f"pid {holder.pid}"):
            SqlStore(tmp_path, ())
        holder.kill()
    SqlStore(tmp_path, ()).close()
    assert (tmp_path / LOCK).is_file()


def test_a_reader_sees_what_is_committed_beside_the_writer(tmp_path: Path) -> None:
    shop = Shop("sql", tmp_path)
    shop.commit(shop.group("a"))
    with StoreReader(tmp_path) as reader:
        assert [one.seq for one in reader.facts(CITY)] == [1]
        shop.commit(shop.group("b"))
        assert [one.seq for one in reader.facts(CITY)] == [1, 2]
    shop.close()


def test_a_reader_without_a_store_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Rejected, match="no store"):
        StoreReader(tmp_path)


def test_a_store_of_a_newer_release_is_refused_and_left_alone(tmp_path: Path) -> None:
    shop = Shop("sql", tmp_path)
    shop.commit(shop.group("a"))
    shop.close()
    _sql(tmp_path, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(Rejected, match="newer release") as refused:
        SqlStore(tmp_path, DECLARED)
    assert refused.value.code == "newer_store"
    _sql(tmp_path, "UPDATE alembic_version SET version_num = '0001'")
    shop.open()  # the lock was let go although the refusal is still at hand
    assert [one.seq for one in shop.store.read(CITY, OPERATIONS)] == [1]
    shop.close()


def test_a_file_that_is_no_store_is_refused_in_plain_words(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"this is no database at all, and long enough" * 100)
    with pytest.raises(ChengyunError):
        SqlStore(tmp_path, DECLARED)


def test_a_courier_that_was_killed_is_a_failed_commit_and_the_store_still_closes(
    tmp_path: Path,
) -> None:
    shop = Shop("pipelined", tmp_path)
    shop.commit(shop.group("a"))
    pid = shop.store._courier.pid
    os.kill(pid, 9)
    with pytest.raises(StoreFailed):
        shop.commit(shop.group(*(f"w{number}" for number in range(2_000))))
    shop.again()
    assert [one.seq for one in shop.store.read(CITY, OPERATIONS)] == [1]
    shop.close()


# --- layouts ----------------------------------------------------------------------------------


class Wider(msgspec.Struct, frozen=True):
    name: str
    number: int
    more: str


WIDER = Table("plain", Wider, key=("name",))


def test_a_changed_layout_asks_for_a_rebuild_and_the_log_stays(tmp_path: Path) -> None:
    shop = Shop("sql", tmp_path)
    shop.commit(shop.group("a", rows={PLAIN: {"a": Plain("a", 1)}}))
    shop.again()
    assert not shop.store.is_stale
    shop.close()
    store = SqlStore(tmp_path, [WIDER])
    assert store.is_stale
    assert list(store.resident(WIDER, CITY)) == []
    assert [one.seq for one in store.read(CITY, OPERATIONS)] == [1]
    store.close()


def test_a_rebuild_that_was_cut_off_is_still_due(tmp_path: Path) -> None:
    shop = Shop("sql", tmp_path)
    shop.commit(shop.group("a", rows={PLAIN: {"a": Plain("a", 1)}}))
    shop.close()
    SqlStore(tmp_path, [WIDER]).close()  # stale, and the process died before it had rebuilt
    store = SqlStore(tmp_path, [WIDER])
    stale = store.is_stale
    store.close()
    assert stale


def test_an_empty_store_is_never_stale(tmp_path: Path) -> None:
    SqlStore(tmp_path, [PLAIN]).close()
    store = SqlStore(tmp_path, [WIDER])
    assert not store.is_stale
    store.close()


# --- dialects ---------------------------------------------------------------------------------


def test_the_migrations_make_the_tables_that_the_code_speaks_of(tmp_path: Path) -> None:
    SqlStore(tmp_path, ()).close()
    engine = dialect.writer(tmp_path / FILE)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), LOG) == []
    engine.dispose()


def test_the_log_s_ddl_compiles_for_postgresql() -> None:
    for table in LOG.sorted_tables:
        ddl = str(CreateTable(table).compile(dialect=postgresql.dialect()))
        assert "STRICT" not in ddl
        for column in table.columns:
            if column.type is dialect.TEXT:
                assert f'{column.name} TEXT COLLATE "C"' in ddl.replace('"chain"', "chain")
            if column.type is dialect.BIGINT:
                assert f"{column.name} BIGINT" in ddl
        for index in table.indexes:
            CreateIndex(index).compile(dialect=postgresql.dialect())


@pytest.mark.parametrize("table", [*TABLES, *DECLARED], ids=lambda table: table.name)
def test_a_projection_s_ddl_and_upsert_compile_for_postgresql(table: Table[Any]) -> None:
    projection = Projection(table, MetaData())
    ddl = str(CreateTable(projection.sql).compile(dialect=postgresql.dialect()))
    assert "STRICT" not in ddl
    assert 'COLLATE "C"' in ddl
    for index in projection.sql.indexes:
        CreateIndex(index).compile(dialect=postgresql.dialect())
    upsert = str(dialect.upsert(projection.sql, "postgresql").compile(dialect=postgresql.dialect()))
    assert "ON CONFLICT" in upsert


def test_the_migration_compiles_for_postgresql() -> None:
    ddl = StringIO()
    context = MigrationContext.configure(
        dialect_name="postgresql", opts={"as_sql": True, "output_buffer": ddl}
    )
    with Operations.context(context):
        v0001_log.upgrade()
    written = ddl.getvalue()
    for table in LOG.sorted_tables:
        assert f"CREATE TABLE {table.name}" in written
    assert "STRICT" not in written


def _sql(folder: Path, statement: str) -> None:
    database = sqlite3.connect(folder / FILE)
    with database:
        database.execute(statement)
    database.close()


def test_no_hash_is_what_a_new_chain_follows() -> None:
    assert Head().hash == NO_HASH
