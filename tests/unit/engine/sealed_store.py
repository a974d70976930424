"""A small store with two chains, its row of seals and their key, copied to be spoilt."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from workbench import Bench, Say

from chengyun.adapters.files.seals import seals_in
from chengyun.adapters.keys import signing
from chengyun.adapters.sql.store import FILE
from chengyun.adapters.sql.verifying import verdicts
from chengyun.app.sealing import seal_store
from chengyun.engine.seals import SealsVerdict, checked, named_in
from chengyun.engine.verify import Verdict
from chengyun.facts.envelope import AUDIT, OPERATIONS
from chengyun.guard.gate import LocalGate
from chengyun.kernel.instants import Instant

LENGTHS = {OPERATIONS: 12, AUDIT: 5}
SEALS = 3
"""After 4, 8 and 12 facts of operations."""


class Refusing(LocalGate):
    """Refuses every third actor, which stands on the audit chain."""

    def check(self, actor: str, *asked: Any) -> Instant | None:
        return super().check("" if actor == "person:stranger" else actor, *asked)


class Kept:
    """A sealed store, its seals and its keys, and copies of it to be tampered with."""

    def __init__(self, folder: Path, sealed_at: Callable[[int], Instant] = Instant) -> None:
        self.folder = folder
        self.seals = folder / "seals"
        bench = Bench(folder / "whole", gate=Refusing())
        key = folder / "key"
        self.key = signing.make_key(key)
        self.keys = {self.key.key: self.key}
        self.signer = signing.signer_at(str(key))
        for number in range(1, LENGTHS[OPERATIONS] + 1):
            bench.clock.advance_to(Instant(bench.clock.now() + 7))
            secret = {"secret": "Wáng", "of": f"p{number % 3}"} if number % 2 else {}
            bench.say(f"词{number}", **secret)
            if number <= LENGTHS[AUDIT]:
                bench.do(Say(words=(f"refused{number}",)), actor="person:stranger")
            bench.engine.commit()
            if number % 4 == 0:
                seal_store(folder / "whole", self.seals, self.signer, now=sealed_at(number))
        bench.close()

    @contextmanager
    def copy(self) -> Iterator[Path]:
        """Give a store that may be spoilt."""
        spoilt = self.folder / "spoilt"
        spoilt.mkdir()
        try:
            shutil.copy(self.folder / "whole" / FILE, spoilt / FILE)
            yield spoilt
        finally:
            shutil.rmtree(spoilt)

    def found(self, store: Path) -> tuple[dict[str, Verdict], SealsVerdict]:
        good, row = checked(seals_in(self.seals), self.keys)
        return {one.chain: one for one in verdicts(store, named_in(good))}, row
