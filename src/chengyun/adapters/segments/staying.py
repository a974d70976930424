"""While a backup reads a folder nothing leaves it: a lock on the folder, shared by those who read.

Files of the lane are written once and renamed when they are whole, so a reader needs no more than
that they stay. Whoever lets files go asks first, and where somebody reads they go another time. A
lock ends with the process that has it.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def all_stays(folder: Path) -> Iterator[None]:
    """Let no file leave ``folder`` meanwhile; waits for one who is letting files go just now."""
    with _opened(folder) as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        try:
            yield
        finally:
            fcntl.flock(lock, fcntl.LOCK_UN)


@contextmanager
def may_leave(folder: Path) -> Iterator[bool]:
    """Tell whether files may leave ``folder`` now; nobody begins to read meanwhile."""
    with _opened(folder) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        try:
            yield True
        finally:  # said aloud: a child split off meanwhile has the same lock
            fcntl.flock(lock, fcntl.LOCK_UN)


@contextmanager
def _opened(folder: Path) -> Iterator[int]:
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield lock
    finally:
        os.close(lock)
