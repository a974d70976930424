"""Dispatch slips and reports of incidents as .docx and as pages to be printed.

GET shows data of persons masked; POST opens them for a purpose, a look of the audit chain for each
report, and only to whom they may be opened on the screen.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Annotated, Any, Final, Literal, NamedTuple

import msgspec
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response

from chengyun.adapters.sql.reading import StoreReader
from chengyun.api.cases import Book, case_of, seals_of
from chengyun.api.commands import converted, json_of
from chengyun.api.cursors import given_once
from chengyun.api.doors import Door, actor_of, scope_of
from chengyun.api.personal import Look, PersonalPages
from chengyun.api.seen import Seen
from chengyun.app.documents.docx import MEDIA_TYPE, docx_of
from chengyun.app.documents.html import page_of
from chengyun.app.documents.making import Issued, Printing, Series, incident_report, slip
from chengyun.app.documents.paper import Paper
from chengyun.app.naming import Naming
from chengyun.app.serving import Server
from chengyun.facts.classes import Class, sealed_class_of
from chengyun.facts.privacy import Privacy
from chengyun.facts.registers import City
from chengyun.guard.deciding import Scope
from chengyun.handle.views import CASES
from chengyun.kernel.errors import Rejected
from chengyun.kernel.limits import MAX_GROUND_CHARS, MAX_ID_CHARS, MAX_PRINTED_REPORTS, MAX_READERS
from chengyun.notices.rules import number_of
from chengyun.notices.series import INCIDENT_REPORTS

_NEEDS: Final = "facts:read"
_OPENS: Final = "personal:read"
_SERIES: Final[tuple[Series, ...]] = ("first", "followup", "final")
Form = Literal["docx", "html"]
Make = Callable[[dict[str, Any], list[Issued], Naming, Printing], Paper]


class Asked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """In which language."""

    lang: Literal["", "zh", "en"] = ""
    """The first language of the city where it is left out."""


class Opening(Asked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For what data of persons shall stand on it in clear."""

    purpose: Annotated[str, Meta(min_length=1, max_length=MAX_ID_CHARS)]
    ground: Annotated[str, Meta(min_length=2, max_length=MAX_GROUND_CHARS)]


class _Sealed(NamedTuple):
    """What is personal in a report, and the fact whose seal holds it."""

    report: str
    fact: str
    fields: list[str]


class _Read(NamedTuple):
    """What a document is made of."""

    found: dict[str, Any]
    issued: list[Issued]
    seq: int
    sealed: list[_Sealed]


