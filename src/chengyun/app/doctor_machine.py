"""What the doctor asks of the machine: versions, zones, screen, port, pack, backups."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources
from typing import Final

from chengyun.adapters.sql import dialect
from chengyun.adapters.sql.locks import holder_of
from chengyun.adapters.system import machine
from chengyun.app import packs
from chengyun.app.backups import ENDING
from chengyun.app.findings import Finding, Patient, bad, ok, warn
from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import HOUR_US, SECOND_US, zone
from chengyun.kernel.limits import MAX_BACKUP_AGE_H

MIN_PYTHON: Final = (3, 11, 0)
ZONE: Final = "Asia/Shanghai"
SCREEN: Final = "screen/index.html"


def python(patient: Patient) -> Iterator[Finding]:
    """Python is new enough."""
    yield _version("python", "Python", machine.python_version(), MIN_PYTHON)


def sqlite(patient: Patient) -> Iterator[Finding]:
    """The SQLite library knows what the store needs."""
    yield _version("sqlite", "SQLite", dialect.sqlite_version(), dialect.MIN_SQLITE)


def zones(patient: Patient) -> Iterator[Finding]:
    """The machine knows the time zones of the world."""
    try:
        zone(ZONE)
    except Rejected:
        yield bad("zones", f"the machine does not know {ZONE}", "", "install the package tzdata")
    else:
        yield ok("zones", "the time zones are there")


def screen(patient: Patient) -> Iterator[Finding]:
    """The built screen came with the package."""
    built = resources.files("chengyun").joinpath("api", *SCREEN.split("/"))
    if built.is_file():
        yield ok("screen", "the screen is built", built)
    else:
        remedy = "install a bundle, which holds it; developers build it in web/"
        yield warn("screen", "the screen is not built", built, remedy)


def port(patient: Patient) -> Iterator[Finding]:
    """The port is free, or the platform itself has it."""
    where = f"{patient.host}:{patient.port}"
    if machine.port_is_free(patient.host, patient.port):
        yield ok("port", "the port is free", where)
        return
    holder = None if patient.store is None else holder_of(patient.store)
    if holder is not None:
        yield ok("port", f"the port is in use, and {holder} writes to the store", where)
    else:
        remedy = "stop what listens there (ss -ltnp names it), or serve on another --port"
        yield warn("port", "another program has the port, or this user may not", where, remedy)


def pack(patient: Patient) -> Iterator[Finding]:
    """The city pack is sound."""
    if patient.pack is None:
        return
    checked = packs.checked(patient.pack)
    if checked.resolved is not None:
        yield ok("pack", f"the city pack is sound, version {checked.resolved.version[:16]}",
                 patient.pack)  # fmt: skip
    else:
        count = len(checked.mistakes) + checked.more
        remedy = f"chengyun check {patient.pack} names each"
        yield bad("pack", f"the city pack has mistakes: {count}", patient.pack, remedy)


def backups(patient: Patient) -> Iterator[Finding]:
    """There is a backup, and it is not an old one."""
    folder = patient.backups
    if folder is None:
        return
    made = sorted((path.stat().st_mtime, path) for path in folder.glob(f"*{ENDING}"))
    if not made:
        yield bad("backups", "there is no backup", folder, "chengyun backup STORE --out FOLDER")
        return
    written_s, newest = made[-1]
    hours = round((patient.now - written_s * SECOND_US) / HOUR_US)
    if hours > MAX_BACKUP_AGE_H:
        remedy = "systemctl list-timers shows whether the daily backup runs; make one by hand now"
        yield warn("backups", f"the newest backup is {hours} hours old", newest, remedy)
    else:
        yield ok("backups", f"the newest backup is {hours} hours old", newest)


def _version(check: str, name: str, found: tuple[int, ...], wanted: tuple[int, ...]) -> Finding:
    said = f"{name} {'.'.join(map(str, found))}"
    least = ".".join(map(str, wanted[:2]))
    if found >= wanted:
        return ok(check, said)
    return bad(check, f"{said} is too old", "", f"install with a Python of {name} {least} or later")
