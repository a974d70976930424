"""A store of a newer release is refused by writer and readers, before anything is changed."""

import gzip
import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from chengyun.adapters.sql.reading import StoreReader
from chengyun.adapters.sql.store import FILE, SqlStore
from chengyun.app.stages import TABLES
from chengyun.facts.envelope import Header
from chengyun.kernel.errors import ChengyunError, Rejected, StoreFailed

GOLDEN = sorted((Path(__file__).parents[2] / "golden").glob("store-*.db.gz"))


@pytest.fixture
def store(tmp_path):
    (tmp_path / FILE).write_bytes(gzip.decompress(GOLDEN[0].read_bytes()))
    return tmp_path


def change(store, statement, *values):
    with closing(sqlite3.connect(store / FILE)) as connection, connection:
        return connection.execute(statement, values).fetchall()


def write(folder):
    SqlStore(folder, TABLES).close()


def read(folder):
    with StoreReader(folder) as reader:
        reader.state_hash(TABLES)


@pytest.mark.parametrize("opening", [write, read])
def test_an_unknown_revision_is_refused_with_its_remedy(store, opening):
    change(store, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(Rejected) as refused:
        opening(store)
    assert refused.value.code == "newer_store"
    assert "9999" in str(refused.value)
    assert "release" in refused.value.remedy


@pytest.mark.parametrize(("what", "value"), [("kind", "MoonRose"), ("schema", 99)])
def test_facts_of_a_newer_release_are_refused_before_projections_are_dropped(store, what, value):
    """The last fact becomes one that only a later release knows, as its layout does."""
    ((seq, header),) = change(store, "SELECT seq, header FROM facts ORDER BY seq DESC LIMIT 1")
    changed = msgspec.structs.replace(msgspec.json.decode(header, type=Header), **{what: value})
    change(
        store,
        "UPDATE facts SET header = ?, kind = ? WHERE seq = ?",
        *(msgspec.json.encode(changed), changed.kind, seq),
    )
    change(store, "UPDATE projection_layouts SET layout = 'of tomorrow'")
    rows = change(store, "SELECT count(*) FROM p_cases")
    with pytest.raises(Rejected) as refused:
        write(store)
    assert refused.value.code == "newer_store"
    assert change(store, "SELECT count(*) FROM p_cases") == rows


def test_projections_of_another_release_are_no_traceback(store):
    change(store, "DROP TABLE p_cases")
    with pytest.raises(Rejected) as refused:
        read(store)
    assert refused.value.code == "other_layout"
    assert "chengyun upgrade" in refused.value.remedy


@pytest.mark.parametrize("opening", [write, read])
def test_a_file_that_is_no_database_is_said(store, opening):
    (store / FILE).write_bytes(b"something else " * 1_000)
    with pytest.raises(StoreFailed, match="not a database"):
        opening(store)


def test_a_damaged_database_is_said(store):
    content = bytearray((store / FILE).read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    (store / FILE).write_bytes(content)
    with pytest.raises(ChengyunError) as said:
        read(store)
    assert said.value.remedy


def test_a_database_of_something_else_is_no_store(tmp_path):
    with closing(sqlite3.connect(tmp_path / FILE)) as connection, connection:
        connection.execute("CREATE TABLE birds (name TEXT)")
    with pytest.raises(Rejected) as refused:
        read(tmp_path)
    assert refused.value.code == "no_store"


def test_a_folder_that_cannot_be_one_is_said(store):
    with pytest.raises(StoreFailed) as said:
        write(store / FILE)
    assert "doctor" in said.value.remedy
