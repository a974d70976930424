"""Opening data of a person: asked for with a purpose, on the audit chain, and only then shown."""

from __future__ import annotations

import asyncio
import secrets
import time
from typing import Annotated, Any, Final, NamedTuple

import msgspec
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response

from chengyun.adapters.sql.reading import StoreReader
from chengyun.api.commands import converted, json_of
from chengyun.api.doors import Door, actor_of, scope_of
from chengyun.api.metrics import Metrics
from chengyun.api.seen import Seen
from chengyun.app.serving import Server
from chengyun.engine import codec
from chengyun.facts.classes import Class, sealed_class_of, sensitive_of
from chengyun.facts.envelope import Fact
from chengyun.facts.privacy import Privacy
from chengyun.guard.curiosity import Curiosity
from chengyun.guard.deciding import Scope
from chengyun.guard.erasing import erased_at
from chengyun.guard.looking import LookAtPersonal
from chengyun.guard.showing import shown_body
from chengyun.kernel.errors import Bug, Overloaded, Rejected
from chengyun.kernel.ids import under
from chengyun.kernel.limits import MAX_GROUND_CHARS, MAX_ID_CHARS, MAX_LOOK_FIELDS, MAX_READERS

_NEEDS: Final = "personal:read"
_Word = Annotated[str, Meta(min_length=1, max_length=8 * MAX_ID_CHARS)]


