"""What the columns of a table hold: counts, values, and a sample of rows, in one pass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

MAX_DISTINCT: Final = 5_000
"""Most different values counted in one column; a column with more is no list of names."""

MAX_SAMPLE_ROWS: Final = 20_000
"""Most rows kept for a closer look, spread over the whole table."""


class ColumnProfile(msgspec.Struct, frozen=True):
    """One column: how many cells say something, and its values where they are few."""

    name: str
    place: int
    filled: int
    values: dict[str, int] | None
    """Values by count; None where there are more than ``MAX_DISTINCT``."""
    sample: list[str]


class Profile(msgspec.Struct, frozen=True):
    """A table at a glance."""

    file: str
    encoding: str
    delimiter: str
    rows: int
    columns: tuple[ColumnProfile, ...]
    sample: list[tuple[str, ...]]

    def column(self, name: str) -> ColumnProfile | None:
        """Return the column of this name."""
        return next((column for column in self.columns if column.name == name), None)


def profile(
    rows: Iterable[Sequence[str]],
    *,
    file: str,
    columns: Sequence[str],
    encoding: str = "utf-8",
    delimiter: str = ",",
) -> Profile:
    """Look at all rows once; memory is bounded whatever their number."""
    width = len(columns)
    filled = [0] * width
    counts: list[Counter[str] | None] = [Counter() for _ in columns]
    sample: list[tuple[str, ...]] = []
    step, total = 1, 0
    for row in rows:
        if total % step == 0:
            sample.append(tuple(cell.strip() for cell in row))
            if len(sample) > MAX_SAMPLE_ROWS:
                sample, step = sample[::2], step * 2
        total += 1
        for place, cell in enumerate(row):
            value = cell.strip()
            if not value:
                continue
            filled[place] += 1
            counter = counts[place]
            if counter is not None:
                counter[value] += 1
                if len(counter) > MAX_DISTINCT:
                    counts[place] = None
    return Profile(
        file,
        encoding,
        delimiter,
        total,
        tuple(
            ColumnProfile(
                name,
                place,
                filled[place],
                counts[place] and dict(counts[place] or {}),
                [row[place] for row in sample if row[place]],
            )
            for place, name in enumerate(columns)
        ),
        sample,
    )
