"""What the commands of a simulated city share: where it stands, and when it begins."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import click


class SeedType(click.types.IntParamType):
    """A whole number from which all chance follows."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the number, or refuse what is none with what to write instead."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            return self.fail(f"{value!r} is no seed; give a whole number, such as 7", param, ctx)


SEED: Final = SeedType()


def when(start: str) -> datetime:
    """Return a local time that was given as ``--start``, or refuse it."""
    try:
        return datetime.fromisoformat(start).replace(tzinfo=None)
    except ValueError as wrong:
        raise click.BadParameter(
            f"{start[:40]!r} is no time; write it as 2026-09-18T16:00", param_hint="--start"
        ) from wrong


@contextmanager
def new_folder(out: Path | None, prefix: str) -> Iterator[Path]:
    """Give a new folder: the one that was asked for, or one that goes with the command."""
    if out is None:
        with tempfile.TemporaryDirectory(prefix=prefix) as temporary:
            yield Path(temporary)
        return
    if out.exists() and any(out.iterdir()):
        raise click.BadParameter("there is something in it; give a new one", param_hint="--out")
    out.mkdir(parents=True, exist_ok=True)
    yield out
