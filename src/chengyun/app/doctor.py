"""The doctor: looks at machine and store, changes nothing, and says what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Final

from chengyun.adapters.sql.reading import StoreReader
from chengyun.adapters.sql.store import FILE
from chengyun.app import doctor_machine as machine
from chengyun.app import doctor_store as kept
from chengyun.app.doctor_lane import lane
from chengyun.app.findings import Finding, Patient, bad
from chengyun.kernel.errors import ChengyunError

Check = Callable[[Patient], Iterator[Finding]]

MACHINE: Final[tuple[Check, ...]] = (
    machine.python,
    machine.sqlite,
    machine.zones,
    machine.screen,
    machine.port,
    machine.pack,
    machine.backups,
)
"""Asked of every machine, in this order; those of a store follow in ``_store``."""


def examine(patient: Patient) -> Iterator[Finding]:
    """Yield every finding; a check that fails is a finding, and the others go on."""
    for check in MACHINE:
        yield from _guarded(check.__name__, patient.store, partial(check, patient))
    if patient.store is not None:
        yield from _store(patient, patient.store)


def _store(patient: Patient, store: Path) -> Iterator[Finding]:
    if not (store / FILE).is_file():
        remedy = "give the folder that a replay or a platform wrote, or restore a backup"
        yield bad("store", "there is no store in this folder", store, remedy)
        return
    for files in (kept.files, kept.room, kept.writer):
        yield from _guarded(files.__name__, store, partial(files, store))
    yield from _guarded("store", store, partial(_inside, patient, store))


def _inside(patient: Patient, store: Path) -> Iterator[Finding]:
    with StoreReader(store) as reader:
        for check in (
            partial(kept.layout, store, reader),
            partial(kept.keys, store, reader),
            partial(kept.clock, store, reader, patient.now),
            partial(kept.chains, store, reader, whole=patient.verify),
            partial(kept.work, store, reader),
            partial(lane, store, reader, whole=patient.verify),
        ):
            yield from _guarded("store", store, check)


def _guarded(
    name: str, store: Path | None, check: Callable[[], Iterator[Finding]]
) -> Iterator[Finding]:
    """Yield what a check finds; what keeps it from looking is a finding too."""
    try:
        yield from check()
    except ChengyunError as failed:
        yield bad(name, failed.what, failed.where or store or "", failed.remedy)
    except OSError as failed:
        remedy = "run as the user that serves the platform, or give it the right"
        yield bad(name, str(failed), failed.filename or store or "", remedy)
