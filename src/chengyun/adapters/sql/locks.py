"""Who writes to a store: the process that holds the writer's lock of its folder."""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import NamedTuple

from chengyun.adapters.sql.store import LOCK
from chengyun.kernel.errors import Retryable

_PROCESSES = Path("/proc")
_MAX_COMMAND_CHARS = 200


class Holder(NamedTuple):
    """A process that writes to a store."""

    pid: int
    """0 where the lock is held and its file does not say by whom."""
    command: str
    """Its command line, or nothing where the machine does not tell."""

    def __str__(self) -> str:
        named = f" ({self.command})" if self.command else ""
        return f"process {self.pid or 'unknown'}{named}"


def holder_of(folder: Path) -> Holder | None:
    """Return who holds the writer's lock of the store in ``folder``, or ``None``.

    The lock is tried, shared, for a moment; a writer that starts just then waits for it.
    """
    try:
        handle = (folder / LOCK).open("r", encoding="ascii", errors="replace")
    except FileNotFoundError:
        return None
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            told = handle.read(32).strip()
            pid = int(told) if told.isdigit() else 0
            return Holder(pid, _command_of(pid))
    return None


def refuse_while_written(folder: Path, why: str) -> None:
    """Raise ``Retryable`` naming the writer of the store in ``folder``, if there is one."""
    holder = holder_of(folder)
    if holder is not None:
        raise Retryable(
            f"{holder} writes to this store, and {why}",
            where=str(folder),
            remedy=f"stop it first: systemctl stop its unit, or kill -TERM {holder.pid or 'PID'}; "
            "it commits what it has taken and leaves",
        )


def _command_of(pid: int) -> str:
    try:
        words = (_PROCESSES / str(pid) / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return ""
    return " ".join(word.decode(errors="replace") for word in words if word)[:_MAX_COMMAND_CHARS]
