"""Secrets by reference: a file that nobody else reads, or a variable of the environment.

A secret never stands on a command line (every user of the machine sees those), in a city pack or in
a log; what names it does. No error repeats any part of one.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Final

from chengyun.kernel.errors import Rejected
from chengyun.kernel.limits import MAX_SECRET_BYTES

FROM_ENVIRONMENT: Final = "env:"
"""How a reference begins that names a variable of the environment."""


def secret_at(reference: str) -> bytes:
    """Return the secret at ``reference``: the path of a file, or ``env:NAME``.

    Raises ``Rejected`` with ``no_secret``, ``open_secret`` (others may read the file) or
    ``too_long``.
    """
    if reference.startswith(FROM_ENVIRONMENT):
        found = os.environb.get(reference.removeprefix(FROM_ENVIRONMENT).encode())
        if not found:
            raise _missing("this variable is not set", reference)
    else:
        found = _file_at(Path(reference))
    if len(found) > MAX_SECRET_BYTES:
        raise Rejected(
            "too_long",
            f"a secret has at most {MAX_SECRET_BYTES} bytes",
            where=reference,
            remedy="name the file that holds the secret and nothing else",
        )
    return found


def is_open(file: os.stat_result, user: int) -> bool:
    """Tell whether others than ``user``, who reads a secret now, may read or write its file.

    A file that root hands to the group of a service (0640, or a credential of systemd) is not open.
    """
    others = stat.S_IRWXO | stat.S_IWGRP | stat.S_IXGRP
    if file.st_uid == user:
        others |= stat.S_IRGRP
    return bool(file.st_mode & others) or file.st_uid not in (user, 0)


def _file_at(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            if is_open(os.fstat(file.fileno()), os.geteuid()):
                raise Rejected(
                    "open_secret",
                    "others may read this secret",
                    where=str(path),
                    remedy=f"chmod 600 {path}; where somebody may have read it, make a new one",
                )
            return file.read(MAX_SECRET_BYTES + 1)
    except OSError as failed:
        raise _missing(failed.strerror or "it cannot be read", str(path)) from failed


def _missing(what: str, where: str) -> Rejected:
    return Rejected(
        "no_secret",
        what,
        where=where,
        remedy="name a file that nobody else reads, or env: and a variable's name",
    )
