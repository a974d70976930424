"""Guard: what it takes, hears and follows; each idea stands in a file of its own."""

from __future__ import annotations

from typing import Final

from chengyun.engine.about import Abouts, of_area
from chengyun.engine.stage import Follows, Listens, Orders
from chengyun.facts.engine import PolicyTookEffect, TimerFired
from chengyun.facts.guard import (
    FeedKeyIssued,
    FeedKeyRevoked,
    GrantGiven,
    GrantLapsed,
    GrantWithdrawn,
    PersonalDataExpired,
    PersonErased,
    RetentionPlanned,
)
from chengyun.facts.handle import ReportClosed, ReportRated
from chengyun.facts.sense import ReportReceived, RowRefused, SensitiveReceived
from chengyun.guard import erasing, grants, keys, looking, retention

FOLLOWS: Final[Follows] = {
    PersonErased: (erasing.note_erased,),
    PersonalDataExpired: (erasing.note_expired, retention.forget_list),
    RetentionPlanned: (retention.note_planned,),
    ReportReceived: (retention.note_received,),
    SensitiveReceived: (retention.note_received,),
    ReportClosed: (retention.note_closed,),
    ReportRated: (retention.note_rated,),
    RowRefused: (retention.note_refused,),
    FeedKeyIssued: (keys.note_issued,),
    FeedKeyRevoked: (keys.note_revoked,),
    GrantGiven: (grants.note_given,),
    GrantWithdrawn: (grants.note_withdrawn,),
    GrantLapsed: (grants.note_lapsed,),
}
LISTENS: Final[Listens] = {
    TimerFired: (retention.on_timer, grants.on_grant_end),
    PolicyTookEffect: (retention.on_policy,),
}
ORDERS: Final[Orders] = {
    erasing.ErasePerson: erasing.erase_person,
    looking.LookAtPersonal: looking.look_at_personal,
    keys.IssueFeedKey: keys.issue_feed_key,
    keys.RevokeFeedKey: keys.revoke_feed_key,
    grants.GiveGrant: grants.give_grant,
    grants.WithdrawGrant: grants.withdraw_grant,
}
ABOUTS: Final[Abouts] = {
    looking.LookAtPersonal: of_area,
    grants.GiveGrant: grants.about_given,
    grants.WithdrawGrant: grants.about_withdrawn,
}
TABLES = (
    erasing.ERASED,
    erasing.EXPIRED,
    retention.KEPT,
    retention.ENDED,
    retention.LISTS,
    keys.FEED_KEYS,
    grants.GRANTS,
    grants.HOLDERS,
)
