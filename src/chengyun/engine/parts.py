"""The engine's own tables, commands and followers, shaped like a stage."""

from __future__ import annotations

from chengyun.engine.adoption import AdoptPolicy, adopt_policy
from chengyun.engine.deadletters import DEAD_LETTERS, keep, release
from chengyun.engine.policies import POLICIES, note_adoption
from chengyun.engine.returns import GOES_BACK, RETURN_COUNTS, count_return
from chengyun.engine.stage import Stage
from chengyun.engine.timers import TIMERS, forget_fired
from chengyun.facts.engine import PolicyAdopted, TimerFired, UnitFailed, UnitRetried

ENGINE = Stage(
    name="engine",
    follows={
        PolicyAdopted: (note_adoption,),
        TimerFired: (forget_fired,),
        UnitFailed: (keep,),
        UnitRetried: (release,),
        **{body: (count_return,) for body in GOES_BACK},
    },
    orders={AdoptPolicy: adopt_policy},
    tables=(POLICIES, TIMERS, DEAD_LETTERS, RETURN_COUNTS),
)
