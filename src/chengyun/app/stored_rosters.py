"""Rosters as a store holds them, for whoever reads beside its writer: now, or as known then."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import repeat
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

import msgspec

from chengyun.adapters.keys.keyring import FILE, Keyring, master_key
from chengyun.adapters.sql.reading import StoreReader
from chengyun.adapters.system.entropy import SystemEntropy
from chengyun.engine import codec, rebuild
from chengyun.engine.policies import POLICIES
from chengyun.engine.rows import Rows
from chengyun.engine.stage import Stage
from chengyun.engine.tables import Key, Table
from chengyun.facts.envelope import Stored
from chengyun.facts.kinds import STAGE_OF
from chengyun.facts.registers import City, Units
from chengyun.facts.rosters import RosterImported
from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import Instant
from chengyun.rosters.handlers import FOLLOWS
from chengyun.rosters.keeping import KeptRosters, UnitsUp, units_up
from chengyun.rosters.views import DUTY_DAYS, DUTY_PERSONS, TABLES, DutyDayRow

S = TypeVar("S", bound=msgspec.Struct)
_KINDS: Final = tuple(sorted(kind for kind, stage in STAGE_OF.items() if stage == "rosters"))


class DutyPerson(NamedTuple):
    """What is sealed of somebody on a roster; empty where he was erased."""

    key: str = ""
    name: str = ""
    phone: str = ""


class StoredRosters:
    """The rosters of one partition of a store."""

    def __init__(
        self, folder: Path, reader: StoreReader, partition: str, known_until: Instant | None = None
    ) -> None:
        """``known_until`` leaves out what became known later; names are those known now."""
        self._folder = folder
        self._reader = reader
        self._partition = partition
        self._known_days: set[tuple[str, str]] = set()
        self._then = None if known_until is None else self._replayed(known_until)
        self._keyring: Keyring | None = None
        self.up: UnitsUp = units_up(self.section(City), self.section(Units))
        self.kept = KeptRosters(self._get, self.up)

    def section(self, shape: type[S]) -> S:
        """Return a section of the policy adopted last; ``Rejected`` where there is none."""
        rows = self._reader.rows(POLICIES, self._partition)
        adopted = max(rows, key=lambda row: row.adopted, default=None)
        content = None if adopted is None else self._reader.artefact(adopted.version)
        if content is None:
            raise Rejected(
                "no_policy",
                "the store has no city pack in force",
                where=str(self._folder),
                remedy="let a platform adopt one: chengyun serve",
            )
        sections = msgspec.json.decode(content, type=dict[str, msgspec.Raw])
        name: str = shape.SECTION  # type: ignore[attr-defined]
        return msgspec.json.decode(sections[name], type=shape)

    def days(self, first: str, last: str, unit: str = "") -> Iterator[DutyDayRow]:
        """Yield the days of rosters from ``first`` to ``last``, of one unit or of all, in order."""
        if self._then is not None:
            found: Iterator[Any] = map(self._get, repeat(DUTY_DAYS), sorted(self._known_days))
        elif unit:
            found = self._reader.rows(DUTY_DAYS, self._partition, unit=unit)
        else:
            found = self._reader.rows(DUTY_DAYS, self._partition)
        for row in found:
            if first <= row.day <= last and unit in ("", row.unit):
                yield row

    def person(self, person: str) -> DutyPerson:
        """Open what is sealed of somebody."""
        row = next(self._reader.rows(DUTY_PERSONS, self._partition, person=person), None)
        if row is None or not row.named:
            return DutyPerson()
        stored = self._reader.fact(self._partition, row.named)
        if stored is None or stored.sealed is None:
            return DutyPerson()
        plain = self._keys().open(person, row.named, stored.sealed)
        found = {} if plain is None else msgspec.json.decode(plain, type=dict[str, str])
        return DutyPerson(found.get("key", ""), found.get("name", ""), found.get("phone", ""))

    def _keys(self) -> Keyring:
        if self._keyring is None:
            if not (self._folder / FILE).is_file():
                raise Rejected(
                    "no_keyring",
                    "names on rosters are sealed, and the keyring is not there",
                    where=str(self._folder / FILE),
                    remedy="bring back the keyring that belongs to this store",
                )
            entropy = SystemEntropy()
            wrapped = self._reader.person_keys(self._partition)
            self._keyring = Keyring(master_key(self._folder, entropy), wrapped, entropy)
        return self._keyring

    def _replayed(self, known_until: Instant) -> Rows:
        """Return the tables of rosters as they stood when that instant was over."""
        stage = Stage(name="rosters", follows=FOLLOWS, tables=TABLES)
        return rebuild.replay((stage,), self._log(known_until))

    def _log(self, known_until: Instant) -> Iterator[Stored]:
        for stored in self._reader.of_kinds(self._partition, _KINDS):
            fact = codec.read(stored)
            if fact.known_at > known_until:
                return
            if isinstance(fact.body, RosterImported):
                self._known_days |= {(fact.body.unit, one.day) for one in fact.body.days}
            yield stored

    def _get(self, table: Table[Any], key: Key) -> Any:
        if self._then is not None:
            return self._then.get(table, key)
        values = key if len(table.key) > 1 else (key,)
        equal = dict(zip(table.key, values, strict=True))
        return next(self._reader.rows(table, self._partition, **equal), None)
