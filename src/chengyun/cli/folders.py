"""Folders that a command writes into: nothing that is there is lost, and what is wrong is said."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

from chengyun.kernel.errors import Rejected


def new_folder(folder: Path, *, ours: Collection[str] = (), replace: bool = False) -> None:
    """Make ``folder``, or take an empty one; with ``replace`` also one that holds but ``ours``.

    Raises ``Rejected``: ``not_empty``, or ``no_folder`` where it cannot be made or written into.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        held = sorted(one.name for one in folder.iterdir())
    except OSError as wrong:
        raise _no_folder(folder, wrong.strerror or str(wrong)) from wrong
    strange = [name for name in held if name not in ours]
    if strange or (held and not replace):
        first = (strange or held)[0][:80]
        also = ", or add --replace" if ours and not strange else ""
        raise Rejected(
            "not_empty",
            f"{folder} is not empty: {first!r} is in it",
            where=str(folder),
            remedy=f"name a new folder with --out{also}",
            params={"folder": str(folder), "holds": first},
        )
    writable_folder(folder)


def writable_folder(folder: Path) -> None:
    """Make ``folder`` unless it is there; refuse one that cannot be written into."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as wrong:
        raise _no_folder(folder, wrong.strerror or str(wrong)) from wrong
    if not os.access(folder, os.W_OK | os.X_OK):
        raise _no_folder(folder, "nothing may be written into it")


def _no_folder(folder: Path, why: str) -> Rejected:
    return Rejected(
        "no_folder",
        f"the folder cannot be used: {why}",
        where=str(folder),
        remedy="name another place, one that you may write into",
        params={"folder": str(folder)},
    )
