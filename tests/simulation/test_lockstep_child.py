"""A world that dies, hangs or talks rubbish ends the run with its reason, and never hangs it."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import Instant
from chengyun.sim import world_process
from chengyun.sim.world.protocol import Step
from chengyun.sim.world_process import WorldProcess

READY = """
    import sys, time, msgspec
    from chengyun.sim.world import protocol
    from chengyun.sim.world.protocol import Moves, Ready
    out, come = sys.stdout.buffer, sys.stdin.buffer
    protocol.write(out, Ready(digest="", start=0, events=[]))
    protocol.read(come)
"""


def child(code: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def asked(code: str) -> None:
    process = child(code)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        world = WorldProcess(process.stdin.fileno(), process.stdout.fileno(), process)
        world.ask(Step(until=60_000_000))
    finally:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        ("", "world_gone"),
        ("import sys; sys.stdout.write('hello, world, this is no message')", "world_rubbish"),
        (READY, "world_gone"),
        (READY + "    out.write(b'\\x00\\x00\\x00\\x02\\xc1\\xc1'); out.flush()", "world_rubbish"),
        (READY + "    out.write(b'\\xff\\xff\\xff\\xff'); out.flush()", "world_rubbish"),
        (READY + "    out.write(b'\\x00\\x00\\x00\\x09abc'); out.flush()", "world_gone"),
        (READY + "    time.sleep(60)", "world_late"),
    ],
)
def test_a_world_that_fails_says_how(
    code: str, wrong: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world_process, "WORLD_WAIT_S", 0.5)
    with pytest.raises(Rejected) as failed:
        asked(code)
    assert failed.value.code == wrong
    assert "start the run again" in failed.value.remedy


def test_a_world_that_answers_is_heard() -> None:
    asked(READY + "    protocol.write(out, Moves())")


def test_a_world_that_never_gets_ready_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(world_process, "WORLD_START_WAIT_S", 0.2)
    with pytest.raises(Rejected) as failed:
        asked("import time; time.sleep(60)")
    assert failed.value.code == "world_late"


def test_a_world_that_cannot_begin_is_gone(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(Rejected) as failed:
        WorldProcess.started(seed=1, scale="galaxy", city_seed=7, start=Instant(0))
    assert failed.value.code == "world_gone"
    assert "no scale of Linjiang" in capfd.readouterr().err
    tmp_path.chmod(0o755)
    with pytest.raises(Rejected):
        WorldProcess.started(
            seed=1, scale="district", city_seed=7, start=Instant(0), truth=tmp_path
        )
    assert "others may look into" in capfd.readouterr().err
