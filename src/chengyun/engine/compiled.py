"""Loops over columns, compiled: written as plain Python, row by row, and run at machine speed.

A compiled loop holds no lock of the interpreter, so decoding, writing and applying overlap. Its
machine code is kept beside the source, or in the user's cache where that cannot be written.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., object])


def compiled(function: F) -> F:
    """Compile ``function`` for the types it is first called with."""
    return cast("F", numba.njit(cache=True, nogil=True, error_model="numpy")(function))


def inlined(function: F) -> F:
    """Compile ``function`` into the compiled loops that call it: no call, no counted references.

    For what a loop does once a row: handing a tuple of arrays over costs more than the work.
    """
    return cast("F", numba.njit(inline="always", error_model="numpy")(function))
