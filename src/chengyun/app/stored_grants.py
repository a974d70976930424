"""What grants allow, for a process beside the engine: read from the store that it writes."""

from __future__ import annotations

import time
from pathlib import Path

from chengyun.adapters.sql.reading import StoreReader
from chengyun.engine.policies import POLICIES, Policies, PolicyRow
from chengyun.engine.rows import Rows
from chengyun.facts.registers import Areas, tree_of
from chengyun.guard.deciding import Decider, Scope
from chengyun.guard.grants import GRANTS, HOLDERS
from chengyun.kernel.instants import Instant
from chengyun.kernel.limits import KEYS_READ_S


class StoredGrants:
    """Answers as the engine's own ``Decider`` does, ``KEYS_READ_S`` behind at most."""

    def __init__(self, folder: Path, partition: str) -> None:
        self._folder = folder
        self._partition = partition
        self._adopted: list[PolicyRow] = []
        self._policies: Policies | None = None
        self._decider: Decider | None = None
        self._read_s = float("-inf")

    def scope(self, actor: str, needs: str, purpose: str, at: Instant) -> Scope:
        """Return where an account may; ``Forbidden`` where it may nowhere."""
        return self._decided().scope(actor, needs, purpose, at)

    def permissions(self, actor: str, at: Instant) -> frozenset[str]:
        """Return what an account may do now, wherever that is."""
        return self._decided().permissions(actor, at)

    def _decided(self) -> Decider:
        if self._decider is None or time.monotonic() - self._read_s > KEYS_READ_S:
            self._decider = self._read()
            self._read_s = time.monotonic()
        return self._decider

    def _read(self) -> Decider:
        grants = Rows((GRANTS, HOLDERS), lambda table, key: None)
        with StoreReader(self._folder) as reader:
            for table in (GRANTS, HOLDERS):
                grants.load_resident(table, reader.rows(table, self._partition))
            adopted: list[PolicyRow] = list(reader.rows(POLICIES, self._partition))
            if self._policies is None or adopted != self._adopted:
                self._policies = policies_of(adopted, reader)
                self._adopted = adopted
        return Decider(grants, self._policies)


def policies_of(adopted: list[PolicyRow], reader: StoreReader) -> Policies:
    """Return the policies of a store, of which these packs were adopted."""
    rows = Rows((POLICIES,), lambda table, key: None)
    rows.load_resident(POLICIES, adopted)
    contents = {row.version: reader.artefact(row.version) for row in adopted}

    def within(outer: str, inner: str) -> bool:
        newest = max(adopted, key=lambda row: row.adopted).version
        return policies.built(tree_of, (Areas,), newest).contains(outer, inner)

    policies = Policies(rows, contents.get, within)
    return policies
