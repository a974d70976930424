"""Backup, restore and upgrade, as an operator calls them; nothing half-written is ever taken."""

import errno
import gzip
import io
import json
import os
import sqlite3
import subprocess
import sys
import tarfile
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest
from click.testing import CliRunner
from replaying import BOSTON, ROOT, chengyun, sample

from chengyun.adapters.files import archives
from chengyun.adapters.keys import keyring
from chengyun.adapters.sql.reading import StoreReader
from chengyun.adapters.sql.store import FILE, SqlStore
from chengyun.adapters.system.clock import SystemClock
from chengyun.adapters.system.entropy import SystemEntropy
from chengyun.app import backups
from chengyun.app.manifest import FORMAT, NAME
from chengyun.app.platform import rebuild_projections
from chengyun.app.stages import TABLES
from chengyun.app.upgrading import upgrade
from chengyun.cli.main import chengyun as commands
from chengyun.kernel.errors import Rejected, Retryable, StoreFailed

GOLDEN = sorted((ROOT / "tests" / "golden").glob("store-*.db.gz"))
NOW = SystemClock().now()


def golden(folder: Path, packed: Path = GOLDEN[-1]) -> Path:
    folder.mkdir()
    (folder / FILE).write_bytes(gzip.decompress(packed.read_bytes()))
    return folder


@pytest.fixture
def store(tmp_path):
    """A golden store whose projections are of this release."""
    folder = golden(tmp_path / "store")
    with closing(SqlStore(folder, TABLES)) as opened:
        rebuild_projections(opened)
    return folder


def change(store, statement, *values):
    with closing(sqlite3.connect(store / FILE)) as connection, connection:
        return connection.execute(statement, values).fetchall()


def with_person(store):
    """Give the store a person with a key, and the master key that it is wrapped under."""
    ring = keyring.Keyring(keyring.master_key(store, SystemEntropy()), {}, SystemEntropy())
    ring.seal("person:1", "fact:1", b"a name")
    ((person, wrapped),) = ring.take_keys().items()
    change(store, "INSERT INTO person_keys VALUES ('boston-311', ?, ?)", person, wrapped)
    return store


def state_of(store):
    with StoreReader(store) as reader:
        return reader.state_hash(TABLES)


def make(store, out, **more):
    given = {"now": NOW, "with_keys": False, "verified": True, **more}
    return Path(backups.make(store, out, **given).path)


def restore(file, out, **more):
    return backups.restore(file, out, now=NOW, **more)


def repacked(file, change):
    """Write a backup again with its members as ``change`` leaves them."""
    with tarfile.open(file, "r:gz") as archive:
        members = {one.name: archive.extractfile(one).read() for one in archive}
    change(members)
    with tarfile.open(file, "w:gz") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return file


# --- there and back ---------------------------------------------------------------------------


def test_a_store_comes_back_as_it_was(store, tmp_path):
    done = chengyun("backup", store, "--out", tmp_path / "kept", "--verify")
    assert "every byte checked" in done.stdout
    assert "The keyring is not in it" in done.stdout
    (file,) = (tmp_path / "kept").iterdir()
    assert file.name.startswith("boston-311-")
    done = chengyun("restore", file, "--out", tmp_path / "back")
    assert "292 facts, whole" in done.stdout
    assert state_of(tmp_path / "back") == state_of(store)
    chengyun("audit", "verify", tmp_path / "back")


def test_a_store_is_backed_up_while_it_is_written(tmp_path):
    """A replay writes as fast as it can; every backup taken meanwhile is a whole store."""
    sample(tmp_path / "requests.csv", seed=5, days=12, per_day=90)
    out = tmp_path / "out"
    words = ["replay", BOSTON, "--requests", tmp_path / "requests.csv", "--out", out, "--json"]
    writer = subprocess.Popen(
        [sys.executable, "-m", "chengyun", *map(str, words)], stdout=subprocess.PIPE, text=True
    )
    made = []
    while writer.poll() is None:
        if (out / "store" / FILE).exists() and len(made) < 12:
            with suppress(Rejected):  # at first there is no log yet
                made.append(make(out / "store", tmp_path / f"{len(made)}.tar.gz", verified=False))
        time.sleep(0.2)
    assert writer.returncode == 0, "the writer was held up"
    whole = json.loads(writer.stdout.read().splitlines()[-1])
    heads = []
    for number, file in enumerate(made):
        manifest = restore(file, tmp_path / f"back-{number}")  # verifies every chain
        heads += [one.seq for one in manifest.chains if one.chain == "operations"]
    assert heads == sorted(heads)
    assert len(set(heads)) >= 2, "no two backups were taken while it was written"
    assert state_of(out / "store") == whole["state_hash"]


