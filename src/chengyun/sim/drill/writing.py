"""Makes the debrief of a drill that has ended, and writes it beside the store.

This is the one place that reads the truth of a drill. The same evening is first lived again with
the simulated duty room alone, in a store of its own, as fast as the machine can.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from chengyun.app import packs
from chengyun.citypack.resolving import Resolved
from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import Instant
from chengyun.sim.drill.course import moments
from chengyun.sim.drill.debrief import Debrief
from chengyun.sim.drill.figures import figures
from chengyun.sim.drill.held import ALONE, TRUTH, Held, read_held
from chengyun.sim.drill.naming import Naming
from chengyun.sim.drill.noting import Noting
from chengyun.sim.drill.page import LANGUAGES, PAGE, render_page
from chengyun.sim.drill.side import Side, read_side
from chengyun.sim.drill.telling import decisions, happened, overdue, warnings
from chengyun.sim.kept import PACK, STORE
from chengyun.sim.living import living
from chengyun.sim.lockstep import Lockstep
from chengyun.sim.world.evenings import evening_of
from chengyun.sim.world.truth import FILE as TRUTH_FILE

DEBRIEF: Final = "debrief.json"
PROGRESS: Final = "lived "
"""Before each line on standard output that says how far the evening has been lived again."""


def write_debrief(folder: Path, progress: Callable[[int], None] = lambda lived_us: None) -> Debrief:
    """Make the debrief of the drill in ``folder`` and write it as JSON and as a page a language."""
    held = read_held(folder)
    if not (folder / TRUTH / TRUTH_FILE).is_file():
        raise Rejected(
            "no_truth",
            "what truly happened was not written down",
            where=str(folder / TRUTH / TRUTH_FILE),
            remedy="a drill without its truth cannot be told; hold it again with the same seed",
        )
    pack = packs.loaded(folder / PACK)
    live_alone(held, pack, folder / ALONE, progress)
    ended_at = held.ended_at
    debrief = debriefed(
        held, pack, read_side(folder, pack, ended_at), read_side(folder / ALONE, pack, ended_at)
    )
    content = msgspec.json.format(msgspec.json.encode(debrief), indent=2)
    (folder / DEBRIEF).write_bytes(content + b"\n")
    for lang in LANGUAGES:
        page = render_page(debrief, lang)
        (folder / PAGE.format(lang=lang)).write_text(page, encoding="utf-8")
    return debrief


def live_alone(
    held: Held,
    pack: Resolved,
    folder: Path,
    progress: Callable[[int], None] = lambda lived_us: None,
) -> None:
    """Live the evening as far as the drill came, with nobody but the simulated duty room."""
    shutil.rmtree(folder, ignore_errors=True)  # what an earlier try left
    folder.mkdir(parents=True)
    began_at = held.plan.began_at
    with living(pack, folder / STORE, held.plan.setting(), truth=folder / TRUTH) as city:
        Lockstep(city.engine, city.clock, city.world).run(
            Instant(held.ended_at), lambda at: progress(at - began_at)
        )


def debriefed(held: Held, pack: Resolved, you: Side, alone: Side) -> Debrief:
    """Return the debrief of two runs that have been read."""
    naming, evening = Naming(pack), evening_of(held.plan.scenario)
    noting = Noting(you, alone, naming, held)
    return Debrief(
        held=held,
        title=evening.title,
        brief=evening.brief,
        city=naming.city,
        zone=naming.zone,
        figures=figures(you, alone),
        strengths=noting.strengths(),
        again=noting.again(),
        moments=moments(you, naming, held),
        happened=happened(you, alone, naming),
        decisions=decisions(you, alone, naming),
        warnings=warnings(you, naming),
        overdue=overdue(you, naming),
    )
