"""Seeds: what may be one, and a random stream of its own for every part of the city.

A part draws from its own stream, so that a change in one part leaves all others as they were.
"""

from __future__ import annotations

import hashlib
from typing import Final

import numpy as np

from chengyun.kernel.errors import Rejected

MAX_SEED: Final = 2**63 - 1


def seed_of(given: int | str) -> int:
    """Return the seed that was given as a number or as text; refuse anything else (``bad_seed``).

    >>> seed_of(" 7 ")
    7
    """
    text = given.strip() if isinstance(given, str) else str(given)
    if isinstance(given, bool) or not (text.isascii() and text.isdigit()) or len(text) > 19:
        raise _bad(given)
    seed = int(text)
    if seed > MAX_SEED:
        raise _bad(given)
    return seed


def _bad(given: object) -> Rejected:
    return Rejected(
        "bad_seed",
        f"{str(given)[:40]!r} is no seed",
        where="seed",
        remedy=f"give a whole number from 0 to {MAX_SEED}, such as 7",
        params={"seed": str(given)[:40]},
    )


def stream(seed: int, *part: str | int) -> np.random.Generator:
    """Return the random stream of a part; the same seed and part give the same stream."""
    return np.random.Generator(np.random.PCG64(number(seed, *part)))


def number(seed: int, *part: str | int) -> int:
    """Return 64 well-mixed bits for a seed and a part, the same on every machine."""
    told = "\x1f".join(map(str, (seed, *part))).encode()
    return int.from_bytes(hashlib.sha256(told).digest()[:8], "big")


def share(seed: int, *part: str | int) -> float:
    """Return a number from 0 up to 1 for a seed and a part.

    >>> 0 <= share(7, "rain", 20_000) < 1
    True
    """
    return (number(seed, *part) >> 11) / 2**53