def test_an_existing_file_is_never_replaced(store, tmp_path):
    file = make(store, tmp_path / "one.tar.gz")
    before = file.read_bytes()
    with pytest.raises(Rejected) as refused:
        make(store, file)
    assert refused.value.code == "exists"
    assert file.read_bytes() == before


def test_so_many_are_kept_and_others_backups_are_left_alone(store, tmp_path):
    kept = tmp_path / "kept"
    kept.mkdir()
    other = kept / f"shanghai-20200101T000000Z{backups.ENDING}"
    other.touch()
    files = [make(store, kept, now=NOW + hour * 3_600_000_000, keep=2) for hour in range(4)]
    assert sorted(kept.iterdir()) == sorted([*files[2:], other])


# --- keys ---------------------------------------------------------------------------------------


def test_keys_are_not_in_it_and_said_to_be_missing(store, tmp_path):
    file = make(with_person(store), tmp_path / "one.tar.gz")
    with tarfile.open(file) as archive:
        assert archive.getnames() == [NAME, FILE]
    done = chengyun("restore", file, "--out", tmp_path / "back")
    assert "The keyring is missing" in done.stdout
    found = chengyun("doctor", tmp_path / "back", "--json", code=1)
    assert any(one["check"] == "keys" for one in json.loads(found.stdout) if one["level"] == "bad")


def test_the_keyring_that_was_kept_apart_is_put_back(store, tmp_path):
    file = make(with_person(store), tmp_path / "one.tar.gz")
    restore(file, tmp_path / "back", keys=store / keyring.FILE)
    assert not backups.needs_keys(tmp_path / "back")
    assert (tmp_path / "back" / keyring.FILE).stat().st_mode & 0o777 == 0o600


def test_a_keyring_of_another_store_is_refused(store, tmp_path):
    file = make(with_person(store), tmp_path / "one.tar.gz")
    keyring.master_key(tmp_path / "other", SystemEntropy())
    with pytest.raises(Rejected) as refused:
        restore(file, tmp_path / "back", keys=tmp_path / "other" / keyring.FILE)
    assert refused.value.code == "wrong_keyring"
    assert not (tmp_path / "back").exists()


def test_with_keys_they_are_in_it_and_that_is_said(store, tmp_path):
    done = chengyun("backup", with_person(store), "--out", tmp_path / "one.tar.gz", "--with-keys")
    assert "can read what is sealed" in done.stdout
    assert (tmp_path / "one.tar.gz").stat().st_mode & 0o077 == 0
    restore(tmp_path / "one.tar.gz", tmp_path / "back")
    assert not backups.needs_keys(tmp_path / "back")


# --- what is not whole ------------------------------------------------------------------------


def test_a_half_written_backup_is_refused_in_a_message(store, tmp_path):
    file = make(store, tmp_path / "one.tar.gz")
    content = file.read_bytes()
    file.write_bytes(content[: len(content) * 2 // 3])
    done = chengyun("restore", file, "--out", tmp_path / "back", code=1)
    assert "no whole backup" in done.stderr
    assert "take an earlier one" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "back").exists()
    assert not list(tmp_path.glob(f".*{backups.HALF}"))


def flip(members):
    content = bytearray(members[FILE])
    content[len(content) // 2] ^= 1
    members[FILE] = bytes(content)


def lie(**fields):
    def change(members):
        manifest = json.loads(members[NAME])
        members[NAME] = json.dumps({**manifest, **fields}).encode()

    return change


def move_head(members):
    manifest = json.loads(members[NAME])
    manifest["chains"][0]["hash"] = "00" * 32
    members[NAME] = json.dumps(manifest).encode()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (flip, "changed"),
        (lambda members: members.pop(FILE), "changed"),
        (lambda members: members.update({"../evil": b"x"}), "changed"),
        (lambda members: members.pop(NAME), "no_backup"),
        (lie(files=[]), "no_backup"),
        (lie(files=[{"name": "../evil", "size": 1, "sha256": ""}]), "no_backup"),
        (lie(chains="none"), "no_backup"),
        (move_head, "changed"),
        (lie(release="9.0.0"), "newer_backup"),
        (lie(revision="9999"), "newer_backup"),
        (lie(format=FORMAT + 1, chains="of another shape"), "newer_backup"),
    ],
)
def test_a_backup_that_is_not_what_was_made_is_refused(store, tmp_path, change, code):
    file = repacked(make(store, tmp_path / "one.tar.gz"), change)
    with pytest.raises(Rejected) as refused:
        restore(file, tmp_path / "back")
    assert refused.value.code == code
    assert refused.value.remedy
    assert not (tmp_path / "back").exists()
    assert not (tmp_path / "evil").exists()


