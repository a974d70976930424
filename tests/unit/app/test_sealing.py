"""A served store is sealed again and again; what fails is said, counted, and tried again."""

from __future__ import annotations

import asyncio
import logging
import os
from pathlib import Path
from typing import Any, cast

import pytest

from chengyun.adapters.files.seals import name_of, put_seal, seals_in
from chengyun.adapters.keys import signing
from chengyun.adapters.sql.store import FILE, SqlStore
from chengyun.adapters.system import secrets
from chengyun.app import sealing
from chengyun.app.sealing import Sealing, seal_store
from chengyun.app.serving import Server
from chengyun.app.stages import TABLES
from chengyun.engine import codec
from chengyun.engine.ports import Group, Head
from chengyun.facts.envelope import NO_HASH, OPERATIONS, Fact
from chengyun.facts.sense import FeedResumed
from chengyun.kernel.clock import VirtualClock
from chengyun.kernel.errors import Rejected, Retryable
from chengyun.kernel.instants import Instant


def store_of_one_fact(folder: Path) -> Path:
    fact: Fact[Any] = Fact(
        partition="city", seq=1, id="a", kind="FeedResumed", schema=1, happened_at=Instant(1),
        known_at=Instant(1), subject="feed:a", area="", actor="", caused_by="", policy_version="",
        body=FeedResumed(feed="a", silent_since_at=1),
    )  # fmt: skip
    entry = codec.write(fact, OPERATIONS, NO_HASH)
    store = SqlStore(folder, TABLES)
    store.commit(
        Group(
            partition="city",
            before={OPERATIONS: Head()},
            after={OPERATIONS: Head(1, entry.stored.hash, Instant(1))},
            entries=[entry],
            rows={},
            keys={},
            artefacts={},
        )
    )
    store.close()
    return folder


@pytest.fixture
def signer(tmp_path):
    signing.make_key(tmp_path / "keys" / "seal.key")
    return signing.signer_at(str(tmp_path / "keys" / "seal.key"))


def run(made: Sealing, seconds: float) -> None:
    async def served() -> None:
        async with made.open(cast("Server", None)):
            await asyncio.sleep(seconds)

    asyncio.run(served())


def test_it_seals_at_once_again_and_at_the_end(tmp_path, signer, monkeypatch):
    monkeypatch.setattr(sealing, "SEAL_S", 0.05)
    store, seals = store_of_one_fact(tmp_path / "store"), tmp_path / "seals"
    made = Sealing(store, seals, signer, VirtualClock(Instant(7)))
    assert made.age_s() == float("inf")
    run(made, 0.3)
    assert made.number == len(seals_in(seals)) >= 3
    assert made.failures == 0
    assert made.age_s() < 10


def test_a_failure_is_logged_counted_and_tried_again(tmp_path, signer, monkeypatch, caplog):
    monkeypatch.setattr(sealing, "SEAL_S", 0.05)
    store, seals = store_of_one_fact(tmp_path / "store"), tmp_path / "seals"
    seals.write_text("a file where a folder should be")
    made = Sealing(store, seals, signer, VirtualClock(Instant(7)))
    with caplog.at_level(logging.ERROR):
        run(made, 0.2)
    assert made.failures >= 2
    assert made.number == 0
    assert {record.getMessage() for record in caplog.records} == {"not sealed"}
    seals.unlink()
    run(made, 0.01)
    assert made.number >= 1


def test_two_who_seal_at_once_do_not_share_a_number(tmp_path):
    put_seal(tmp_path, 1, b"one")
    with pytest.raises(Retryable, match="at the same moment"):
        put_seal(tmp_path, 1, b"other")
    assert seals_in(tmp_path) == [(name_of(1), b"one")]
    assert [path.name for path in tmp_path.iterdir()] == [name_of(1)]


def test_a_store_without_a_fact_is_not_sealed(tmp_path, signer):
    SqlStore(tmp_path / "store", TABLES).close()
    assert (tmp_path / "store" / FILE).exists()
    with pytest.raises(Rejected, match="no fact"):
        seal_store(tmp_path / "store", tmp_path / "seals", signer, now=Instant(1))


@pytest.mark.parametrize("content", [b"", b"SECRETCANARY", b"-----BEGIN PRIVATE KEY-----\nCANARY"])
def test_what_is_no_key_is_refused_and_not_repeated(tmp_path, content):
    path = tmp_path / "wrong.key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(Rejected, match="no private Ed25519 key") as refused:
        signing.signer_at(str(path))
    assert "CANARY" not in str(refused.value)


def test_a_key_may_stand_in_the_environment(tmp_path, signer, monkeypatch):
    monkeypatch.setenv("SEALS", (tmp_path / "keys" / "seal.key").read_text())
    assert signing.signer_at("env:SEALS").key == signer.key
    monkeypatch.delenv("SEALS")
    with pytest.raises(Rejected, match="not set"):
        signing.signer_at("env:SEALS")


@pytest.mark.parametrize(
    ("mode", "owner", "is_open"),
    [
        (0o600, 7, False), (0o400, 7, False), (0o640, 7, True), (0o604, 7, True),
        (0o620, 7, True), (0o640, 0, False), (0o440, 0, False), (0o644, 0, True),
        (0o660, 0, True), (0o600, 8, True),
    ],
)  # fmt: skip
def test_who_else_may_read_a_secret(mode, owner, is_open):
    file = os.stat_result((mode, 0, 0, 1, owner, 5, 0, 0, 0, 0))
    assert secrets.is_open(file, 7) is is_open
