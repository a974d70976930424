"""Reports over HTTP: whatever the channel, a number at once; what waits, and for whom."""

import pytest
from served import OPENS
from signed import as_, grant, publish, sign_in

from chengyun.engine import codec
from chengyun.facts.envelope import AUDIT, OPERATIONS
from chengyun.kernel.instants import SECOND_US, Instant
from chengyun.sense.waiting import INTAKE

FERRY, ORCHARD = "319901001001", "319902001001"
HOLE = {
    "channel": "phone", "type": "manhole", "text": "井盖没了，快来人", "call_sheet": "C-17",
    "where": {"lon": "121.4805", "lat": "31.2305", "words": "果园路 3 号"},
    "reporter": {"name": "Wang Wu", "phone": "13900000000"}, "may_call": True,
}  # fmt: skip


def post(city, path="/api/v1/reports", headers=None, **fields):
    return city.post(path, json=fields, headers=headers or {})


def facts(city, chain=OPERATIONS):
    return [codec.read(one) for one in city.engine._store.read("xiaocheng", chain)]


def kinds(city, report):
    return [one.kind for one in facts(city) if one.subject == report]


CHANNELS = [
    *("grid_officer", "citizen_web", "phone", "window", "carer", "hotline", "sensor"),
    *("department", "csv", "api"),
]


@pytest.mark.parametrize("channel", CHANNELS)
def test_whatever_the_channel_the_promise_is_the_same(city, channel):
    answer = post(city, **HOLE | {"channel": channel})
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert told["number"] == "20260502-00001"
    assert told["report"] == "report:intake:20260502-00001"
    assert (told["state"], told["type"], told["waits_for"]) == ("received", "manhole", "")
    assert told["case"] == "case:intake:20260502-00001"
    assert kinds(city, told["report"])[:2] == ["ReportTaken", "ReportReceived"]
    taken, received = [one for one in facts(city) if one.subject == told["report"]][:2]
    assert received.caused_by == taken.id
    assert received.body.channel == channel
    assert received.area == ORCHARD
    assert received.body.place.lon_e7 == 1_214_805_000


def test_who_told_it_stands_in_the_seal_alone(city):
    told = post(city, **HOLE | {"on_behalf_of": {"name": "Li Si", "relation": "mother"}}).json()
    taken = next(one for one in facts(city) if one.kind == "ReportTaken")
    assert (taken.sealed_for, taken.body.on_behalf, taken.body.may_call) == (
        told["report"], True, True,
    )  # fmt: skip
    assert city.engine.opened(taken) == {
        "name": "Wang Wu", "phone": "13900000000", "for_name": "Li Si", "for_relation": "mother",
    }  # fmt: skip
    shown = city.get(f"/api/v1/reports/{told['report']}")
    case = city.get(f"/api/v1/cases/{told['case']}")
    for text in (shown.text, case.text):
        assert "Wang Wu" not in text
        assert "Li Si" not in text
    assert case.json()["members"][0]["personal"]["phone"].startswith("139")
    look = {"fact": told["report"], "fields": ["phone"], "purpose": "handle_case", "ground": "call"}
    assert city.post("/api/v1/personal", json=look).json()["fields"] == {"phone": "13900000000"}
    assert facts(city, AUDIT)[-1].body.person == told["report"]


def test_the_same_report_of_two_systems_is_taken_once_and_another_is_refused(city):
    first = HOLE | {"channel": "department", "feed": "hotline", "number": "H7", "at": OPENS}
    told = post(city, **first)
    again = post(city, **first | {"channel": "api", "at": OPENS + 5, "text": "井盖没了，快来人 "})
    assert (told.status_code, again.status_code) == (201, 200)
    assert again.json()["repeated"]
    assert again.json()["report"] == told.json()["report"] == "report:hotline:H7"
    other = post(city, **first | {"text": "quite another thing"})
    assert (other.status_code, other.json()["code"]) == (409, "conflict")
    assert kinds(city, "report:hotline:H7").count("ReportTaken") == 1