class Look(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody wants to see, and why."""

    fact: _Word
    """The id of the fact: of a report, its rating, a refused row."""
    fields: Annotated[list[_Word], Meta(min_length=1, max_length=MAX_LOOK_FIELDS)]
    purpose: _Word
    """A purpose of the city pack."""
    ground: Annotated[str, Meta(min_length=2, max_length=MAX_GROUND_CHARS)]
    """What is to be said of it in this case; it stands on the audit chain."""


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """What was opened."""

    fact: str
    person: str
    fields: dict[str, Any]
    erased: list[str]
    """Fields that were asked for and whose key is gone."""
    look: str
    """The fact of the audit chain in which this look stands."""
    seen_at: int


class _Found(NamedTuple):
    """A fact with what goes with it: what is sensitive in a report stands beside it.

    Of a report that was taken at a desk it is the fact of that: there its seal is.
    """

    fact: Fact[Any]
    beside: Fact[Any] | None

    @property
    def person(self) -> str:
        return self.fact.sealed_for or self.fact.subject


class PersonalPages:
    """The one door behind which data of persons are shown in clear."""

    def __init__(self, server: Server, metrics: Metrics) -> None:
        self._server = server
        self._metrics = metrics
        self._curiosity = Curiosity()
        self._turns = asyncio.Semaphore(MAX_READERS)
        self.doors = (
            Door("/api/v1/personal", _NEEDS, self.look, method="POST", wide=False),
            Door("/api/v1/purposes", "city:read", self.purposes, wide=False),
        )

    async def purposes(self, request: Request) -> Response:
        """Return the purposes for which data of persons may be opened."""
        found = [
            {"code": code, "name": one.name, "sensitive": one.sensitive}
            for code, one in self._privacy().purposes.items()
        ]
        headers = {"Cache-Control": "no-cache"}
        content = msgspec.json.encode({"purposes": found})
        return Response(content, headers=headers, media_type="application/json")

    async def look(self, request: Request) -> Response:
        """Open some fields of a fact; answered when the look is on disk."""
        wanted: Look = converted(await json_of(request), Look, "look")
        actor = actor_of(request)
        try:
            found = await self.looked(wanted, actor, scope_of(request, _NEEDS, wanted.purpose))
        except (Rejected, Overloaded) as refused:
            code = refused.code if isinstance(refused, Rejected) else "too_many_looks"
            self._metrics.looks.labels(code).inc()
            raise
        self._metrics.looks.labels("opened").inc()
        headers = {"Cache-Control": "no-store"}
        return Response(msgspec.json.encode(found), headers=headers, media_type="application/json")

    async def looked(self, wanted: Look, actor: str, scope: Scope) -> Opened:
        """Open fields for somebody within a scope; returned when the look is on disk."""
        self._check_budget(actor)
        async with self._turns:
            found = await asyncio.to_thread(self._read, wanted.fact, scope)
        self._check_erased(found)
        names = self._where(found)
        fields = list(dict.fromkeys(wanted.fields))
        unknown = [name for name in fields if name not in names]
        if unknown:
            raise Rejected(
                "no_such_field",
                f"there is nothing to open under {', '.join(unknown)[:200]!r}",
                where="fields",
                remedy="ask for fields that are shown masked",
                params={"fields": ", ".join(unknown)[:200]},
            )
        beside = found.beside
        is_grave = beside is not None and any(names[name] is beside for name in fields)
        command = LookAtPersonal(
            look=secrets.token_hex(16),
            fact=found.fact.id,
            kind=beside.kind if beside is not None and is_grave else found.fact.kind,
            person=found.person,
            area=found.fact.area,
            fields=fields,
            purpose=wanted.purpose,
            ground=wanted.ground,
        )
        outcome = await self._server.submit(command, actor)
        if outcome.refused is not None:
            raise outcome.refused
        if len(outcome.facts) != 1:
            raise Bug("a look was not recorded, so nothing is shown", where=found.fact.id)
        return self._open(found, fields, outcome.facts[0], outcome.known_at)

    # --- before anything is opened ------------------------------------------------------------

    def _check_budget(self, actor: str) -> None:
        wait_s = self._curiosity.take(actor, time.monotonic())
        if wait_s:
            raise Overloaded(
                f"too many looks at data of persons; the next one is free in {wait_s} s",
                where="personal",
                remedy="look at what your work needs, one after the other",
            )

    def _read(self, name: str, scope: Scope) -> _Found:
        partition = self._server.engine.partition
        with StoreReader(self._server.folder) as reader:
            seen = Seen(reader, partition, scope)
            stored = seen.fact(under("taken", name)) or seen.fact(name)
            beside = reader.fact(partition, sensitive_of(name))
        if stored is None:
            raise Rejected(
                "unknown",
                f"no fact {name[:200]!r} is known",
                where="fact",
                remedy="give the id of a fact",
                params={"name": name[:200]},
            )
        return _Found(codec.read(stored), None if beside is None else codec.read(beside))

    def _check_erased(self, found: _Found) -> None:
        at = erased_at(found.person, self._server.engine.rows)
        if at is not None:
            raise Rejected(
                "erased",
                "the key of this person was destroyed: nothing is left to be opened",
                where="fact",
                remedy="nothing can be done: that is what erasing means",
                params={"erased_at": str(at)},
            )

    def _where(self, found: _Found) -> dict[str, Fact[Any]]:
        """Return the fields that can be opened, with the fact that each stands in."""
        engine = self._server.engine
        _, masked = shown_body(found.fact, self._privacy())
        names = dict.fromkeys(masked, found.fact)
        for one in (found.beside, found.fact):
            if one is not None:
                keys = engine.opened(one) or ()
                opens = [k for k in keys if sealed_class_of(one.kind, k) is not Class.LOCKED]
                names |= dict.fromkeys(opens, one)
        return names

    # --- after the look is on disk ------------------------------------------------------------

    def _open(self, found: _Found, fields: list[str], look: str, at: int) -> Opened:
        engine = self._server.engine
        clear: dict[str, Any] = msgspec.to_builtins(found.fact.body)
        for one in (found.beside, found.fact):
            clear |= (engine.opened(one) or {}) if one is not None else {}
        return Opened(
            fact=found.fact.id,
            person=found.person,
            fields={name: clear[name] for name in fields if name in clear},
            erased=[name for name in fields if name not in clear],
            look=look,
            seen_at=at,
        )

    def _privacy(self) -> Privacy:
        server = self._server
        return server.engine.policies.section(Privacy, area="", at=server.clock.now())
