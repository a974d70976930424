"""Has a command executed on a store: by the process that serves it, or here where none does."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from chengyun.adapters.local.frames import SOCKET, Request, ask
from chengyun.adapters.sql.reading import StoreReader
from chengyun.adapters.system.clock import SystemClock
from chengyun.adapters.system.entropy import SystemEntropy
from chengyun.app import platform
from chengyun.cli.doors import actor
from chengyun.cli.stores import only_partition
from chengyun.engine.commands import Command


def executed(folder: Path, command: Command) -> None:
    """Execute ``command`` as whoever sits here, on disk when this returns; or raise what refuses.

    ``folder`` holds the store. Where its socket is, a process serves it and is asked.
    """
    if (folder / SOCKET).exists():
        fields = msgspec.to_builtins(command)
        answer = ask(folder, Request(command=type(command).__name__, fields=fields))
        if answer.refused:
            raise click.ClickException(answer.refused)
        return
    with StoreReader(folder) as reader:
        partition = only_partition(reader, None)
    with platform.opened(
        folder, partition=partition, clock=SystemClock(), entropy=SystemEntropy()
    ) as opened:
        outcome = opened.engine.execute(command, actor=actor())
        opened.engine.commit()
        opened.engine.settle()
    if outcome.refused is not None:
        raise outcome.refused
