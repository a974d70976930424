"""The option ``--seed``: a whole number, and what is none is said as everywhere else."""

from __future__ import annotations

import click

from chengyun.kernel.errors import Rejected
from chengyun.sim.linjiang.seeds import seed_of


def seed_given(ctx: click.Context, param: click.Parameter, value: str) -> int:
    """Return the seed; another text is a wrong option, with what to give instead."""
    try:
        return seed_of(value)
    except Rejected as wrong:
        raise click.BadParameter(f"{wrong.what}: {wrong.remedy}", ctx=ctx, param=param) from wrong
