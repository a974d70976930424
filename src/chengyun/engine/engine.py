"""The engine: the one writer of a partition.

A command becomes facts; each fact is applied to the projections, then heard along the loop,
until nothing more follows. That whole cascade is in memory until ``commit`` writes a group of
commands in one transaction; acknowledgement and publication come after it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

from chengyun.engine import approvals, codec, loop, requests
from chengyun.engine.about import CITY, About, AboutOf
from chengyun.engine.approvals import DecideApproval
from chengyun.engine.commands import Command, Outcome, check_numbers
from chengyun.engine.deadletters import DEAD_LETTERS, RetryUnit
from chengyun.engine.known import Known, Port
from chengyun.engine.ledger import Ledger
from chengyun.engine.parts import ENGINE
from chengyun.engine.policies import Policies
from chengyun.engine.ports import Gate, Group, Head, Sealer, Store
from chengyun.engine.projector import Projector
from chengyun.engine.requests import Expects, Keyed
from chengyun.engine.returns import times_returned
from chengyun.engine.rows import Rows
from chengyun.engine.stage import Handler, Order, Stage
from chengyun.engine.tables import Paths
from chengyun.engine.timers import Alarm, TimerRow
from chengyun.facts.engine import CommandRefused, TimerFired, UnitFailed, UnitRetried
from chengyun.facts.envelope import AUDIT, OPERATIONS, Draft, Fact, encode_body
from chengyun.facts.guard import PersonalDataExpired, PersonErased
from chengyun.facts.kinds import STAGE_OF
from chengyun.kernel.clock import Clock
from chengyun.kernel.errors import Bug, Conflict, Forbidden, Rejected, Retryable
from chengyun.kernel.ids import join, under
from chengyun.kernel.instants import Instant
from chengyun.kernel.limits import (
    MAX_BODY_BYTES,
    MAX_GROUP_COMMANDS,
    MAX_GROUP_FACTS,
    MAX_HOPS,
    MAX_RETRIES,
    MAX_UNITS_A_COMMAND,
)

Within = Callable[[str, str], bool]
"""``(outer, inner) → whether the area ``inner`` lies in ``outer``."""


class _Listener(NamedTuple):
    stage: str
    name: str
    handler: Handler
    back: loop.Return | None
    """Declared where it hears a fact of a later stage."""


class _Prepared(msgspec.Struct, gc=False):
    draft: Draft
    kind: str
    body: bytes
    sealed: bytes | None = None


class Engine:
    """Runs the loop over one partition."""

    def __init__(
        self,
        *,
        partition: str,
        stages: Iterable[Stage],
        store: Store,
        clock: Clock,
        gate: Gate,
        sealer: Sealer,
        ports: Mapping[Port[Any], Any],
        within: Within,
        parent: str = "",
    ) -> None:
        parts = (ENGINE, *stages)
        loop.check_wiring(parts)
        self.partition = partition
        self._store = store
        self._clock = clock
        self._gate = gate
        self._sealer = sealer
        tables = [table for stage in parts for table in stage.tables]
        self.rows = Rows(tables, lambda table, key: store.row(table, partition, key))
        for table in tables:
            self.rows.load_resident(table, store.resident(table, partition))
        self._ledger = Ledger(partition, store, sealer, self.rows)
        self._projector = Projector(parts, self.rows)
        self._alarm = Alarm(self.rows)
        self.policies = Policies(self.rows, self._ledger.artefact, within)
        self._known = Known(partition, parent, self.rows, self.policies, ports)
        self._listeners = _listeners(parts)
        self._orders = {
            command: (stage.name, order)
            for stage in parts
            for command, order in stage.orders.items()
        }
        self._named = {command.__name__: command for command in self._orders}
        self._abouts: dict[type[Command], AboutOf] = {
            command: about for stage in parts for command, about in stage.abouts.items()
        }
        self._commands = 0
        self._now = self._ledger.head.known_at

    # --- what others may ask ------------------------------------------------------------------

    @property
    def doors(self) -> Mapping[type[Command], str]:
        """Every command this engine takes, with the permission it needs."""
        commands: list[type[Command]] = [*self._orders, RetryUnit, DecideApproval]
        return {command: command.NEEDS for command in commands}

    @property
    def head(self) -> Head:
        """The head of the operations chain, commits outstanding included."""
        return self._ledger.head

    @property
    def group_is_full(self) -> bool:
        """Whether the next thing to do is to commit."""
        return self._commands >= MAX_GROUP_COMMANDS or self._ledger.waiting >= MAX_GROUP_FACTS

    def next_due(self) -> Instant | None:
        """Return when the next timer is due, or ``None``."""
        return self._alarm.next_due()

    def opened(self, fact: Fact[Any]) -> dict[str, str] | None:
        """Return what is sealed in a fact; ``None`` where nothing is, or its key is gone.

        Only to be shown after a look was recorded, or masked.
        """
        if fact.sealed is None:
            return None
        plain = self._sealer.open(fact.sealed_for, fact.id, fact.sealed)
        return None if plain is None else msgspec.json.decode(plain, type=dict[str, str])

    def unsealed(self, fact_id: str) -> dict[str, str] | None:
        """Return what is sealed in a committed fact, or ``None``: none is, or it was erased."""
        stored = self._store.fact(self.partition, OPERATIONS, fact_id)
        return None if stored is None else self.opened(codec.read(stored))

    def keep_artefact(self, content: bytes) -> str:
        """Keep content under its SHA-256, durable with the next commit."""
        return self._ledger.keep(content)

    def artefact(self, name: str) -> bytes | None:
        """Return kept content by its SHA-256, commits outstanding included."""
        return self._ledger.artefact(name)

    def place_listed(self, paths: Paths) -> None:
        """Let listed rows be found by where they lie; between two groups, when areas changed."""
        self._store.place_listed(self.partition, paths)

    # --- what happens -------------------------------------------------------------------------

    def execute(
        self,
        command: Command,
        *,
        actor: str,
        request: Keyed | None = None,
        expects: Expects | None = None,
    ) -> Outcome:
        """Run one command and all that follows from it, in memory.

        The outcome holds once ``commit`` has returned. A refusal leaves no fact of the command. A
        ``request`` that was answered within a day is answered the same, and nothing happens; what
        ``expects`` a row as it was is refused when that has changed.
        """
        outcome = self._execute(command, actor, request, expects)
        if request is not None and outcome.refused is None and not outcome.repeated:
            number = self._ledger.head.seq + 1
            draft = requests.kept(request, outcome, self._known, number=number)
            with self._ledger.whole_or_broken():
                for one in self._prepare(ENGINE.name, [draft]):
                    self._record(one, actor=actor, caused_by="")
        return outcome

    def _execute(
        self, command: Command, actor: str, request: Keyed | None, expects: Expects | None
    ) -> Outcome:
        self._begin()
        self._known.actor = actor
        about = CITY
        try:
            about = self._about(command)
            until = self._gate.check(actor, type(command).__name__, command.NEEDS, about, self._now)
            check_numbers(command)
            before = None if request is None else requests.answered(request, self._known)
            if before is not None:
                return before
            if expects is not None:
                requests.check_unchanged(expects, self.rows)
            own = self._own(command, actor)
            if own is not None:
                return own
            stage, order = self._order_of(command)
            prepared = self._prepare(stage, order(command, self._known), command.CHAIN)
            if until is not None and prepared:
                prepared = self._ask_second(command, about, until)
        except Forbidden as refused:
            self._note_refusal(command, actor, refused, about)
            return Outcome(refused=refused, known_at=self._now)
        except (Rejected, Retryable) as refused:
            return Outcome(refused=refused, known_at=self._now)
        except Exception as failed:  # noqa: BLE001 - the engine's edge: the sender keeps the input
            bug = Bug(f"{type(command).__name__} failed: {failed!r}", where=self.partition)
            bug.__cause__ = failed
            return Outcome(refused=bug, known_at=self._now)
        finally:
            self._known.actor = ""
        with self._ledger.whole_or_broken():
            if command.CHAIN == AUDIT:
                facts = [self._note(one, actor=actor) for one in prepared]
            else:
                facts = [self._record(one, actor=actor, caused_by="") for one in prepared]
                self._cascade(facts)
        return Outcome(tuple(fact.id for fact in facts), known_at=self._now)

    def fire_next(self, until: Instant) -> bool:
        """Fire the timer that is due first, if it is due by ``until``."""
        row = self._alarm.next()
        if row is None or row.due_at > until:
            return False
        self._begin()
        with self._ledger.whole_or_broken():
            self._cascade([self._fire(row)])
        return True

    def commit(self) -> Group | None:
        """Hand everything since the last commit to the store, as one transaction; return it.

        Durable, and so to be acknowledged or published, is what was committed before ``settle``
        returned. When the store fails the engine is broken for good: memory is ahead of disk,
        and the process must stop.
        """
        self._commands = 0
        return self._ledger.commit()

    def settle(self) -> None:
        """Wait until every commit is on disk: only now may anything be acknowledged."""
        self._ledger.settle()

    def _own(self, command: Command, actor: str) -> Outcome | None:
        """Run a command that is about another command, or about a unit."""
        if isinstance(command, RetryUnit):
            return self._retry(command, actor)
        return self._second(command, actor) if isinstance(command, DecideApproval) else None

    # --- two persons --------------------------------------------------------------------------

    def _about(self, command: Command) -> About:
        found = self._abouts.get(type(command))
        return CITY if found is None else found(command, self._known)

    def _ask_second(self, command: Command, about: About, until: Instant) -> list[_Prepared]:
        """Keep a command that could be executed until another person approves it."""
        number = self._ledger.head.seq + 1
        draft = approvals.asked(command, about, self._known, lapses_at=until, number=number)
        return self._prepare(ENGINE.name, [draft])

    def _second(self, command: DecideApproval, actor: str) -> Outcome:
        """Let the command of another person be executed, or refuse it.

        Both must hold its permission now, and it is executed as who sent it.
        """
        row = approvals.waiting(command.approval, actor, self._known)
        waits = msgspec.json.decode(row.fields, type=self._named[row.command])
        about, (stage, order) = self._about(waits), self._order_of(waits)
        prepared: list[_Prepared] = []
        for one in (actor, row.actor) if command.approved else (actor,):
            self._known.actor = one
            self._gate.check(one, row.command, waits.NEEDS, about, self._now)
            if command.approved:
                prepared = self._prepare(stage, order(waits, self._known), waits.CHAIN)
        (given,) = self._prepare(ENGINE.name, [approvals.decided(command, row, self._now)])
        with self._ledger.whole_or_broken():
            fact = self._record(given, actor=actor, caused_by=row.approval)
            facts = [self._record(one, actor=row.actor, caused_by=fact.id) for one in prepared]
            self._cascade(facts)
        return Outcome((fact.id, *(one.id for one in facts)), known_at=self._now)

    # --- the cascade --------------------------------------------------------------------------

    def _begin(self) -> None:
        self._ledger.check_whole()
        self._commands += 1
        self._now = max(self._clock.now(), self._ledger.head.known_at)
        self._known.now = self._now
        self._look("", self._now)

    def _look(self, area: str, at: Instant) -> None:
        self._known.about(area, at)
        self._known.chain_hash = self._ledger.head.hash

    def _cascade(self, facts: Iterable[Fact[Any]]) -> None:
        queue = deque((fact, 0) for fact in facts)
        units = 0
        while queue:
            fact, hops = queue.popleft()
            for listener in self._listeners.get(fact.kind, ()):
                if fact.kind == "TimerFired" and not _is_for(fact, listener.stage):
                    continue
                units += 1
                if units > MAX_UNITS_A_COMMAND or hops > MAX_HOPS:
                    endless = Bug("the cascade does not end", where=listener.name)
                    self._set_aside(listener.name, fact, endless, 0)
                    continue
                queue.extend((after, hops + 1) for after in self._unit(listener, fact))

    def _unit(self, listener: _Listener, fact: Fact[Any]) -> list[Fact[Any]]:
        for tries in range(1, MAX_RETRIES + 1):
            self._look(fact.area, fact.happened_at)
            try:
                if listener.back is not None:
                    self._check_return(listener, listener.back, fact)
                prepared = self._prepare(listener.stage, listener.handler(fact, self._known))
            except Retryable as failed:
                if tries == MAX_RETRIES:
                    self._set_aside(listener.name, fact, failed, tries)
            except Exception as failed:  # noqa: BLE001 - the engine's edge: a unit is set aside
                self._set_aside(listener.name, fact, failed, tries)
                return []
            else:
                return [self._record(one, actor="", caused_by=fact.id) for one in prepared]
        return []

    def _check_return(self, listener: _Listener, back: loop.Return, fact: Fact[Any]) -> None:
        times = times_returned(self.rows, fact.kind, fact.subject)
        if times > back.most:
            raise Rejected(
                "too_many_returns",
                f"{fact.subject} went back {times} times, at most {back.most} are allowed",
                where=listener.name,
                remedy="a person decides whose it is",
                params={"subject": fact.subject, "times": str(times)},
            )

    def _prepare(
        self, stage: str, drafts: Iterable[Draft], chain: str = OPERATIONS
    ) -> list[_Prepared]:
        """Check all drafts of a unit before any is recorded; leave out those known already."""
        prepared: list[_Prepared] = []
        fresh: dict[str, tuple[int, bytes]] = {}
        for draft in drafts:
            kind = type(draft.body).__name__
            if STAGE_OF[kind] != stage:
                raise Bug(f"{stage} emits {kind}, which belongs to {STAGE_OF[kind]}")
            body = encode_body(draft.body)
            if len(body) > MAX_BODY_BYTES:
                raise Bug(f"the body of {draft.id} has {len(body)} bytes", where=kind)
            before = fresh.get(draft.id) or self._ledger.body_of(draft.id, chain)
            if before is None:
                fresh[draft.id] = (draft.happened_at, body)
                prepared.append(_Prepared(draft, kind, body))
            elif before != (draft.happened_at, body):
                raise Conflict(draft.id)
        for one in prepared:
            if one.draft.sealed is not None:
                one.sealed = self._seal(one.draft)
        return prepared

    def _seal(self, draft: Draft) -> bytes:
        plain = msgspec.json.encode(draft.sealed, order="deterministic")
        return self._sealer.seal(draft.sealed_for, draft.id, plain)

    def _record(self, one: _Prepared, *, actor: str, caused_by: str) -> Fact[Any]:
        draft = one.draft
        fact = Fact(
            partition=self.partition,
            seq=self._ledger.head.seq + 1,
            id=draft.id,
            kind=one.kind,
            schema=draft.body.SCHEMA,
            happened_at=draft.happened_at,
            known_at=self._now,
            subject=draft.subject,
            area=draft.area,
            actor=actor,
            caused_by=caused_by,
            policy_version=self.policies.version(area=draft.area, at=draft.happened_at),
            body=draft.body,
            sealed=one.sealed,
            sealed_for=draft.sealed_for,
            to=draft.to,
        )
        self._ledger.append(OPERATIONS, fact, one.body)
        if isinstance(draft.body, PersonErased):
            self._sealer.destroy(draft.body.person)
        elif isinstance(draft.body, PersonalDataExpired):
            for person in draft.body.persons:
                self._sealer.destroy(person)
        timers, failures = self._projector.apply(fact)
        if timers:
            self._alarm.heard(timers)
        if one.kind == "PolicyAdopted":
            self.policies.adopted()
        for failure in failures:
            self._set_aside(failure.handler, fact, failure.error, 1)
        return fact

    def _note(self, one: _Prepared, *, actor: str) -> Fact[Any]:
        """Record a fact on the audit chain: no row changes, and nobody hears it."""
        draft, head = one.draft, self._ledger.heads[AUDIT]
        fact = Fact(
            partition=self.partition,
            seq=head.seq + 1,
            id=draft.id,
            kind=one.kind,
            schema=draft.body.SCHEMA,
            happened_at=draft.happened_at,
            known_at=max(self._now, head.known_at),
            subject=draft.subject,
            area=draft.area,
            actor=actor,
            caused_by="",
            policy_version="",
            body=draft.body,
            sealed=one.sealed,
            sealed_for=draft.sealed_for,
        )
        self._ledger.append(AUDIT, fact, one.body)
        return fact

    def _fire(self, row: TimerRow) -> Fact[Any]:
        body = TimerFired(timer=row.id, purpose=row.purpose, due_at=row.due_at)
        name = under("timer", row.id, row.due_at)
        if self._ledger.body_of(name) is not None:  # it was set again after it had fired
            name = under(name, "again", self._ledger.head.seq + 1)
        draft = Draft(
            id=name,
            body=body,
            happened_at=Instant(row.due_at),
            subject=row.subject,
            area=row.area,
        )
        prepared = _Prepared(draft, "TimerFired", encode_body(body))
        return self._record(prepared, actor="system:timer", caused_by=row.cause)

    # --- what goes wrong ----------------------------------------------------------------------

    def _set_aside(self, handler: str, fact: Fact[Any], error: Exception, tries: int) -> None:
        if fact.kind in ("UnitFailed", "UnitRetried"):
            raise Bug(f"{handler} failed on a dead letter itself: {error!r}") from error
        seq = self._ledger.head.seq
        code = error.code if isinstance(error, Rejected) else type(error).__name__
        body = UnitFailed(
            handler=handler, fact=fact.id, error=str(error)[:1000], code=code, tries=tries
        )
        draft = Draft(
            id=join("failed", handler, fact.seq, seq),
            body=body,
            happened_at=self._now,
            subject=fact.subject,
            area=fact.area,
        )
        prepared = _Prepared(draft, "UnitFailed", encode_body(body))
        self._record(prepared, actor="system:engine", caused_by=fact.id)

    def _retry(self, command: RetryUnit, actor: str) -> Outcome:
        letter = self.rows.get(DEAD_LETTERS, (command.handler, command.fact))
        stored = self._store.fact(self.partition, OPERATIONS, command.fact)
        if letter is None or stored is None:
            raise Rejected(
                "unknown",
                f"{command.handler} was not set aside for {command.fact!r}",
                remedy="list the dead letters first",
                params={"handler": command.handler, "fact": command.fact},
            )
        fact = codec.read(stored)
        try:
            prepared = self._again(command.handler, fact)
        except Exception as failed:  # noqa: BLE001 - the engine's edge: the unit stays set aside
            self._set_aside(command.handler, fact, failed, 1)
            return Outcome(known_at=self._now)
        body = UnitRetried(handler=command.handler, fact=command.fact)
        draft = Draft(
            id=join("retried", command.handler, fact.seq, self._ledger.head.seq),
            body=body,
            happened_at=self._now,
            subject=fact.subject,
            area=fact.area,
        )
        with self._ledger.whole_or_broken():
            retried = self._record(
                _Prepared(draft, "UnitRetried", encode_body(body)), actor=actor, caused_by=fact.id
            )
            facts = [self._record(one, actor="", caused_by=fact.id) for one in prepared]
            self._cascade(facts)
        return Outcome((retried.id, *(fact.id for fact in facts)), known_at=self._now)

    def _again(self, handler: str, fact: Fact[Any]) -> list[_Prepared]:
        if self._projector.follows(handler, fact.kind):
            self._alarm.heard(self._projector.redo(handler, fact))
            return []
        for listener in self._listeners.get(fact.kind, ()):
            if listener.name == handler:
                self._known.about(fact.area, fact.happened_at)
                return self._prepare(listener.stage, listener.handler(fact, self._known))
        raise Bug(f"{handler} does not hear {fact.kind} any more")

    def _note_refusal(self, command: Command, actor: str, refused: Forbidden, about: About) -> None:
        name = type(command).__name__
        body = CommandRefused(command=name, needs=command.NEEDS, code=refused.code)
        draft = Draft(
            id=join("refused", name, self._ledger.heads[AUDIT].seq + 1),
            body=body,
            happened_at=self._now,
            subject=join("actor", actor),
            area=about.area,
        )
        self._note(_Prepared(draft, "CommandRefused", encode_body(body)), actor=actor)

    def _order_of(self, command: Command) -> tuple[str, Order]:
        found = self._orders.get(type(command))
        if found is None:
            raise Bug(f"no stage takes the command {type(command).__name__}")
        return found


def _is_for(fact: Fact[TimerFired], stage: str) -> bool:
    return fact.body.purpose.partition(".")[0] == stage


def _listeners(parts: Iterable[Stage]) -> dict[str, list[_Listener]]:
    found: dict[str, list[_Listener]] = {}
    for stage in sorted(parts, key=lambda part: loop.PLACE[part.name]):
        for body, handlers in stage.listens.items():
            for handler in handlers:
                name = f"{stage.name}.{handler.__name__}"
                back = loop.BACKWARD.get((body.__name__, stage.name))
                listener = _Listener(stage.name, name, handler, back)
                found.setdefault(body.__name__, []).append(listener)
    return found
