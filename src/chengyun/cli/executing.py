"""Has a command executed on a store: by the process that serves it, or here where none does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
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
from chengyun.kernel.errors import Rejected

Execute = Callable[[Command], Sequence[str]]
"""Executes a command and returns its facts, none where all was known; or raises what refuses."""


def executed(folder: Path, command: Command) -> None:
    """Execute ``command`` as whoever sits here, on disk when this returns; or raise what refuses.

    ``folder`` holds the store. Where its socket is, a process serves it and is asked.
    """
    with executing(folder) as execute:
        try:
            execute(command)
        except Rejected as refused:
            if (folder / SOCKET).exists():
                raise click.ClickException(refused.what) from refused
            raise


@contextmanager
def executing(folder: Path) -> Iterator[Execute]:
    """Yield how commands are executed as whoever sits here; all are on disk when it is left."""
    if (folder / SOCKET).exists():
        yield lambda command: _asked(folder, command)
        return
    with StoreReader(folder) as reader:
        partition = only_partition(reader, None)
    with platform.opened(
        folder, partition=partition, clock=SystemClock(), entropy=SystemEntropy()
    ) as opened:
        engine = opened.engine

        def execute(command: Command) -> Sequence[str]:
            outcome = engine.execute(command, actor=actor())
            if engine.group_is_full:
                engine.commit()
            if outcome.refused is not None:
                raise outcome.refused
            return outcome.facts

        try:
            yield execute
        finally:
            engine.commit()
            engine.settle()


def _asked(folder: Path, command: Command) -> Sequence[str]:
    fields = msgspec.to_builtins(command)
    answer = ask(folder, Request(command=type(command).__name__, fields=fields))
    if answer.refused:
        raise Rejected(answer.code or "refused", answer.refused)
    return answer.facts
