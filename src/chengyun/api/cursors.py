"""Pages of a list: what is asked for, each thing once, and the cursor that leads on."""

from __future__ import annotations

import base64

import msgspec
from starlette.requests import Request

from chengyun.kernel.errors import Rejected


def given_once(request: Request) -> dict[str, str]:
    """Return what is asked for; the same thing twice is a mistake, not a choice."""
    found: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name in found:
            raise Rejected(
                "bad_fields", f"{name[:40]!r} is given twice", where="query", remedy="give it once"
            )
        found[name] = value
    return found


def cursor_of(at: int, key: str) -> str:
    """Return what leads on after the row that began at ``at`` and is called ``key``.

    >>> read_cursor(cursor_of(7, "case:a")), read_cursor("")
    ((7, 'case:a'), None)
    """
    return base64.urlsafe_b64encode(msgspec.json.encode((at, key))).decode().rstrip("=")


def read_cursor(cursor: str) -> tuple[int, str] | None:
    """Return when the last row of the page before began, and its key."""
    if not cursor:
        return None
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        at, key = msgspec.json.decode(raw, type=tuple[int, str])
    except (ValueError, msgspec.MsgspecError) as wrong:
        raise Rejected(
            "bad_cursor",
            "this is no cursor of a list",
            where="cursor",
            remedy="take next of the page before",
        ) from wrong
    if abs(at) >= 1 << 62:
        raise Rejected(
            "bad_cursor", "no list goes that far", where="cursor", remedy="take next of a page"
        )
    return at, key
