"""Adopting a version of the city pack: a command of a person, a fact on the chain."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from chengyun.engine.commands import Command
from chengyun.engine.known import Known
from chengyun.engine.policies import POLICIES
from chengyun.facts.engine import PolicyAdopted
from chengyun.facts.envelope import Draft
from chengyun.kernel.ids import join
from chengyun.kernel.instants import Instant


class AdoptPolicy(Command, frozen=True, kw_only=True):
    """Put a version of the pack in force. Its content must be stored as an artefact."""

    NEEDS: ClassVar[str] = "policy:adopt"
    version: str
    pack: str
    effective_from: int
    scope: str = ""
    owner: str = ""


def adopt_policy(command: AdoptPolicy, known: Known) -> Iterable[Draft]:
    """Adopt the version from ``effective_from`` on; the same adoption twice is one."""
    same = (command.version, command.scope, command.effective_from)
    if any((row.version, row.scope, row.effective_from) == same for row in known.each(POLICIES)):
        return
    yield Draft(
        id=join("policy", command.version[:16], command.scope or "all", command.effective_from),
        body=PolicyAdopted(
            version=command.version,
            pack=command.pack,
            effective_from=command.effective_from,
            scope=command.scope,
            owner=command.owner,
        ),
        happened_at=Instant(min(known.now, command.effective_from)),
        subject=join("policy", command.pack),
    )
