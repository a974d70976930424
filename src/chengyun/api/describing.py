"""What each door takes and answers, for the OpenAPI description; one entry a door.

A door that does not stand here is not described, and a test fails. Types of bodies and answers are
those that the code reads and writes, so that they cannot differ from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from chengyun.api.accounts import Issued, Opening, Recovering
from chengyun.api.demonstration import BeginEvent, SetPace
from chengyun.api.documents import Opening as DocumentOpening
from chengyun.api.drills import DrillAbout
from chengyun.api.duty import DutyAnswer
from chengyun.api.evidence import Added, EvidenceForm
from chengyun.api.ingest import Registered, Taken
from chengyun.api.moving import Moved
from chengyun.api.notices import Receipt
from chengyun.api.personal import Look, Opened
from chengyun.api.receipts import Standing
from chengyun.api.signing_in import Again, Change, Code, Credentials, Recovery
from chengyun.api.taking import CitizenReport, ReportForm, Told
from chengyun.api.triaging import Ask, Proposal
from chengyun.app.documents.docx import MEDIA_TYPE
from chengyun.app.stream.asking import Explanation, SensorView
from chengyun.facts.sensors import SensorEntry
from chengyun.kernel.limits import MAX_LOOKS_SHOWN, MAX_NUMBER

JSON: Final = "application/json"
_BYTES: Final = {"type": "string", "format": "binary"}
_TEXT: Final = {"type": "string"}
_OBJECT: Final = {"type": "object"}
_ID: Final = {"type": "string", "maxLength": 1024}
_WHOLE: Final = {"type": "integer", "minimum": 0, "maximum": MAX_NUMBER}
_INSTANT: Final = {
    "type": "string",
    "description": "Microseconds since 1970 UTC, or 2026-11-26T08:00:00+08:00.",
}


class Asked(NamedTuple):
    """A parameter of the query, or a header."""

    name: str
    says: str
    schema: Mapping[str, Any] = _TEXT
    place: str = "query"
    is_needed: bool = False


class About(NamedTuple):
    """What a door takes and answers beside its path."""

    says: str = ""
    """A sentence; empty is that of the function which answers."""
    asks: tuple[Asked, ...] = ()
    body: type | None = None
    bodies: Mapping[str, Any] = {}
    """Bodies that are no type of ours, by media type."""
    answer: type | None = None
    media_type: str = JSON
    key: bool = False
    """It wants the key of a feed."""


_AREA: Final = Asked("area", "The code of an area; the city where it is left out.", _ID)
_SPAN: Final = (
    Asked("since", "From when on; a day before the end where it is left out.", _INSTANT),
    Asked("until", "Until when; now where it is left out.", _INSTANT),
)
_LISTED: Final = (
    Asked("state", "In this state alone.", _ID),
    Asked("due_before", "Due before this instant.", _WHOLE),
    Asked("limit", "How many.", _WHOLE | {"minimum": 1}),
    Asked("cursor", "The `next` of the page before.", _ID),
)
_DAY: Final = {"type": "string", "format": "date"}
_COUNTED: Final = (
    Asked("figures", "Names of figures with commas between them; all where it is left out."),
    Asked("by", "Told apart by it.", {"enum": ["unit", "area", "type", "category", "channel"]}),
    Asked("period", "And by periods.", {"enum": ["day", "week", "month", "quarter", "year"]}),
    Asked("from", "The first day in the city; that of the month where it is left out.", _DAY),
    Asked("until", "The last day; today where it is left out.", _DAY),
    Asked("area", "In an area and everything below it.", _ID),
    Asked("unit", "Of a unit and everything below it.", _ID),
    Asked("only", "The area or the unit itself, and nothing below it.", {"enum": ["area", "unit"]}),
    Asked("type", "Of one type.", _ID),
    Asked("category", "Of one category.", _ID),
    Asked("channel", "By one channel.", _ID),
    Asked("as_of", "As it was known then.", _INSTANT),
)
_LENGTH: Final = Asked(
    "Upload-Length", "How many bytes the file has.", _WHOLE, "header", is_needed=True
)
_OFFSET: Final = Asked("Upload-Offset", "Where the piece begins.", _WHOLE, "header", is_needed=True)
_PIECE: Final = {"application/offset+octet-stream": _BYTES}
_LANG: Final = Asked("lang", "`zh` or `en`; the first language of the city where it is left out.",
                     {"type": "string", "enum": ["zh", "en"]})  # fmt: skip
_FILE: Final = "application/octet-stream"
_HTML: Final = "text/html"

ABOUT: Final[Mapping[str, About]] = {
    "POST /api/v1/session": About(body=Credentials),
    "POST /api/v1/session/second-factor": About(body=Code),
    "POST /api/v1/session/enrol": About(body=Code),
    "POST /api/v1/session/recovery": About(body=Recovery),
    "POST /api/v1/session/password": About(body=Change),
    "POST /api/v1/session/new-factor": About(body=Again),
    "GET /api/v1/session": About(),
    "DELETE /api/v1/session": About(),
    "DELETE /api/v1/session/all": About(),
    "GET /api/v1/session/ways": About(),
    "GET /api/v1/session/provider": About(media_type=_HTML),
    "GET /api/v1/session/provider/back": About(
        asks=(
            Asked("state", "What was sent to the provider, as it comes back.", _ID),
            Asked("code", "What the provider gives for the identity.", _ID),
            Asked("error", "Why the provider gives none.", _ID),
        ),
        media_type=_HTML,
    ),
    "GET /api/v1/city": About("Return the city: its name, where it lies, its policy in force."),
    "GET /api/v1/areas": About("Return all areas, as the pack lists them."),
    "GET /api/v1/units": About("Return all responsible units."),
    "GET /api/v1/types": About("Return all kinds of cases."),
    "GET /api/v1/plans": About("Return what response plans are called."),
    "GET /api/v1/signs": About("Return all vital signs with their thresholds."),
    "GET /api/v1/live": About(),
    "GET /stream": About(
        asks=(
            Asked("cursor", "Where to go on.", {"type": "string", "pattern": "^[0-9]{0,18}$"}),
            Asked("Last-Event-ID", "The same, as browsers send it.", _TEXT, "header"),
        ),
        media_type="text/event-stream",
    ),
    "GET /api/v1/cases": About(
        asks=(_AREA, *_LISTED, Asked("unit", "A unit with all below it.", _ID),
              Asked("type", "A type of the pack.", _ID))
    ),
    "POST /api/v1/reports": About(body=ReportForm, answer=Told),
    "GET /api/v1/reports/{report}": About(),
    "POST /api/v1/public/reports": About(body=CitizenReport, answer=Told),
    "GET /api/v1/receipts/{code}": About(answer=Standing),
    "GET /api/v1/cases/{case}/moves": About(),
    "POST /api/v1/cases/{case}/moves/{move}": About(
        asks=(
            Asked("If-Match", "The `ETag` of the case as it was seen.", _ID, "header"),
            Asked("Idempotency-Key", "Answered the same for a day.", _ID, "header"),
        ),
        bodies={JSON: _OBJECT},
        answer=Moved,
    ),
    "POST /api/v1/uploads": About(asks=(_LENGTH,)),
    "GET /api/v1/uploads/{upload}": About(),
    "PATCH /api/v1/uploads/{upload}": About(asks=(_OFFSET,), bodies=_PIECE),
    "DELETE /api/v1/uploads/{upload}": About(),
    "POST /api/v1/cases/{case}/evidence": About(body=EvidenceForm, answer=Added),
    "GET /api/v1/cases/{case}/evidence": About(),
    "POST /api/v1/reports/{report}/evidence": About(body=EvidenceForm, answer=Added),
    "GET /api/v1/evidence/{digest}": About(
        asks=(Asked("small", "1 for the small picture.", _ID),), media_type=_FILE
    ),
    "POST /api/v1/receipts/{code}/uploads": About(asks=(_LENGTH,)),
    "GET /api/v1/receipts/{code}/uploads/{upload}": About(),
    "PATCH /api/v1/receipts/{code}/uploads/{upload}": About(asks=(_OFFSET,), bodies=_PIECE),
    "DELETE /api/v1/receipts/{code}/uploads/{upload}": About(),
    "POST /api/v1/receipts/{code}/evidence": About(body=EvidenceForm, answer=Added),
    "GET /api/v1/desk": About(
        asks=(_AREA, *_LISTED, Asked("unit", "Nothing at the desk is a unit's yet.", _ID),
              Asked("waits_for", "`triage` or `sighting`.", _ID),
              Asked("channel", "Of this channel alone.", _ID))
    ),
    "POST /api/v1/triage": About(body=Ask, answer=Proposal),
    "GET /api/v1/duty": About(
        asks=(Asked("unit", "A unit of the pack.", _ID, is_needed=True),
              Asked("at", "When; now where it is left out.", _INSTANT),
              Asked("post", "`lead`, `officer`, `dispatcher` or `crew`; may come again.", _ID),
              Asked("skill", "Crews with this skill.", _ID)),
        answer=DutyAnswer,
    ),
    "GET /api/v1/grants": About(
        asks=(_AREA, *_LISTED, Asked("unit", "A unit with all below it.", _ID),
              Asked("account", "Of this account alone.", _ID), Asked("role", "Of this role.", _ID))
    ),
    "GET /api/v1/approvals": About(
        asks=(_AREA, *_LISTED, Asked("unit", "A unit with all below it.", _ID),
              Asked("actor", "Sent by this one alone.", _ID),
              Asked("command", "This command alone.", _ID))
    ),
    "GET /api/v1/accounts": About(
        asks=(Asked("login", "Exactly this login.", _ID), Asked("state", "In this state.", _ID),
              Asked("kind", "`person` or `service`.", _ID), Asked("power", "Of this power.", _ID),
              *_LISTED[2:])
    ),
    "POST /api/v1/accounts": About(body=Opening, answer=Issued),
    "POST /api/v1/accounts/{account}/secret": About(body=Recovering, answer=Issued),
    "GET /api/v1/roles": About(),
    "GET /api/v1/notices": About(
        asks=(_AREA, *_LISTED, Asked("unit", "A unit with all below it.", _ID),
              Asked("recipient", "To whom; `me` is whoever asks.", _ID),
              Asked("case", "About this case.", _ID))
    ),
    "POST /notices/v1/receipts/{channel}": About(
        asks=tuple(
            Asked(f"webhook-{part}", "As Standard Webhooks says.", _TEXT, "header", is_needed=True)
            for part in ("id", "timestamp", "signature")
        ),
        body=Receipt,
    ),
    "GET /api/v1/cases/{case}/slip.docx": About(asks=(_LANG,), media_type=MEDIA_TYPE),
    "POST /api/v1/cases/{case}/slip.docx": About(body=DocumentOpening, media_type=MEDIA_TYPE),
    "GET /api/v1/cases/{case}/slip.html": About(asks=(_LANG,), media_type=_HTML),
    "POST /api/v1/cases/{case}/slip.html": About(body=DocumentOpening, media_type=_HTML),
    "GET /api/v1/incidents/{incident}/report/{series}.docx": About(
        asks=(_LANG,), media_type=MEDIA_TYPE
    ),
    "POST /api/v1/incidents/{incident}/report/{series}.docx": About(
        body=DocumentOpening, media_type=MEDIA_TYPE
    ),
    "GET /api/v1/incidents/{incident}/report/{series}.html": About(
        asks=(_LANG,), media_type=_HTML
    ),
    "POST /api/v1/incidents/{incident}/report/{series}.html": About(
        body=DocumentOpening, media_type=_HTML
    ),
    "GET /api/v1/cases/{case}": About(),
    "GET /api/v1/trace": About(asks=(Asked("fact", "The id of a fact or subject.", _ID),)),
    "POST /api/v1/personal": About(body=Look, answer=Opened),
    "GET /api/v1/purposes": About(),
    "GET /api/v1/audit/looks": About(
        asks=(
            Asked("person", "Whose data were looked at.", _ID),
            Asked("actor", "Who looked.", _ID),
            Asked("from", "From when on.", _INSTANT),
            Asked("until", "Until when.", _INSTANT),
            Asked("limit", "How many.", _WHOLE | {"minimum": 1, "maximum": MAX_LOOKS_SHOWN}),
            Asked("cursor", "The `next` of the page before.", _WHOLE | {"minimum": 1}),
        )
    ),
    "GET /api/v1/public/figures": About(
        asks=(Asked("period", "When the period began; the last one where it is left out.", _WHOLE),)
    ),
    "GET /api/v1/figures": About(asks=_COUNTED),
    "GET /api/v1/figures/{figure}/cases": About(
        asks=(
            *_COUNTED,
            Asked(
                "part",
                "Of a rate: the cases that meet it, or all of which it is taken.",
                {"enum": ["numerator", "denominator"]},
            ),
            Asked("limit", "How many.", _WHOLE | {"minimum": 1}),
            Asked("cursor", "The `next` of the page before.", _ID),
        )
    ),
    "GET /api/v1/commands": About(),
    "POST /api/v1/commands/{name}": About(),
    "GET /healthz": About(),
    "GET /readyz": About(),
    "GET /metrics": About(media_type="text/plain"),
    "POST /ingest/v1/observations": About(
        asks=(Asked("Batch-Id", "Knows a batch again that is sent twice.",
                    {"type": "string", "maxLength": 128}, "header"),),
        bodies={
            JSON: {},
            "application/senml+json": {"type": "array", "items": _OBJECT},
            "application/vnd.apache.arrow.stream": _BYTES,
            "text/csv": _TEXT,
        },
        answer=Taken,
        key=True,
    ),
    "POST /ingest/v1/sensors": About(body=list[SensorEntry], answer=Registered, key=True),
    "GET /api/v1/sensing/signs": About(asks=(_AREA,)),
    "GET /api/v1/sensing/signs/{sign}": About(asks=(_AREA,), answer=Explanation),
    "GET /api/v1/sensing/sensors/{sensor}": About(answer=SensorView),
    "GET /api/v1/sensing/signs/{sign}/history": About(asks=(_AREA, *_SPAN)),
    "GET /api/v1/sensing/sensors/{sensor}/history": About(asks=_SPAN),
    "GET /api/v1/sensing/feeds": About(asks=(_AREA,)),
    "GET /api/v1/demo": About(),
    "POST /api/v1/demo/pace": About(body=SetPace),
    "POST /api/v1/demo/event": About(body=BeginEvent),
    "GET /api/v1/drill": About(answer=DrillAbout),
    "POST /api/v1/drill/end": About(answer=DrillAbout),
    "GET /api/v1/drill/debrief": About(),
    "GET /debrief.{lang}.html": About(media_type=_HTML),
    "GET /api/v1/openapi.json": About(),
    "GET /map/{name}": About(media_type="application/geo+json"),
    "GET /": About(media_type=_HTML),
    "GET /{path}": About(media_type=_FILE),
}  # fmt: skip
