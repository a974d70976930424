"""The engine's own tables, commands and followers, shaped like a stage."""

from __future__ import annotations

from chengyun.engine import adoption, approvals, requests
from chengyun.engine.adoption import AdoptPolicy, adopt_policy, on_policy_adopted
from chengyun.engine.approvals import APPROVALS, DecideApproval
from chengyun.engine.deadletters import DEAD_LETTERS, keep, release
from chengyun.engine.exchange import ARRIVALS, Receive, note_arrival, receive
from chengyun.engine.policies import POLICIES, note_adoption
from chengyun.engine.returns import GOES_BACK, RETURN_COUNTS, count_return
from chengyun.engine.stage import Stage
from chengyun.engine.timers import TIMERS, forget_fired
from chengyun.facts.engine import (
    ApprovalAsked,
    ApprovalDecided,
    ApprovalLapsed,
    FactArrived,
    PolicyAdopted,
    RequestAnswered,
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
        ApprovalAsked: (approvals.note_asked,),
        ApprovalDecided: (approvals.note_decided,),
        ApprovalLapsed: (approvals.note_lapsed,),
        RequestAnswered: (requests.note_answered,),
        **dict.fromkeys(GOES_BACK, (count_return,)),
    },
    listens={
        PolicyAdopted: (on_policy_adopted,),
        TimerFired: (adoption.on_timer, approvals.on_timer),
    },
    orders={AdoptPolicy: adopt_policy, Receive: receive},
    abouts={AdoptPolicy: adoption.about, DecideApproval: approvals.about},
    tables=(
        *(POLICIES, TIMERS, DEAD_LETTERS, RETURN_COUNTS, ARRIVALS, APPROVALS),
        *requests.TABLES,
    ),
)
