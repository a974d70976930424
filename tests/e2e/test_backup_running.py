"""A running platform: backed up, examined, stopped gently; nothing acknowledged is missing."""

import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from replaying import BOSTON, chengyun

from chengyun.adapters.keys import keyring
from chengyun.adapters.local.frames import SOCKET, Request, ask
from chengyun.adapters.sql.reading import StoreReader
from chengyun.adapters.system.clock import SystemClock
from chengyun.adapters.system.entropy import SystemEntropy
from chengyun.app import packs, platform
from chengyun.facts.registers import Areas, CaseTypes

CITY = "boston-311"
WAIT_S = 30


@pytest.fixture
def engine(tmp_path):
    """Start the writer of a new store; kill it afterwards if it is still there."""
    process = subprocess.Popen(
        [sys.executable, "-m", "chengyun", "engine", tmp_path / "store", "--pack", BOSTON],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    process.store = tmp_path / "store"
    until = time.monotonic() + WAIT_S
    while not (process.store / SOCKET).exists() and time.monotonic() < until:
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.05)
    yield process
    if process.poll() is None:
        process.kill()
    process.communicate()


def report(number: int) -> Request:
    pack = packs.loaded(BOSTON)
    kind = sorted(packs.section(pack, CaseTypes).types)[0]
    fields = {
        "feed": "requests", "file": "by hand", "row": number, "id": str(number),
        "opened_at": SystemClock().now(), "due_at": None, "type": kind, "title": kind, "text": "",
        "channel": "call", "area": sorted(packs.section(pack, Areas).areas)[0], "place": None,
        "place_text": "", "attributes": {}, "personal": {"caller": f"person {number}"},
        "notes": [],
    }  # fmt: skip
    return Request(command="ReceiveReport", fields=fields)


def acknowledged(store: Path, number: int) -> str:
    answer = ask(store, report(number))
    assert not answer.refused, answer.refused
    return answer.facts[0]


def test_a_running_platform_is_backed_up_examined_and_stopped(engine, tmp_path):
    before = [acknowledged(engine.store, number) for number in range(1, 6)]
    done = chengyun("backup", engine.store, "--out", tmp_path / "kept", "--verify")
    assert "every byte checked" in done.stdout
    after = acknowledged(engine.store, 6)
    assert f"process {engine.pid}" in chengyun("doctor", engine.store).stdout

    engine.send_signal(signal.SIGTERM)
    told, _ = engine.communicate(timeout=WAIT_S)
    assert engine.returncode == 0
    assert "everything acknowledged is on disk" in told
    assert not (engine.store / SOCKET).exists()

    (file,) = (tmp_path / "kept").iterdir()
    back = tmp_path / "back"
    done = chengyun("restore", file, "--out", back, "--keyring", engine.store / keyring.FILE)
    assert re.search(rf"{CITY}/operations: \d+ facts, whole", done.stdout)
    with StoreReader(back) as reader:
        assert all(reader.fact(CITY, fact) for fact in before)
        assert reader.fact(CITY, after) is None
        sealed = reader.fact(CITY, before[0]).sealed
    with platform.opened(
        back, partition=CITY, clock=SystemClock(), entropy=SystemEntropy()
    ) as restored:
        assert restored.was_rebuilt is False
        assert sealed is not None
        with StoreReader(back) as reader:
            people = reader.person_keys(CITY)
        opened = [restored.keyring.open(person, before[0], sealed) for person in people
                  if person.endswith("1")]  # fmt: skip
    assert any(b"person 1" in one for one in opened if one)
