"""Grants: who may give them, what excludes what, and that they end by themselves."""

import pytest
from guarded import FERRY, HILL, ORCHARD, OWNER, RIVER

from chengyun.dispatch.handlers import DecideRoute
from chengyun.facts.envelope import AUDIT
from chengyun.guard.accounts import OpenAccount
from chengyun.guard.grants import GiveGrant, WithdrawGrant
from chengyun.handle.handlers import VerifyCase
from chengyun.kernel.instants import DAY_US, HOUR_US
from chengyun.kernel.limits import MAX_GRANTS_AN_ACCOUNT

LIN, WEI, SEC = "account:lin", "account:wei", "account:sec"


def dispatch(case, unit="roads-east"):
    return DecideRoute(case=case, unit=unit, reason="nearest")


def test_everything_is_denied_unless_granted(city):
    case = city.case("n1", type="noise")
    assert city.why(dispatch(case), LIN) == "no_grant"
    city.grant(LIN, "grid_officer")
    assert city.why(dispatch(case), LIN) == "not_permitted"
    city.grant(LIN, "dispatcher", area=RIVER)
    assert city.why(dispatch(case), LIN) == "outside_area"
    city.grant(LIN, "dispatcher", area=HILL, unit="lights")
    assert city.why(dispatch(case), LIN) == "outside_unit"
    city.grant(LIN, "dispatcher", area=HILL)
    assert city.why(dispatch(case), LIN) == ""


def test_a_refusal_stands_on_the_audit_chain_with_its_area_and_reason(city):
    case = city.case("n1", type="noise")
    city.grant(LIN, "dispatcher", area=RIVER)
    assert city.why(dispatch(case), LIN) == "outside_area"
    refused = city.facts(AUDIT)[-1]
    assert (refused.kind, refused.actor, refused.area) == ("CommandRefused", LIN, ORCHARD)
    assert refused.body.code == "outside_area"


def test_another_persons_case_and_an_unknown_one_are_refused_alike(city):
    case = city.case("n1", type="noise")
    city.grant(LIN, "dispatcher", area=RIVER)
    told = [city.do(dispatch(name), LIN).refused for name in (case, "case:hotline:nowhere")]
    assert told[0].code == told[1].code
    assert str(told[0]) == str(told[1])


def test_nobody_gives_a_grant_to_himself(city):
    city.grant(SEC, "security_administrator")
    assert city.give(SEC, SEC, "auditor") == "own_grant"
    assert city.give(SEC, LIN, "dispatcher") == ""


@pytest.mark.parametrize(
    ("role", "power", "second_factor", "why"),
    [
        ("system_administrator", "", True, "other_power"),
        ("system_administrator", "audit_administrator", True, "other_power"),
        ("system_administrator", "system_administrator", False, ""),
        ("duty_officer", "", False, "second_factor_wanted"),
        ("duty_officer", "", True, ""),
        ("dispatcher", "", False, ""),
    ],
)
def test_a_role_goes_to_accounts_that_are_let_in_as_it_wants(city, role, power, second_factor, why):
    account = "00000000000000aa"
    how = {"power": power, "second_factor": second_factor}
    opened = city.do(OpenAccount(account=account, login="lin", name="n", **how))
    assert opened.refused is None
    assert city.give(OWNER, f"account:{account}", role) == why


def test_nobody_gives_more_than_his_role_and_his_own_area_and_unit(city):
    city.grant(LIN, "duty_officer")
    assert city.give(LIN, WEI, "dispatcher") == "not_permitted"
    city.grant(SEC, "security_administrator", area=HILL)
    assert city.give(SEC, WEI, "dispatcher") == "outside_area"
    assert city.give(SEC, WEI, "dispatcher", area=RIVER) == "outside_area"
    assert city.give(SEC, WEI, "dispatcher", area=ORCHARD) == ""
    city.grant("account:sub", "security_administrator", unit="drainage")
    assert city.give("account:sub", WEI, "department_handler") == "outside_unit"
    assert city.give("account:sub", WEI, "department_handler", unit="drainage") == ""


def test_a_role_that_his_own_does_not_give_is_beyond_his_power(opened):
    city = opened(change=lambda roles: roles["security_administrator"]["gives"].remove("auditor"))
    city.grant(SEC, "security_administrator")
    assert city.give(SEC, WEI, "auditor") == "beyond_your_power"
    assert city.give(SEC, WEI, "leader") == ""


def test_who_gives_grants_uses_none(city):
    city.grant(SEC, "security_administrator")
    case = city.case("n1", type="noise")
    assert city.why(dispatch(case), SEC) == "not_permitted"
    assert city.give(OWNER, SEC, "dispatcher") == "exclusive_roles"


@pytest.mark.parametrize("other", ["security", "audit"])
def test_one_account_holds_one_power(city, other):
    city.grant(LIN, "system_administrator")
    assert city.give(OWNER, LIN, f"{other}_administrator") == "exclusive_roles"


def test_powers_exclude_each_other_also_in_time_to_come(city):
    later = city.clock.now() + DAY_US
    city.grant(LIN, "system_administrator", from_at=later)
    assert city.give(OWNER, LIN, "audit_administrator") == "exclusive_roles"


