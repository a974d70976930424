"""What the commands of a simulated city share: where it stands, and when it begins."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import click

from chengyun.sim.linjiang.scales import YEARS


def when(start: str) -> datetime:
    """Return a local time that was given as ``--start``, to the minute, or refuse it."""
    try:
        begins = datetime.fromisoformat(start).replace(tzinfo=None, second=0, microsecond=0)
    except ValueError as wrong:
        raise click.BadParameter(
            f"{start[:40]!r} is no time; write it as 2026-09-18T16:00", param_hint="--start"
        ) from wrong
    if begins.year not in YEARS:
        raise click.BadParameter(
            f"Linjiang lives in the years {YEARS[0]} to {YEARS[-1]}", param_hint="--start"
        )
    return begins


@contextmanager
def folder_or_passing(out: Path | None, prefix: str) -> Iterator[Path]:
    """Give the folder that was asked for, as it is, or a new one that goes with the command."""
    if out is None:
        with tempfile.TemporaryDirectory(prefix=prefix) as temporary:
            yield Path(temporary)
        return
    yield out
