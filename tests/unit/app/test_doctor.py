"""The doctor: a sound store is well; each thing that can be wrong is named with its remedy."""

import gzip
import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from chengyun.adapters.keys import keyring
from chengyun.adapters.sql import dialect
from chengyun.adapters.sql.store import FILE, SqlStore
from chengyun.adapters.system import machine
from chengyun.adapters.system.entropy import SystemEntropy
from chengyun.app import doctor
from chengyun.app.backups import ENDING
from chengyun.app.findings import Patient
from chengyun.app.stages import TABLES
from chengyun.kernel import limits
from chengyun.kernel.instants import DAY_US, Instant, from_text

ROOT = Path(__file__).parents[3]
GOLDEN = sorted((ROOT / "tests" / "golden").glob("store-*.db.gz"))[-1]
NOW = from_text("2026-11-01T00:00:00+00:00")


@pytest.fixture
def store(tmp_path):
    folder = tmp_path / "store"
    folder.mkdir(mode=0o700)
    (folder / FILE).write_bytes(gzip.decompress(GOLDEN.read_bytes()))
    (folder / FILE).chmod(0o600)
    return folder


def examine(store=None, **given):
    known = {"now": NOW, "pack": None, "host": "127.0.0.1", "port": 0, "backups": None}
    return list(doctor.examine(Patient(**{**known, "store": store, "verify": False, **given})))


def amiss(check, level, *args, **given):
    """Return what the doctor says of ``check`` at ``level``; each has a remedy."""
    found = [one for one in examine(*args, **given) if (one.check, one.level) == (check, level)]
    assert found, [(one.check, one.level, one.what) for one in examine(*args, **given)]
    assert all(one.remedy for one in found)
    return found[0]


def change(store, statement, *values):
    with closing(sqlite3.connect(store / FILE)) as connection, connection:
        connection.execute(statement, values)


def test_a_sound_store_has_nothing_bad(store):
    found = examine(store, verify=True, pack=ROOT / "cities" / "boston-311")
    assert [one for one in found if one.level == "bad"] == []
    assert {"python", "sqlite", "zones", "screen", "port", "pack", "rights", "room", "writer",
            "journal", "layout", "clock", "chain", "dead letters", "feeds"} <= {
        one.check for one in found
    }  # fmt: skip
    assert any("292 facts" in one.what for one in found)


def test_a_feed_that_fell_silent_is_named(store):
    assert "requests is silent" in amiss("feeds", "warn", store).what


def test_without_a_store_the_machine_is_looked_at():
    assert {one.check for one in examine()} == {"python", "sqlite", "zones", "screen", "port"}


def test_a_folder_without_a_store(tmp_path):
    assert "no store" in amiss("store", "bad", tmp_path).what


def test_an_old_python_and_an_old_sqlite(monkeypatch):
    monkeypatch.setattr(machine, "python_version", lambda: (3, 10, 9))
    monkeypatch.setattr(dialect, "sqlite_version", lambda: (3, 36, 0))
    assert "3.10.9 is too old" in amiss("python", "bad").what
    assert "3.37 or later" in amiss("sqlite", "bad").remedy


def test_a_port_that_another_program_has():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        assert str(taken) in amiss("port", "warn", port=taken).where


def test_a_port_in_use_while_the_platform_runs_is_well(store):
    writer = SqlStore(store, TABLES)
    try:
        with socket.socket() as own:
            own.bind(("127.0.0.1", 0))
            own.listen()
            found = {one.check: one for one in examine(store, port=own.getsockname()[1])}
    finally:
        writer.close()
    assert found["port"].level == "ok"
    assert "writes to it" in found["writer"].what


def test_a_pack_with_mistakes(tmp_path):
    (tmp_path / "city.yaml").write_text("id: 7\n", encoding="utf-8")
    assert "chengyun check" in amiss("pack", "bad", pack=tmp_path).remedy


def test_missing_and_old_backups(tmp_path):
    assert amiss("backups", "bad", backups=tmp_path)
    (tmp_path / f"city{ENDING}").touch()
    later = Instant(int((tmp_path / f"city{ENDING}").stat().st_mtime * 1e6) + 2 * DAY_US)
    assert "48 hours" in amiss("backups", "warn", backups=tmp_path, now=later).what


def test_keys_and_stores_that_others_may_read(store):
    (store / keyring.FILE).write_text("", encoding="ascii")
    (store / keyring.FILE).chmod(0o640)
    store.chmod(0o755)
    (store / FILE).chmod(0o644)
    assert "keys of persons" in amiss("rights", "bad", store).what
    assert "chmod" in amiss("rights", "warn", store).remedy


def test_a_keyring_that_is_missing_or_of_another_store(store, tmp_path):
    ring = keyring.Keyring(keyring.master_key(tmp_path, SystemEntropy()), {}, SystemEntropy())
    ring.seal("person:1", "fact:1", b"a name")
    ((person, wrapped),) = ring.take_keys().items()
    change(store, "INSERT INTO person_keys VALUES ('boston-311', ?, ?)", person, wrapped)
    assert "missing" in amiss("keys", "bad", store).what
    keyring.master_key(store, SystemEntropy())
    assert "does not open" in amiss("keys", "bad", store).what


def test_a_disk_that_is_nearly_full(store, monkeypatch):
    monkeypatch.setattr(machine, "free_bytes", lambda folder: limits.MIN_FREE_BYTES - 1)
    assert amiss("room", "bad", store)


def test_a_journal_that_nobody_writes_back(store, monkeypatch):
    monkeypatch.setattr("chengyun.app.doctor_store.MAX_JOURNAL_BYTES", -1)
    assert "readers" in amiss("journal", "warn", store).remedy


def test_projections_of_an_earlier_release(store):
    change(store, "UPDATE projection_layouts SET layout = 'of yesterday'")
    assert "chengyun upgrade" in amiss("layout", "warn", store).remedy


def test_a_store_of_a_newer_release(store):
    change(store, "UPDATE alembic_version SET version_num = '9999'")
    assert "newer release" in amiss("store", "bad", store).what


def test_a_clock_that_went_back(store):
    assert "timedatectl" in amiss("clock", "warn", store, now=Instant(0)).remedy


def test_a_changed_fact_is_found_with_verify_alone(store):
    change(store, "UPDATE facts SET body = CAST('{}' AS BLOB) WHERE seq = 7")
    assert "fact 7 is bad" in amiss("chain", "bad", store, verify=True).what
    assert [one for one in examine(store) if one.level == "bad"] == []


def test_a_unit_that_was_set_aside(store):
    change(store, "INSERT INTO p_dead_letters VALUES ('boston-311', 'h', 'f', 'boom', 'bug', 1)")
    assert "h on f" in amiss("dead letters", "warn", store).what


def test_a_damaged_database_does_not_end_the_examination(store):
    (store / FILE).write_bytes(b"something else " * 1_000)
    assert amiss("store", "bad", store)
    assert any(one.check == "room" for one in examine(store))
