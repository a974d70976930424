"""Readable, time-ordered, deterministic identifiers: ``warn:rain:cn-sh:1317000000000000``.

An identifier is a natural key joined by colons. Parts from outside are escaped, so that no text
can forge another identifier; where people are concerned the part is opaque (``opaque``).
"""

from __future__ import annotations

import hashlib
from urllib.parse import quote

from chengyun.kernel.errors import Rejected
from chengyun.kernel.limits import MAX_ID_CHARS

_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-~/")


def join(*parts: str | int) -> str:
    """Join ``parts`` to one identifier; letters of any script stay readable.

    >>> join("case", "boston-311", "101000295613")
    'case:boston-311:101000295613'
    >>> join("warn", "a:b", 7)
    'warn:a%3Ab:7'
    """
    return ":".join(part if _PLAIN.issuperset(part) else _escape(part) for part in map(str, parts))


def under(prefix: str, identifier: str, *more: str | int) -> str:
    """Return an identifier made from another one, which is kept as it is.

    >>> under("work", "report:requests:7")
    'work:report:requests:7'
    >>> under("rework", "case:requests:7", 2)
    'rework:case:requests:7:2'
    """
    return ":".join((prefix, identifier, *map(str, more)))


def _escape(part: str) -> str:
    return "".join(
        char if char in _PLAIN or (char.isalnum() and not char.isascii()) else quote(char, safe="")
        for char in part
    )


def outside(text: str, *, field: str) -> str:
    """Check an identifier given by the outside world and return it without surrounding blanks."""
    cleaned = text.strip()
    if not cleaned:
        raise Rejected(
            "missing", f"{field} is empty", remedy="every record needs one", params={"field": field}
        )
    if len(cleaned) > MAX_ID_CHARS:
        raise Rejected(
            "too_long",
            f"{field} has {len(cleaned)} characters, at most {MAX_ID_CHARS} are allowed",
            remedy="shorten it at the sender",
            params={"field": field, "chars": str(len(cleaned)), "limit": str(MAX_ID_CHARS)},
        )
    if not cleaned.isprintable():
        raise Rejected(
            "unprintable",
            f"{field} holds control characters",
            remedy="remove them at the sender",
            params={"field": field},
        )
    return cleaned


def opaque(kind: str, natural: str, secret: bytes) -> str:
    """Return an identifier that does not show the natural key of a person.

    Keyed BLAKE2b with 64 bits: the same person has the same identifier under the same secret,
    and nobody without the secret can test a guess.
    """
    digest = hashlib.blake2b(natural.encode(), key=secret[:64], digest_size=8).hexdigest()
    return join(kind, digest)
