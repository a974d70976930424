"""A seed on the command line: one rule for every simulated city, wherever it is asked for."""

from __future__ import annotations

import click

from chengyun.kernel.errors import Rejected
from chengyun.sim.linjiang.seeds import seed_of


class Seed(click.ParamType[int]):
    """A whole number from 0 to 2**63 - 1; anything else is refused with the rule."""

    name = "number"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """Return the seed."""
        try:
            return seed_of(value if isinstance(value, int) else str(value))
        except Rejected as wrong:
            self.fail(f"{wrong.what}: {wrong.remedy}", param, ctx)


SEED = Seed()
