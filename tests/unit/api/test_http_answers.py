"""What the doors answer: city, snapshot, cases, commands, refusals, files, health, figures."""

import asyncio
import gzip
import json
from urllib.parse import quote

import pytest
from served import OPENS, report

from chengyun.app import logs
from chengyun.kernel.errors import StoreFailed
from chengyun.kernel.limits import MAX_COMMAND_BYTES

SEND = "/api/v1/commands/"


def sent(city, *ids, **more):
    async def story(http):
        for id_ in ids:
            answer = await http.post(SEND + "ReceiveReport", json=report(id_, **more))
            assert answer.status_code == 200, answer.text

    city.calls(story)


# --- the city -----------------------------------------------------------------------------------


def test_the_city_and_its_registers(city):
    async def story(http):
        names = ("city", "areas", "units", "types", "plans", "signs")
        return {name: (await http.get(f"/api/v1/{name}")).json() for name in names}

    found = city.calls(story)
    assert found["city"]["name"] == {"en": "Xiaocheng", "zh": "小城"}
    assert found["city"]["root_area"] == "319900"
    assert found["city"]["simulated"] is False
    assert len(found["city"]["policy_version"]) == 64
    assert found["city"]["bounds"]["west"] == 121.46
    ferry = {"code": "319901001001", "level": "neighbourhood", "parent": "319901",
             "name": {"en": "Ferry Quarter", "zh": "渡口居委"}}  # fmt: skip
    assert ferry in found["areas"]["areas"]
    assert {"code": "water", "name": {"en": "Water Company"}, "kind": "company", "parent": ""} in (
        found["units"]["units"]
    )
    limits = {one["code"]: one["time_limit"] for one in found["types"]["types"]}
    assert limits["manhole"] == "4 working_hours"
    tankers = {"en": "Water tankers to the quarter", "zh": "送水到居委"}
    assert found["plans"]["plans"] == [{"code": "tankers", "name": tankers}]
    (sign,) = found["signs"]["signs"]
    assert sign["levels"]["city"]["up"]["orange"] == 7000


