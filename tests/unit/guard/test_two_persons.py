"""Commands that two persons must want: asked by one, approved by another, or lapsed."""

import pytest
from guarded import HILL, ORCHARD, OWNER, RIVER

from chengyun.command.handlers import DecideResponse
from chengyun.dispatch.handlers import DecideRoute
from chengyun.engine.approvals import APPROVALS, DecideApproval
from chengyun.facts.envelope import AUDIT
from chengyun.guard.erasing import ERASED, ErasePerson
from chengyun.guard.grants import GiveGrant, WithdrawGrant
from chengyun.kernel import limits
from chengyun.kernel.instants import HOUR_US

LIN, WEI, HAN = "account:lin", "account:wei", "account:han"
ERASE = ErasePerson(person="person:0123", ground="asked for by himself")


@pytest.fixture
def stewards(city):
    for account in (LIN, WEI):
        city.grant(account, "data_steward")
    city.grant(HAN, "policy_maker")
    return city


def decide(approval, *, approved=True):
    return DecideApproval(approval=approval, approved=approved, reason="looked at it")


def ask(city, command=ERASE, actor=LIN):
    outcome = city.do(command, actor)
    assert outcome.refused is None
    (approval,) = outcome.facts
    return approval


def erased(city):
    return city.engine.rows.get(ERASED, ERASE.person) is not None


def test_the_first_person_only_asks(stewards):
    approval = ask(stewards)
    row = stewards.engine.rows.get(APPROVALS, approval)
    assert (row.command, row.actor, row.state) == ("ErasePerson", LIN, "waits")
    assert not erased(stewards)
    assert stewards.facts()[-1].kind == "ApprovalAsked"


def test_another_person_with_the_same_permission_lets_it_be_executed(stewards):
    approval = ask(stewards)
    assert stewards.why(decide(approval), WEI) == ""
    assert erased(stewards)
    given, done = stewards.facts()[-2:]
    assert (given.kind, given.actor, given.caused_by) == ("ApprovalDecided", WEI, approval)
    assert (done.kind, done.actor, done.caused_by) == ("PersonErased", LIN, given.id)
    assert stewards.why(decide(approval), WEI) == "nothing_to_decide"


def test_nobody_approves_his_own_and_it_stands_on_the_audit_chain(stewards):
    approval = ask(stewards)
    assert stewards.why(decide(approval), LIN) == "own_approval"
    assert not erased(stewards)
    assert stewards.facts(AUDIT)[-1].body.code == "own_approval"
    assert stewards.why(decide(approval), WEI) == ""


def test_who_may_approve_must_hold_the_permission_itself(stewards):
    approval = ask(stewards)
    assert stewards.why(decide(approval), HAN) == "not_permitted"
    assert not erased(stewards)


def test_the_second_person_may_refuse_and_then_it_is_over(stewards):
    approval = ask(stewards)
    assert stewards.why(decide(approval, approved=False), WEI) == ""
    assert stewards.facts()[-1].body.approved is False
    assert stewards.why(decide(approval), WEI) == "nothing_to_decide"
    assert not erased(stewards)


def test_what_nobody_decides_lapses(stewards):
    approval = ask(stewards)
    late = stewards.clock.now() + 24 * HOUR_US
    stewards.clock.advance_to(late)
    assert stewards.why(decide(approval), WEI) == "nothing_to_decide"
    stewards.to(late)
    assert stewards.facts()[-1].kind == "ApprovalLapsed"
    assert not erased(stewards)
    assert not list(stewards.engine.rows.each(APPROVALS))


def test_who_lost_the_permission_meanwhile_has_nothing_executed(stewards):
    grant = stewards.grant("account:zhao", "data_steward")
    approval = ask(stewards, actor="account:zhao")
    assert stewards.why(WithdrawGrant(grant=grant, reason="left"), OWNER) == ""
    assert stewards.why(decide(approval), WEI) == "no_grant"
    assert not erased(stewards)


def test_what_would_be_refused_anyway_is_refused_at_once(opened):
    city = opened(change=lambda roles: roles["duty_officer"].update(two_persons=["DecideResponse"]))
    city.grant(LIN, "duty_officer")
    wrong = DecideResponse(proposal="response:nothing", approved=True, reason="x")
    assert city.why(wrong, LIN) == "nothing_to_decide"
    assert not list(city.engine.rows.each(APPROVALS))


def test_the_area_of_the_command_decides_who_may_approve(opened):
    city = opened(change=lambda roles: roles["duty_officer"].update(two_persons=["DecideRoute"]))
    case = city.case("n1", type="noise", area=ORCHARD)
    city.grant(LIN, "duty_officer", area=HILL)
    city.grant(WEI, "duty_officer", area=RIVER)
    city.grant(HAN, "duty_officer", area=ORCHARD)
    approval = ask(city, DecideRoute(case=case, unit="lights", reason="near"))
    assert city.why(decide(approval), WEI) == "outside_area"
    assert city.why(decide(approval), HAN) == ""
    assert city.facts()[-1].kind != "ApprovalDecided"


def test_a_grant_that_two_must_want_is_approved_by_nobody_for_himself(opened):
    city = opened(
        change=lambda roles: roles["security_administrator"].update(
            two_persons=["GiveGrant"],
            permissions=[*roles["security_administrator"]["permissions"], "command:approve"],
        )
    )
    city.grant(LIN, "security_administrator")
    city.grant(WEI, "security_administrator")
    city.grant(HAN, "security_administrator")
    give = GiveGrant(grant="grantxyzxyz", account=WEI, role="security_administrator", area=HILL)
    approval = ask(city, give)
    assert city.why(decide(approval), WEI) == "own_grant"
    assert city.why(decide(approval), HAN) == ""
    assert city.held("grantxyzxyz").by == LIN


def test_the_owner_of_the_machine_needs_no_second_person(stewards):
    assert stewards.why(ERASE, OWNER) == ""
    assert erased(stewards)


def test_a_restart_keeps_what_waits(stewards):
    approval = ask(stewards)
    stewards.close()
    stewards.open()
    assert stewards.why(decide(approval), WEI) == ""
    assert erased(stewards)


def test_no_more_wait_than_the_bound(stewards, monkeypatch):
    monkeypatch.setattr("chengyun.engine.approvals.MAX_APPROVALS_WAITING", 1)
    ask(stewards)
    other = ErasePerson(person="person:4567", ground="asked")
    assert stewards.why(other, LIN) == "too_many_waiting"
    assert limits.MAX_APPROVALS_WAITING > 1
