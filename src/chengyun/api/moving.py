"""The moves of a case over HTTP: which are allowed now for who asks, each with its form, and made.

What a move is called stands in the process of the case (``handle/policy.py``); here stands which
command makes it. The engine decides: what is listed is a help, never a promise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from chengyun.adapters.sql.reading import StoreReader
from chengyun.api.commands import converted, json_of
from chengyun.api.doors import Door, actor_of, asking_of, scope_of
from chengyun.api.languages import language_of
from chengyun.api.problems import MEDIA_TYPE, Problem, problem_of, wanted_of
from chengyun.api.reach import reach_of
from chengyun.api.reading import Readers
from chengyun.api.repeating import etag, key_in, keyed_request, revision_in
from chengyun.app.serving import Server
from chengyun.dispatch.handlers import DecideRoute
from chengyun.engine import codec
from chengyun.engine.commands import Command, Outcome
from chengyun.engine.requests import REQUESTS, Expects, Keyed
from chengyun.guard.deciding import Scope
from chengyun.handle import rules
from chengyun.handle.deferring import DecideDeferral, DeferCase, ResumeCase
from chengyun.handle.evidence import OF_CASES
from chengyun.handle.extending import AskExtension, DecideExtension
from chengyun.handle.handlers import FinishTask, ReportWork, ReturnCase, VerifyCase
from chengyun.handle.joint import FinishPart, GivePart, OpenJointDuty, ReturnPart
from chengyun.handle.ledger import LedgerCase, TakeUpCase
from chengyun.handle.objecting import DecideAppeal, MakeAppeal
from chengyun.handle.policy import Move, Process, Processes
from chengyun.handle.receiving import AcceptCase, ContactReporter
from chengyun.handle.reclassifying import ReclassifyCase
from chengyun.handle.reopening import ReopenCase
from chengyun.handle.steps import step_of
from chengyun.handle.supervising import AnswerSupervision, SuperviseCase
from chengyun.handle.views import CASE_WORKERS, CASES, MEMBERS, CaseRow
from chengyun.handle.waiting import ASKED
from chengyun.kernel.errors import Forbidden, Rejected
from chengyun.kernel.instants import Instant
from chengyun.kernel.limits import MAX_CHANGES_TOLD, MAX_MEMBERS_MOVED

_READ: Final = "case:read"
_SEND: Final = "engine:send"


class Making(NamedTuple):
    """How a move is made."""

    command: type[Command]
    fixed: Mapping[str, Any] = {}
    """Fields that the move itself says."""
    unit: str = "unit"
    """The field that is the unit of the case where it is left out; empty where there is none."""
    waits: str = ""
    """For an answer: what must have been asked (``handle/waiting.py``)."""


MOVES: Final[Mapping[Move, Making]] = {
    "dispatch": Making(DecideRoute, unit=""),
    "accept": Making(AcceptCase),
    "contact": Making(ContactReporter),
    "return": Making(ReturnCase),
    "join": Making(OpenJointDuty, unit="lead"),
    "report_back": Making(ReportWork),
    "pass": Making(VerifyCase, {"passed": True}, unit=""),
    "fail": Making(VerifyCase, {"passed": False}, unit=""),
    "reopen": Making(ReopenCase, unit=""),
    "extend": Making(AskExtension),
    "defer": Making(DeferCase),
    "resume": Making(ResumeCase),
    "ledger": Making(LedgerCase, unit=""),
    "take_up": Making(TakeUpCase, unit=""),
    "supervise": Making(SuperviseCase, unit=""),
    "appeal": Making(MakeAppeal),
    "reclassify": Making(ReclassifyCase, unit=""),
}
"""Moves of a process; what passes its check is closed by itself."""

ANSWERS: Final[Mapping[str, Making]] = {
    "decide_extension": Making(DecideExtension, unit="", waits="extension"),
    "decide_deferral": Making(DecideDeferral, unit="", waits="deferral"),
    "decide_appeal": Making(DecideAppeal, unit="", waits="appeal"),
    "answer_supervision": Making(AnswerSupervision, waits="supervision"),
    "finish_part": Making(FinishPart, unit="", waits="part"),
    "return_part": Making(ReturnPart, unit="", waits="part"),
    "give_part": Making(GivePart, unit="", waits="part"),
}
"""What else is done about a case: somebody asked for it, or has a part in it."""

_LEFT_OUT: Final = ("duplicate_of", "text", "reason")
"""What need not be said over HTTP; whether a move demands it, the engine knows."""


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a move: its facts are on disk."""

    facts: list[str]
    known_at: int
    repeated: bool
    revision: int


class _Changed(Problem, frozen=True, kw_only=True):
    """Why a move was not made: somebody else was faster."""

    changed: list[dict[str, Any]]
    """What he did: kind, actor and when of the last facts about the case."""


class _Asked(NamedTuple):
    """A request as it is given to the engine: whose, under which key, with what."""

    request: Request
    sender: str
    key: str
    content: Any

    def keyed(self, report: str) -> Keyed | None:
        """Return the request for one of the reports that it is about."""
        key = f"{self.key} {report}" if self.key else ""
        return keyed_request(self.request, self.sender, key, self.content)


