"""Which release this is, and how it compares to the one that wrote something."""

from __future__ import annotations

import re
from importlib import metadata
from typing import Final

_NUMBERS: Final = re.compile(r"\d+(?:\.\d+)*")


def this_release() -> str:
    """Return the version of the installed package."""
    return metadata.version("chengyun")


def is_newer(release: str, than: str) -> bool:
    """Tell whether a release comes after another; what is no version is newer than any.

    >>> is_newer("0.10.0", "0.9.1"), is_newer("0.2", "0.2.0"), is_newer("next", "0.2.0")
    (True, False, True)
    """
    numbers = _numbers(release)
    return not numbers or numbers > _numbers(than)


def _numbers(release: str) -> tuple[int, ...]:
    found = _NUMBERS.match(release)
    numbers = [int(part) for part in found[0].split(".")] if found else []
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple(numbers) or ((0,) if found else ())
