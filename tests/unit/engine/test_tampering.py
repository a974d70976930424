"""Whatever is changed in a store or in its row of seals is found, and the first bad thing named.

Changed are bytes in the database itself, column by column, and bytes of the files of the seals.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sealed_store import LENGTHS, SEALS, Kept
from workbench import PARTITION, Bench

from chengyun.adapters.files.seals import name_of, seals_in
from chengyun.adapters.keys import signing
from chengyun.adapters.sql import verifying
from chengyun.adapters.sql.reading import StoreReader
from chengyun.adapters.sql.store import FILE
from chengyun.adapters.sql.verifying import verdicts
from chengyun.app.sealing import seal_store
from chengyun.engine.seals import NO_SEAL, Seal, checked, digest_of, file_of, sealed
from chengyun.engine.verify import End, Piece, Verdict
from chengyun.facts.envelope import AUDIT, OPERATIONS, chain_hash
from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import Instant

COLUMNS = ("log", "seq", "id", "kind", "subject", "known_at", "caused_by",
           "header", "body", "sealed", "prev_hash", "hash")  # fmt: skip
HEADS = ("log", "partition", "chain", "seq", "hash", "known_at")
OFTEN = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
SELDOM = settings(OFTEN, max_examples=15)
FEW = settings(OFTEN, max_examples=6)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    return Kept(tmp_path_factory.mktemp("kept"))


@contextmanager
def opened(store: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(store / FILE, isolation_level=None)
    try:
        yield connection
    finally:
        connection.close()


def flipped(value: Any, data: st.DataObject) -> Any:
    """Return a stored value with one of its bytes changed; with one more where it has none."""
    stored = (
        value.to_bytes(8, "big", signed=True)
        if isinstance(value, int)
        else value.encode() if isinstance(value, str) else value
    )  # fmt: skip
    if not stored:
        return b"x"
    at = data.draw(st.integers(0, len(stored) - 1))
    after = bytearray(stored)
    after[at] ^= data.draw(st.integers(1, 255))
    return int.from_bytes(after, "big", signed=True) if isinstance(value, int) else bytes(after)


def put(connection: sqlite3.Connection, table: str, column: str, value: Any, *key: Any) -> None:
    """Write a value as it is; text may be none that can be read."""
    with_text = column in ("id", "kind", "subject", "caused_by", "partition", "chain")
    given = "CAST(? AS TEXT)" if with_text else "?"
    where = "log = ? AND seq = ?" if table == "facts" else "log = ?"
    try:
        connection.execute(f"UPDATE {table} SET {column} = {given} WHERE {where}", (value, *key))
    except sqlite3.IntegrityError:
        assume(False)


def logs_of(connection: sqlite3.Connection) -> dict[str, int]:
    return dict(connection.execute("SELECT chain, log FROM chains"))


def test_untouched_everything_is_whole(kept: Kept) -> None:
    chains, row = kept.found(kept.folder / "whole")
    assert {name: (one.whole, one.facts) for name, one in chains.items()} == {
        name: (True, length) for name, length in LENGTHS.items()
    }
    assert (row.whole, row.seals, row.first_bad, row.reason) == (True, SEALS, None, "")
    assert row.newest == digest_of(seals_in(kept.seals)[-1][1])


@pytest.mark.parametrize("column", COLUMNS)
@FEW
@given(chain=st.sampled_from(sorted(LENGTHS)), data=st.data())
def test_any_byte_of_any_column_of_any_fact(
    kept: Kept, chain: str, column: str, data: st.DataObject
) -> None:
    seq = data.draw(st.integers(1, LENGTHS[chain]))
    with kept.copy() as store:
        with opened(store) as connection:
            log = logs_of(connection)[chain]
            ask = f"SELECT {column} FROM facts WHERE log = ? AND seq = ?"
            (before,) = connection.execute(ask, (log, seq)).fetchone()
            put(connection, "facts", column, flipped(before, data), log, seq)
        chains = {one.chain: one for one in verdicts(store)}
        assert not chains[chain].whole
        assert chains[chain].first_bad_seq == seq, chains[chain]
        assert chains[chain].facts == seq - 1


@pytest.mark.parametrize("column", HEADS)
@FEW
@given(chain=st.sampled_from(sorted(LENGTHS)), data=st.data())
def test_any_byte_of_any_column_of_any_head(
    kept: Kept, chain: str, column: str, data: st.DataObject
) -> None:
    with kept.copy() as store:
        with opened(store) as connection:
            log = logs_of(connection)[chain]
            ask = f"SELECT {column} FROM chains WHERE log = ?"
            (before,) = connection.execute(ask, (log,)).fetchone()
            put(connection, "chains", column, flipped(before, data), log)
        assert not all(one.whole for one in verdicts(store))


@OFTEN
@given(st.integers(1, SEALS), st.data())
def test_any_byte_of_any_seal(kept: Kept, number: int, data: st.DataObject) -> None:
    files = seals_in(kept.seals)
    name, content = files[number - 1]
    files[number - 1] = (name, flipped(content, data))
    _, row = checked(files, kept.keys)
    assert (row.whole, row.first_bad, row.seals) == (False, number, number - 1)
    assert row.reason.startswith(name_of(number))


@SELDOM
@given(st.sampled_from(sorted(LENGTHS)), st.sets(st.integers(1, 12), min_size=1))
def test_facts_that_were_taken_away(kept: Kept, chain: str, gone: set[int]) -> None:
    gone = {seq for seq in gone if seq <= LENGTHS[chain]}
    assume(gone)
    with kept.copy() as store:
        with opened(store) as connection:
            log = logs_of(connection)[chain]
            for seq in gone:
                connection.execute("DELETE FROM facts WHERE log = ? AND seq = ?", (log, seq))
        found = {one.chain: one for one in verdicts(store)}[chain]
    assert (found.whole, found.first_bad_seq) == (False, min(gone))


@SELDOM
@given(st.sampled_from(sorted(LENGTHS)), st.data())
def test_facts_that_changed_places(kept: Kept, chain: str, data: st.DataObject) -> None:
    places = st.integers(1, LENGTHS[chain])
    one, other = data.draw(places), data.draw(places)
    assume(one != other)
    with kept.copy() as store:
        with opened(store) as connection:
            log = logs_of(connection)[chain]
            for seq, to in ((one, -1), (other, one), (-1, other)):
                ask = "UPDATE facts SET seq = ? WHERE log = ? AND seq = ?"
                connection.execute(ask, (to, log, seq))
        found = {one.chain: one for one in verdicts(store)}[chain]
    assert (found.whole, found.first_bad_seq) == (False, min(one, other))


def cut(connection: sqlite3.Connection, chain: str, length: int) -> None:
    """Cut off the tail of a chain and let its head tell nothing of it."""
    log = logs_of(connection)[chain]
    connection.execute("DELETE FROM facts WHERE log = ? AND seq > ?", (log, length))
    ask = "SELECT seq, hash, known_at FROM facts WHERE log = ? AND seq = ?"
    head = connection.execute(ask, (log, length)).fetchone()
    if head is None:
        connection.execute("DELETE FROM chains WHERE log = ?", (log,))
    else:
        ask = "UPDATE chains SET seq = ?, hash = ?, known_at = ? WHERE log = ?"
        connection.execute(ask, (*head, log))


@SELDOM
@given(st.sampled_from(sorted(LENGTHS)), st.data())
def test_a_tail_that_was_cut_with_its_head_is_told_by_the_seals(
    kept: Kept, chain: str, data: st.DataObject
) -> None:
    length = data.draw(st.integers(0, LENGTHS[chain] - 1))
    with kept.copy() as store:
        with opened(store) as connection:
            cut(connection, chain, length)
        blind = {one.chain: one for one in verdicts(store)}
        assert all(one.whole for one in blind.values())  # nothing inside the store can tell
        chains, row = kept.found(store)
    assert row.whole
    assert (chains[chain].whole, chains[chain].facts) == (False, length)
    assert chains[chain].first_bad_seq == length + 1
    assert "cut off" in chains[chain].reason


@SELDOM
@given(st.integers(1, LENGTHS[OPERATIONS]))
def test_a_past_that_was_written_anew_is_told_by_the_seals(kept: Kept, place: int) -> None:
    with kept.copy() as store:
        with opened(store) as connection:
            forge(connection, place)
        assert all(one.whole for one in verdicts(store))
        chains, _ = kept.found(store)
    good = (place - 1) // 4 * 4  # what the last seal before it names
    found = chains[OPERATIONS]
    assert (found.whole, found.facts, found.first_bad_seq) == (False, good, good + 1)
    assert "written anew" in found.reason


def forge(connection: sqlite3.Connection, place: int) -> None:
    """Change who said a word, and hash everything from there on anew, the head too."""
    log = logs_of(connection)[OPERATIONS]
    ask = "SELECT seq, header, body, sealed, prev_hash, hash FROM facts WHERE log = ? AND seq >= ?"
    previous = b""
    for seq, header, body, seal, prev, _ in connection.execute(ask, (log, place)).fetchall():
        prev_hash = previous or prev
        other = header.replace(b"person:tester", b"person:another") if seq == place else header
        previous = chain_hash(prev_hash, other, body, seal)
        put_all = "UPDATE facts SET header = ?, prev_hash = ?, hash = ? WHERE log = ? AND seq = ?"
        connection.execute(put_all, (other, prev_hash, previous, log, seq))
    connection.execute("UPDATE chains SET hash = ? WHERE log = ?", (previous, log))


def test_a_fact_before_the_first_is_found(kept: Kept) -> None:
    with kept.copy() as store:
        with opened(store) as connection:
            log = logs_of(connection)[AUDIT]
            ask = "SELECT kind, subject, known_at, caused_by, header, body, prev_hash, hash"
            fact = connection.execute(
                f"{ask} FROM facts WHERE log = ? AND seq = 1", (log,)
            ).fetchone()
            places = ", ".join("?" * 11)
            connection.execute(
                "INSERT INTO facts (log, seq, id, kind, subject, known_at, caused_by, header, body,"
                f" prev_hash, hash) VALUES ({places})",
                (log, 0, "earlier", *fact),
            )
        found = {one.chain: one for one in verdicts(store)}[AUDIT]
    assert (found.whole, found.reason) == (False, "a fact 0 stands before the first")


def test_facts_whose_head_was_taken_away_are_found_without_a_seal(kept: Kept) -> None:
    with kept.copy() as store:
        with opened(store) as connection:
            log = logs_of(connection)[AUDIT]
            connection.execute("DELETE FROM chains WHERE log = ?", (log,))
        bad = [one for one in verdicts(store) if not one.whole]
    assert [(one.partition, one.chain) for one in bad] == [(f"log {log}", "without a head")]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"  ", b"\t "),
        (b"\n}", b"}"),
        (b'": ', b'" : '),
        (b'"format": 1', b'"format": 1.0'),
        (b'{\n  "algorithm"', b'{\n  "algorithm": "ed25519",\n  "algorithm"'),
    ],
)
def test_a_seal_is_written_in_one_way_only(kept: Kept, old: bytes, new: bytes) -> None:
    name, content = seals_in(kept.seals)[0]
    assert old in content
    _, row = checked([(name, content.replace(old, new, 1))], kept.keys)
    assert (row.whole, row.first_bad) == (False, 1)


@pytest.mark.parametrize("field", ["signature", "previous"])
def test_digits_are_written_in_one_way_only(kept: Kept, field: str) -> None:
    files = seals_in(kept.seals)
    name, content = files[1]
    seal = msgspec.json.decode(content, type=Seal)
    louder = file_of(msgspec.structs.replace(seal, **{field: getattr(seal, field).upper()}))
    _, row = checked([files[0], (name, louder)], kept.keys)
    assert (row.whole, row.first_bad) == (False, 2)


def test_a_seal_put_in_the_place_of_another_is_told_by_the_next(kept: Kept) -> None:
    """Signed by the right key, of the right number, and yet another one."""
    files = seals_in(kept.seals)
    first = msgspec.json.decode(files[0][1], type=Seal)
    second = msgspec.json.decode(files[1][1], type=Seal)
    _, other = sealed(second.chains, (first, files[0][1]), at=second.sealed_at + 1,
                      signer=kept.signer)  # fmt: skip
    _, row = checked([files[0], (name_of(2), other), files[2]], kept.keys)
    assert (row.whole, row.first_bad, row.seals) == (False, 3, 2)
    assert "does not follow" in row.reason


@pytest.mark.parametrize("missing", [1, 2])
def test_a_seal_missing_from_the_row_is_named(kept: Kept, missing: int) -> None:
    files = [one for one in seals_in(kept.seals) if one[0] != name_of(missing)]
    _, row = checked(files, kept.keys)
    assert (row.whole, row.first_bad) == (False, missing)
    assert f"seal {missing} is missing" in row.reason


def test_seals_in_another_order_are_found(kept: Kept) -> None:
    _, row = checked(seals_in(kept.seals)[::-1], kept.keys)
    assert (row.whole, row.first_bad) == (False, 1)


def test_a_seal_of_another_key_is_none(kept: Kept, tmp_path: Path) -> None:
    other = signing.make_key(tmp_path / "other")
    _, row = checked(seals_in(kept.seals), {other.key: other})
    assert (row.whole, row.first_bad, row.newest) == (False, 1, "")
    assert "another key" in row.reason
    assert kept.key.key in row.reason


def test_a_key_may_follow_another(kept: Kept, tmp_path: Path) -> None:
    """What the new key signs goes on in the same row; whoever verifies gives both."""
    seals = tmp_path / "seals"
    shutil.copytree(kept.seals, seals)
    second = signing.make_key(tmp_path / "second")
    signer = signing.signer_at(str(tmp_path / "second"))
    made = seal_store(kept.folder / "whole", seals, signer, now=Instant(99))
    assert made.seal.number == SEALS + 1
    _, both = checked(seals_in(seals), kept.keys | {second.key: second})
    assert (both.whole, both.seals) == (True, SEALS + 1)
    _, first = checked(seals_in(seals), kept.keys)
    assert (first.whole, first.first_bad) == (False, SEALS + 1)


def test_no_seal_is_put_over_a_store_that_lost_what_was_sealed(kept: Kept, tmp_path: Path) -> None:
    seals = tmp_path / "seals"
    shutil.copytree(kept.seals, seals)
    with kept.copy() as store:
        with opened(store) as connection:
            cut(connection, OPERATIONS, 11)
        with pytest.raises(Rejected, match="fact 12 that seal 3 names"):
            seal_store(store, seals, kept.signer, now=Instant(99))
    assert len(seals_in(seals)) == SEALS


def test_a_seal_that_takes_back_another_is_found_even_when_its_key_signed_it(kept: Kept) -> None:
    """Whoever has the key and forgets what it signed is told by the row itself."""
    files = seals_in(kept.seals)
    last = msgspec.json.decode(files[-1][1], type=Seal)
    heads = [msgspec.structs.replace(head, seq=head.seq - 1) for head in last.chains]
    _, content = sealed(heads, (last, files[-1][1]), at=99, signer=kept.signer)
    _, row = checked([*files, (name_of(SEALS + 1), content)], kept.keys)
    assert (row.whole, row.first_bad) == (False, SEALS + 1)
    assert "in the seal before" in row.reason


def test_a_number_beyond_reason_ends_the_search_at_once(kept: Kept) -> None:
    with kept.copy() as store:
        with opened(store) as connection:
            log = logs_of(connection)[OPERATIONS]
            connection.execute("UPDATE chains SET seq = ? WHERE log = ?", (2**62, log))
            ask = "UPDATE facts SET seq = ? WHERE log = ? AND seq = 12"
            connection.execute(ask, (2**62, log))
        found = {one.chain: one for one in verdicts(store)}[OPERATIONS]
    assert (found.first_bad_seq, found.whole) == (12, False)


def pieces_of(monkeypatch: pytest.MonkeyPatch, cores: int) -> Callable[[Path], list[Verdict]]:
    monkeypatch.setattr(verifying, "_cores", lambda: cores)
    monkeypatch.setattr(verifying, "MIN_VERIFIED_APART", 3)
    return verdicts


@pytest.mark.parametrize("bad", [None, 4, 5])
def test_in_pieces_by_processes_the_same_is_found(
    kept: Kept, monkeypatch: pytest.MonkeyPatch, bad: int | None
) -> None:
    with kept.copy() as store:
        if bad is not None:
            with opened(store) as connection:
                log = logs_of(connection)[OPERATIONS]
                put(connection, "facts", "prev_hash", bytes(31) + b"x", log, bad)
        straight = verdicts(store)
        assert pieces_of(monkeypatch, 3)(store) == straight
        assert [one.first_bad_seq for one in straight if one.chain == OPERATIONS] == [bad]


def test_a_fact_missing_where_two_pieces_meet_is_named(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    with kept.copy() as store:
        with opened(store) as connection:
            log = logs_of(connection)[OPERATIONS]
            connection.execute("DELETE FROM facts WHERE log = ? AND seq = 5", (log,))
        found = {one.chain: one for one in pieces_of(monkeypatch, 2)(store)}[OPERATIONS]
    assert (found.first_bad_seq, found.reason) == (5, "fact 5 is missing")


def test_a_writer_may_go_on_while_it_is_verified(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What comes after the heads of one moment is not taken for facts behind the head."""
    city = Bench(tmp_path)
    city.say("a")
    city.engine.commit()
    pieces = verifying._pieces

    def meanwhile(folder: Path, end: End) -> list[Piece]:
        city.say("b", "c")
        city.engine.commit()
        return pieces(folder, end)

    monkeypatch.setattr(verifying, "_pieces", meanwhile)
    assert [(one.whole, one.facts) for one in verdicts(tmp_path)] == [(True, 1)]
    monkeypatch.undo()
    assert [(one.whole, one.facts) for one in verdicts(tmp_path)] == [(True, 3)]
    city.close()


def test_the_first_seal_names_no_other(kept: Kept) -> None:
    _, content = seals_in(kept.seals)[0]
    assert msgspec.json.decode(content)["previous"] == NO_SEAL
    with StoreReader(kept.folder / "whole") as reader:
        assert {chain for _, chain, _ in reader.chains()} == set(LENGTHS)
    assert PARTITION in content.decode()
