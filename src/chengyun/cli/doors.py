"""Every command of the command line is a door: it declares the permission it needs.

A door passes the same gate as every command of the engine; a test fails for one that does not.
"""

from __future__ import annotations

import functools
import getpass
import os
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from chengyun.guard.gate import LocalGate

P = ParamSpec("P")
R = TypeVar("R")


def actor() -> str:
    """Return who sits at this machine, as an actor."""
    try:
        return f"person:{getpass.getuser()}"
    except (KeyError, OSError):
        return f"person:uid-{os.getuid()}"


def needs(permission: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a command's callback run only when the gate lets the person at the machine through."""

    def guard(callback: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(callback)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            LocalGate().check(actor(), callback.__module__, permission)
            return callback(*args, **kwargs)

        guarded.__needs__ = permission  # type: ignore[attr-defined]
        return guarded

    return guard
