"""Everybody is sent what is his: rows, cases and traces; a change of grants takes effect."""

import asyncio
import json

import msgspec
import pytest
from served import report
from signed import as_, done, grant, lapse, publish, sign_in

from chengyun.api import live as live_module
from chengyun.api.live import RESET
from chengyun.api.metrics import Metrics
from chengyun.api.streaming import Streams
from chengyun.dispatch.handlers import DecideRoute
from chengyun.engine import codec
from chengyun.facts.envelope import AUDIT
from chengyun.guard.grants import WithdrawGrant
from chengyun.handle.handlers import ReportWork, ReturnCase
from chengyun.kernel.instants import HOUR_US
from chengyun.sense.handlers import ReceiveReport

RIVER, HILL = "319901", "319902"
FERRY, ORCHARD = "319901001001", "319902001001"
LIN, WEI = "account:lin", "account:wei"


@pytest.fixture
def city(serve, monkeypatch):
    sign_in(monkeypatch)
    return serve()


def tell(city, id_, **more):
    done(city, msgspec.convert(report(id_, **more), ReceiveReport))


def hill_and_river(city):
    tell(city, "m1", area=ORCHARD)  # to drainage
    tell(city, "m2", area=FERRY, place=None)  # to river-drainage
    tell(city, "n1", type="noise", area=ORCHARD, place=None)  # to nobody yet


def scope(city, account, needs="live:read"):
    reach = city.api.application.state.reach
    return lambda: reach.scope(account, needs)


def view(city, account):
    return city.api.live.view(scope(city, account)())


def names(rows, table, key="case"):
    return sorted(row[key] for row in rows[table])


def rows_for(city, account):
    answer = city.get("/api/v1/live", headers=as_(account))
    assert answer.status_code == 200
    return answer.json()["rows"]


def test_without_a_grant_nothing_is_answered(city):
    hill_and_river(city)
    for path in (
        "/api/v1/live", "/stream?cursor=1", "/api/v1/cases/case:hotline:m1", "/metrics",
        "/api/v1/trace?fact=case:hotline:m1", "/api/v1/city", "/api/v1/commands",
    ):  # fmt: skip
        answer = city.get(path, headers=as_(LIN))
        assert (answer.status_code, answer.json()["code"]) == (403, "no_grant"), path
        assert "m1" not in answer.text


def test_who_was_refused_at_a_door_stands_on_the_audit_chain_once_a_minute(city):
    async def story(http):
        for path in ("/api/v1/live", "/api/v1/live", "/api/v1/city"):
            assert (await http.get(path, headers=as_(LIN))).status_code == 403

    city.calls(story)
    stored = city.engine._store.read("xiaocheng", AUDIT)
    refused = [codec.read(one) for one in stored]
    assert [(one.kind, one.body.door, one.body.code) for one in refused] == [
        ("DoorRefused", "GET /api/v1/live", "no_grant"),
        ("DoorRefused", "GET /api/v1/city", "no_grant"),
    ]
    assert {one.subject for one in refused} == {"actor:account%3Alin"}


def test_what_shows_the_whole_city_wants_a_grant_for_it(city):
    grant(city, LIN, "system_administrator", area=HILL)
    answer = city.get("/metrics", headers=as_(LIN))
    assert (answer.status_code, answer.json()["code"]) == (403, "outside_area")
    assert city.get("/api/v1/city", headers=as_(LIN)).status_code == 200
    grant(city, LIN, "system_administrator")
    assert city.get("/metrics", headers=as_(LIN)).status_code == 200


def test_rows_outside_the_area_are_not_sent(city):
    hill_and_river(city)
    grant(city, LIN, "dispatcher", area=HILL)
    rows = rows_for(city, LIN)
    assert names(rows, "cases") == ["case:hotline:m1", "case:hotline:n1"]
    assert names(rows, "desks") == ["case:hotline:n1"]
    assert names(rows, "areas", "area") == [ORCHARD]
    assert rows["feeds"] == []
    assert "hotline:m2" not in json.dumps(rows)
    everything = rows_for(city, "person:owner")
    assert len(everything["cases"]) == 3
    assert everything["feeds"]


def test_rows_of_other_departments_are_not_sent(city):
    hill_and_river(city)
    grant(city, LIN, "department_handler", unit="drainage")
    rows = rows_for(city, LIN)
    assert names(rows, "cases") == ["case:hotline:m1"]
    assert rows["desks"] == []


def test_several_grants_are_seen_together(city):
    hill_and_river(city)
    grant(city, LIN, "department_handler", unit="drainage")
    grant(city, LIN, "department_handler", unit="river-drainage", area=RIVER)
    assert names(rows_for(city, LIN), "cases") == ["case:hotline:m1", "case:hotline:m2"]


def events(content):
    blocks = content.decode().strip("\n").split("\n\n")
    return [json.loads(b.split("data: ", 1)[1]) for b in blocks if b.startswith("event: rows")]


