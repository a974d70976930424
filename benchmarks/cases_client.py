"""The clients of the benchmark of cases: each lives case after case and keeps its own ledger.

A command is sent until it is answered: a connection that breaks, or a server that says it is busy,
is asked again with the same content. Whether a command that was sent twice was done the first time
already, its client finds out from the answer to the second.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from benchmarks.cases_lives import Life, Step, Who, filled, lives
from benchmarks.connection import Connection

PAUSE_S: Final = 0.05
_BUSY: Final = (429, 503)
_DONE_BEFORE: Final = frozenset(("move_not_allowed", "own_work", "not_handled_yet", "not_yours"))
"""How a command is refused that was done when it was sent the first time."""


class Ledger(msgspec.Struct):
    """What was acknowledged to the clients."""

    facts: list[str] = msgspec.field(default_factory=list)
    """The ids told in the answers, in no order."""
    done: dict[str, dict[str, int]] = msgspec.field(default_factory=dict)
    """By case: how often each command was acknowledged."""
    states: dict[str, str] = msgspec.field(default_factory=dict)
    """By case: where it stood after its last acknowledged command."""
    unsure: dict[str, str] = msgspec.field(default_factory=dict)
    """By case: a command that was sent and never answered, because the client was ended."""
    took_ms: list[float] = msgspec.field(default_factory=list)
    acked_s: list[float] = msgspec.field(default_factory=list)
    """When each command was acknowledged, by the monotonic clock."""
    read: int = 0
    """Cases that were opened before they were signed for."""
    sent_again: int = 0
    wrong: list[str] = msgspec.field(default_factory=list)
    """Answers that no client expected."""

    def note(self, life: Life, step: Step, took_s: float) -> None:
        """Enter a command that was acknowledged."""
        done = self.done.setdefault(life.case, {})
        done[step.command] = done.get(step.command, 0) + 1
        self.states[life.case] = step.state
        self.took_ms.append(took_s * 1_000)
        self.acked_s.append(time.monotonic())

    def add(self, other: Ledger) -> None:
        """Take in the ledger of another client; no two share a case."""
        for name in ("facts", "took_ms", "acked_s", "wrong"):
            getattr(self, name).extend(getattr(other, name))
        for name in ("done", "states", "unsure"):
            getattr(self, name).update(getattr(other, name))
        self.sent_again += other.sent_again
        self.read += other.read


class Client(threading.Thread):
    """One client: one connection, one command at a time."""

    def __init__(
        self, port: int, keys: Mapping[Who, str], living: Iterator[Life], ends: threading.Event
    ) -> None:
        super().__init__(daemon=True)
        self.ledger = Ledger()
        self._port = port
        self._keys = keys
        self._living = living
        self._ends = ends
        self._connection: Connection | None = None
        self._holder = ""

    def run(self) -> None:
        """Live case after case until told to end; a life that began is not finished then."""
        for life in self._living:
            for step in life.steps:
                if self._ends.is_set():
                    return
                if not self._do(life, step):
                    break

    def _do(self, life: Life, step: Step) -> bool:
        if step.command == "AcceptCase" and not self._opened(life):
            return False
        content = msgspec.json.encode(filled(step, self._holder))
        path, started = f"/api/v1/commands/{step.command}", time.perf_counter()
        status, answer, tries = self._asked("POST", path, step.who, content)
        if not status:
            self.ledger.unsure[life.case] = step.command
            return False
        self.ledger.sent_again += int(tries > 0)
        said = msgspec.json.decode(answer)
        if status == 200:
            self.ledger.facts += said["facts"]
        elif not (tries and said.get("code") in _DONE_BEFORE):
            self.ledger.wrong.append(f"{step.command} {life.case}: {status} {answer[:300]!r}")
            return False
        self.ledger.note(life, step, time.perf_counter() - started)
        return True

    def _opened(self, life: Life) -> bool:
        """Open a case before it is signed for: with whom it is, its handler reads there."""
        status, answer, _ = self._asked("GET", f"/api/v1/cases/{life.case}", "handler")
        if status == 200:
            self._holder = msgspec.json.decode(answer)["case"]["unit"]
            self.ledger.read += 1
        elif status:
            self.ledger.wrong.append(f"read {life.case}: {status} {answer[:300]!r}")
        return status == 200

    def _asked(
        self, method: str, path: str, who: Who, content: bytes = b""
    ) -> tuple[int, bytes, int]:
        """Ask until there is an answer; return status, content and how often it was in vain.

        The status is 0 where the client was ended before.
        """
        tries = 0
        while True:
            try:
                if self._connection is None:
                    self._connection = Connection(self._port, "Content-Type: application/json")
                key = f"Authorization: Bearer {self._keys[who]}"
                status, answer = self._connection.ask(method, path, content, key)
            except OSError:
                self._connection, status, answer = None, 503, b""
            if status not in _BUSY:
                return status, answer, tries
            if self._ends.is_set():
                return 0, b"", tries
            tries += 1
            time.sleep(PAUSE_S)


def clients(
    count: int, port: int, keys: Mapping[Who, str], areas: list[str], *, first: int, seed: int
) -> tuple[list[Client], threading.Event]:
    """Return ``count`` clients that have not begun, and what ends them; no two share a case."""
    ends = threading.Event()
    found = [
        Client(port, keys, lives(first + number, count, areas, seed), ends)
        for number in range(count)
    ]
    return found, ends


def together(found: list[Client]) -> Ledger:
    """Return the ledgers of clients that have ended as one."""
    whole = Ledger()
    for one in found:
        whole.add(one.ledger)
    return whole