def test_without_a_type_it_waits_on_the_desk(city):
    told = post(city, channel="window", text="somebody come").json()
    assert (told["state"], told["waits_for"], told["case"]) == ("waits", "triage", "")
    page = city.get("/api/v1/desk").json()
    assert [one["report"] for one in page["reports"]] == [told["report"]]
    assert page["reports"][0]["text"] == "somebody come"
    assert city.get("/api/v1/desk?waits_for=sighting").json()["reports"] == []
    assert city.engine.rows.get(INTAKE, told["report"]).open


def pass_time(city, seconds):
    city.clock.advance_to(Instant(city.clock.now() + seconds * SECOND_US))
    while city.engine.fire_next(city.clock.now()):
        pass
    publish(city)


def test_a_camera_is_looked_at_and_time_never_runs_out_for_it(city):
    seen = post(city, channel="camera", type="manhole", where={"area": FERRY}).json()
    other = post(city, channel="camera", type="manhole", where={"area": ORCHARD}).json()
    assert (seen["state"], seen["waits_for"]) == ("waits", "sighting")
    said = {"report": seen["report"], "confirmed": True, "reason": "a hole"}
    assert city.post("/api/v1/commands/ConfirmSighting", json=said).status_code == 200
    assert "ReportReceived" in kinds(city, seen["report"])
    again = city.post("/api/v1/commands/ConfirmSighting", json=said)
    assert (again.status_code, again.json()["code"]) == (422, "not_waiting")
    pass_time(city, 601)
    assert "ReportReceived" not in kinds(city, other["report"])
    pass_time(city, 600)
    told = [one for one in facts(city) if one.subject == other["report"]]
    waited = [one.body for one in told if one.kind == "IntakeEscalated"]
    assert [(one.round, one.is_last) for one in waited] == [(1, False), (2, True)]
    received = next(one for one in told if one.kind == "ReportReceived")
    assert "nobody_looked:sighting" in received.body.notes
    pass_time(city, 3_600)
    assert kinds(city, other["report"]).count("IntakeEscalated") == 2


def test_what_was_not_so_is_dismissed_and_enters_no_loop(city):
    seen = post(city, channel="camera", type="manhole", where={"area": FERRY}).json()
    said = {"report": seen["report"], "confirmed": False, "reason": "a shadow"}
    assert city.post("/api/v1/commands/ConfirmSighting", json=said).status_code == 200
    assert kinds(city, seen["report"]) == ["ReportTaken", "SightingDecided"]
    assert city.get("/api/v1/desk").json()["reports"] == []
    assert city.get(f"/api/v1/reports/{seen['report']}").json()["state"] == "dismissed"


def test_a_signal_of_danger_goes_on_at_once_whatever_type_was_given(city):
    told = post(city, channel="camera", type="manhole", signal="gas_alarm").json()
    assert (told["state"], told["diverted"], told["type"]) == ("received", True, "no_water")
    assert told["case"]
    diverted = next(one for one in facts(city) if one.kind == "ReportDiverted")
    assert (diverted.body.given_type, diverted.body.params) == ("manhole", {"signal": "gas_alarm"})


PLACES = [
    ({"lon": "121.4805", "lat": "31.2305"}, "given", ORCHARD, ""),
    ({"lon": "121.48509", "lat": "31.22858", "crs": "GCJ-02"}, "given", ORCHARD, ""),
    ({"lon": "12.5", "lat": "41.9"}, "outside_city", "319900", "outside_city:12.5, 41.9"),
    ({"lon": "east", "lat": "north"}, "not_a_coordinate", "319900", "not_a_coordinate:east"),
    ({"lon": "nan", "lat": "31"}, "not_a_coordinate", "319900", "not_a_coordinate:nan"),
    ({"lon": "121.4", "lat": ""}, "not_a_coordinate", "319900", "not_a_coordinate:121.4"),
    ({"lon": "1", "lat": "1", "crs": "Mars-1"}, "unknown_crs", "319900", "unknown_crs:1, 1 Mars"),
    ({"area": "渡口居委"}, "area", FERRY, ""),
    ({"area": "old town"}, "missing", "319900", "unknown_area:old town"),
    ({"words": "by the old mill"}, "words", "319900", ""),
    ({"asset": "L-404"}, "missing", "319900", "unknown_asset:L-404"),
    ({}, "missing", "319900", ""),
]