def test_a_changed_fact_is_neither_backed_up_nor_restored(store, tmp_path):
    change(store, "UPDATE facts SET body = CAST('{}' AS BLOB) WHERE seq = 7")
    with pytest.raises(Rejected, match="fact 7 is bad"):
        make(store, tmp_path / "one.tar.gz")
    file = make(store, tmp_path / "two.tar.gz", verified=False)
    with pytest.raises(Rejected, match="fact 7 is bad"):
        restore(file, tmp_path / "back")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["store", "two.tar.gz"]


def test_a_backup_is_restored_into_nothing_that_is_there(store, tmp_path):
    file = make(store, tmp_path / "one.tar.gz")
    with pytest.raises(Rejected) as refused:
        restore(file, store)
    assert refused.value.code == "not_empty"
    (tmp_path / "empty").mkdir()
    restore(file, tmp_path / "empty")
    assert state_of(tmp_path / "empty") == state_of(store)


def test_a_disk_that_fills_leaves_no_backup_behind(store, tmp_path, monkeypatch):
    def full(path, files):
        archives.write_archive(path, files)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(backups, "write_archive", full)
    with pytest.raises(StoreFailed, match="full"):
        make(store, tmp_path / "one.tar.gz")
    assert [one.name for one in tmp_path.iterdir()] == ["store"]


def test_what_a_killed_backup_left_is_cleared_a_day_later(store, tmp_path):
    old, new = tmp_path / f".chengyun-old{backups.HALF}", tmp_path / f".chengyun-new{backups.HALF}"
    old.mkdir()
    make(store, tmp_path / "one.tar.gz")
    assert old.exists(), "it may be another backup, under way"
    new.mkdir()
    make(store, tmp_path / "two.tar.gz", now=NOW + 2 * 86_400_000_000)
    assert not old.exists()


# --- upgrading --------------------------------------------------------------------------------


@pytest.mark.parametrize("packed", GOLDEN, ids=lambda path: path.name)
def test_a_store_of_each_earlier_release_is_upgraded_after_a_backup(packed, tmp_path):
    expected = json.loads(packed.with_name(packed.name.replace(".db.gz", ".json")).read_text())
    store = golden(tmp_path / "store", packed)
    change(store, "UPDATE projection_layouts SET layout = 'of yesterday'")
    done = chengyun("upgrade", store)
    assert "built again" in done.stdout
    assert state_of(store) == expected["state_hash"]
    (file,) = (tmp_path / "backups").glob(f"*{backups.ENDING}")
    assert sum(one.seq for one in restore(file, tmp_path / "back").chains) == expected["facts"]
    assert "nothing was written" in chengyun("upgrade", store).stdout


def test_golden_stores_stay_small():
    assert [path.name for path in GOLDEN if path.stat().st_size > 200_000] == []


def test_an_upgrade_names_the_writer_that_must_stop_first(store, tmp_path):
    change(store, "UPDATE projection_layouts SET layout = 'of yesterday'")
    writer = SqlStore(store, TABLES)
    try:
        with pytest.raises(Retryable, match=rf"process {os.getpid()} \(.*\) writes to this"):
            upgrade(store, now=NOW, backup_to=tmp_path / "kept")
    finally:
        writer.close()
    assert not (tmp_path / "kept").exists()


def test_a_store_of_a_newer_release_is_a_message_everywhere(store, tmp_path):
    change(store, "UPDATE alembic_version SET version_num = '9999'")
    done = chengyun("engine", store, "--pack", BOSTON, code=1)
    assert "newer release" in done.stderr
    assert "Traceback" not in done.stderr
    for words in (
        ("backup", store, "--out", tmp_path / "one.tar.gz"),
        ("upgrade", store),
        ("audit", "verify", store),
        ("trace", store, "anything"),
        ("rebuild", store),
    ):
        refused = CliRunner().invoke(commands, [*map(str, words)]).exception
        assert isinstance(refused, Rejected), words
        assert refused.code == "newer_store"
    found = CliRunner().invoke(commands, ["doctor", str(store), "--json"])
    assert any("newer release" in one["what"] for one in json.loads(found.stdout))
    assert found.exit_code == 1
