"""The engine's own tables, commands and followers, shaped like a stage."""

from __future__ import annotations

from chengyun.engine.adoption import AdoptPolicy, adopt_policy, on_policy_adopted, on_timer
from chengyun.engine.deadletters import DEAD_LETTERS, keep, release
from chengyun.engine.exchange import ARRIVALS, Receive, note_arrival, receive
from chengyun.engine.policies import POLICIES, note_adoption
from chengyun.engine.returns import GOES_BACK, RETURN_COUNTS, count_return
from chengyun.engine.stage import Stage
from chengyun.engine.timers import TIMERS, forget_fired
from chengyun.facts.engine import (
    FactArrived,
    PolicyAdopted,
    TimerFired,
    UnitFailed,
    UnitRetried,
)

ENGINE = Stage(
    name="engine",
    follows={
        PolicyAdopted: (note_adoption,),
        TimerFired: (forget_fired,),
        UnitFailed: (keep,),
        UnitRetried: (release,),
        FactArrived: (note_arrival,),
        **dict.fromkeys(GOES_BACK, (count_return,)),
    },
    listens={PolicyAdopted: (on_policy_adopted,), TimerFired: (on_timer,)},
    orders={AdoptPolicy: adopt_policy, Receive: receive},
    tables=(POLICIES, TIMERS, DEAD_LETTERS, RETURN_COUNTS, ARRIVALS),
)