@pytest.mark.parametrize(("where", "code", "area", "note"), PLACES)
def test_no_place_costs_a_report(city, where, code, area, note):
    told = post(city, channel="phone", type="noise", text="loud", where=where)
    assert told.status_code == 201, told.text
    taken = next(one for one in facts(city) if one.kind == "ReportTaken")
    assert (taken.body.place_code, taken.area) == (code, area)
    assert any(one.startswith(note) for one in taken.body.notes) or not note


TEXTS = ["x" * 100_000, "井" * 100_000, "🔥" * 100_000, "a\x00b\x1bc", "\u202ereversed", "𠮷野家"]


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_texts_of_every_kind_are_kept(city, text):
    told = post(city, channel="window", text=text, type="noise")
    assert told.status_code == 201, told.text
    taken = next(one for one in facts(city) if one.kind == "ReportTaken")
    assert taken.body.text == text.replace("\x00", "").replace("\x1b", "")
    assert ("control_characters_removed" in taken.body.notes) == (text != taken.body.text)


REFUSED = [
    ({}, 422, "says_nothing"),
    ({"text": "  "}, 422, "says_nothing"),
    ({"text": "x" * 100_001}, 413, "too_long"),
    ({"text": "x", "channel": "owl"}, 422, "bad_fields"),
    ({"text": "x", "feed": "owls", "number": "1"}, 422, "unknown_feed"),
    ({"text": "x", "feed": "hotline"}, 422, "missing"),
    ({"text": "x", "number": "7"}, 422, "number_of_desk"),
    ({"text": "x", "at": 7}, 422, "impossible_time"),
    ({"text": "x", "at": "soon"}, 422, "bad_time"),
    ({"text": "x", "attributes": {"a": "x" * 1_001}}, 422, "bad_fields"),
    ({"text": "x", "reporter": {str(n): "" for n in range(51)}}, 422, "bad_fields"),
]


@pytest.mark.parametrize(("fields", "status", "code"), REFUSED)
def test_what_cannot_be_taken_is_refused_with_its_reason(city, fields, status, code):
    answer = post(city, **{"channel": "phone"} | fields)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_an_unknown_type_waits_and_the_future_is_now(city):
    later = city.clock.now() + 10**12
    told = post(city, channel="api", type="dragon", text="fire", at=later).json()
    assert told["waits_for"] == "triage"
    taken = next(one for one in facts(city) if one.kind == "ReportTaken")
    assert taken.body.notes[:2] == [f"from_the_future:{later}", "unknown_type:dragon"]
    assert taken.happened_at == city.clock.now()


# --- citizens -----------------------------------------------------------------------------------


def test_a_citizen_asks_by_his_receipt_and_sees_nothing_personal(city):
    sent = {"text": "hole", "type": "manhole", "reporter": {"name": "Wang Wu"}}
    answer = post(city, "/api/v1/public/reports", **sent)
    assert answer.status_code == 201, answer.text
    told = answer.json()
    taken = next(one for one in facts(city) if one.kind == "ReportTaken")
    assert (taken.actor, taken.body.channel) == ("public:citizen", "citizen_web")
    assert told["receipt"] not in repr(taken)
    code = told["receipt"].lower().replace("-", " ")
    asked = city.get(f"/api/v1/receipts/{code}")
    assert asked.status_code == 200
    found = asked.json()
    assert found["number"] == told["number"]
    assert found["state"] in ("received", "in_hand")
    assert set(found["says"]) == {"en", "zh"}
    assert "Wang" not in asked.text
    wrong = city.get("/api/v1/receipts/0000-0000-0000-0000")
    assert (wrong.status_code, wrong.json()["code"]) == (404, "unknown_receipt")