class MovingPages:
    """The doors of the moves."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._readers = Readers(server.folder)
        way = "/api/v1/cases/{case:path}/moves"
        self.doors = (
            Door(way, _READ, self.allowed, wide=False),
            Door(f"{way}/{{move}}", _SEND, self.move, method="POST", wide=False),
        )

    # --- what is allowed ----------------------------------------------------------------------

    async def allowed(self, request: Request) -> Response:
        """Return the moves that are allowed now for who asks, each with its form."""
        case = self._case(request.path_params["case"], scope_of(request, _READ))
        process = self._process(case)
        step = step_of(case, process)
        found = [
            _told(name, making, case, process, step)
            for name, making in self._open(case, process, step)
            if self._may(request, making, case)
        ]
        there = self._server.engine.rows.get(OF_CASES, case.case)
        content = {
            "case": case.case,
            "step": step,
            "state": case.state,
            "revision": case.revision,
            "evidence": [] if there is None else sorted(
                kind for kind, at in there.latest.items() if at >= case.step_at
            ),
            "steps": _steps(process, step),
            "moves": found,
        }  # fmt: skip
        headers = {"Cache-Control": "no-store", "ETag": etag(case.revision)}
        return Response(msgspec.json.encode(content), headers=headers, media_type=_JSON)

    def _open(self, case: CaseRow, process: Process, step: str) -> Iterator[tuple[str, Making]]:
        here = process.steps.get(step)
        for move in () if here is None else here.moves:
            if move in MOVES:
                yield move, _making(move, case)
        rows = self._server.engine.rows
        for name, answer in ANSWERS.items():
            is_asked = rows.get(ASKED, (case.case, answer.waits)) is not None
            if is_asked or (answer.waits == "part" and case.open_parts):
                yield name, answer

    def _may(self, request: Request, making: Making, case: CaseRow) -> bool:
        """Tell whether who asks may make a move, as far as his grants and his own work say."""
        actor, needs = actor_of(request), making.command.NEEDS
        try:
            asking_of(request).check_scope(needs)
            scope = reach_of(request).scope(actor, needs)
        except Forbidden:
            return False
        acts_for_case = making.command is not VerifyCase and making.waits != "part"
        if not scope.covers(case.area, (case.unit,) if acts_for_case else ()):
            return False
        workers = self._server.engine.rows.find(CASE_WORKERS, 0, case.case)
        return making.command is not VerifyCase or all(one.actor != actor for one in workers)

    # --- making one ---------------------------------------------------------------------------

    async def move(self, request: Request) -> Response:
        """Make a move; answered when it is on disk.

        ``If-Match`` has it refused with 412 where the case changed since it was seen; the same
        ``Idempotency-Key`` is answered the same for a day.
        """
        content = await json_of(request)
        case = self._case(request.path_params["case"], scope_of(request, _READ))
        name = request.path_params["move"]
        making = making_of(name, case)
        asking_of(request).check_scope(making.command.NEEDS)
        revision = revision_in(request)
        expects = None if revision is None else Expects(CASES, case.case, revision)
        asked = _Asked(request, actor_of(request), key_in(request), content)
        done: list[Outcome] = []
        for command in await self._commands(making, case, asked):
            outcome = await self._server.submit(
                command,
                asked.sender,
                request=asked.keyed(getattr(command, "report", "")),
                expects=None if done else expects,
            )
            if outcome.refused is not None:
                return await self._refused(request, outcome, case, revision)
            done.append(outcome)
        row = self._server.engine.rows.get(CASES, case.case) or case
        moved = Moved(
            facts=[fact for outcome in done for fact in outcome.facts],
            known_at=done[-1].known_at,
            repeated=all(outcome.repeated for outcome in done),
            revision=row.revision,
        )
        headers = {"Cache-Control": "no-store", "ETag": etag(row.revision)}
        return Response(msgspec.json.encode(moved), headers=headers, media_type=_JSON)

    async def _commands(self, making: Making, case: CaseRow, asked: _Asked) -> list[Command]:
        """Return the commands of a move: one, but work is reported on every report of a case."""
        shape = making.command
        names = shape.__struct_fields__
        fields = fields_of(making, case, asked.content, self._server.clock.now())
        if "report" not in names or "report" in fields:
            return [converted(fields, shape, "move")]
        reports = await self._readers.ask(lambda one: self._reports(one, case, asked))
        if shape is not ReportWork:
            reports = reports[:1]
        return [converted(fields | {"report": one}, shape, "move") for one in reports]

    def _reports(self, reader: StoreReader, case: CaseRow, asked: _Asked) -> list[str]:
        """Return the reports that a move is about, the one that opened the case first.

        They are those that are open, and those of which this very request was answered before.
        """
        partition = self._server.engine.partition

        def is_meant(report: str) -> bool:
            keyed = asked.keyed(report)
            return keyed is not None and any(reader.rows(REQUESTS, partition, request=keyed.key))

        members = list(reader.rows(MEMBERS, partition, case=case.case))
        found = [one for one in members if one.open or is_meant(one.report)]
        if not found or len(found) > MAX_MEMBERS_MOVED:
            raise Rejected(
                "which_report",
                f"{case.case} has {len(found)} open reports",
                where="report",
                remedy="name the report",
                params={"case": case.case, "open": str(len(found))},
            )
        found.sort(key=lambda one: (not one.first, one.received_at, one.report))
        return [one.report for one in found]

    async def _refused(
        self, request: Request, outcome: Outcome, case: CaseRow, revision: int | None
    ) -> Response:
        refused = outcome.refused
        if not isinstance(refused, Rejected) or refused.code != "changed" or revision is None:
            raise refused or Rejected("changed", "the case has changed")
        missed = min(int(refused.params["revision"]) - revision, MAX_CHANGES_TOLD)
        changed = await self._readers.ask(lambda one: self._last(one, case.case, missed))
        problem = problem_of(refused, language_of(wanted_of(request)))
        told = _Changed(**msgspec.structs.asdict(problem), changed=changed)
        headers = {"Cache-Control": "no-store", "ETag": etag(int(refused.params["revision"]))}
        return Response(msgspec.json.encode(told), problem.status, headers, MEDIA_TYPE)

    def _last(self, reader: StoreReader, case: str, most: int) -> list[dict[str, Any]]:
        """Return what was done last about a case, the oldest of it first."""
        facts = [codec.header_of(one) for one in reader.about(self._server.engine.partition, case)]
        return [
            {"kind": one.kind, "actor": one.actor, "at": one.known_at}
            for one in facts[-max(most, 1) :]
        ]

    # --- what it is about ---------------------------------------------------------------------

    def _case(self, name: str, scope: Scope) -> CaseRow:
        row = self._server.engine.rows.get(CASES, name)
        if row is None or not scope.covers(row.area, (row.unit,)):
            raise Rejected(
                "unknown",
                f"no case {name[:200]!r} is known",
                where="case",
                remedy="look it up again",
                params={"name": name[:200]},
            )
        return row

    def _process(self, case: CaseRow) -> Process:
        policies = self._server.engine.policies
        return policies.pinned(Processes, case.policy_version).processes[case.process]


_JSON: Final = "application/json"


def _steps(process: Process, here: str) -> list[dict[str, str]]:
    """Return the steps of a process with how the case stands to each: before, here, ahead."""
    line = rules.line_of(process, here)
    place = line.index(here)
    stands = ("before",) * place + ("here",) + ("ahead",) * (len(line) - place - 1)
    return [{"step": one, "stands": how} for one, how in zip(line, stands, strict=True)]


def fields_of(making: Making, case: CaseRow, content: Any, now: Instant) -> dict[str, Any]:
    """Return the fields of a move's command: what is said, and what need not be said."""
    names = making.command.__struct_fields__
    said = content if isinstance(content, dict) else {"": content}
    wrong = [name for name in said if name == "case" or name in making.fixed]
    if wrong:
        raise Rejected(
            "bad_fields",
            f"{wrong[0]!r} is said by the way already",
            where="move",
            remedy="leave it out",
            params={"field": wrong[0]},
        )
    left_out: dict[str, Any] = {name: "" for name in _LEFT_OUT if name in names}
    left_out |= {"case": case.case} if "case" in names else {}
    left_out |= {making.unit: case.unit} if making.unit in names else {}
    left_out |= {"at": now} if "at" in names else {}
    return left_out | said | dict(making.fixed)