class DocumentPages:
    """Makes documents of what the page of a case shows."""

    def __init__(self, server: Server, personal: PersonalPages) -> None:
        self._server = server
        self._personal = personal
        self._turns = asyncio.Semaphore(MAX_READERS)
        doors = []
        for form in ("docx", "html"):
            path = f"/api/v1/cases/{{case:path}}/slip.{form}"
            doors += self._both(path, self._slip(form))
            path = f"/api/v1/incidents/{{incident:path}}/report/{{series}}.{form}"
            doors += self._both(path, self._report(form))
        self.doors = tuple(doors)

    def _both(self, path: str, made: Any) -> list[Door]:
        masked, opened = made
        return [
            Door(path, _NEEDS, masked, wide=False),
            Door(path, _OPENS, opened, method="POST", wide=False),
        ]

    # --- the doors ----------------------------------------------------------------------------

    def _slip(self, form: Form) -> Any:
        async def slip_of(request: Request) -> Response:
            """Return the dispatch slip of a case; data of persons are masked."""
            return await self._masked(request, form, request.path_params["case"], _slip, "slip")

        async def slip_opened(request: Request) -> Response:
            """Return the dispatch slip with data of persons, opened for a purpose."""
            return await self._open(request, form, request.path_params["case"], _slip, "slip")

        return slip_of, slip_opened

    def _report(self, form: Form) -> Any:
        async def report_of(request: Request) -> Response:
            """Return the first, follow-up or final report of an incident; persons are masked."""
            series = _series(request)
            case = await self._case_of(request, request.path_params["incident"])
            return await self._masked(request, form, case, _reporting(series), series)

        async def report_opened(request: Request) -> Response:
            """Return a report of an incident with data of persons, opened for a purpose."""
            series = _series(request)
            case = await self._case_of(request, request.path_params["incident"])
            return await self._open(request, form, case, _reporting(series), series)

        return report_of, report_opened

    async def _masked(
        self, request: Request, form: Form, case: str, make: Make, called: str
    ) -> Response:
        asked: Asked = converted(given_once(request), Asked, "query")
        read = await self._read(case, scope_of(request, _NEEDS))
        printing = Printing(actor_of(request), read.seq, self._server.clock.now())
        return self._answer(make, form, called, asked.lang, read, printing)

    async def _open(
        self, request: Request, form: Form, case: str, make: Make, called: str
    ) -> Response:
        asked: Opening = converted(await json_of(request), Opening, "document")
        actor = actor_of(request)
        scope = scope_of(request, _OPENS, asked.purpose)
        read = await self._read(case, scope_of(request, _NEEDS))
        opened: dict[str, dict[str, str]] = {}
        looks: list[str] = []
        for sealed in read.sealed:
            look = Look(
                fact=sealed.fact,
                fields=sealed.fields,
                purpose=asked.purpose,
                ground=asked.ground,
            )
            seen = await self._personal.looked(look, actor, scope)
            clear = {name: str(one) for name, one in seen.fields.items()}
            opened[sealed.report] = opened.get(sealed.report, {}) | clear
            looks.append(seen.look)
        printing = Printing(actor, read.seq, self._server.clock.now(), opened, tuple(looks))
        return self._answer(make, form, called, asked.lang, read, printing)

    # --- reading and writing ------------------------------------------------------------------

    async def _case_of(self, request: Request, incident: str) -> str:
        """Return the case of an incident, as far as whoever asks sees it."""
        scope = scope_of(request, _NEEDS)
        async with self._turns:
            row = await asyncio.to_thread(self._found, incident, scope)
        if row is None:
            raise _unknown("incident", incident)
        return row

    def _found(self, incident: str, scope: Scope) -> str | None:
        partition = self._server.engine.partition
        with StoreReader(self._server.folder) as reader:
            row = next(reader.rows(CASES, partition, incident=incident), None)
            seen = None if row is None else Seen(reader, partition, scope).case(row.case)
        return None if seen is None else seen.case

    async def _read(self, case: str, scope: Scope) -> _Read:
        engine = self._server.engine
        privacy = engine.policies.section(Privacy, area="", at=self._server.clock.now())
        async with self._turns:
            return await asyncio.to_thread(self._reading, case, scope, privacy)

    def _reading(self, case: str, scope: Scope, privacy: Privacy) -> _Read:
        partition = self._server.engine.partition
        with StoreReader(self._server.folder) as reader:
            book = Book(Seen(reader, partition, scope), self._server.engine, privacy)
            found = case_of(book, case)
            row = next(reader.rows(INCIDENT_REPORTS, partition, case=case), None)
            sealed = [
                _Sealed(member["report"], fact.id, names)
                for member in found["members"][:MAX_PRINTED_REPORTS]
                for fact in seals_of(book, member["report"])
                if (names := _personal(self._server.engine.opened(fact), fact.kind))
            ]
        issued = [] if row is None else [Issued(*msgspec.structs.astuple(i)) for i in row.issued]
        seq = max((fact["seq"] for fact in found["chain"]), default=0)
        return _Read(found, issued, seq, sealed)

    def _answer(
        self,
        make: Make,
        form: Form,
        called: str,
        lang: str,
        read: _Read,
        printing: Printing,
    ) -> Response:
        policies = self._server.engine.policies
        version = policies.version(at=self._server.clock.now())
        language = lang or policies.pinned(City, version).languages[0]
        paper = make(read.found, read.issued, Naming(policies, version, language), printing)
        name = f"{called}-{_file_name(read.found['case']['case'])}.{form}"
        headers = {
            "Cache-Control": "no-store",
            "Content-Disposition": f"{'inline' if form == 'html' else 'attachment'}; "
            f'filename="{name}"',
        }
        if form == "html":
            return Response(page_of(paper), headers=headers, media_type="text/html")
        return Response(docx_of(paper), headers=headers, media_type=MEDIA_TYPE)


def _personal(seal: dict[str, str] | None, kind: str) -> list[str]:
    return sorted(n for n in seal or () if sealed_class_of(kind, n) is Class.PERSONAL)


def _slip(found: dict[str, Any], issued: list[Issued], naming: Naming, printing: Printing) -> Paper:
    return slip(found, naming, printing)


def _reporting(series: Series) -> Make:
    def made(
        found: dict[str, Any], issued: list[Issued], naming: Naming, printing: Printing
    ) -> Paper:
        return incident_report(found, series, issued, naming, printing)

    return made


def _series(request: Request) -> Series:
    given = request.path_params["series"]
    for series in _SERIES:
        if given == series:
            return series
    raise _unknown("series", given)


def _file_name(case: str) -> str:
    return "".join(c if c.isascii() and c.isalnum() else "-" for c in number_of(case))[:64]


def _unknown(what: str, name: str) -> Rejected:
    return Rejected(
        "unknown",
        f"no {what} {name[:200]!r} is known",
        where=what,
        remedy="give the id of an incident, and first, followup or final",
        params={"name": name[:200]},
    )
