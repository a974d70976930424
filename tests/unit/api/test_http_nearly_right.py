"""Commands that are nearly right are refused, and the engine goes on."""

import pytest
from served import OPENS, report

from chengyun.sense.handlers import ReceiveReport

TOO_LARGE = 2**63


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("ReceiveReport", report("x", place={"lon_e7": TOO_LARGE, "lat_e7": 1})),
        ("ReceiveReport", report("x", row=-TOO_LARGE - 1)),
        ("ReportCrew", {"unit": "u", "state": "free", "place": {"lon_e7": 1, "lat_e7": TOO_LARGE},
                        "case": "", "at": OPENS}),
        ("RecordSilences", {"tick": 1, "part": 0, "at": OPENS, "spoken": [],
                            "silent": [{"count": TOO_LARGE, "sensors": []}]}),
    ],
)  # fmt: skip
def test_a_number_that_no_column_holds_is_refused_however_deep_it_stands(city, name, fields):
    async def story(http):
        refused = await http.post(f"/api/v1/commands/{name}", json=fields)
        after = await http.post("/api/v1/commands/ReceiveReport", json=report("after"))
        return refused, after

    refused, after = city.calls(story)
    assert (refused.status_code, refused.json()["code"]) == (422, "too_large")
    assert after.status_code == 200


def test_a_policy_for_an_area_that_does_not_exist_is_refused(city):
    async def story(http):
        version = (await http.get("/api/v1/city")).json()["policy_version"]
        fields = {"version": version, "pack": "p", "effective_from": OPENS, "scope": "nowhere"}
        refused = await http.post("/api/v1/commands/AdoptPolicy", json=fields)
        right = await http.post("/api/v1/commands/AdoptPolicy", json=fields | {"scope": "319901"})
        after = await http.post(
            "/api/v1/commands/ReceiveReport", json=report("after", area="nowhere")
        )
        return refused, right, after

    refused, right, after = city.calls(story)
    assert (refused.status_code, refused.json()["code"]) == (422, "unknown_area")
    assert (right.status_code, after.status_code) == (200, 200)


def test_a_failure_quotes_nothing_of_what_was_being_handled(city, monkeypatch):
    """A bug's own words may hold a name; they go to nobody outside."""

    def failing(command, known):
        raise KeyError(command.personal["reporter"])

    stage, _ = city.engine._orders[ReceiveReport]
    monkeypatch.setitem(city.engine._orders, ReceiveReport, (stage, failing))
    answer = city.post("/api/v1/commands/ReceiveReport", json=report("x"))
    assert (answer.status_code, answer.json()["code"]) == (500, "bug")
    assert "Wang" not in answer.text
