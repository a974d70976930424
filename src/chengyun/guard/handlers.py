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
    PasswordSet,
    PersonalDataExpired,
    PersonErased,
    RecoveryCodesIssued,
    RecoveryCodeUsed,
    RetentionPlanned,
    SecondFactorSet,
    SecretIssued,
    SecretUsed,
    ServiceKeyIssued,
    ServiceKeyRevoked,
)
from chengyun.facts.handle import ReportClosed, ReportRated
from chengyun.facts.sense import (
    ReportReceived,
    ReportTaken,
    RowRefused,
    SensitiveReceived,
    SightingDecided,
)
from chengyun.guard import (
    accounts,
    erasing,
    grants,
    keys,
    looking,
    passwords,
    refusals,
    retention,
    second_factor,
    sessions,
)

FOLLOWS: Final[Follows] = {
    PersonErased: (erasing.note_erased, accounts.end_erased),
    PersonalDataExpired: (erasing.note_expired, retention.forget_list),
    RetentionPlanned: (retention.note_planned,),
    ReportTaken: (retention.note_received,),
    SightingDecided: (retention.note_dismissed,),
    ReportReceived: (retention.note_received,),
    SensitiveReceived: (retention.note_received,),
    ReportClosed: (retention.note_closed,),
    ReportRated: (retention.note_rated,),
    RowRefused: (retention.note_refused,),
    FeedKeyIssued: (keys.note_issued,),
    FeedKeyRevoked: (keys.note_revoked,),
    ServiceKeyIssued: (keys.note_service_issued,),
    ServiceKeyRevoked: (keys.note_service_revoked,),
    PasswordSet: (passwords.note_password,),
    SecondFactorSet: (second_factor.note_second_factor,),
    RecoveryCodesIssued: (second_factor.note_codes,),
    RecoveryCodeUsed: (second_factor.note_code_used,),
    SecretIssued: (second_factor.note_secret,),
    SecretUsed: (second_factor.note_secret_used,),
    GrantGiven: (grants.note_given,),
    GrantWithdrawn: (grants.note_withdrawn,),
    GrantLapsed: (grants.note_lapsed,),
    **accounts.FOLLOWS,
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
    keys.IssueServiceKey: keys.issue_service_key,
    keys.RevokeServiceKey: keys.revoke_service_key,
    passwords.SetPassword: passwords.set_password,
    second_factor.SetSecondFactor: second_factor.set_second_factor,
    second_factor.UseRecoveryCode: second_factor.use_recovery_code,
    second_factor.IssueSecret: second_factor.issue_secret,
    second_factor.UseSecret: second_factor.use_secret,
    sessions.LogIn: sessions.log_in,
    sessions.RefuseLogin: sessions.refuse_login,
    sessions.LogOut: sessions.log_out,
    **accounts.ORDERS,
    grants.GiveGrant: grants.give_grant,
    grants.WithdrawGrant: grants.withdraw_grant,
    refusals.NoteRefusal: refusals.note_refusal,
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
    keys.SERVICE_KEYS,
    accounts.ACCOUNTS,
    grants.GRANTS,
    grants.HOLDERS,
)
