"""Mistakes of a city pack: each with its place, what is wrong and what to do, all at once."""

from __future__ import annotations

from difflib import get_close_matches

import msgspec

from chengyun.kernel import limits

MAX_SHOWN_CHARS = 60
"""How much of a wrong value is shown."""


class Place(msgspec.Struct, frozen=True, order=True):
    """Where something stands: ``line`` counts from 1, and 0 means the file as a whole."""

    file: str
    line: int = 0
    column: str = ""

    def __str__(self) -> str:
        line = f":{self.line}" if self.line else ""
        column = f" [{self.column}]" if self.column else ""
        return f"{self.file}{line}{column}"


class Mistake(msgspec.Struct, frozen=True):
    """One mistake; ``code`` names its kind for programs, ``what`` and ``remedy`` are for people."""

    place: Place
    code: str
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.place}: {self.what} ({self.remedy})"


class Mistakes:
    """Collects mistakes up to ``limits.MAX_MISTAKES`` and counts the rest; the same one once."""

    def __init__(self) -> None:
        self._found: dict[tuple[Place, str, str], Mistake] = {}
        self.more = 0

    def __len__(self) -> int:
        return len(self._found) + self.more

    @property
    def full(self) -> bool:
        """Whether further mistakes are only counted."""
        return len(self._found) >= limits.MAX_MISTAKES

    def add(self, place: Place, code: str, what: str, remedy: str) -> None:
        """Note a mistake."""
        self.note(Mistake(place, code, what, remedy))

    def note(self, mistake: Mistake) -> None:
        """Note a mistake that was found elsewhere."""
        key = (mistake.place, mistake.code, mistake.what)
        if key in self._found:
            return
        if self.full:
            self.more += 1
        else:
            self._found[key] = mistake

    def listed(self) -> tuple[Mistake, ...]:
        """Return the mistakes by file and line."""
        return tuple(sorted(self._found.values(), key=lambda found: (found.place, found.what)))


def shown(value: object) -> str:
    """Show a value in a message: short, quoted, on one line.

    >>> shown("South  End")
    "'South  End'"
    """
    text = repr(value)
    return text if len(text) <= MAX_SHOWN_CHARS else f"{text[: MAX_SHOWN_CHARS - 1]}…"


def did_you_mean(given: str, known: list[str]) -> str:
    """Return ``did you mean 'x'?`` for the nearest known word, or nothing.

    >>> did_you_mean("zome", ["zone", "crs"])
    "did you mean 'zone'?"
    """
    folded = {word.casefold(): word for word in known[:50_000]}
    near = get_close_matches(given[:200].casefold(), folded, n=1, cutoff=0.6)
    return f"did you mean {folded[near[0]]!r}?" if near else ""


def like_file(path: str, others: list[str]) -> str:
    """Return ``did you mean 'x'?`` for the file whose name without its ending is nearest.

    >>> like_file("city.yaml", ["city.yml", "units.csv"])
    "did you mean 'city.yml'?"
    """
    stems = {other.rsplit(".", 1)[0].casefold(): other for other in others}
    near = get_close_matches(path.rsplit(".", 1)[0].casefold(), stems, n=1, cutoff=0.75)
    return f"did you mean {stems[near[0]]!r}?" if near else ""


def one_of(known: list[str], limit: int = 12) -> str:
    """List what is known, shortly.

    >>> one_of(["b", "a"])
    'a, b'
    """
    listed = sorted(known)
    rest = len(listed) - limit
    return ", ".join(listed[:limit]) + (f" and {rest} more" if rest > 0 else "")
