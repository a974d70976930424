"""``Content-Encoding``: what was packed is unpacked, and never more of it than a body may be."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Final

import pyarrow as pa  # type: ignore[import-untyped]

from chengyun.kernel.errors import Rejected
from chengyun.kernel.limits import MAX_INGEST_BYTES

_GZIP: Final = 16 + zlib.MAX_WBITS


def unpacked(content: bytes, encoding: str) -> bytes:
    """Return the body that a message is.

    Refuses an encoding that is not in ``PACKED_BY`` (``unknown_encoding``), a body that is larger
    than ``MAX_INGEST_BYTES`` (``too_long``), and one that was cut or has something behind its end
    (``broken_packing``).
    """
    if len(content) > MAX_INGEST_BYTES:
        raise _too_long()
    name = encoding.strip().lower()
    if name in ("", "identity"):
        return content
    unpack = PACKED_BY.get(name)
    if unpack is None:
        raise Rejected(
            "unknown_encoding",
            f"a body packed by {encoding[:40]!a} cannot be read",
            remedy=f"pack it by {' or '.join(PACKED_BY)}, or not at all",
            params={"encoding": ascii(encoding[:40])},
        )
    body = unpack(content)
    if len(body) > MAX_INGEST_BYTES:
        raise _too_long()
    return body


def _by_gzip(content: bytes) -> bytes:
    """Unpack one member of gzip (RFC 1952)."""
    stream = zlib.decompressobj(_GZIP)
    try:
        body = stream.decompress(content, MAX_INGEST_BYTES + 1)
    except zlib.error as wrong:
        raise _broken(str(wrong)) from None
    if len(body) <= MAX_INGEST_BYTES:
        if not stream.eof:
            raise _broken("it ends before its end")
        if stream.unused_data:
            raise _broken("something follows its end")
    return body


def _by_zstd(content: bytes) -> bytes:
    """Unpack frames of zstd (RFC 8878); a frame may ask for a window of at most 128 MiB."""
    try:
        with pa.CompressedInputStream(pa.BufferReader(content), "zstd") as stream:
            body: bytes = stream.read(MAX_INGEST_BYTES + 1)
    except (OSError, pa.ArrowException) as wrong:
        raise _broken(str(wrong)[:120]) from None
    return body


def _broken(what: str) -> Rejected:
    return Rejected(
        "broken_packing",
        f"the packed body cannot be read: {what}",
        remedy="send it again, whole",
    )


def _too_long() -> Rejected:
    return Rejected(
        "too_long",
        "the body is too large",
        remedy=f"send at most {MAX_INGEST_BYTES:,} bytes, counted unpacked, in one message",
        params={"limit": str(MAX_INGEST_BYTES)},
    )


PACKED_BY: Final[dict[str, Callable[[bytes], bytes]]] = {
    "gzip": _by_gzip,
    "x-gzip": _by_gzip,
    "zstd": _by_zstd,
}
