"""Receipts: a code with which a reporter asks how his report stands, in plain words.

Of the code only the digest is kept. It has 80 random bits: nobody finds one by trying.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Final

import msgspec

from chengyun.adapters.sql.reading import StoreReader
from chengyun.engine.requests import Keyed
from chengyun.handle.views import CASES, MEMBERS
from chengyun.kernel.errors import Rejected
from chengyun.sense.waiting import INTAKE, RECEIPTS

_LETTERS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's 32: no letter is taken for another, or for a digit."""
_CHARS: Final = 16
_BITS: Final = 5 * _CHARS
_SAME: Final = str.maketrans("OIL", "011", "- ")

_SAYS: Final = {
    "waits": {
        "en": "We have your report. Somebody is looking at it.",
        "zh": "您的诉求已收到，工作人员正在查看。",
    },
    "received": {
        "en": "We have your report and are finding out who handles it.",
        "zh": "您的诉求已受理，正在确定承办单位。",
    },
    "in_hand": {
        "en": "Your report is with the people who handle it.",
        "zh": "您的诉求已交承办单位办理。",
    },
    "reported_back": {
        "en": "The work was reported as done and is being checked.",
        "zh": "承办单位已反馈办理结果，正在核查。",
    },
    "closed": {
        "en": "The matter was closed. If it is not solved, tell us again.",
        "zh": "您的诉求已办结。如未解决，请再次反映。",
    },
    "dismissed": {
        "en": "Somebody looked and found nothing to be done.",
        "zh": "经现场或影像核实，未发现需要处置的情况。",
    },
}


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How a report stands, for whoever has its receipt."""

    number: str
    state: str
    says: dict[str, str]
    """The same in plain words, by language."""
    taken_at: int
    due_at: int | None
    ended_at: int | None


def receipt_of(request: Keyed | None) -> str:
    """Return a code, ``K7QF-2M9X-0TRB-5VWN``: fresh, or the same for the same request.

    Whoever knows the key that he chose himself, and what he said, knows the code.
    """
    drawn = secrets.randbits(_BITS)
    if request is not None:
        told = hashlib.sha256(f"receipt:{request.key}:{request.content}".encode())
        drawn = int.from_bytes(told.digest()[: _BITS // 8], "big")
    letters = "".join(_LETTERS[drawn >> 5 * place & 31] for place in range(_CHARS))
    return "-".join(letters[start : start + 4] for start in range(0, _CHARS, 4))


def digest_of_receipt(code: str) -> str:
    """Return what is kept of a code; small letters, blanks and look-alikes make no difference.

    >>> digest_of_receipt("k7qf 2m9x otrb 5vwn") == digest_of_receipt("K7QF-2M9X-0TRB-5VWN")
    True
    """
    return hashlib.sha256(code.upper().translate(_SAME).encode()).hexdigest()


def report_of(reader: StoreReader, partition: str, code: str) -> str:
    """Return the report of a receipt; an unknown code is refused as such."""
    receipt = next(reader.rows(RECEIPTS, partition, receipt=digest_of_receipt(code)), None)
    if receipt is None:
        raise Rejected(
            "unknown_receipt",
            "this code belongs to no report",
            where="code",
            remedy="look at it again; it has 16 letters and digits",
        )
    return str(receipt.report)


def standing_of(reader: StoreReader, partition: str, code: str) -> Standing:
    """Return how the report of a receipt stands; an unknown code is refused as such."""
    report = report_of(reader, partition, code)
    row = next(reader.rows(INTAKE, partition, report=report))
    member = next(reader.rows(MEMBERS, partition, report=row.report), None)
    case = None
    if member is not None and member.case:
        case = next(reader.rows(CASES, partition, case=member.case), None)
    state = _state(row.state, member, case)
    return Standing(
        number=row.report.split(":", 2)[2],
        state=state,
        says=_SAYS[state],
        taken_at=row.taken_at,
        due_at=None if member is None else member.due_at,
        ended_at=None if case is None or case.state != "closed" else case.ended_at,
    )


def _state(state: str, member: object, case: object) -> str:
    if state != "received" or member is None or case is None:
        return state
    found = getattr(case, "state", "")
    if found in ("reported_back", "verified"):
        return "reported_back"
    return found if found == "closed" else "in_hand" if getattr(case, "unit", "") else "received"
