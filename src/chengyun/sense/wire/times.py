"""Moments written as text: ISO 8601 with an offset, many at once."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]

from chengyun.facts.columns import Longs
from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import from_datetime
from chengyun.sense.wire.judging import BAD_TIME

MAX_TIME_CHARS: Final = 40
"""Longest text that is looked at as a moment; a full one with offset has 32."""

_MOMENT: Final = pa.timestamp("us", "UTC")


def instants_of(texts: list[str]) -> Longs:
    """Return the instants of texts, ``BAD_TIME`` where one is no moment with an offset.

    Digits beyond the microsecond are left out.
    """
    try:
        moments = pa.array(texts, pa.string()).cast(_MOMENT).view(pa.int64())
    except (pa.ArrowInvalid, UnicodeEncodeError):
        return np.fromiter(map(instant_of, texts), np.int64, len(texts))
    return np.array(moments.to_numpy(zero_copy_only=False), np.int64)


def instant_of(text: str) -> int:
    """Return the instant of one text, or ``BAD_TIME``."""
    if len(text) > MAX_TIME_CHARS:
        return BAD_TIME
    try:
        return from_datetime(datetime.fromisoformat(text))
    except (ValueError, OverflowError, Rejected):
        return BAD_TIME