def test_registers_are_not_sent_again_while_the_policy_stands(city):
    first = city.get("/api/v1/areas")
    again = city.get("/api/v1/areas", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


# --- the snapshot -------------------------------------------------------------------------------


def test_the_snapshot_has_every_open_row_with_its_place_and_nothing_personal(city):
    sent(city, "m1", "m2")
    answer = city.get("/api/v1/live")
    live = answer.json()
    assert live["cursor"] == city.engine.head.seq
    assert live["now"] == city.clock.now()
    assert live["pace"] == {"rate": 1.0, "paused": False}
    assert set(live["rows"]) == {
        *("warnings", "responses", "cases", "desks", "vitals", "signs", "feeds", "crews", "areas")
    }
    (case,) = live["rows"]["cases"]
    assert case["case"] == "case:hotline:m1"
    assert (case["lon_e7"], case["lat_e7"]) == (1_214_805_000, 312_305_000)
    assert (case["unit"], case["members"]) == ("drainage", 2)
    assert live["rows"]["desks"] == [], "it has its unit: it asks nothing of a person"
    assert live["rows"]["feeds"][0]["taken"] == 2
    assert "Wang" not in answer.text
    assert "policy_version" not in case


def test_a_case_nobody_is_sure_about_waits_on_the_desk(city):
    city.post(SEND + "ReceiveReport", json=report("n1", type="noise"))
    (desk,) = city.get("/api/v1/live").json()["rows"]["desks"]
    assert (desk["case"], desk["unit"]) == ("case:hotline:n1", "")
    assert (desk["candidates"], desk["waits_for_person"]) == ([], True)


def test_the_snapshot_is_packed_for_who_takes_it(city):
    sent(city, "m1")

    async def story(http):
        async with http.stream(
            "GET", "/api/v1/live", headers={"Accept-Encoding": "gzip"}
        ) as answer:
            return answer.headers, b"".join([part async for part in answer.aiter_raw()])

    headers, content = city.calls(story)
    assert headers["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(content))["cursor"] == city.engine.head.seq


# --- cases and chains ---------------------------------------------------------------------------


def test_a_case_tells_its_members_and_its_chain(city):
    sent(city, "m1", "m2")
    found = city.get("/api/v1/cases/" + quote("case:hotline:m1", safe="")).json()
    assert found["case"]["state"] == "dispatched"
    assert [one["report"] for one in found["members"]] == ["report:hotline:m1", "report:hotline:m2"]
    assert found["members"][0] | {"received_at": 0, "first": 0} == {
        "report": "report:hotline:m1", "received_at": 0, "first": 0,
        "title": "cover gone", "text": "a hole", "channel": "app",
        "masked": [], "personal": {"reporter": "W**"}, "erased_at": None,
    }  # fmt: skip
    kinds = [fact["kind"] for fact in found["chain"]]
    assert kinds[0] == "ReportReceived"
    assert {"IncidentOpened", "CaseFiled", "CaseDispatched"} <= set(kinds)
    assert "Wang" not in json.dumps(found)
    assert found["complete"] is True


def test_ids_with_any_characters_are_found(city):
    sent(city, "a/b:c%d")
    name = "case:hotline:a/b%3Ac%25d"
    found = city.get("/api/v1/cases/" + quote(name, safe=""))
    assert found.status_code == 200, found.text
    assert found.json()["case"]["case"] == name


def test_a_chain_is_walked_from_any_fact(city):
    sent(city, "m1")
    chain = city.get("/api/v1/trace?fact=report:hotline:m1").json()["chain"]
    assert chain[0]["id"] == "report:hotline:m1"
    assert chain[0]["happened_at"] == OPENS
    assert all(fact["caused_by"] for fact in chain[1:])


@pytest.mark.parametrize("path", ["/api/v1/cases/case:x", "/api/v1/trace?fact=x", "/api/v1/trace"])
def test_what_is_not_known_is_said(city, path):
    answer = city.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown")


# --- commands -----------------------------------------------------------------------------------


def test_a_command_is_answered_when_it_is_on_disk_and_twice_is_harmless(city):
    async def story(http):
        first = await http.post(SEND + "ReceiveReport", json=report("m1"))
        again = await http.post(SEND + "ReceiveReport", json=report("m1"))
        other = await http.post(SEND + "ReceiveReport", json=report("m1", title="another"))
        return first, again, other

    first, again, other = city.calls(story)
    assert first.json() == {"facts": ["report:hotline:m1"], "known_at": city.clock.now()}
    assert (again.status_code, again.json()["facts"]) == (200, [])
    assert (other.status_code, other.json()["code"]) == (409, "conflict")


def test_a_refusal_says_what_where_and_what_to_do(city):
    answer = city.post(SEND + "ReceiveReport", json=report("m1", feed="nobody"))
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (answer.status_code, answer.json()) == (
        422,
        {
            "type": "urn:chengyun:problem:unknown_feed",
            "title": answer.json()["title"],
            "detail": "'nobody' is no feed of this city",
            "status": 422,
            "code": "unknown_feed",
            "where": "",
            "remedy": "declare it in feeds/ of the city pack",
            "params": {"feed": "nobody"},
        },
    )


@pytest.mark.parametrize(
    ("name", "body", "kind", "status", "code"),
    [
        ("Fly", b"{}", "application/json", 404, "unknown_command"),
        ("ReceiveReport", b"{", "application/json", 400, "bad_json"),
        ("ReceiveReport", b"\xff", "application/json; charset=utf-8", 400, "bad_json"),
        ("ReceiveReport", b"[1]", "application/json", 422, "bad_fields"),
        ("ReceiveReport", b'{"feed": 7}', "application/json", 422, "bad_fields"),
        ("ReceiveReport", b"{}", "text/plain", 415, "not_json"),
        ("ReceiveReport", b"feed=x", "application/x-www-form-urlencoded", 415, "not_json"),
        ("ReceiveReport", b" " * (MAX_COMMAND_BYTES + 1), "application/json", 413, "too_long"),
    ],
)
def test_what_is_no_command_is_a_problem(city, name, body, kind, status, code):
    answer = city.post(SEND + name, content=body, headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert "Traceback" not in answer.text
    assert city.engine.head.seq < 10


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"[" * 1_000_000, 400),
        (b'{"text": "\\ud800"}', 400),
        (json.dumps(report("m1")).replace("a hole", "\\ud800").encode(), 400),
        (json.dumps(report("m1", opened_at=2**70)).encode(), 422),
        (json.dumps(report("m1", row=2**63)).encode(), 422),
        (json.dumps(report("m1", text="\x00 \x1b[2J")).encode(), 200),
        (json.dumps(report("m1", opened_at=2**62, due_at=-(2**62))).encode(), 200),
    ],
)
def test_hostile_content_stops_nothing(city, content, status):
    async def story(http):
        kind = {"Content-Type": "application/json"}
        hostile = await http.post(SEND + "ReceiveReport", content=content, headers=kind)
        after = await http.post(SEND + "ReceiveReport", json=report("after"))
        return hostile.status_code, after.status_code, (await http.get("/api/v1/live")).status_code

    assert city.calls(story) == (status, 200, 200)


def test_a_stream_that_is_only_asked_about_ends(city):
    answer = city.calls(lambda http: http.head("/stream?cursor=1"))
    assert (answer.status_code, answer.content) == (200, b"")


def test_other_ways_and_methods_are_problems(city):
    async def story(http):
        refused = [await http.request(method, "/api/v1/city") for method in ("TRACE", "DELETE")]
        assert [one.status_code for one in refused] == [405, 405]
        return await http.get("/nowhere"), await http.put("/api/v1/city")

    lost, wrong = city.calls(story)
    assert (lost.status_code, lost.json()["code"]) == (404, "no_route")
    assert (wrong.status_code, wrong.json()["code"]) == (405, "wrong_method")
    assert "GET" in wrong.headers["Allow"]