def test_a_citizen_names_no_channel_and_no_system(city):
    for more in ({"channel": "hotline"}, {"feed": "hotline"}, {"desk": FERRY}, {"receipt": ""}):
        answer = post(city, "/api/v1/public/reports", text="x", **more)
        assert (answer.status_code, answer.json()["code"]) == (422, "bad_fields")


def test_an_address_that_tells_without_end_waits(city):
    async def story(http):
        answers = [
            await http.post("/api/v1/public/reports", json={"text": f"no {n}"}) for n in range(22)
        ]
        return [one.status_code for one in answers], answers[-1].json()["code"]

    statuses, code = city.calls(story)
    assert statuses == [201] * 20 + [429] * 2
    assert code == "overload"


# --- who may ------------------------------------------------------------------------------------


def test_an_officer_takes_where_he_works_and_what_names_no_place(serve, monkeypatch):
    sign_in(monkeypatch)
    city = serve()
    grant(city, "account:lin", "grid_officer", area="319902")
    lin = as_("account:lin")
    here = post(city, headers=lin, channel="grid_officer", text="x", where={"area": ORCHARD})
    nowhere = post(city, headers=lin, channel="grid_officer", text="somewhere here")
    there = post(city, headers=lin, channel="grid_officer", text="x", where={"area": FERRY})
    assert [here.status_code, nowhere.status_code, there.status_code] == [201, 201, 403]
    taken = [one for one in facts(city) if one.kind == "ReportTaken"]
    assert [one.area for one in taken] == [ORCHARD, "319902"]
    assert "area_of_desk" in taken[1].body.notes
    assert len(city.get("/api/v1/desk", headers=lin).json()["reports"]) == 2
    grant(city, "account:wei", "grid_officer", area="319901")
    assert city.get("/api/v1/desk", headers=as_("account:wei")).json()["reports"] == []
    hidden = city.get(f"/api/v1/reports/{here.json()['report']}", headers=as_("account:wei"))
    assert hidden.status_code == 404


# --- sent again ---------------------------------------------------------------------------------


def test_a_request_sent_again_under_its_key_is_answered_the_same(city):
    key = {"Idempotency-Key": '"5f0c3c1e-aaaa-bbbb-cccc-1234567890ab"'}
    first = post(city, headers=key, **HOLE)
    again = post(city, headers=key, **HOLE)
    other = post(city, headers=key, **HOLE | {"text": "another hole"})
    assert [first.status_code, again.status_code, other.status_code] == [201, 200, 422]
    assert other.json()["code"] == "key_reused"
    assert first.json() | {"repeated": True} == again.json()
    assert [one.kind for one in facts(city)].count("ReportTaken") == 1
    city.clock.advance_to(Instant(city.clock.now() + 24 * 3_600 * SECOND_US))
    assert post(city, headers=key, **HOLE).status_code == 201


def test_a_key_of_nobody_is_long_enough_that_nobody_else_has_it(city):
    sent = {"text": "hole"}
    short = post(city, "/api/v1/public/reports", headers={"Idempotency-Key": "1"}, **sent)
    assert (short.status_code, short.json()["code"]) == (400, "bad_key_of_request")
    key = {"Idempotency-Key": "5f0c3c1e-aaaa-bbbb"}
    told = [post(city, "/api/v1/public/reports", headers=key, **sent).json() for _ in range(2)]
    assert told[0]["receipt"] == told[1]["receipt"]
    assert city.get(f"/api/v1/receipts/{told[1]['receipt']}").status_code == 200
