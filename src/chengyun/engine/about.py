"""What a command is about: the area and the units by which it is decided who may send it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from chengyun.engine.commands import Command
from chengyun.engine.known import Known
from chengyun.engine.tables import Table


class About(NamedTuple):
    """Where the target of a command lies, and whose it is."""

    area: str = ""
    """Empty is the whole city."""
    units: tuple[str, ...] = ()
    """Whose it is and on whose behalf one acts; ``""`` is nobody's yet, none at all is a thing
    that has no department."""
    barred: tuple[str, ...] = ()
    """Actors who may not, whatever they hold: they did what is to be checked."""


CITY: Final = About(units=("",))
"""What cannot be found is decided as the whole city's and no department's."""

AboutOf = Callable[[Any, Known], About]
"""``(command, known) → what it is about``."""

Abouts = Mapping[type[Command], AboutOf]


def of_area(command: Any, known: Known) -> About:
    """The command names its area itself."""
    return About(command.area)


def of_row(table: Table[Any], field: str, *, units: tuple[str, ...] = ()) -> AboutOf:
    """Return how a command is placed by the row that it names in ``field``.

    ``units`` are fields of the command that name those on whose behalf it is sent; a row that has a
    unit counts too.
    """

    def found(command: Any, known: Known) -> About:
        row = known.get(table, getattr(command, field))
        if row is None:
            return CITY
        own = (row.unit,) if hasattr(row, "unit") else ()
        return About(row.area, (*own, *(getattr(command, name) for name in units)))

    return found