def making_of(name: str, case: CaseRow) -> Making:
    """Return how a move, or an answer, is made; an unknown one is refused."""
    return ANSWERS.get(name) or _making(name, case)


def _making(move: str, case: CaseRow) -> Making:
    """Return how a move is made; a task, which has no reports, is finished as such."""
    if move == "report_back" and not case.members:
        return Making(FinishTask)
    for name, making in MOVES.items():
        if name == move:
            return making
    raise Rejected(
        "unknown_move",
        f"{move[:80]!r} is no move",
        where="move",
        remedy="GET moves of the case lists those that are allowed now",
        params={"move": move[:80]},
    )


def _told(name: str, making: Making, case: CaseRow, process: Process, step: str) -> dict[str, Any]:
    """Return a move with its form: what is said with it, what its process demands, what follows."""
    here = process.steps[step]
    demands = {str(move): codes for move, codes in here.demands.items()}.get(name, [])
    schema = msgspec.json.schema(making.command)
    own = schema["$defs"][making.command.__name__]
    hidden = {"case", *making.fixed}
    optional = {*_LEFT_OUT, making.unit, "report", "at"}
    return {
        "move": name,
        "command": making.command.__name__,
        "needs": making.command.NEEDS,
        "leads_to": {str(move): to for move, to in here.moves.items()}.get(name, step),
        "fields": {key: one for key, one in own["properties"].items() if key not in hidden},
        "required": [one for one in own.get("required", []) if one not in hidden | optional],
        "demands": {code: msgspec.to_builtins(process.form[code]) for code in demands},
        "evidence": {str(move): kinds for move, kinds in here.evidence.items()}.get(name, []),
        "given": {making.unit: case.unit} if making.unit else {},
    }
