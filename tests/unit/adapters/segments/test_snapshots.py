"""Snapshots: whole or not there; the newest that is whole is taken."""

import os
import socket
import time

import numpy as np
import pytest

from chengyun.adapters.segments.reading import Position
from chengyun.adapters.segments.snapshots import Snapshot, Snapshots
from chengyun.kernel.errors import StoreFailed
from chengyun.twin.sensors import SENSOR


def state(number):
    records = np.zeros(3, SENSOR)
    records["value"] = number
    return Snapshot(
        Position(1, number),
        {"tick": number, "codes": ["a", "北"]},
        {
            "records": records,
            "table": np.arange(6, dtype=np.int32).reshape(2, 3) + number,
            "marks": np.array([True, False]),
            "none": np.zeros(0, np.int64),
        },
    )


def same(one, other):
    assert one.position == other.position
    assert dict(one.facts) == dict(other.facts)
    assert one.columns.keys() == other.columns.keys()
    for name, column in one.columns.items():
        assert column.dtype == other.columns[name].dtype
        assert column.shape == other.columns[name].shape
        assert column.tobytes() == other.columns[name].tobytes()
    return True


def test_what_was_kept_comes_back_and_can_grow(tmp_path):
    snapshots = Snapshots(tmp_path)
    assert snapshots.newest() is None
    snapshots.write(state(7))
    found = Snapshots(tmp_path).newest()
    assert same(found, state(7))
    found.columns["records"].resize(10, refcheck=False)


def test_two_are_kept(tmp_path):
    snapshots = Snapshots(tmp_path)
    assert snapshots.oldest_position() is None
    for number in (3, 5, 8):
        snapshots.write(state(number))
    assert same(snapshots.newest(), state(8))
    assert snapshots.oldest_position() == Position(1, 5)
    assert len(list(tmp_path.iterdir())) == 2


def test_a_changed_byte_anywhere_leaves_the_older_one(tmp_path):
    snapshots = Snapshots(tmp_path)
    snapshots.write(state(3))
    snapshots.write(state(5))
    path = max(tmp_path.glob("*.snapshot"))
    content = path.read_bytes()
    for place in range(len(content)):
        changed = bytearray(content)
        changed[place] ^= 0x01 if place % 2 else 0x80
        path.write_bytes(changed)
        assert snapshots.newest().position == Position(1, 3), place
    for size in range(0, len(content), 5):
        path.write_bytes(content[:size])
        assert snapshots.newest().position == Position(1, 3), size
    path.write_bytes(content)
    assert same(snapshots.newest(), state(5))


def test_a_half_written_one_is_ignored_and_removed(tmp_path):
    Snapshots(tmp_path).write(state(3))
    half = tmp_path / "000000000001-000000000009.part"
    half.write_bytes(b"half")
    assert same(Snapshots(tmp_path).newest(), state(3))
    assert not half.exists()


def test_a_child_writes_what_was_then(tmp_path):
    snapshots = Snapshots(tmp_path)
    kept = state(3)
    assert snapshots.begin(kept)
    kept.columns["records"]["value"] = 99
    snapshots.finish(10)
    assert same(snapshots.newest(), state(3))


def test_a_child_that_fails_is_told(tmp_path):
    snapshots = Snapshots(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert snapshots.begin(state(3))
    with pytest.raises(StoreFailed, match="snapshot"):
        snapshots.finish(10)
    assert snapshots.is_done(), "told once"


def test_one_child_at_a_time(tmp_path):
    snapshots = Snapshots(tmp_path)
    os.mkfifo(tmp_path / "000000000001-000000000003.part")  # opening it for writing waits
    assert snapshots.begin(state(3))
    assert not snapshots.begin(state(5))
    os.kill(snapshots._child, 9)
    with pytest.raises(StoreFailed):
        snapshots.finish(10)


def test_a_child_holds_no_port_of_its_parent(tmp_path):
    snapshots = Snapshots(tmp_path)
    os.mkfifo(tmp_path / "000000000001-000000000003.part")
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    assert snapshots.begin(state(3))
    until = time.monotonic() + 10
    while any(
        os.readlink(f"/proc/{snapshots._child}/fd/{name}").startswith("socket")
        for name in os.listdir(f"/proc/{snapshots._child}/fd")
        if int(name) > 2
    ):
        assert time.monotonic() < until
        time.sleep(0.05)
    listening.close()
    socket.create_server(("127.0.0.1", port), reuse_port=False).close()
    os.kill(snapshots._child, 9)
    with pytest.raises(StoreFailed):
        snapshots.finish(10)


def test_a_child_that_hangs_is_ended(tmp_path):
    snapshots = Snapshots(tmp_path)
    snapshots.write(state(2))
    os.mkfifo(tmp_path / "000000000001-000000000003.part")
    assert snapshots.begin(state(3))
    child, began_s = snapshots._child, time.monotonic()
    snapshots.finish(0.2)
    assert time.monotonic() - began_s < 5
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)
    (tmp_path / "000000000001-000000000003.part").unlink()
    snapshots.write(state(4))
    assert same(snapshots.newest(), state(4))
