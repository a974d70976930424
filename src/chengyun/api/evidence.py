"""Evidence over HTTP: added to cases and reports, shown to whoever may see them.

A reporter adds pictures with his receipt, without an account; he never gets any back.
"""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response

from chengyun.adapters.files.photos import Shown, read_file
from chengyun.adapters.files.uploads import Uploads
from chengyun.adapters.objects.disk import DiskObjects
from chengyun.adapters.sql.reading import StoreReader
from chengyun.api.commands import converted, json_of
from chengyun.api.doors import Door, actor_of, scope_of
from chengyun.api.reading import Readers
from chengyun.api.receipts import report_of
from chengyun.api.uploading import Uploading
from chengyun.app.keeping_files import KeptFiles
from chengyun.app.row_classes import shown_row
from chengyun.app.serving import Server
from chengyun.facts.handle import Moment
from chengyun.facts.places import Place
from chengyun.facts.registers import City
from chengyun.guard.deciding import Scope
from chengyun.handle.evidence import EVIDENCE, AddEvidence, EvidenceRow
from chengyun.handle.views import CASES, MEMBERS
from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import zone
from chengyun.kernel.limits import (
    MAX_DECODED_AT_ONCE,
    MAX_EVIDENCE_A_CASE,
    MAX_EVIDENCE_CHARS,
)
from chengyun.sense.waiting import INTAKE

_ADD: Final = "evidence:add"
_READ: Final = "facts:read"
_PUBLIC: Final = "public:citizen"


class EvidenceForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is added: a file that was sent before, or words."""

    upload: Annotated[str, Meta(max_length=64)] = ""
    """The last part of where its pieces went."""
    text: Annotated[str, Meta(max_length=MAX_EVIDENCE_CHARS)] = ""
    moment: Moment = ""


class Added(msgspec.Struct, frozen=True, kw_only=True):
    """The answer: it is on disk."""

    evidence: str
    """Empty where it was known already."""
    kind: str
    digest: str
    media_type: str
    size_bytes: int
    taken_at: int | None
    place: Place | None
    repeated: bool


class _Target(msgspec.Struct, frozen=True):
    """What evidence is added to, and by whom."""

    actor: str
    owner: str
    case: str = ""
    report: str = ""
    area: str = ""


class EvidencePages:
    """The doors of files and of what they show."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._readers = Readers(server.folder)
        self._uploading = Uploading(Uploads(server.folder), server.clock)
        self.files = KeptFiles(DiskObjects(server.folder), server)
        self._decoding = asyncio.Semaphore(MAX_DECODED_AT_ONCE)
        own, his = "/api/v1/uploads", "/api/v1/receipts/{code}"
        self.doors = (
            Door(own, _ADD, self.begin, method="POST", wide=False),
            Door(f"{own}/{{upload}}", _ADD, self.stands, wide=False),
            Door(f"{own}/{{upload}}", _ADD, self.grow, method="PATCH", wide=False),
            Door(f"{own}/{{upload}}", _ADD, self.give_up, method="DELETE", wide=False),
            Door("/api/v1/cases/{case:path}/evidence", _ADD, self.to_case, method="POST",
                 wide=False),
            Door("/api/v1/cases/{case:path}/evidence", _READ, self.of_case, wide=False),
            Door("/api/v1/reports/{report:path}/evidence", _ADD, self.to_report, method="POST",
                 wide=False),
            Door("/api/v1/evidence/{digest}", _READ, self.file, wide=False),
            Door(f"{his}/uploads", _ADD, self.begin_his, method="POST", is_open=True),
            Door(f"{his}/uploads/{{upload}}", _ADD, self.stands_his, is_open=True),
            Door(f"{his}/uploads/{{upload}}", _ADD, self.grow_his, method="PATCH", is_open=True),
            Door(f"{his}/uploads/{{upload}}", _ADD, self.give_up_his, method="DELETE",
                 is_open=True),
            Door(f"{his}/evidence", _ADD, self.to_his, method="POST", is_open=True),
        )  # fmt: skip

    # --- sending ------------------------------------------------------------------------------

    async def begin(self, request: Request) -> Response:
        """Announce a file (tus 1.0): ``Upload-Length`` says how long it is."""
        return self._uploading.begin(request, actor_of(request))

    async def stands(self, request: Request) -> Response:
        """Say how much of a file has come: ``Upload-Offset``."""
        return self._uploading.stands(request, actor_of(request))

    async def grow(self, request: Request) -> Response:
        """Take the next piece of a file, from ``Upload-Offset`` on."""
        return await self._uploading.grow(request, actor_of(request))

    async def give_up(self, request: Request) -> Response:
        """Let a file go that was not added to anything."""
        return self._uploading.give_up(request, actor_of(request))

    async def begin_his(self, request: Request) -> Response:
        """Announce a file with a receipt (tus 1.0)."""
        return self._uploading.begin(request, await self._holder(request))

    async def stands_his(self, request: Request) -> Response:
        """Say how much of a reporter's file has come."""
        return self._uploading.stands(request, await self._holder(request))

    async def grow_his(self, request: Request) -> Response:
        """Take the next piece of a reporter's file."""
        return await self._uploading.grow(request, await self._holder(request))

    async def give_up_his(self, request: Request) -> Response:
        """Let a reporter's file go."""
        return self._uploading.give_up(request, await self._holder(request))

    # --- adding -------------------------------------------------------------------------------

    async def to_case(self, request: Request) -> Response:
        """Add a file or words to a case; answered when it is on disk."""
        actor, case = actor_of(request), request.path_params["case"]
        return await self._add(request, _Target(actor, actor, case=case))

    async def to_report(self, request: Request) -> Response:
        """Add a file or words to a report; answered when it is on disk."""
        actor, report = actor_of(request), request.path_params["report"]
        area = await self._readers.ask(lambda one: self._area(one, report))
        return await self._add(request, _Target(actor, actor, report=report, area=area))

    async def to_his(self, request: Request) -> Response:
        """Add a picture or words to the report of a receipt; answered when it is on disk."""
        owner = await self._holder(request)
        report = owner.partition(" ")[2]
        area = await self._readers.ask(lambda one: self._area(one, report))
        return await self._add(request, _Target(_PUBLIC, owner, report=report, area=area))

    async def _holder(self, request: Request) -> str:
        """Return whoever has a receipt as the owner of what he sends."""
        code, partition = request.path_params["code"], self._server.engine.partition
        report = await self._readers.ask(lambda one: report_of(one, partition, code))
        return f"receipt {report}"

    def _area(self, reader: StoreReader, report: str) -> str:
        row = next(reader.rows(INTAKE, self._server.engine.partition, report=report), None)
        if row is None:
            raise _unknown("report", report)
        return str(row.area)

    async def _add(self, request: Request, to: _Target) -> Response:
        form: EvidenceForm = converted(await json_of(request), EvidenceForm, "evidence")
        if not form.upload:
            return await self._submitted(to, form, None, "")
        uploads = self._uploading.uploads
        one = uploads.find(form.upload, to.owner)
        content = await asyncio.to_thread(uploads.content, one)
        async with self._decoding:
            shown = await asyncio.to_thread(read_file, content, self._zone())
        with self.files.keeping(shown.content) as digest:
            await asyncio.to_thread(self.files.put, digest, shown.content, shown.small)
            answer = await self._submitted(to, form, shown, digest)
        uploads.end(one.name)
        return answer

    async def _submitted(
        self, to: _Target, form: EvidenceForm, shown: Shown | None, digest: str
    ) -> Response:
        command = AddEvidence(
            case=to.case,
            report=to.report,
            area=to.area,
            kind="text" if shown is None else shown.kind,
            moment=form.moment,
            digest=digest,
            media_type="" if shown is None else shown.media_type,
            size_bytes=0 if shown is None else len(shown.content),
            taken_at=None if shown is None else shown.taken_at,
            place=None if shown is None else shown.place,
            text=form.text,
        )
        outcome = await self._server.submit(command, to.actor)
        if outcome.refused is not None:
            raise outcome.refused
        added = Added(
            evidence=outcome.facts[0] if outcome.facts else "",
            kind=command.kind,
            digest=digest,
            media_type=command.media_type,
            size_bytes=command.size_bytes,
            taken_at=command.taken_at,
            place=command.place,
            repeated=not outcome.facts,
        )
        return _json(added, 200 if added.repeated else 201)

    def _zone(self) -> Any:
        server = self._server
        return zone(server.engine.policies.section(City, area="", at=server.clock.now()).zone)

    # --- showing ------------------------------------------------------------------------------

    async def of_case(self, request: Request) -> Response:
        """Return what a case and its reports have of evidence."""
        scope, case = scope_of(request, _READ), request.path_params["case"]
        found = await self._readers.ask(lambda one: self._of_case(one, case, scope))
        return _json({"evidence": found})

    def _of_case(self, reader: StoreReader, case: str, scope: Scope) -> list[dict[str, Any]]:
        partition = self._server.engine.partition
        row = next(reader.rows(CASES, partition, case=case), None)
        if row is None or not scope.covers(row.area, (row.unit,)):
            raise _unknown("case", case)
        found = {one.evidence: one for one in reader.rows(EVIDENCE, partition, case=case)}
        for member in reader.rows(MEMBERS, partition, case=case):
            given = reader.rows(EVIDENCE, partition, report=member.report)
            found |= {one.evidence: one for one in given}
        listed = sorted(found.values(), key=lambda one: (one.at, one.evidence))
        return [_shown(one) for one in listed[: 4 * MAX_EVIDENCE_A_CASE]]

    async def file(self, request: Request) -> Response:
        """Return a file of evidence; with ``small`` the small picture of it."""
        scope, digest = scope_of(request, _READ), request.path_params["digest"]
        row = await self._readers.ask(lambda one: self._row(one, digest, scope))
        is_small = request.query_params.get("small") == "1"
        found = None
        if row is not None:
            found = await asyncio.to_thread(self.files.get, digest, is_small=is_small)
        if row is None or found is None:
            raise _unknown("file", digest)
        media_type = "image/jpeg" if is_small else row.media_type
        headers = {
            "Cache-Control": "private, no-store",
            "Content-Disposition": f'attachment; filename="{digest[:16]}.{_ends(media_type)}"',
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
        }
        return Response(found, headers=headers, media_type=media_type)

    def _row(self, reader: StoreReader, digest: str, scope: Scope) -> EvidenceRow | None:
        partition = self._server.engine.partition
        for row in reader.rows(EVIDENCE, partition, digest=digest):
            case = next(reader.rows(CASES, partition, case=row.case), None) if row.case else None
            units = () if case is None else (case.unit,)
            if scope.covers(row.area, units):
                found: EvidenceRow = row
                return found
        return None


def _shown(row: EvidenceRow) -> dict[str, Any]:
    found = shown_row("evidence", msgspec.to_builtins(row))
    del found["open"], found["area"]
    return found


def _ends(media_type: str) -> str:
    return {"image/jpeg": "jpg", "image/png": "png", "application/pdf": "pdf"}.get(
        media_type, "bin"
    )


def _unknown(what: str, name: str) -> Rejected:
    return Rejected(
        "unknown",
        f"no {what} {name[:200]!r} is known",
        where=what,
        remedy="look at the case again",
        params={"name": name[:200]},
    )


def _json(content: Any, status: int = 200) -> Response:
    headers = {"Cache-Control": "no-store"}
    return Response(msgspec.json.encode(content), status, headers, "application/json")