def test_a_grant_begins_and_lapses_by_itself(city):
    now = city.clock.now()
    case = city.case("n1", type="noise")
    name = city.grant(LIN, "dispatcher", from_at=now + HOUR_US, until_at=now + 2 * HOUR_US)
    assert city.why(dispatch(case), LIN) == "no_grant"
    city.clock.advance_to(now + HOUR_US)
    assert city.why(dispatch(case), LIN) == ""
    city.clock.advance_to(now + 2 * HOUR_US)  # nobody has told the platform yet
    assert city.held(name).open
    assert city.why(dispatch(case), LIN) == "no_grant"
    city.to(now + 2 * HOUR_US)
    assert city.held(name).state == "lapsed"
    lapsed = city.facts()[-1]
    assert (lapsed.kind, lapsed.subject, lapsed.happened_at) == (
        "GrantLapsed", LIN, now + 2 * HOUR_US,
    )  # fmt: skip


def test_a_withdrawn_grant_holds_no_longer_and_its_timer_is_stopped(city):
    now = city.clock.now()
    name = city.grant(LIN, "dispatcher", until_at=now + HOUR_US)
    assert city.why(WithdrawGrant(grant=name, reason="moved on"), OWNER) == ""
    assert city.why(dispatch(city.case("n1", type="noise")), LIN) == "no_grant"
    city.to(now + 2 * HOUR_US)
    assert city.held(name).state == "withdrawn"
    assert city.do(WithdrawGrant(grant=name, reason="again")).facts == ()


def test_a_security_administrator_withdraws_only_what_lies_within_his_reach(city):
    far = city.grant(LIN, "dispatcher", area=RIVER)
    near = city.grant(LIN, "dispatcher", area=ORCHARD)
    city.grant(SEC, "security_administrator", area=HILL)
    assert city.why(WithdrawGrant(grant=far, reason="x"), SEC) == "outside_area"
    assert city.why(WithdrawGrant(grant=near, reason="x"), SEC) == ""


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"nature": "emergency", "until_at": DAY_US}, "no_ground"),
        ({"nature": "emergency", "ground": "flood"}, "too_long_a_power"),
        ({"nature": "stand_in", "ground": "leave", "until_at": 40 * DAY_US}, "too_long_a_power"),
        ({"nature": "stand_in", "ground": "leave", "until_at": 10 * DAY_US}, ""),
        ({"until_at": -1}, "bad_span"),
        ({"role": "king"}, "unknown_role"),
        ({"area": "nowhere"}, "unknown_area"),
        ({"unit": "nobody"}, "unknown_unit"),
        ({"purpose": "audit"}, "unknown_purpose"),
        ({"purpose": "handle_case"}, ""),
        ({"account": "person:lin"}, "bad_account"),
        ({"account": "account:"}, "bad_account"),
        ({"grant": "A"}, "bad_grant"),
        ({"ground": "x" * 501}, "too_long"),
    ],
)
def test_a_grant_makes_sense(city, more, code):
    fields = {"grant": "grantabcdef", "account": LIN, "role": "dispatcher"} | more
    if fields.get("until_at"):
        fields["until_at"] += city.clock.now()
    assert city.why(GiveGrant(**fields), OWNER) == code


def test_the_same_grant_twice_is_one_and_another_under_its_name_a_conflict(city):
    one = GiveGrant(grant="grantabcdef", account=LIN, role="dispatcher", area=HILL)
    assert len(city.do(one).facts) == 1
    assert city.do(one).facts == ()
    other = GiveGrant(grant="grantabcdef", account=LIN, role="dispatcher", area=RIVER)
    assert city.why(other, OWNER) == "conflict"


def test_an_account_holds_a_bounded_number_of_grants(city):
    for _ in range(MAX_GRANTS_AN_ACCOUNT):
        city.grant(LIN, "dispatcher", area=FERRY)
    assert city.give(OWNER, LIN, "dispatcher", area=FERRY) == "too_many_grants"


def test_a_restart_forgets_nothing(city):
    city.grant(LIN, "dispatcher", area=HILL)
    case = city.case("n1", type="noise")
    city.close()
    city.open()
    assert city.why(dispatch(case), LIN) == ""
    assert city.why(dispatch(city.case("n2", type="noise", area=FERRY)), LIN) == "outside_area"


def test_a_crew_works_for_its_own_department_and_says_so(city):
    city.case("m1")
    city.grant(LIN, "department_handler", unit="drainage")
    city.grant(WEI, "department_handler", unit="roads-east")
    assert city.why(city.work("m1", "drainage"), WEI) == "outside_unit"
    assert city.why(city.work("m1", "roads-east"), WEI) == "outside_unit"
    assert city.why(city.work("m1", "roads-east"), LIN) == "outside_unit"
    assert city.why(city.work("m1", "drainage"), LIN) == ""


def test_who_did_the_work_never_checks_it_whatever_he_holds(city):
    case = city.case("m1")
    for account in (LIN, WEI):
        city.grant(account, "department_handler")
        city.grant(account, "grid_officer")
    assert city.why(city.work("m1", "drainage"), LIN) == ""
    check = VerifyCase(case=case, by_unit="inspection", passed=True, reason="looked")
    assert city.why(check, LIN) == "own_work"
    own_unit = VerifyCase(case=case, by_unit="drainage", passed=True, reason="looked")
    assert city.why(own_unit, WEI) == "own_work"
    assert city.why(check, WEI) == ""
