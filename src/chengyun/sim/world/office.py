"""The simplest office: every report a case of its own, given by the duty list, on paper.

It answers the world as a platform does and keeps a record of what came in and how it ended. What
it writes is a recording as a city might have one: no merging, no warnings, late corrections.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from chengyun.kernel.instants import Instant
from chengyun.sim.world.protocol import STEP_US, Move, Step, Told
from chengyun.sim.world.town import Town
from chengyun.sim.world.world import World


class Entry(msgspec.Struct, kw_only=True):
    """A report as it came in, and how it ended."""

    id: str
    fields: dict[str, Any]
    closed_at: int = 0
    unit: str = ""
    outcome: str = ""
    text: str = ""
    duplicate_of: str = ""
    round: int = 0


class Rain(msgspec.Struct, frozen=True):
    """Rain measured in a district from an instant on, for ten minutes."""

    area: str
    from_at: int
    value_micro: int


class Office:
    """Takes every report, and writes everything down."""

    def __init__(self, world: World, town: Town, start: Instant) -> None:
        self._world = world
        self._town = town
        self._at = start
        self._told: list[Told] = []
        self._seq = 0
        self.entries: dict[str, Entry] = {}
        """By the name of the case."""
        self.rain: list[Rain] = []
        self._takes: dict[str, Callable[[Move, dict[str, Any]], None]] = {
            "ReceiveReport": self._report,
            "ReceiveObservation": self._observation,
            "ReturnCase": self._returned,
            "DecideRoute": self._decided,
            "ReportWork": self._worked,
            "VerifyCase": self._verified,
            "RateReport": self._rated,
        }

    def live(self, until: Instant) -> None:
        """Work on until an instant, minute by minute."""
        while self._at + STEP_US <= until:
            self._at = Instant(self._at + STEP_US)
            told, self._told = self._told, []
            for move in self._world.step(Step(until=self._at, told=told)).commands:
                take = self._takes.get(move.command)
                if take is not None:
                    take(move, move.fields)

    # --- what comes in ------------------------------------------------------------------------

    def _report(self, move: Move, fields: dict[str, Any]) -> None:
        case = f"case:{fields['feed']}:{fields['id']}"
        self.entries[case] = Entry(id=fields["id"], fields=fields)
        report = f"report:{fields['feed']}:{fields['id']}"
        incident = f"incident:{fields['feed']}:{fields['id']}"
        body = {"report": report, "incident": incident, "type": fields["type"]}
        self._tell("CaseFiled", case, fields["area"], move.at, body)
        self._give(case, self._town.owner(fields["type"], fields["area"]), "proposed", move.at)

    def _observation(self, move: Move, fields: dict[str, Any]) -> None:
        if fields["feed"] == "rain":
            self.rain.append(Rain(fields["area"], fields["from_at"], fields["value_micro"]))

    def _returned(self, move: Move, fields: dict[str, Any]) -> None:
        self._give(fields["case"], "", "", move.at)

    def _decided(self, move: Move, fields: dict[str, Any]) -> None:
        self._give(fields["case"], fields["unit"], "person", move.at)

    def _worked(self, move: Move, fields: dict[str, Any]) -> None:
        case = "case:" + fields["report"].partition(":")[2]
        entry = self.entries[case]
        entry.closed_at, entry.unit, entry.outcome = move.at, fields["unit"], fields["outcome"]
        entry.text = fields["text"]
        entry.duplicate_of = fields["duplicate_of"].rpartition(":")[2]
        self._tell("CaseReportedBack", case, entry.fields["area"], move.at, {})

    def _verified(self, move: Move, fields: dict[str, Any]) -> None:
        entry = self.entries[fields["case"]]
        if fields["passed"]:
            self._tell("CaseClosed", fields["case"], entry.fields["area"], move.at, {})
        else:
            self._again(fields["case"], move.at, kind="CaseReworked")

    def _rated(self, move: Move, fields: dict[str, Any]) -> None:
        if not fields["solved"]:
            case = "case:" + fields["report"].partition(":")[2]
            self._again(case, move.at, kind="CaseReopened")

    # --- what is told -------------------------------------------------------------------------

    def _again(self, case: str, at: int, *, kind: str) -> None:
        entry = self.entries[case]
        entry.round += 1
        body = {"unit": entry.unit, "round": entry.round}
        self._tell(kind, case, entry.fields["area"], at, body)

    def _give(self, case: str, unit: str, code: str, at: int) -> None:
        area = self.entries[case].fields["area"]
        if unit:
            self._tell("CaseDispatched", case, area, at, {"unit": unit, "code": code})
        else:
            self._tell("DecisionAsked", case, area, at, {"candidates": []})

    def _tell(self, kind: str, subject: str, area: str, at: int, body: dict[str, Any]) -> None:
        self._seq += 1
        self._told.append(
            Told(
                seq=self._seq,
                kind=kind,
                subject=subject,
                area=area,
                happened_at=at,
                known_at=at,
                body=body,
            )
        )
