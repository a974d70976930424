"""Columns that grow."""

from __future__ import annotations

import mmap
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

_PRIVATE: Final = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS


def grown(array: NDArray[Any], size: int) -> NDArray[Any]:
    """Return ``array`` with room for ``size`` entries at least, new ones zero.

    It doubles, and large blocks are moved by the kernel's page tables, not copied. Views of it are
    void afterwards: the caller holds the only reference.
    """
    if size > len(array):
        array.resize(max(size, 2 * len(array)), refcheck=False)
    return array


def roomy(dtype: np.dtype[Any] | type[np.generic], most: int) -> NDArray[Any]:
    """Return a column of zeros with room for ``most`` entries, of which it takes what is used.

    Memory comes page by page as entries are first written, begins at the start of a page, and is
    this process's own: a child that is split off sees it as it was.
    """
    size = np.dtype(dtype).itemsize * most
    memory = mmap.mmap(-1, max(size, mmap.PAGESIZE), flags=_PRIVATE)
    if hasattr(mmap, "MADV_HUGEPAGE"):
        memory.madvise(mmap.MADV_HUGEPAGE)
    return np.frombuffer(memory, dtype, most)
