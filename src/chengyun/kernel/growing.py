"""Columns that grow."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray


def grown(array: NDArray[Any], size: int) -> NDArray[Any]:
    """Return ``array`` with room for ``size`` entries at least, new ones zero.

    It doubles, and large blocks are moved by the kernel's page tables, not copied. Views of it are
    void afterwards: the caller holds the only reference.
    """
    if size > len(array):
        array.resize(max(size, 2 * len(array)), refcheck=False)
    return array
