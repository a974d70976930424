"""What waited for a person and what became of it, read from the store of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, Literal

from chengyun.adapters.sql.reading import StoreReader
from chengyun.engine import codec
from chengyun.facts.envelope import Fact

KINDS: Final = (
    "DecisionAsked",
    "CaseDispatched",
    "CaseReturned",
    "CaseReportedBack",
    "CaseClosed",
    "ResponseProposed",
    "ResponseDecided",
    "ResponseLapsed",
)
BY_PERSON: Final = "person"
"""The code of a dispatch that a person decided."""

State = Literal["open", "given", "approved", "refused", "lapsed", "superseded", "settled"]
"""``settled``: the case went on without the decision; ``lapsed``: the warning ended before it."""


class Asked:
    """One thing that waited for a person, or that he decided unasked."""

    def __init__(
        self, kind: Literal["route", "response"], subject: str, area: str, at: int
    ) -> None:
        self.kind, self.subject, self.area, self.at = kind, subject, area, at
        self.was_asked = True
        self.state: State = "open"
        self.until = 0
        """When it no longer waited; 0 while it does."""
        self.by = ""
        self.reason = ""
        self.unit = ""
        """The unit that was chosen."""
        self.candidates: list[tuple[str, int]] = []
        self.plan = ""
        self.level = ""
        self.warning = ""
        self.measures: list[dict[str, str]] = []

    @property
    def is_decided(self) -> bool:
        """Whether a person decided it."""
        return self.state in ("given", "approved", "refused")


class Returned:
    """A unit gave a case back."""

    def __init__(self, case: str, unit: str, at: int, reason: str) -> None:
        self.case, self.unit, self.at, self.reason = case, unit, at, reason


class Deeds:
    """Everything that waited, in the order it was asked, and what units gave back."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.returned: list[Returned] = []
        self._waits: dict[str, Asked] = {}

    def note(self, fact: Fact[Any]) -> None:
        """Take one more fact, in the order of the chain."""
        match fact.kind:
            case "DecisionAsked":
                asked = self._ask("route", fact)
                asked.candidates = [(one.unit, one.ppm) for one in fact.body.candidates]
            case "ResponseProposed":
                asked = self._ask("response", fact)
                asked.plan, asked.level = fact.body.plan, fact.body.response_level
                asked.warning = fact.body.warning
                asked.measures = [one.name for one in fact.body.measures]
            case "CaseDispatched":
                self._dispatched(fact)
            case "ResponseDecided":
                state: State = "approved" if fact.body.approved else "refused"
                self._settle(fact, state, by=fact.actor, reason=fact.body.reason)
            case "ResponseLapsed":
                undecided = fact.body.code != "superseded"
                self._settle(fact, "lapsed" if undecided else "superseded")
            case "CaseReturned":
                self.returned.append(
                    Returned(fact.subject, fact.body.unit, fact.known_at, fact.body.reason)
                )
            case "CaseReportedBack" | "CaseClosed":
                self._settle(fact, "settled")
            case _:
                pass

    def _ask(self, kind: Literal["route", "response"], fact: Fact[Any]) -> Asked:
        asked = Asked(kind, fact.subject, fact.area, fact.known_at)
        self.asked.append(asked)
        self._waits[fact.subject] = asked
        return asked

    def _dispatched(self, fact: Fact[Any]) -> None:
        if fact.body.code != BY_PERSON:
            self._settle(fact, "settled")
            return
        if fact.subject not in self._waits:
            self._ask("route", fact).was_asked = False
        self._waits[fact.subject].unit = fact.body.unit
        self._settle(fact, "given", by=fact.actor, reason=fact.body.params.get("reason", ""))

    def _settle(self, fact: Fact[Any], state: State, *, by: str = "", reason: str = "") -> None:
        asked = self._waits.pop(fact.subject, None)
        if asked is not None:
            asked.state, asked.until, asked.by, asked.reason = state, fact.known_at, by, reason


def read_deeds(store: Path, partition: str) -> Deeds:
    """Read a store from outside, fact by fact."""
    deeds = Deeds()
    with StoreReader(store) as reader:
        for stored in reader.of_kinds(partition, KINDS):
            deeds.note(codec.read(stored))
    return deeds
