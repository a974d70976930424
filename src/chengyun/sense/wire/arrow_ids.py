"""Ids of sensors out of Arrow columns: plain, large, as views or by dictionary.

A dictionary or a view can name the same long text for every row, so lengths are looked at before
anything is spelled out.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]

from chengyun.facts.columns import Bytes, Ids
from chengyun.kernel.limits import MAX_ID_CHARS
from chengyun.sense.wire.faults import Fault

_MOST_BYTES: Final = 4 * MAX_ID_CHARS
"""An id of as many characters as there may be has no more bytes than this."""


def can_be_read(kind: Any) -> bool:
    """Tell whether a column of this type can hold ids."""
    if pa.types.is_dictionary(kind):
        return bool(kind.value_type in (pa.string(), pa.large_string()))
    return bool(kind in (pa.string(), pa.large_string(), pa.string_view()))


def ids_of(columns: list[Any], wrong: Bytes) -> Ids:
    """Return the ids of a column's parts, in order, as they stand: not checked for UTF-8.

    Rows without an id, or with one that is too long to be spelled out, are entered in ``wrong``.
    """
    texts: list[Bytes] = []
    ends: list[Any] = []
    rows = size = 0
    for column in columns:
        here = wrong[rows : rows + len(column)]
        one = _spelled(column, here)
        texts.append(one.text)
        ends.append(one.ends + size)
        rows, size = rows + len(column), size + len(one.text)
    if len(columns) == 1:
        return Ids(texts[0], ends[0])
    none = np.zeros(0, np.int64)
    return Ids(np.concatenate([none.astype(np.uint8), *texts]), np.concatenate([none, *ends]))


def _spelled(column: Any, wrong: Bytes) -> Ids:
    column.validate()
    if column.null_count:
        wrong[column.is_null().to_numpy(zero_copy_only=False)] = Fault.MISSING_ID
    if pa.types.is_dictionary(column.type):
        column = _of_dictionary(column, wrong)
    elif column.type == pa.string_view():
        column = _of_views(column, wrong)
    else:
        column = _as_bytes(column)
    return _block(column)


def _as_bytes(column: Any) -> Any:
    """Return a column of texts as one of bytes, with 64-bit offsets that were checked."""
    plain = column.view(pa.binary() if column.type == pa.string() else pa.large_binary())
    plain.validate(full=True)
    return plain.cast(pa.large_binary())


def _of_dictionary(column: Any, wrong: Bytes) -> Any:
    words = _as_bytes(column.dictionary)
    indices = column.indices
    indices.validate(full=True)
    numbers = pc.fill_null(indices, 0).to_numpy(zero_copy_only=False) if len(indices) else []
    places = np.asarray(numbers, np.int64)
    named = wrong == 0
    if not len(words):
        if named.any():
            raise ValueError("a row names no word of its dictionary")
        return pa.array([b""] * len(places), pa.large_binary())
    if not ((places >= 0) & (places < len(words)))[named].all():
        raise ValueError("a row names no word of its dictionary")
    places = np.where(named, places, 0)
    lengths = pc.binary_length(words).fill_null(0).to_numpy(zero_copy_only=False)
    null = words.is_null().to_numpy(zero_copy_only=False)
    wrong[named & (lengths[places] > _MOST_BYTES)] = Fault.ID_TOO_LONG
    wrong[named & null[places]] = Fault.MISSING_ID
    spelled = np.where(lengths > _MOST_BYTES, 0, lengths)
    words = pc.if_else(pa.array(spelled == lengths), words, pa.scalar(b"", pa.large_binary()))
    return words.fill_null(b"").take(pa.array(places))


def _of_views(column: Any, wrong: Bytes) -> Any:
    count = len(column)
    _, views, *texts = column.buffers()
    lengths = np.frombuffer(views, np.int32)[::4][column.offset : column.offset + count]
    wrong[(lengths > _MOST_BYTES) & (wrong == 0)] = Fault.ID_TOO_LONG
    named = pa.array(wrong == 0).buffers()[1]
    here = views.slice(16 * column.offset, 16 * count)
    plain = pa.Array.from_buffers(pa.binary_view(), count, [named, here, *texts])
    plain.validate(full=True)
    return plain.cast(pa.large_binary())


def _block(column: Any) -> Ids:
    """Return a column of bytes with 64-bit offsets as a block of ids."""
    _, offsets, text = column.buffers()
    count = len(column)
    if not count or offsets is None:
        return Ids(np.zeros(0, np.uint8), np.zeros(count, np.int64))
    edges = np.frombuffer(offsets, np.int64)[column.offset : column.offset + count + 1]
    first, last = int(edges[0]), int(edges[-1])
    content = np.zeros(0, np.uint8) if text is None else np.frombuffer(text, np.uint8)
    return Ids(content[first:last], edges[1:] - first)
