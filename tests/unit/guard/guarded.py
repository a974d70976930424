"""A small city whose commands come from accounts; every grant is given through the real gate."""

from __future__ import annotations

import copy
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import msgspec

from chengyun.adapters.system.entropy import SeededEntropy
from chengyun.app import packs, platform
from chengyun.engine import codec
from chengyun.engine.commands import Command, Outcome
from chengyun.facts.envelope import OPERATIONS
from chengyun.guard.grants import GRANTS, GiveGrant
from chengyun.guard.standard_roles import PURPOSES, ROLES
from chengyun.handle.handlers import ReportWork
from chengyun.kernel.clock import VirtualClock
from chengyun.kernel.instants import DAY_US, Instant
from chengyun.sense.handlers import ReceiveReport

PACK = Path(__file__).parents[2] / "scenario" / "pack"
OPENS = Instant(1_777_600_000 * 1_000_000)
OWNER = "person:owner"
RIVER, HILL = "319901", "319902"
FERRY, ORCHARD = "319901001001", "319902001001"


def report(id_: str, **more: Any) -> ReceiveReport:
    """Return a report of a missing cover in the Orchard Quarter, on the hill."""
    fields = {
        "feed": "hotline", "file": "http", "row": 1, "id": id_, "opened_at": OPENS,
        "due_at": None, "type": "manhole", "title": "cover gone", "text": "a hole",
        "channel": "app", "area": ORCHARD, "place": None, "place_text": "", "attributes": {},
        "personal": {}, "notes": [],
    }  # fmt: skip
    return msgspec.convert(fields | more, ReceiveReport)


class Guarded:
    """The engine of the small city, wired as the platform wires it."""

    def __init__(self, folder: Path, *, change: Callable[[Any], None] | None = None) -> None:
        """``change`` changes the roles of the pack, as plain values."""
        self.folder = folder
        self.clock = VirtualClock(Instant(OPENS + DAY_US))
        self.content = packs.loaded(PACK).content
        if change is not None:
            section = {"roles": copy.deepcopy(ROLES), "purposes": PURPOSES, "approval_h": 24}
            change(section["roles"])
            pack = msgspec.json.decode(self.content) | {"roles": section}
            self.content = msgspec.json.encode(pack, order="sorted")
        self._stack = ExitStack()
        self._grants = 0
        self.open()

    def open(self) -> None:
        """Open the store, as a restart does."""
        opened = platform.opened(
            self.folder, partition="xiaocheng", clock=self.clock, entropy=SeededEntropy(1)
        )
        self.engine = self._stack.enter_context(opened).engine
        platform.adopt(self.engine, self.content, pack="xiaocheng", effective_from=OPENS)
        self.engine.commit()

    def close(self) -> None:
        self._stack.close()

    def do(self, command: Command, actor: str = OWNER) -> Outcome:
        """Execute a command and commit it."""
        outcome = self.engine.execute(command, actor=actor)
        self.engine.commit()
        self.engine.settle()
        return outcome

    def why(self, command: Command, actor: str) -> str:
        """Return why a command is refused, or nothing."""
        refused = self.do(command, actor).refused
        return "" if refused is None else refused.code

    def grant(self, account: str, role: str, **more: Any) -> str:
        """Give a grant as the owner of the machine; return its name."""
        self._grants += 1
        name = f"grant{self._grants:06d}"
        outcome = self.do(GiveGrant(grant=name, account=account, role=role, **more))
        assert outcome.refused is None, outcome.refused
        return name

    def give(self, giver: str, account: str, role: str, **more: Any) -> str:
        """Let somebody give a grant; return why he may not, or nothing."""
        self._grants += 1
        command = GiveGrant(grant=f"grant{self._grants:06d}", account=account, role=role, **more)
        return self.why(command, giver)

    def case(self, id_: str = "m1", **more: Any) -> str:
        """Take in a report and return its case."""
        assert self.do(report(id_, **more)).refused is None
        return f"case:hotline:{id_}"

    def work(self, id_: str, unit: str) -> ReportWork:
        """Return what a crew says when it is done."""
        return ReportWork(
            report=f"report:hotline:{id_}", at=self.clock.now(), unit=unit, outcome="fixed",
            text="", duplicate_of="",
        )  # fmt: skip

    def held(self, name: str) -> Any:
        """Return the row of a grant."""
        return self.engine.rows.get(GRANTS, name)

    def to(self, at: int) -> None:
        """Move the clock and fire what is due."""
        self.clock.advance_to(Instant(at))
        while self.engine.fire_next(Instant(at)):
            self.engine.commit()

    def facts(self, chain: str = OPERATIONS) -> list[Any]:
        """Return the committed facts of a chain."""
        store = self.engine._store
        return [codec.read(one) for one in store.read("xiaocheng", chain)]
