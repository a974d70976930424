"""Moves over HTTP: what is allowed, for whom, with which form; two people at once; sent again."""

import asyncio

import pytest
from served import report
from signed import as_, grant, sign_in

from chengyun.engine import codec
from chengyun.facts.envelope import OPERATIONS
from chengyun.handle.views import CASES

CASE = "case:hotline:m1"
MOVES = f"/api/v1/cases/{CASE}/moves"


@pytest.fixture
def filed(city):
    """Return the city with a case that is with the drains."""
    assert city.post("/api/v1/commands/ReceiveReport", json=report("m1")).status_code == 200
    return city


def move(city, name, headers=None, case=CASE, **fields):
    return city.post(f"/api/v1/cases/{case}/moves/{name}", json=fields, headers=headers or {})


def names(city, headers=None):
    answer = city.get(MOVES, headers=headers or {})
    assert answer.status_code == 200, answer.text
    return [one["move"] for one in answer.json()["moves"]]


def kinds(city):
    facts = [codec.read(one) for one in city.engine._store.read("xiaocheng", OPERATIONS)]
    return [one.kind for one in facts if one.subject == CASE]


def test_a_case_is_handled_by_its_moves_alone(filed):
    assert {"report_back", "return"} <= set(names(filed))
    back = move(filed, "report_back", outcome="fixed", text="a new cover")
    assert back.status_code == 200, back.text
    assert {"pass", "fail"} <= set(names(filed))
    passed = move(filed, "pass", by_unit="inspection")
    assert passed.status_code == 200, passed.text
    assert filed.get(f"/api/v1/cases/{CASE}").json()["case"]["state"] == "closed"
    assert kinds(filed)[-2:] == ["CaseVerified", "CaseClosed"]


def test_each_move_says_what_it_asks_for(filed):
    found = filed.get(MOVES).json()
    back = next(one for one in found["moves"] if one["move"] == "return")
    assert back["command"] == "ReturnCase"
    assert back["given"] == {"unit": "drainage"}
    assert set(back["fields"]) == {"unit", "reason", "form"}
    assert "case" not in back["required"]
    assert found["revision"] >= 1


def test_a_move_that_is_not_allowed_is_refused_with_those_that_are(filed):
    passed = move(filed, "pass", by_unit="inspection")
    assert (passed.status_code, passed.json()["code"]) == (422, "move_not_allowed")
    assert "report_back" in passed.json()["remedy"]
    for name in ("fly", "close", "__class__"):
        unknown = move(filed, name)
        assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_move")
    nowhere = move(filed, "return", case="case:hotline:none", reason="x")
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "unknown")


@pytest.mark.parametrize(
    "fields",
    [{"case": CASE}, {"passed": False}, {"by_unit": 7}, {"by_unit": "inspection", "more": 1}],
)
def test_a_form_that_is_wrong_is_refused(filed, fields):
    move(filed, "report_back", outcome="fixed")
    answer = move(filed, "pass", **fields)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_fields")
    listed = filed.post(f"{MOVES}/return", json=["x"])
    assert (listed.status_code, listed.json()["code"]) == (422, "bad_fields")


def test_of_two_people_at_once_the_second_hears_what_changed(filed):
    seen = filed.get(f"/api/v1/cases/{CASE}").headers["etag"]
    assert seen == filed.get(MOVES).headers["etag"]
    first = move(filed, "report_back", {"If-Match": seen}, outcome="fixed")
    second = move(filed, "return", {"If-Match": seen}, reason="not ours")
    assert (first.status_code, second.status_code) == (200, 412)
    told = second.json()
    assert told["code"] == "changed"
    assert "CaseReportedBack" in [one["kind"] for one in told["changed"]]
    assert second.headers["etag"] == first.headers["etag"] != seen
    assert "CaseReturned" not in kinds(filed)


def test_both_at_one_moment_are_decided_when_they_are_executed(filed):
    seen = {"If-Match": filed.get(MOVES).headers["etag"]}

    async def story(http):
        way = {"outcome": "fixed"}
        return await asyncio.gather(
            http.post(f"{MOVES}/report_back", json=way, headers=seen),
            http.post(f"{MOVES}/return", json={"reason": "not ours"}, headers=seen),
        )

    assert sorted(one.status_code for one in filed.calls(story)) == [200, 412]


def test_any_state_will_do_where_none_is_named(filed):
    assert move(filed, "report_back", {"If-Match": "*"}, outcome="fixed").status_code == 200
    wrong = move(filed, "pass", {"If-Match": "W/7"}, by_unit="inspection")
    assert (wrong.status_code, wrong.json()["code"]) == (400, "bad_etag")


def test_a_move_sent_again_is_made_once_though_the_case_has_changed(filed):
    seen = filed.get(MOVES).headers["etag"]
    key = {"Idempotency-Key": "a-key-of-its-own", "If-Match": seen}
    first = move(filed, "report_back", key, outcome="fixed")
    again = move(filed, "report_back", key, outcome="fixed")
    other = move(filed, "report_back", key, outcome="gone")
    assert [first.status_code, again.status_code, other.status_code] == [200, 200, 422]
    assert again.json() | {"repeated": False} == first.json()
    assert other.json()["code"] == "key_reused"
    assert kinds(filed).count("CaseReportedBack") == 1


def test_work_is_reported_on_every_open_report_of_a_case(filed):
    filed.post("/api/v1/commands/ReceiveReport", json=report("m2"))
    case = filed.engine.rows.get(CASES, CASE)
    back = move(filed, "report_back", outcome="fixed")
    assert back.status_code == 200, back.text
    assert len(back.json()["facts"]) == case.members
    assert kinds(filed).count("CaseReportedBack") == 1


def test_everybody_is_told_his_own_moves(serve, monkeypatch):
    sign_in(monkeypatch)
    city = serve()
    city.post("/api/v1/commands/ReceiveReport", json=report("m1"))
    grant(city, "account:crew", "department_handler", unit="drainage")
    grant(city, "account:other", "department_handler", unit="water")
    grant(city, "account:lin", "grid_officer")
    assert "report_back" in names(city, as_("account:crew"))
    assert "report_back" not in names(city, as_("account:lin"))
    assert city.get(MOVES, headers=as_("account:other")).status_code == 404
    done = move(city, "report_back", as_("account:crew"), outcome="fixed")
    assert done.status_code == 200, done.text
    assert {"pass", "fail"} <= set(names(city, as_("account:lin")))
    assert "pass" not in names(city, as_("account:crew"))
    lin = move(city, "return", as_("account:lin"), reason="not ours")
    assert lin.status_code == 403
