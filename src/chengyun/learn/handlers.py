"""Learn: at the end of a period the figures are reviewed; what is regularly wrong is proposed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any, ClassVar, Final

from chengyun.engine.commands import Command
from chengyun.engine.known import Known
from chengyun.engine.stage import Follows, Listens, Orders
from chengyun.facts.assess import IncidentOpened, ReportMerged, ReportSplit
from chengyun.facts.dispatch import CaseDispatched, CaseFiled, RouteProposed
from chengyun.facts.engine import PolicyTookEffect, TimerFired
from chengyun.facts.envelope import Draft, Fact
from chengyun.facts.handle import (
    AppealDecided,
    AppealMade,
    CalledBack,
    CaseAccepted,
    CaseClosed,
    CaseDeferred,
    CaseFellDue,
    CaseLedgered,
    CaseMerged,
    CaseParted,
    CaseReclassified,
    CaseRecurred,
    CaseReopened,
    CaseReportedBack,
    CaseResumed,
    CaseReturned,
    CaseReworked,
    CaseSupervised,
    CaseTakenUp,
    CaseTookOver,
    ClockStarted,
    ExtensionDecided,
    ReportClosed,
    ReporterContacted,
    ReportRated,
    WrongMergeSuspected,
)
from chengyun.facts.learn import (
    FiguresShared,
    PolicyProposed,
    ProposalDecided,
    ReviewHeld,
    ReviewPlanned,
)
from chengyun.facts.registers import CaseTypes, City
from chengyun.facts.sense import ReportReceived
from chengyun.kernel.errors import Rejected
from chengyun.kernel.ids import join, under
from chengyun.kernel.instants import Instant, from_datetime, to_datetime, zone
from chengyun.learn import marking, marking_moves, rules, views
from chengyun.learn.policy import Review


class DecideProposal(Command, frozen=True, kw_only=True):
    """A person accepts or refuses a proposal; adopting the changed pack is a step of its own."""

    NEEDS: ClassVar[str] = "policy:decide"
    MAY_WAIT: ClassVar[bool] = True
    proposal: str
    accepted: bool
    reason: str


def _midnight(at: int, days: int, known: Known) -> Instant:
    """Return the local midnight ``days`` after the day of ``at``; a skipped one is the change."""
    city_zone = zone(known.policy(City).zone)
    day = to_datetime(Instant(at), city_zone).replace(tzinfo=None) + timedelta(days=days)
    midnight = day.replace(hour=0, minute=0, second=0, microsecond=0, fold=0, tzinfo=city_zone)
    return from_datetime(midnight)


def on_policy_took_effect(fact: Fact[PolicyTookEffect], known: Known) -> Iterable[Draft]:
    """The first pack in force begins the first period."""
    if known.get(views.REVIEWS, views.CITY) is None:
        days = known.policy(Review).period_days
        yield Draft(
            id=join("review", "planned", fact.known_at),
            happened_at=fact.happened_at,
            subject="review",
            body=ReviewPlanned(
                from_at=fact.known_at, next_at=_midnight(fact.known_at, days, known)
            ),
        )


def on_timer(fact: Fact[TimerFired], known: Known) -> Iterable[Draft]:
    """A period is over: propose what is regularly wrong, then hold the review."""
    state = known.get(views.REVIEWS, views.CITY)
    if state is None:
        return
    review = known.policy(Review)
    proposals = list(_proposals(state, review, fact, known))
    yield from proposals
    figures = list(known.find(views.FIGURES, 0, state.period))
    yield Draft(
        id=join("review", fact.body.due_at),
        happened_at=fact.happened_at,
        subject="review",
        body=ReviewHeld(
            from_at=state.period,
            until_at=fact.body.due_at,
            closed=sum(row.closed for row in figures),
            on_time=sum(row.on_time for row in figures),
            overdue=sum(row.overdue for row in figures),
            proposals=len(proposals),
            next_at=_midnight(fact.body.due_at, review.period_days, known),
        ),
    )
    if known.parent:
        yield _shared(state.period, fact, figures, known)


def _shared(
    from_at: int, fact: Fact[TimerFired], figures: list[views.Figures], known: Known
) -> Draft:
    names = ("reports", "incidents", "merged", "closed", "on_time", "overdue", "reported_back")
    return Draft(
        id=join("figures", known.partition, fact.body.due_at),
        happened_at=fact.happened_at,
        subject=join("partition", known.partition),
        to=known.parent,
        body=FiguresShared(
            from_at=from_at,
            until_at=fact.body.due_at,
            counts={name: sum(getattr(row, name) for row in figures) for name in names},
        ),
    )


def _proposals(
    state: views.ReviewState, review: Review, fact: Fact[Any], known: Known
) -> Iterator[Draft]:
    periods = {
        int(_midnight(state.period, -back * review.period_days, known))
        for back in range(review.window_periods)
    } | {state.period}
    for type_ in sorted(known.policy(CaseTypes).types):
        history = [row for row in known.find(views.HISTORY, 0, type_) if row.period in periods]
        if not history:
            continue
        figures = [
            row
            for period in sorted(periods)
            for row in known.find(views.FIGURES, 1, (type_, period))
        ]
        for body in (
            _late(type_, history, figures, review, known),
            _misrouted(type_, history, review, known),
        ):
            if body is not None:
                name = join("proposal", body.about, type_, *body.proposed.values())
                if not _is_before_a_person(body, name, known):
                    yield Draft(id=name, happened_at=fact.happened_at, subject=name, body=body)


def _is_before_a_person(body: PolicyProposed, name: str, known: Known) -> bool:
    """Tell whether this was proposed before, or another one about it still waits."""
    if known.get(views.PROPOSALS, name) is not None:
        return True
    before = known.find(views.PROPOSALS, 0, (body.about, body.type))
    return any(row.state == "proposed" for row in before)


def _late(
    type_: str,
    history: list[views.TypeHistory],
    figures: list[views.Figures],
    review: Review,
    known: Known,
) -> PolicyProposed | None:
    on_time = sum(row.on_time for row in figures)
    overdue = sum(row.overdue for row in figures)
    if not rules.is_regularly_late(on_time, overdue, review):
        return None
    durations = rules.summed(row.durations for row in history)
    hours = rules.better_deadline_h({int(k): v for k, v in durations.items()}, review)
    if hours is None:
        return None
    return PolicyProposed(
        about="deadline",
        type=type_,
        now={"time_limit": known.policy(CaseTypes).types[type_].time_limit or "as promised"},
        proposed={"time_limit": f"{hours} calendar_hours"},
        evidence={"closed": sum(durations.values()), "on_time": on_time, "overdue": overdue},
    )


def _misrouted(
    type_: str, history: list[views.TypeHistory], review: Review, known: Known
) -> PolicyProposed | None:
    regular = rules.regular_unit(rules.summed(row.units for row in history), review)
    if regular is None:
        return None
    unit, handled = regular
    proposed = sum(row.proposed for row in history)
    return PolicyProposed(
        about="route",
        type=type_,
        now={"owner": known.policy(CaseTypes).types[type_].owner or "decided case by case"},
        proposed={"owner": unit},
        evidence={
            "closed": sum(rules.summed(row.units for row in history).values()),
            "handled_by_owner": handled,
            "proposed": proposed,
            "proposed_rightly": sum(row.right for row in history),
        },
    )


def decide_proposal(command: DecideProposal, known: Known) -> Iterable[Draft]:
    """Record what a person decided on a proposal."""
    row = known.get(views.PROPOSALS, command.proposal)
    if row is None or row.state != "proposed":
        raise Rejected(
            "nothing_to_decide",
            f"{command.proposal!r} does not wait for a decision",
            remedy="list the open proposals again",
            params={"proposal": command.proposal},
        )
    yield Draft(
        id=under("decision", command.proposal),
        happened_at=known.now,
        subject=command.proposal,
        body=ProposalDecided(
            proposal=command.proposal, accepted=command.accepted, reason=command.reason
        ),
    )


ORDERS: Final[Orders] = {DecideProposal: decide_proposal}
LISTENS: Final[Listens] = {
    PolicyTookEffect: (on_policy_took_effect,),
    TimerFired: (on_timer,),
}
FOLLOWS: Final[Follows] = {
    ReportReceived: (views.count_report,),
    IncidentOpened: (views.count_incident,),
    ReportMerged: (views.count_merged,),
    ReportSplit: (views.count_split,),
    WrongMergeSuspected: (views.count_doubted,),
    RouteProposed: (views.keep_proposal,),
    ReportClosed: (views.count_closed,),
    CaseReportedBack: (views.count_reported_back, marking.mark_handled),
    CaseFiled: (marking.mark_filed,),
    CaseDispatched: (marking.mark_given,),
    CaseReturned: (marking.mark_returned,),
    CaseAccepted: (marking.mark_accepted,),
    ClockStarted: (marking.mark_clock,),
    ReporterContacted: (marking.mark_contacted,),
    CaseFellDue: (marking.mark_overdue,),
    CaseReworked: (marking.mark_reworked,),
    CaseClosed: (marking.mark_closed,),
    ReportRated: (marking.mark_rated,),
    CalledBack: (marking.mark_called,),
    ExtensionDecided: (marking_moves.mark_extended,),
    CaseDeferred: (marking_moves.mark_deferred,),
    CaseLedgered: (marking_moves.mark_ledgered,),
    CaseResumed: (marking_moves.mark_going_on,),
    CaseTakenUp: (marking_moves.mark_going_on,),
    CaseSupervised: (marking_moves.mark_supervised,),
    CaseReopened: (marking_moves.mark_reopened,),
    CaseMerged: (marking_moves.mark_merged,),
    CaseParted: (marking_moves.mark_parted,),
    CaseTookOver: (marking_moves.mark_took_over,),
    CaseRecurred: (marking_moves.mark_recurred,),
    CaseReclassified: (marking_moves.mark_reclassified,),
    AppealMade: (marking_moves.mark_appealed,),
    AppealDecided: (marking_moves.mark_appeal_decided,),
    ReviewPlanned: (views.plan_review,),
    ReviewHeld: (views.close_review,),
    PolicyProposed: (views.note_proposed,),
    ProposalDecided: (views.note_decided,),
}
