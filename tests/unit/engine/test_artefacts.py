"""Whatever is changed in what is kept by its content is found, and the first bad one named."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from chengyun.adapters.sql.artefacts import artefacts_verdict
from chengyun.adapters.sql.store import FILE
from chengyun.adapters.system.entropy import SeededEntropy
from chengyun.app import packs, platform
from chengyun.cli.audit import command
from chengyun.kernel.clock import VirtualClock
from chengyun.kernel.instants import Instant

PACK = Path(__file__).parents[2] / "scenario" / "pack"
NOW = Instant(1_777_600_000 * 1_000_000)
OFTEN = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that adopted a pack and keeps two models beside it."""
    folder = tmp_path_factory.mktemp("kept") / "store"
    content = packs.loaded(PACK).content
    with platform.opened(
        folder, partition="xiaocheng", clock=VirtualClock(NOW), entropy=SeededEntropy(1)
    ) as opened:
        platform.adopt(opened.engine, content, pack="xiaocheng", effective_from=NOW)
        for model in (b"weights of a model", b""):
            opened.engine.keep_artefact(model)
        opened.engine.commit()
        opened.engine.settle()
    return folder


@pytest.fixture
def spoilt(whole: Path, tmp_path: Path) -> Path:
    shutil.copytree(whole, tmp_path / "spoilt")
    return tmp_path / "spoilt"


def execute(folder: Path, statement: str, *given: Any) -> list[Any]:
    with closing(sqlite3.connect(folder / FILE, isolation_level=None)) as connection:
        return connection.execute(statement, given).fetchall()


def names(folder: Path) -> list[str]:
    return [name for (name,) in execute(folder, "SELECT hash FROM artefacts ORDER BY hash")]


def flipped(value: bytes, data: st.DataObject) -> bytes:
    if not value:
        return b"x"
    at = data.draw(st.integers(0, len(value) - 1))
    return value[:at] + bytes([value[at] ^ data.draw(st.integers(1, 255))]) + value[at + 1 :]


def test_untouched_all_are_whole(whole: Path) -> None:
    found = artefacts_verdict(whole)
    assert (found.artefacts, found.whole, found.first_bad) == (3, True, "")


@given(data=st.data())
@OFTEN
def test_any_byte_of_any_content_is_found_and_named(
    whole: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("one") / "store"
    shutil.copytree(whole, folder)
    place = data.draw(st.integers(0, 2))
    name = names(folder)[place]
    ((content,),) = execute(folder, "SELECT content FROM artefacts WHERE hash = ?", name)
    execute(folder, "UPDATE artefacts SET content = ? WHERE hash = ?", flipped(content, data), name)
    found = artefacts_verdict(folder)
    assert (found.whole, found.first_bad, found.artefacts) == (False, name, place)


@given(data=st.data())
@OFTEN
def test_any_byte_of_any_name_is_found(
    whole: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("one") / "store"
    shutil.copytree(whole, folder)
    name = data.draw(st.sampled_from(names(folder)))
    other = flipped(name.encode(), data)
    try:
        execute(folder, "UPDATE artefacts SET hash = CAST(? AS TEXT) WHERE hash = ?", other, name)
    except sqlite3.IntegrityError:
        assume(False)
    found = artefacts_verdict(folder)
    assert not found.whole
    assert found.first_bad


def test_a_pack_that_was_adopted_and_is_gone_is_named(spoilt: Path) -> None:
    version = packs.loaded(PACK).version
    execute(spoilt, "DELETE FROM artefacts WHERE hash = ?", version)
    found = artefacts_verdict(spoilt)
    assert (found.whole, found.first_bad) == (False, version)
    assert "not kept" in found.reason


def test_the_command_says_it_and_fails(spoilt: Path) -> None:
    said = CliRunner().invoke(command, ["verify", str(spoilt)])
    assert said.exit_code == 0, said.output
    assert "artefacts: 3, whole" in said.output
    execute(spoilt, "UPDATE artefacts SET content = x'00' WHERE hash = ?", names(spoilt)[0])
    said = CliRunner().invoke(command, ["verify", str(spoilt), "--json"])
    assert said.exit_code == 1
    found = msgspec.json.decode(said.output)
    assert found["artefacts"]["first_bad"] == names(spoilt)[0]
    assert all(chain["whole"] for chain in found["chains"])
