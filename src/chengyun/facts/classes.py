"""What each field of each kind of fact is: public, internal, personal, sensitive or locked.

*Public* may be told to anybody, *internal* to whoever works for the city, *personal* tells of a
person and is masked until somebody opens it for a purpose, *sensitive* could harm a person if it
came out (PIPL article 28) and is masked whole; what is *locked* opens a door itself and is shown to
nobody, whatever the purpose. A field that a person writes freely is internal and ``written``: what
looks like a number of a person in it is masked, and a city pack may have it all treated as
personal. A field that does not stand here is sensitive: forgetting one shows nothing, and a test
fails.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from chengyun.kernel.ids import under


class Class(StrEnum):
    """How freely a value may be told, from everybody to nobody at all."""

    PUBLIC = "public"
    INTERNAL = "internal"
    PERSONAL = "personal"
    SENSITIVE = "sensitive"
    LOCKED = "locked"


class Classed(NamedTuple):
    """What a field is."""

    kind: Class
    is_written: bool = False
    """A person wrote it freely."""


UNCLASSED: Final = Classed(Class.SENSITIVE)
Fields = Mapping[str, Classed]


def fields(
    *,
    public: str = "",
    internal: str = "",
    written: str = "",
    personal: str = "",
    sensitive: str = "",
    locked: str = "",
) -> Fields:
    """Return the classes of the fields that are named, a blank between two names."""
    found = dict.fromkeys(public.split(), Classed(Class.PUBLIC))
    found |= dict.fromkeys(internal.split(), Classed(Class.INTERNAL))
    found |= dict.fromkeys(written.split(), Classed(Class.INTERNAL, is_written=True))
    found |= dict.fromkeys(personal.split(), Classed(Class.PERSONAL))
    found |= dict.fromkeys(sensitive.split(), Classed(Class.SENSITIVE))
    found |= dict.fromkeys(locked.split(), Classed(Class.LOCKED))
    return found


BODIES: Final[Mapping[str, Fields]] = {
    # sense
    "ReportTaken": fields(
        public="feed channel type due_at",
        internal="number place asset place_code signal call_sheet on_behalf may_call waits_for"
        " round_s likeness",
        written="title text place_text attributes notes",
        locked="receipt",
    ),
    "ReportDiverted": fields(public="type given_type code", written="params"),
    "SightingDecided": fields(public="confirmed type", written="reason"),
    "IntakeEscalated": fields(public="waits_for since_at round next_at is_last"),
    "ReportTriaged": fields(
        public="type unit confidence_ppm threshold_ppm sure urgency placed model",
        internal="candidates places",
        written="reasons",
    ),
    "TriageDecided": fields(public="type proposed area", written="reason"),
    "TriageLearned": fields(public="model decided labels until_seq"),
    "ReportReceived": fields(
        public="feed channel type due_at silent_after_s",
        internal="file row place",
        written="title text place_text attributes notes",
    ),
    "SensitiveReceived": fields(internal="report"),
    "RowRefused": fields(public="feed", internal="file row field code", written="params"),
    "ObservationReceived": fields(
        public="feed property unit value_micro from_at until_at silent_after_s"
    ),
    "FeedFellSilent": fields(public="feed since_at"),
    "FeedResumed": fields(public="feed silent_since_at"),
    # twin
    "ReportLocated": fields(
        public="feed type grid code", internal="report place asset", written="street params"
    ),
    "DefaultGeocodeFound": fields(internal="place place_texts"),
    "AssetRegistered": fields(public="code type name owner place cell"),
    "CrewMoved": fields(internal="unit state place case"),
    "SensorsFellSilent": fields(public="tick groups"),
    "SensorsSpokeAgain": fields(public="tick groups"),
    # vitals
    "SignStarted": fields(public="sign feeds pane_s windows_s next_day_at first"),
    "PaneClosed": fields(
        public="sign from_at until_at fresh complete days_known slot next_at",
        internal="arrivals readings spreads",
    ),
    "BaselineLearned": fields(
        public="sign from_at until_at slots_known fade_shift next_at",
    ),
    "LevelsCrossed": fields(public="tick part at segment offset crossings"),
    # warn
    "WarningRaised": fields(public="sign type level onset_at code params"),
    "WarningChanged": fields(public="sign type from_level level code params"),
    "WarningBelow": fields(public="sign type until_at"),
    "WarningHotAgain": fields(public="sign type"),
    "WarningCleared": fields(public="sign type from_level highest_level code params"),
    "WarningRevised": fields(public="sign type from_level level code params"),
    "WarningRetracted": fields(public="sign type from_level code params"),
    # assess
    "IncidentOpened": fields(public="type grid", internal="report likeness"),
    "ReportMerged": fields(public="type threshold_ppm", internal="report incident likeness"),
    "IncidentsMerged": fields(public="type", internal="incident merged reports", written="reason"),
    "ReportSplit": fields(
        public="type", internal="report from_incident incident again along", written="reason"
    ),
    "WarningAssessed": fields(
        public="warning level sign type open_incidents", internal="incidents"
    ),
    # command
    "ResponseProposed": fields(public="warning response_level plan measures"),
    "ResponseDecided": fields(public="proposal approved", written="reason"),
    "ResponseLapsed": fields(public="proposal code"),
    # dispatch
    "RouterConfigured": fields(internal="contexts home_field home_contexts"),
    "RouteProposed": fields(
        public="source code model", internal="report candidates named", written="params"
    ),
    "CaseFiled": fields(public="type process due_at due_code", internal="incident report"),
    "CaseDispatched": fields(public="type unit code hops", written="params"),
    "DecisionAsked": fields(public="confidence_ppm threshold_ppm", internal="report candidates"),
    # handle
    "WorkReported": fields(public="unit outcome", internal="report duplicate_of", written="text"),
    "ReportClosed": fields(
        public="type unit outcome due_at filed_at first", internal="report incident duplicate_of"
    ),
    "WrongMergeSuspected": fields(public="type code", internal="report incident", written="params"),
    "CaseReturned": fields(public="type unit", written="reason"),
    "CaseReportedBack": fields(public="type unit outcome members", internal="incident"),
    "CaseVerified": fields(public="passed", written="reason"),
    "CaseReworked": fields(public="type unit round", internal="incident"),
    "CaseClosed": fields(public="type unit", internal="incident"),
    "CaseFellDue": fields(public="due_at unit"),
    "ReportRated": fields(public="type unit solved satisfied", internal="report case"),
    "CalledBack": fields(
        public="type unit reached attempt solved satisfied", internal="report case"
    ),
    "CaseRecurred": fields(public="type code closed_at window_days", internal="of"),
    "CaseTold": fields(public="warning level code params"),
    "EvidenceAdded": fields(
        public="kind moment step media_type size_bytes",
        internal="case report digest taken_at place",
        written="text",
    ),
    "CaseAccepted": fields(public="unit step"),
    "ReporterContacted": fields(public="unit reached is_made step", internal="report attempt"),
    "FormFilled": fields(public="move step", written="values"),
    "ExtensionAsked": fields(
        public="unit limit due_at asked_due_at decide_by step", internal="number", written="reason"
    ),
    "ExtensionDecided": fields(
        public="unit granted code due_at", internal="number", written="reason"
    ),
    "DeferralAsked": fields(public="unit until_at decide_by", written="reason"),
    "DeferralRefused": fields(public="unit code", written="reason"),
    "CaseDeferred": fields(public="unit until_at due_at clock_stops step", written="reason"),
    "CaseResumed": fields(public="unit code due_at step", written="reason"),
    "CaseLedgered": fields(public="unit review_at due_at clock_stops step", written="reason"),
    "CaseTakenUp": fields(public="unit due_at step", written="reason"),
    "CaseSupervised": fields(public="unit answer_by step", internal="number", written="reason"),
    "SupervisionAnswered": fields(public="unit", internal="number", written="text"),
    "CaseMerged": fields(public="type unit members", internal="incident into"),
    "CaseTookOver": fields(public="type unit members due_at", internal="incident merged"),
    "CaseParted": fields(public="type unit members", internal="incident apart_from"),
    "CaseReopened": fields(
        public="type unit code round due_at step",
        internal="incident params",
        written="reason",
    ),
    "AppealMade": fields(
        public="unit against decide_by step", internal="about number", written="reason"
    ),
    "AppealDecided": fields(
        public="unit against upheld code", internal="about number", written="reason"
    ),
    "JointDutyOpened": fields(public="lead step", written="parts reason"),
    "JointPartDone": fields(public="part unit outcome left", written="text"),
    "JointPartReturned": fields(public="part unit", written="reason"),
    "JointPartGiven": fields(public="part unit", written="task reason"),
    "CaseReclassified": fields(
        public="from_type type from_due_at due_at due_code params step", written="reason"
    ),
    "ClockStarted": fields(public="clock step due_at soon_at limit"),
    "ClockStopped": fields(public="clock step due_at"),
    "CaseDueSoon": fields(public="clock due_at unit"),
    "ClockRanOut": fields(public="clock step due_at unit"),
    "CaseEscalated": fields(public="clock level unit to_unit due_at next_at"),
    # learn
    "ReviewPlanned": fields(public="from_at next_at"),
    "PolicyProposed": fields(public="about type now proposed evidence"),
    "ProposalDecided": fields(public="proposal accepted", written="reason"),
    "ReviewHeld": fields(public="from_at until_at closed on_time overdue proposals next_at"),
    "FiguresShared": fields(public="from_at until_at", internal="counts"),
    # notices
    "NoticesConfigured": fields(internal="kinds"),
    "ContactSet": fields(internal="holder way"),
    "ContactRemoved": fields(internal="holder way"),
    "NoticeAsked": fields(
        public="kind rule template post urgency unit channels send_at level unread_after_s",
        internal="cause params recipient case group",
    ),
    "NoticeSuppressed": fields(public="until_at code", internal="notice params"),
    "NoticeSent": fields(public="channel tries", internal="notice provider_id", locked="key"),
    "NoticeDelivered": fields(public="channel", internal="notice"),
    "NoticeRead": fields(public="how", internal="notice"),
    "NoticeFailed": fields(
        public="channel code tries next_channel", internal="notice", written="params"
    ),
    "NoticeEscalated": fields(public="post level", internal="notice recipients"),
    "NoticeRetried": fields(public="round", internal="notice"),
    "IncidentReportExpected": fields(public="type by_word_at in_writing_at", internal="incident"),
    "IncidentReportIssued": fields(public="series number", internal="incident"),
    "IncidentReportOverdue": fields(public="code due_at", internal="incident"),
    # engine
    "TimerFired": fields(internal="timer purpose due_at"),
    "UnitFailed": fields(internal="handler fact code tries", sensitive="error"),
    "UnitRetried": fields(internal="handler fact"),
    "PolicyAdopted": fields(public="version pack effective_from scope", internal="owner"),
    "PolicyTookEffect": fields(public="version scope"),
    "CommandRefused": fields(internal="command needs code"),
    "ApprovalAsked": fields(internal="command fields units lapses_at common_unit"),
    "ApprovalDecided": fields(internal="command approved", written="reason"),
    "ApprovalLapsed": fields(internal="command"),
    "RequestAnswered": fields(internal="request content facts slot"),
    "FactArrived": fields(
        public="kind", internal="source source_seq source_id source_hash content"
    ),
    # guard
    "PersonErased": fields(internal="person", written="ground"),
    "PersonalDataSeen": fields(internal="person fact kind fields purpose", written="ground"),
    "RetentionPlanned": fields(internal="next_at"),
    "PersonalDataExpired": fields(internal="what day batch persons kept_days"),
    "FeedKeyIssued": fields(internal="key feed expires_at", locked="digest"),
    "FeedKeyRevoked": fields(internal="key", written="reason"),
    "GrantGiven": fields(
        internal="grant account role unit purpose from_at until_at nature", written="ground"
    ),
    "GrantWithdrawn": fields(internal="grant account", written="reason"),
    "GrantLapsed": fields(internal="grant account"),
    "DoorRefused": fields(internal="door needs code"),
    "AccountOpened": fields(internal="account kind power second_factor", locked="login"),
    "AccountSuspended": fields(internal="account", written="reason"),
    "AccountResumed": fields(internal="account", written="reason"),
    "AccountClosed": fields(internal="account", written="reason"),
    "AccountLinked": fields(internal="account", locked="subject"),
    "SecretIssued": fields(internal="account expires_at", locked="digest"),
    "SecretUsed": fields(internal="account", locked="digest"),
    "PasswordSet": fields(internal="account is_same"),
    "SecondFactorSet": fields(internal="account step"),
    "RecoveryCodesIssued": fields(internal="account count"),
    "RecoveryCodeUsed": fields(internal="account place"),
    "LoggedIn": fields(internal="account epoch how step", locked="session address"),
    "LoginRefused": fields(internal="account code", locked="login address"),
    "LoggedOut": fields(internal="account", locked="session"),
    "ServiceKeyIssued": fields(internal="key account permissions expires_at", locked="digest"),
    "ServiceKeyRevoked": fields(internal="key", written="reason"),
    # rosters
    "RosterImported": fields(internal="unit days", written="source"),
    "DutyPersonNamed": fields(internal="person", locked="content"),
    "StandInNamed": fields(internal="person stand_in from_at until_at"),
    "StandInEnded": fields(internal="person from_at"),
}
"""The fields of every kind of fact. What stands inside a field has the class of the field."""

SEALED: Final[Mapping[str, Fields]] = {
    "ReportTaken": {"": Classed(Class.PERSONAL)},
    "ReportReceived": {"": Classed(Class.PERSONAL)},
    "ReportRated": fields(personal="text"),
    "CalledBack": fields(personal="text"),
    "ReporterContacted": fields(personal="text"),
    "AccountOpened": fields(personal="login name"),
    "ContactSet": fields(personal="address"),
    "PasswordSet": fields(locked="hash"),
    "SecondFactorSet": fields(locked="key"),
    "RecoveryCodesIssued": fields(locked="digests"),
    "LoggedIn": fields(personal="address"),
    "LoginRefused": fields(personal="address"),
    "DutyPersonNamed": fields(personal="key name phone"),
}
"""What the seal of a kind holds, by key; ``""`` is any key, and what does not stand here is
sensitive. Keys of a report are columns of its feed: those that the pack calls sensitive stand in
a fact of their own, as does a refused row, which may hold anything."""


def class_of(kind: str, field: str) -> Classed:
    """Return the class of a field of a fact; one that nobody classed is sensitive."""
    return BODIES.get(kind, {}).get(field, UNCLASSED)


def sealed_class_of(kind: str, key: str) -> Class:
    """Return the class of what a seal holds under ``key``: personal, sensitive or locked."""
    return SEALED.get(kind, {}).get(key, SEALED.get(kind, {}).get("", UNCLASSED)).kind


def sensitive_of(person: str) -> str:
    """Return the name of the key for what is sensitive of a person; it may go before the other."""
    return under("sensitive", person)
