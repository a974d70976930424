"""Every command of the command line is a door: it declares the permission it needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

F = TypeVar("F", bound=Callable[..., object])


def needs(permission: str) -> Callable[[F], F]:
    """Mark a command's callback with the permission that its door asks for."""

    def mark(callback: F) -> F:
        callback.__needs__ = permission  # type: ignore[attr-defined]
        return callback

    return mark