def test_a_stream_and_the_snapshot_of_a_scope_agree(city):
    """Rows that come into a scope and leave it are put and dropped there, and told nowhere else."""
    tell(city, "n1", type="noise", area=ORCHARD, place=None)
    grant(city, LIN, "department_handler", unit="lights")
    seen = view(city, LIN)
    held = {name: {} for name in rows_for(city, LIN)}
    begin = city.api.live.seq
    done(city, DecideRoute(case="case:hotline:n1", unit="lights", reason="near"))
    tell(city, "m1", area=ORCHARD)
    tell(city, "m2", area=FERRY, place=None)
    between = events(seen.after(begin)[0])
    assert names(between[0]["put"], "cases") == ["case:hotline:n1"]
    work = ReportWork(
        report="report:hotline:m1", at=city.clock.now(), unit="drainage", outcome="fixed", text="",
        duplicate_of="",
    )  # fmt: skip
    done(city, work)  # what was never seen is not dropped either
    done(city, ReturnCase(case="case:hotline:n1", unit="lights", reason="not a lamp"))
    frames = events(seen.after(begin)[0])
    assert frames[-1]["drop"] == {"cases": ["case:hotline:n1"]}
    told = [(frame["put"].get("cases"), frame["drop"]) for frame in frames]
    assert "hotline:m" not in json.dumps(told)
    for frame in frames:
        for name, rows in frame["put"].items():
            held[name] |= {json.dumps(next(iter(row.values()))): row for row in rows}
        for name, keys in frame["drop"].items():
            for key in keys:
                held[name].pop(json.dumps(key), None)
    after = rows_for(city, LIN)
    assert names(after, "cases") == []
    assert {name: sorted(rows) for name, rows in held.items()} == {
        name: sorted(json.dumps(next(iter(row.values()))) for row in rows)
        for name, rows in after.items()
    }


def test_who_sees_the_same_shares_a_view(city):
    grant(city, LIN, "dispatcher", area=HILL)
    grant(city, WEI, "duty_officer", area=HILL)
    assert view(city, LIN) is view(city, WEI)
    grant(city, WEI, "duty_officer", area=RIVER)
    assert view(city, LIN) is not view(city, WEI)


def test_a_grant_for_the_whole_city_is_everything(city):
    grant(city, LIN, "dispatcher", area="319900")
    assert view(city, LIN) is view(city, "person:owner")


def test_scopes_beyond_the_bound_begin_again(city, monkeypatch):
    monkeypatch.setattr(live_module, "MAX_SCOPES", 1)
    grant(city, LIN, "dispatcher", area=HILL)
    grant(city, WEI, "dispatcher", area=RIVER)
    first = view(city, LIN)
    assert first.follows(city.api.live.seq)
    view(city, WEI)
    assert not first.follows(city.api.live.seq)
    assert view(city, LIN) is not first


def stream_of(city, account):
    return Streams(city.api.live, Metrics())._events(
        city.api.live.seq, scope(city, account), lambda: True
    )


@pytest.mark.parametrize("how", ["withdrawn", "lapsed", "given"])
def test_a_grant_that_changes_takes_effect_on_an_open_stream(city, how):
    until = city.clock.now() + HOUR_US
    name = grant(city, LIN, "dispatcher", area=HILL, until_at=until)

    async def story(http):
        stream = stream_of(city, LIN)
        await anext(stream)
        if how == "withdrawn":
            done(city, WithdrawGrant(grant=name, reason="moved on"))
        elif how == "lapsed":
            lapse(city, until)  # no timer has fired
        else:
            grant(city, LIN, "dispatcher", area=RIVER)
        tell(city, "m1", area=ORCHARD)
        city.api.live.show_clock()
        async with asyncio.timeout(2):
            return [piece async for piece in stream], await http.get(
                "/api/v1/live", headers=as_(LIN)
            )

    rest, answer = city.calls(story)
    assert rest == [RESET]
    assert answer.status_code == (200 if how == "given" else 403)


def test_cases_and_traces_of_others_are_as_unknown_as_none(city):
    hill_and_river(city)
    grant(city, LIN, "dispatcher", area=HILL)
    for case in ("case:hotline:m1", "case:hotline:n1"):
        assert city.get(f"/api/v1/cases/{case}", headers=as_(LIN)).status_code == 200
        assert city.get(f"/api/v1/trace?fact={case}", headers=as_(LIN)).status_code == 200
    for path in ("/api/v1/cases/{}", "/api/v1/trace?fact={}"):
        other, none = (
            city.get(path.format(f"case:hotline:{id_}"), headers=as_(LIN)) for id_ in ("m2", "xx")
        )
        assert other.status_code == none.status_code == 404
        assert other.text.replace("m2", "xx") == none.text
    trace = "/api/v1/trace?fact=report:hotline:m2"
    assert city.get(trace, headers=as_(LIN)).status_code == 404
    assert city.get(trace, headers=as_("person:owner")).status_code == 200


def test_a_trace_holds_no_fact_of_another_department(city):
    tell(city, "m1", area=ORCHARD)
    grant(city, LIN, "department_handler", unit="drainage")
    grant(city, WEI, "department_handler", unit="lights")
    whole = city.get("/api/v1/cases/case:hotline:m1", headers=as_(LIN)).json()["chain"]
    assert {"ReportReceived", "CaseFiled", "CaseDispatched"} <= {fact["kind"] for fact in whole}
    for path in ("/api/v1/cases/case:hotline:m1", "/api/v1/trace?fact=report:hotline:m1"):
        assert city.get(path, headers=as_(WEI)).status_code == 404


def test_a_command_over_http_is_decided_by_what_it_is_about(city):
    hill_and_river(city)
    grant(city, LIN, "dispatcher", area=RIVER)
    grant(city, WEI, "dispatcher", area=HILL)
    fields = {"case": "case:hotline:n1", "unit": "lights", "reason": "near"}

    async def story(http):
        return [
            await http.post("/api/v1/commands/DecideRoute", json=fields, headers=as_(account))
            for account in (LIN, WEI)
        ]

    refused, taken = city.calls(story)
    assert (refused.status_code, refused.json()["code"]) == (403, "outside_area")
    assert ORCHARD not in refused.text
    assert taken.status_code == 200


def test_only_the_machine_is_let_in_without_an_account(city):
    answer = city.get("/api/v1/live", client="10.0.0.7")
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    publish(city)
