"""Facts are only ever added: whatever the platform does, no statement changes or removes one.

SQLite itself is asked: an authorizer hears of every statement that is prepared. So what the chains
hold is kept for as long as the file is, far beyond the 180 days that the law asks of logs.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from workbench import Opened, Say, sense

from chengyun.adapters.sql import dialect
from chengyun.adapters.sql.store import SqlStore
from chengyun.app import backups, stages
from chengyun.engine.parts import ENGINE
from chengyun.facts.envelope import AUDIT
from chengyun.guard.erasing import ErasePerson
from chengyun.guard.gate import LocalGate
from chengyun.kernel.instants import Instant

CHANGING = {sqlite3.SQLITE_UPDATE: "update", sqlite3.SQLITE_DELETE: "delete"}
GUARD = next(stage for stage in stages.STAGES if stage.name == "guard")


@pytest.fixture
def changed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Return, as they are prepared, the statements that change or remove rows, by their table."""
    found: list[tuple[str, str]] = []
    connect = dialect.connect

    def heard(action: int, table: str | None, *_: Any) -> int:
        if action in CHANGING:
            found.append((CHANGING[action], table or ""))
        return sqlite3.SQLITE_OK

    def connected(path: Path, *, uri_mode: str) -> sqlite3.Connection:
        connection = connect(path, uri_mode=uri_mode)
        connection.set_authorizer(heard)
        return connection

    monkeypatch.setattr(dialect, "connect", connected)
    return found


class Strict(LocalGate):
    """Refuses strangers."""

    def check(self, actor: str, *asked: Any) -> Instant | None:
        return super().check("" if actor == "person:stranger" else actor, *asked)


def test_no_statement_changes_or_removes_a_fact(
    bench: Opened, changed: list[tuple[str, str]], tmp_path: Path
) -> None:
    city = bench(sense(), GUARD, gate=Strict())
    city.say("a", secret="Zhang San", of="speaker:p1")
    city.do(Say(words=("b",)), actor="person:stranger")
    city.engine.commit()
    city.do(ErasePerson(person="speaker:p1", ground="asked"))
    city.say("c", at=Instant(5))
    city.engine.commit()
    assert len(city.facts(AUDIT)) == 1
    before = [*city.facts(), *city.facts(AUDIT)]
    folder = city.folder
    city.close()
    backups.make(folder, tmp_path / "kept.gz", now=Instant(1), with_keys=False, verified=True)

    tables = [table for stage in (ENGINE, sense(), GUARD) for table in stage.tables]
    store = SqlStore(folder, tables)
    store.drop_projections()
    store.close()
    again = bench(sense(), GUARD)
    assert [*again.facts(), *again.facts(AUDIT)] == before
    assert changed  # heads move, projections change: the authorizer does hear
    assert [one for one in changed if one[1] in ("facts", "artefacts")] == []
