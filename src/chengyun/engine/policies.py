"""Policies are data: adopted versions of the city pack, resolved by area and by both times.

A version is the SHA-256 of the whole resolved pack. The content is kept as an artefact; the row
says from when, where and by whom it is in force. A section is decoded once per version.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, Protocol, TypeVar, cast

import msgspec

from chengyun.engine.rows import Rows
from chengyun.engine.tables import Change, Put, Table
from chengyun.engine.timers import set_timer
from chengyun.facts.engine import PolicyAdopted
from chengyun.facts.envelope import Fact
from chengyun.kernel.errors import Bug, Rejected
from chengyun.kernel.instants import Instant

S = TypeVar("S", bound=msgspec.Struct)
T = TypeVar("T")


class Section(Protocol):
    """A typed section of the pack knows its own name."""

    SECTION: ClassVar[str]


class PolicyRow(msgspec.Struct, frozen=True):
    """One adoption of one version."""

    adopted: int
    version: str
    scope: str
    effective_from: int
    known_at: int


EFFECT = "engine.effect"

POLICIES = Table("policies", PolicyRow, key=("adopted",))


def note_adoption(fact: Fact[PolicyAdopted], rows: Rows) -> Iterable[Change]:
    """Remember an adoption; later adoptions of the same scope win where both are in force."""
    adopted = fact.body
    if adopted.effective_from > fact.known_at:
        yield set_timer(EFFECT, str(fact.seq), adopted.effective_from, fact, area=adopted.scope)
    yield Put(
        POLICIES,
        PolicyRow(
            fact.seq, adopted.version, adopted.scope, adopted.effective_from, int(fact.known_at)
        ),
    )


def version_of(content: bytes) -> str:
    """Return the version of a resolved pack: the SHA-256 of its canonical bytes."""
    return hashlib.sha256(content).hexdigest()


class Policies:
    """Resolves sections of the pack for a place and a time."""

    def __init__(
        self,
        rows: Rows,
        content_of: Callable[[str], bytes | None],
        within: Callable[[str, str], bool],
    ) -> None:
        self._rows = rows
        self._content_of = content_of
        self._within = within
        self._packs: dict[str, Mapping[str, msgspec.Raw]] = {}
        self._sections: dict[tuple[str, type], Any] = {}
        self._built: dict[tuple[str, Callable[..., Any]], Any] = {}
        self._adopted: list[PolicyRow] | None = None
        self._last: tuple[str, int, str] | None = None
        """The last answer: many questions in a row are about one place and time."""

    def adopted(self) -> None:
        """Look at the adoptions again: one was just added."""
        self._adopted = self._last = None

    def is_kept(self, version: str) -> bool:
        """Tell whether the content of ``version`` is there."""
        return self._content_of(version) is not None

    def is_area(self, area: str) -> bool:
        """Tell whether the city has this area: each lies in itself."""
        return self._within(area, area)

    def version(self, *, area: str = "", at: Instant) -> str:
        """Return the version in force for ``area`` at ``at``, or empty before any adoption.

        Among the adoptions in force the most particular scope wins, then the one effective
        last, then the one adopted last.
        """
        if self._last is None or self._last[0] != area or self._last[1] != at:
            self._last = (area, at, self._version(area, at))
        return self._last[2]

    def _version(self, area: str, at: Instant) -> str:
        if self._adopted is None:
            self._adopted = sorted(
                self._rows.each(POLICIES),
                key=lambda row: (bool(row.scope), row.effective_from, row.adopted),
                reverse=True,
            )
        best: PolicyRow | None = None
        for row in self._adopted:
            in_scope = not row.scope or (bool(area) and self._within(row.scope, area))
            if row.effective_from > at or not in_scope:
                continue
            if not row.scope:
                return row.version if best is None else best.version
            if best is None or (row.scope != best.scope and self._within(best.scope, row.scope)):
                best = row
        return "" if best is None else best.version

    def section(self, section: type[S], *, area: str, at: Instant) -> S:
        """Return ``section`` of the version in force."""
        return self.pinned(section, self.version(area=area, at=at))

    def pinned(self, section: type[S], version: str) -> S:
        """Return ``section`` of a given version."""
        found = self._sections.get((version, section))
        if found is None:
            found = self._sections[version, section] = self._decode(section, version)
        return cast("S", found)

    def built(
        self, build: Callable[..., T], sections: tuple[type[msgspec.Struct], ...], version: str
    ) -> T:
        """Return what ``build`` makes of some sections, kept for as long as the version."""
        key = (version, build)
        if key not in self._built:
            self._built[key] = build(*(self.pinned(section, version) for section in sections))
        return cast("T", self._built[key])

    def _decode(self, section: type[S], version: str) -> S:
        if not version:
            raise Rejected("no_policy", "no policy is in force yet", remedy="adopt a city pack")
        if version not in self._packs:
            content = self._content_of(version)
            if content is None or version_of(content) != version:
                raise Bug(f"the content of policy version {version[:12]} is missing or changed")
            self._packs[version] = msgspec.json.decode(content, type=dict[str, msgspec.Raw])
        name: str = cast("Any", section).SECTION
        return msgspec.json.decode(self._packs[version].get(name, b"{}"), type=section)
