"""A store written by each release opens in this one: the chain is whole, the state the same.

When facts change, their old bodies are lifted by an upcaster; when views change, the state of a
rebuilt golden store changes with them, and the new hash is entered beside the old store.
"""

import gzip
import json
from pathlib import Path

import pytest

from chengyun.adapters.sql.reading import StoreReader
from chengyun.adapters.sql.store import FILE, SqlStore
from chengyun.app.platform import rebuild_projections
from chengyun.app.stages import TABLES
from chengyun.engine.verify import verify

GOLDEN = sorted((Path(__file__).parents[1] / "golden").glob("store-*.db.gz"))


@pytest.mark.parametrize("packed", GOLDEN, ids=lambda path: path.name)
def test_a_store_of_an_earlier_release_is_whole_and_rebuilds_to_the_same_state(packed, tmp_path):
    expected = json.loads(packed.with_name(packed.name.replace(".db.gz", ".json")).read_text())
    (tmp_path / FILE).write_bytes(gzip.decompress(packed.read_bytes()))
    store = SqlStore(tmp_path, TABLES)
    try:
        rebuild_projections(store)
    finally:
        store.close()
    with StoreReader(tmp_path) as reader:
        verdicts = [
            verify(partition, chain, reader.entries(partition, chain), head)
            for partition, chain, head in reader.chains()
        ]
        assert all(verdict.whole for verdict in verdicts), verdicts
        assert sum(verdict.facts for verdict in verdicts) == expected["facts"]
        assert reader.state_hash(TABLES) == expected["state_hash"]


def test_there_is_a_golden_store():
    assert GOLDEN
