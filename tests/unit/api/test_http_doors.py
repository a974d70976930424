"""Every route is a door with a permission behind the gate; strangers and other sites stay out."""

import re
from pathlib import Path

import pytest
from starlette.routing import Route

from chengyun.api.doors import Door, routes
from chengyun.api.shielding import HEADERS
from chengyun.guard import gate
from chengyun.kernel.errors import Bug, Forbidden

OPERATING = Path(__file__).parents[3] / "docs" / "operating.md"


def test_every_route_is_a_door_that_says_what_it_needs(city):
    assert len(city.api.doors) > 12
    assert all(door.needs.count(":") == 1 for door in city.api.doors)
    assert all(isinstance(route, Route) for route in city.api.application.routes)
    paths = [route.path for route in city.api.application.routes]
    assert paths == [door.path for door in city.api.doors]


def test_a_door_without_a_permission_is_not_built():
    with pytest.raises(Bug, match="does not say which permission"):
        routes([Door("/open", "", lambda request: None)])


def test_every_door_passes_the_gate(city, monkeypatch):
    asked = []

    def shut(self, actor, door, needs):
        asked.append((actor.partition(":")[0], door, needs))
        raise Forbidden("forbidden", "not today")

    monkeypatch.setattr(gate.LocalGate, "check", shut)

    async def story(http):
        for door in city.api.doors:
            path = door.path.replace(":path", "")
            answer = await http.request(door.method, path)
            assert answer.status_code == 403, door
            assert answer.json()["code"] == "forbidden"

    city.calls(story)
    assert asked == [("person", f"{d.method} {d.path}", d.needs) for d in city.api.doors]


def test_who_does_not_sit_at_the_machine_is_not_let_in(city):
    answer = city.get("/api/v1/city", client="10.0.0.7")
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "10.0.0.1:8311", ""])
def test_another_name_is_not_answered(city, host):
    answer = city.get("/api/v1/city", headers={"Host": host})
    assert (answer.status_code, answer.json()["code"]) == (421, "foreign_host")


@pytest.mark.parametrize("host", ["localhost:8311", "127.0.0.1", "[::1]:8311"])
def test_the_names_of_this_machine_are(city, host):
    assert city.get("/api/v1/city", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
def test_a_page_of_another_site_may_not_ask(city, origin):
    answer = city.get("/api/v1/city", headers={"Origin": origin})
    assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin")
    same = {"Origin": "http://127.0.0.1:8311"}
    assert city.get("/api/v1/city", headers=same).status_code == 200


@pytest.mark.parametrize("path", ["/", "/api/v1/live", "/nowhere", "/metrics"])
def test_every_answer_tells_the_browser_to_be_strict(city, path):
    answer = city.get(path)
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert "unsafe-eval" not in answer.headers["Content-Security-Policy"]
    assert not any(name.startswith("access-control") for name in answer.headers)


def test_every_door_is_in_the_handbook(city):
    text = OPERATING.read_text(encoding="utf-8")
    missing = [d.path for d in city.api.doors if f"`{re.sub(':path', '', d.path)}`" not in text]
    assert missing == []
