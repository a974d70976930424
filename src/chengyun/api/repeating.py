"""Requests that may be sent again, and decisions about what one has seen: two headers.

``Idempotency-Key`` (draft-ietf-httpapi-idempotency-key-header): the same key with the same content
is answered as it was the first time, for a day; with another content it is refused. ``If-Match``
carries the ``ETag`` of what was seen, and is compared when the command is executed, not before.
"""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec
from starlette.requests import Request

from chengyun.engine.requests import Keyed, keyed
from chengyun.kernel.errors import Rejected
from chengyun.kernel.limits import MAX_KEY_CHARS

_KEY: Final = re.compile(r'"?([\x21\x23-\x7e]+)"?', re.ASCII)
_ETAG: Final = re.compile(r'"([0-9]{1,18})"', re.ASCII)
_canonical: Final = msgspec.json.Encoder(order="deterministic").encode


def key_in(request: Request, *, least: int = 1) -> str:
    """Return the key of a request, empty where it has none; one that is malformed is refused."""
    given = request.headers.get("idempotency-key")
    if given is None:
        return ""
    found = _KEY.fullmatch(given.strip())
    if found is None or not least <= len(found[1]) <= MAX_KEY_CHARS:
        raise Rejected(
            "bad_key_of_request",
            f"a key has {least} to {MAX_KEY_CHARS} printable characters",
            where="Idempotency-Key",
            remedy="send a UUID of its own with every request",
        )
    return found[1]


def keyed_request(request: Request, sender: str, key: str, content: Any) -> Keyed | None:
    """Return the request under its key, or ``None`` where it has none."""
    if not key:
        return None
    asked = _canonical([request.method, request.url.path, content])
    return keyed(sender, key, asked)


def etag(revision: int) -> str:
    """Return the tag of a row at a revision."""
    return f'"{revision}"'


def revision_in(request: Request) -> int | None:
    """Return the revision that the sender saw; ``None`` where it is all the same to him."""
    given = request.headers.get("if-match")
    if given is None or given.strip() == "*":
        return None
    found = _ETAG.fullmatch(given.strip())
    if found is None:
        raise Rejected(
            "bad_etag",
            "this is no tag of a case",
            where="If-Match",
            remedy="send the ETag that the case was answered with",
        )
    return int(found[1])
