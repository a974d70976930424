"""The frames of an Arrow IPC stream, walked before anything is built: whole, small enough, simple.

The reader of Arrow trusts what a message says about itself: it would set aside terabytes for a
buffer that says it unpacks to that, and takes a stream that was cut between two batches for a whole
one. So each message is looked at first. Formats: the Arrow columnar format 1.5, section "IPC", and
``Message.fbs``; FlatBuffers tables are read by hand, a few fields of them.
"""

from __future__ import annotations

from struct import error as StructError  # noqa: N812 - the module's own name is lower-case
from struct import unpack_from
from typing import Final, NamedTuple

from chengyun.kernel.errors import Rejected
from chengyun.kernel.limits import MAX_ARROW_SCHEMA_BYTES, MAX_BATCH_PARTS, MAX_INGEST_BYTES
from chengyun.sense.wire.judging import check_rows

_CONTINUES: Final = 0xFFFFFFFF
_SCHEMA, _DICTIONARY, _BATCH = 1, 2, 3
_MAX_BUFFERS: Final = 64


class _Frame(NamedTuple):
    kind: int
    header: int
    body: int
    after: int


def check(content: bytes) -> None:
    """Refuse a stream that is cut, grows beyond a body's bound, or has too many parts or rows.

    Raises ``Rejected`` with ``broken``, ``too_long``, ``too_many_rows`` or ``too_many_parts``.
    """
    try:
        _walk(content)
    except (StructError, IndexError, ValueError) as wrong:
        raise broken("it is damaged, or no stream of Arrow") from wrong


def broken(what: str) -> Rejected:
    """Return the refusal of a stream that cannot be read."""
    return Rejected(
        "broken",
        f"the Arrow stream cannot be read: {what}",
        remedy="send it again, whole, with its end-of-stream mark",
    )


def _walk(content: bytes) -> None:
    place = parts = rows = grown = 0
    while True:
        frame = _frame_at(content, place)
        if frame is None:
            break
        if (frame.kind == _SCHEMA) != (parts == 0):
            raise broken("its schema does not stand first")
        if not parts and frame.body - place > MAX_ARROW_SCHEMA_BYTES:
            raise broken("its schema is too large")
        header = frame.header
        if frame.kind == _DICTIONARY:
            if _field(content, header, 2) and content[header + _field(content, header, 2)]:
                raise broken("it has delta dictionaries; write whole ones")
            header = _table(content, header, 1)
        if frame.kind in (_DICTIONARY, _BATCH):
            length = _long(content, header, 0)
            rows += length if frame.kind == _BATCH else 0
            check_rows(max(rows, length))
            grown += _grown(content, header, frame)
        elif frame.kind != _SCHEMA:
            raise broken(f"it has a message of kind {frame.kind}")
        parts += 1
        _check_sums(parts, grown)
        place = frame.after
    if not parts:
        raise broken("it has no schema")


def _check_sums(parts: int, grown: int) -> None:
    if parts > MAX_BATCH_PARTS + 1:
        raise Rejected(
            "too_many_parts",
            "the Arrow stream has too many record batches",
            remedy=f"write larger ones, at most {MAX_BATCH_PARTS:,}",
            params={"limit": str(MAX_BATCH_PARTS)},
        )
    if grown > MAX_INGEST_BYTES:
        raise Rejected(
            "too_long",
            "the Arrow stream is too large when it is unpacked",
            remedy=f"send at most {MAX_INGEST_BYTES:,} bytes, counted unpacked, in one message",
            params={"limit": str(MAX_INGEST_BYTES)},
        )


def _frame_at(content: bytes, place: int) -> _Frame | None:
    """Return the frame that begins at ``place``; nothing at the end of the stream."""
    mark, size = unpack_from("<Ii", content, place)
    if mark != _CONTINUES or size < 0:
        raise broken("a frame does not begin as one")
    start = place + 8
    if size == 0:
        if start != len(content):
            raise broken("something follows its end")
        return None
    message = start + _offset(content, start)
    header = _table(content, message, 2)
    body = start + size
    after = body + _long(content, message, 3)
    if not body <= after <= len(content):
        raise broken("it ends before its end")
    kind = content[message + _field(content, message, 1)]
    return _Frame(kind, header, body, after)


def _grown(content: bytes, batch: int, frame: _Frame) -> int:
    """Return how large the packed buffers of a batch say they are; 0 where nothing is packed."""
    if not _field(content, batch, 3):
        return 0
    buffers = _table(content, batch, 2)
    count = _offset(content, buffers)
    if count > _MAX_BUFFERS:
        raise broken("it has too many columns")
    total = 0
    for number in range(count):
        offset, length = unpack_from("<qq", content, buffers + 4 + 16 * number)
        if length < 8:
            continue
        if offset < 0 or frame.body + offset + length > frame.after:
            raise broken("a column lies outside of it")
        (unpacked,) = unpack_from("<q", content, frame.body + offset)
        if unpacked < -1:
            raise broken("a column says it is smaller than nothing")
        total += length if unpacked == -1 else unpacked
    return total


# --- FlatBuffers ------------------------------------------------------------------------------
def _offset(content: bytes, place: int) -> int:
    return int(unpack_from("<I", content, place)[0])


def _field(content: bytes, table: int, number: int) -> int:
    """Return where a field lies in its table, 0 where it was left out."""
    vtable = table - int(unpack_from("<i", content, table)[0])
    if vtable < 0:
        raise ValueError("a table lies before the message")
    (size,) = unpack_from("<H", content, vtable)
    entry = 4 + 2 * number
    return int(unpack_from("<H", content, vtable + entry)[0]) if entry < size else 0


def _long(content: bytes, table: int, number: int) -> int:
    """Return a field of 64 bits that counts something."""
    field = _field(content, table, number)
    found = int(unpack_from("<q", content, table + field)[0]) if field else 0
    if found < 0:
        raise ValueError("a length is negative")
    return found


def _table(content: bytes, table: int, number: int) -> int:
    """Return where the table or list lies that a field points to."""
    field = _field(content, table, number)
    if not field:
        raise ValueError("a part is missing")
    return table + field + _offset(content, table + field)