def test_a_failure_shows_no_code(city, monkeypatch):
    def failing(*given, **named):
        raise RuntimeError("secret place")

    monkeypatch.setattr(city.engine.policies, "version", failing)
    answer = city.get("/api/v1/city")
    assert (answer.status_code, answer.json()["code"]) == (500, "bug")
    assert "secret" not in answer.text


def test_what_fails_in_the_engine_is_in_the_log_and_not_in_the_answer(city, monkeypatch, caplog):
    """The text of a failure may hold anything: a path, a row, a name."""

    def failing(*given, **named):
        raise RuntimeError("secret place")

    monkeypatch.setattr(city.engine, "_order_of", failing)
    city.server.tell(logs.CommandLog())
    answer = city.post(SEND + "ReceiveReport", json=report("x1"))
    assert (answer.status_code, answer.json()["code"]) == (500, "bug")
    assert "secret" not in answer.text
    (record,) = [one for one in caplog.records if one.getMessage() == "command failed"]
    assert "secret place" in str(record.exc_info[1])


def test_a_failed_commit_is_told_and_stops_the_server(city, monkeypatch):
    def full():
        raise StoreFailed("the disk is full", where="xiaocheng")

    async def story(http):
        monkeypatch.setattr(city.engine, "commit", full)
        first = await http.post(SEND + "ReceiveReport", json=report("m1"))
        await asyncio.sleep(0.01)
        late = await http.post(SEND + "ReceiveReport", json=report("m2"))
        return first, late, await http.get("/readyz")

    answers = []

    async def kept(http):
        answers.extend(await story(http))

    with pytest.raises(StoreFailed):
        city.calls(kept)
    first, late, ready = answers
    assert (first.status_code, first.json()["code"]) == (503, "store_failed")
    assert (late.status_code, late.json()["code"]) == (503, "busy")
    assert (ready.status_code, ready.json()["ready"]) == (503, False)


# --- health and figures -------------------------------------------------------------------------


def test_health_readiness_and_figures(city):
    sent(city, "m1", "m1")

    alive, ready, figures = (city.get(path) for path in ("/healthz", "/readyz", "/metrics"))
    assert alive.json() == {"alive": True}
    assert ready.json()["feeds"] == {"known": 1, "silent": 0}
    assert 'chengyun_commands_total{command="ReceiveReport",result="recorded"} 1.0' in figures.text
    assert 'chengyun_commands_total{command="ReceiveReport",result="known"} 1.0' in figures.text
    assert 'chengyun_facts_total{kind="CaseFiled"} 1.0' in figures.text
    assert 'chengyun_requests_total{method="POST",status="200"} 2.0' in figures.text
    assert f"chengyun_last_seq {float(city.engine.head.seq)}" in figures.text


# --- files --------------------------------------------------------------------------------------


@pytest.fixture
def built(serve, tmp_path):
    screen, maps = tmp_path / "screen", tmp_path / "map"
    (screen / "assets").mkdir(parents=True)
    maps.mkdir()
    (screen / "index.html").write_text("<p>the screen</p>")
    (screen / "assets" / "app-1a2b.js").write_text("let it;")
    (maps / "areas.geojson").write_text("{}")
    (maps / "secret.txt").write_text("no")
    (tmp_path / "outside.geojson").write_text("no")
    return serve(screen=screen, maps=maps)


def test_the_screen_is_served_and_what_is_named_by_its_content_is_kept(built):
    index = built.get("/")
    assert (index.text, index.headers["Cache-Control"]) == ("<p>the screen</p>", "no-cache")
    script = built.get("/assets/app-1a2b.js")
    assert script.text == "let it;"
    assert "immutable" in script.headers["Cache-Control"]
    assert built.get("/assets/none.js").status_code == 404
    assert built.get("/assets/none.js").json()["code"] == "no_route"


def test_without_a_screen_a_page_says_how_to_build_it(serve, tmp_path):
    answer = serve(screen=tmp_path / "none").get("/")
    assert answer.status_code == 200
    assert "npm run build" in answer.text


def test_a_map_is_served_by_its_plain_name(built):
    answer = built.get("/map/areas.geojson")
    again = built.get("/map/areas.geojson", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert (answer.text, answer.headers["Content-Type"]) == ("{}", "application/geo+json")


def test_of_a_folder_of_maps_only_what_is_public_geography_is_served(serve, tmp_path):
    maps = tmp_path / "maps"
    maps.mkdir()
    for name in ("areas", "base", "assets"):
        (maps / f"{name}.geojson").write_text("{}")
    city = serve(maps=maps)
    found = [city.get(f"/map/{name}.geojson").status_code for name in ("areas", "base", "assets")]
    assert found == [200, 200, 404]


@pytest.mark.parametrize(
    "path",
    [
        *("/map/secret.txt", "/map/..%2foutside.geojson", "/map/%2e%2e/outside.geojson"),
        *("/map/none.geojson", "/%2e%2e/outside.geojson", "/assets/..%2f..%2foutside.geojson"),
        *("/map/a%00.geojson", "/%00", "//etc/passwd", "/" + "x" * 5000),
    ],
)
def test_no_path_leads_outside(built, path):
    answer = built.get(path)
    assert answer.status_code == 404, answer.text
