"""Seeded chance: every throw belongs to a thing by its name, never to the order of asking."""

from __future__ import annotations

import hashlib
import math
from random import Random
from typing import Final

_FEW: Final = 30.0


def dice(seed: int, *about: str | int) -> Random:
    """Return the dice of one thing: the same seed and names throw the same numbers.

    >>> dice(7, "rain", 3).random() == dice(7, "rain", 3).random() != dice(7, "rain", 4).random()
    True
    """
    return Random(int(mark(seed, *about), 16))  # noqa: S311 - a seed is meant to be repeated


def mark(seed: int, *about: str | int) -> str:
    """Return sixteen hexadecimal digits that name a thing and show nothing of it."""
    name = "\x1f".join(map(str, (seed, *about)))
    return hashlib.blake2b(name.encode(), digest_size=8).hexdigest()


def count(chance: Random, mean: float) -> int:
    """Draw a count with this mean (Poisson; above 30 its normal approximation)."""
    if mean <= 0:
        return 0
    if mean > _FEW:
        return max(0, round(chance.gauss(mean, math.sqrt(mean))))
    left, drawn = math.exp(-mean), -1
    product = 1.0
    while product > left:
        product *= chance.random()
        drawn += 1
    return drawn
