"""The messages of ``/ingest/v1/observations``, by content type: bytes in, a batch out.

Pure: no clock, no disk, no network. Only a message that cannot be read at all is ``Rejected``; what
is wrong with one row is in the batch, and the other rows go on.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Final

from chengyun.facts.columns import Batch
from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import Instant
from chengyun.sense.wire import arrow, columns, csv, json_text, objects, senml
from chengyun.sense.wire.judging import check_values
from chengyun.sense.wire.unpacking import unpacked


def read(content: bytes, content_type: str, content_encoding: str, *, now: Instant) -> Batch:
    """Return what a message says, as far as it can be read; ``now`` is what its times relate to.

    Raises ``Rejected`` where the whole message is refused: ``unknown_type``, ``unknown_encoding``,
    ``broken_packing``, ``broken``, ``too_long``, ``too_many_rows``, ``too_many_parts``,
    ``too_deep``, ``other_schema``, ``columns_differ``, ``bad_register``, ``bad_base``,
    ``other_version``.
    """
    reader = READERS[checked_type(content_type, READERS)]
    return reader(unpacked(content, content_encoding), now)


def checked_type(content_type: str, known: Collection[str]) -> str:
    """Return the media type without its parameters; refuse an unknown one and other charsets."""
    name, _, parameters = content_type.partition(";")
    name = name.strip().lower()
    charset = parameters.replace(" ", "").replace('"', "").lower()
    if name not in known or charset not in ("", "charset=utf-8", "header=present"):
        raise Rejected(
            "unknown_type",
            f"a message of type {content_type[:80]!a} cannot be read",
            remedy=f"send {', '.join(known)}, in UTF-8",
            params={"type": ascii(content_type[:80])},
        )
    return name


def _json(content: bytes, _now: Instant) -> Batch:
    content = json_text.bare(content)
    check_values(content)
    if content.startswith(b"["):
        return objects.read(content)
    batch = columns.read(content)
    if batch is None:
        batch = objects.read_one(content)
    if batch is not None:
        return batch
    item = json_text.value_of(content)
    return columns.read_item(item) if columns.is_meant(item) else objects.read_item(item)


def _senml(content: bytes, now: Instant) -> Batch:
    content = json_text.bare(content)
    check_values(content)
    return senml.read(content, now)


def _csv(content: bytes, _now: Instant) -> Batch:
    check_values(content)
    return csv.read(content)


def _arrow(content: bytes, _now: Instant) -> Batch:
    return arrow.read(content)


Reader = Callable[[bytes, Instant], Batch]

READERS: Final[dict[str, Reader]] = {
    "application/json": _json,
    "application/senml+json": _senml,
    "application/vnd.apache.arrow.stream": _arrow,
    "text/csv": _csv,
}
"""A reader for each content type."""
