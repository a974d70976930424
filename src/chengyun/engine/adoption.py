"""Adopting a version of the city pack: a command of a person, a fact on the chain.

A version may be adopted ahead; stages act on ``PolicyTookEffect``, which comes in its time.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from chengyun.engine.about import About
from chengyun.engine.commands import Command
from chengyun.engine.known import Known
from chengyun.engine.policies import EFFECT, POLICIES
from chengyun.facts.engine import PolicyAdopted, PolicyTookEffect, TimerFired
from chengyun.facts.envelope import Draft, Fact
from chengyun.kernel.errors import Rejected
from chengyun.kernel.ids import join, under
from chengyun.kernel.instants import Instant


class AdoptPolicy(Command, frozen=True, kw_only=True):
    """Put a version of the pack in force. Its content must be stored as an artefact."""

    NEEDS: ClassVar[str] = "policy:adopt"
    MAY_WAIT: ClassVar[bool] = True
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
    if not known.is_kept(command.version):
        raise Rejected(
            "unknown_version",
            f"no pack of version {command.version[:16]!r} is kept here",
            remedy="give the pack itself: chengyun engine --pack",
            params={"version": command.version[:64]},
        )
    if command.scope and not known.is_area(command.scope):
        raise Rejected(
            "unknown_area",
            f"{command.scope[:80]!r} is no area of this city",
            where="scope",
            remedy="name an area of the city pack, or leave it out for the whole city",
            params={"area": command.scope[:80]},
        )
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


def about(command: AdoptPolicy, known: Known) -> About:
    """A policy is put in force for an area, and for every department there."""
    return About(command.scope, ("",))


def on_policy_adopted(fact: Fact[PolicyAdopted], known: Known) -> Iterable[Draft]:
    """A version that is in force already takes effect at once."""
    if fact.body.effective_from <= known.now:
        yield _effect(fact.id, fact.body.version, fact.body.scope, fact.happened_at)


def on_timer(fact: Fact[TimerFired], known: Known) -> Iterable[Draft]:
    """A version that was adopted ahead takes effect now."""
    if fact.body.purpose != EFFECT:
        return
    adopted = known.get(POLICIES, int(fact.subject))
    if adopted is not None:
        yield _effect(fact.id, adopted.version, adopted.scope, fact.happened_at)


def _effect(cause: str, version: str, scope: str, at: Instant) -> Draft:
    return Draft(
        id=under("effect", cause),
        happened_at=at,
        subject=join("policy", version[:16]),
        area=scope,
        body=PolicyTookEffect(version=version, scope=scope),
    )
