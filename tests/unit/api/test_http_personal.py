"""Data of persons are opened for a purpose, and whoever looks stands on the audit chain first."""

import pytest
from served import OPENS, report

from chengyun.adapters.sql.reading import StoreReader
from chengyun.api import personal
from chengyun.engine import codec
from chengyun.facts.envelope import AUDIT
from chengyun.guard.curiosity import Curiosity
from chengyun.kernel.limits import MAX_GROUND_CHARS

REPORT = "report:hotline:m1"
PERSONAL = {"reporter": "Wang Wu", "phone": "13812341234", "id_card": "310101199001011234"}


def look(**more):
    found = {"fact": REPORT, "fields": ["reporter"], "purpose": "call_back", "ground": "not done"}
    return found | more


async def sent(http, id_="m1", **more):
    fields = report(id_, **({"personal": PERSONAL} | more))
    answer = await http.post("/api/v1/commands/ReceiveReport", json=fields)
    assert answer.status_code == 200, answer.text


def chain_of(city):
    with StoreReader(city.server.folder) as reader:
        return [codec.read(one) for one in reader.facts("xiaocheng", chain=AUDIT)]


def test_the_case_shows_names_and_numbers_masked_and_sensitive_ones_not_at_all(city):
    async def story(http):
        await sent(http)
        return (await http.get("/api/v1/cases/case:hotline:m1")).json()

    found = city.calls(story)
    assert found["members"][0]["personal"] == {
        "reporter": "W**", "phone": "138****1234", "id_card": "***",
    }  # fmt: skip
    assert found["chain"][0]["masked"] == []


def test_a_look_is_on_the_audit_chain_with_who_whom_what_and_why(city):
    async def story(http):
        await sent(http)
        answer = await http.post("/api/v1/personal", json=look(fields=["reporter", "phone"]))
        assert answer.headers["cache-control"] == "no-store"
        return answer.json(), (await http.get("/api/v1/audit/looks")).json()

    opened, told = city.calls(story)
    assert opened["fields"] == {"reporter": "Wang Wu", "phone": "13812341234"}
    (fact,) = chain_of(city)
    assert (fact.id, fact.known_at) == (opened["look"], opened["seen_at"])
    assert fact.actor.startswith("person:")
    assert (fact.body.person, fact.body.fields) == (REPORT, ["reporter", "phone"])
    assert "Wang" not in repr(fact)
    assert "13812341234" not in repr(fact)
    (one,) = told["looks"]
    assert (one["actor"], one["person"]) == (fact.actor, REPORT)
    assert (one["purpose"], one["ground"], told["next"]) == ("call_back", "not done", None)


def test_nothing_is_shown_unless_the_look_was_recorded(city, monkeypatch):
    """The same look twice records nothing the second time, and so shows nothing."""
    monkeypatch.setattr(personal.secrets, "token_hex", lambda size: "a" * 32)

    async def story(http):
        await sent(http)
        first = await http.post("/api/v1/personal", json=look())
        again = await http.post("/api/v1/personal", json=look())
        other = await http.post("/api/v1/personal", json=look(ground="another one"))
        return first, again, other

    first, again, other = city.calls(story)
    assert first.status_code == 200
    assert (again.status_code, other.status_code) == (500, 409)
    assert "Wang" not in again.text + other.text
    assert len(chain_of(city)) == 1


def test_sensitive_fields_need_a_purpose_that_is_strong_enough(city):
    async def story(http):
        await sent(http)
        weak = await http.post("/api/v1/personal", json=look(fields=["id_card", "reporter"]))
        strong = await http.post(
            "/api/v1/personal", json=look(fields=["id_card"], purpose="emergency")
        )
        return weak, strong

    weak, strong = city.calls(story)
    assert (weak.status_code, weak.json()["code"]) == (403, "purpose_too_weak")
    assert strong.json()["fields"] == {"id_card": "310101199001011234"}
    assert [fact.kind for fact in chain_of(city)] == ["CommandRefused", "PersonalDataSeen"]


@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [
        ({"purpose": "curious"}, 422, "unknown_purpose"),
        ({"fact": "report:hotline:none"}, 404, "unknown"),
        ({"fields": ["salary"]}, 422, "no_such_field"),
        ({"fields": ["type"]}, 422, "no_such_field"),
        ({"fields": []}, 422, "bad_fields"),
        ({"ground": " "}, 422, "bad_fields"),
        ({"ground": "   "}, 422, "bad_look"),
        ({"ground": "a\nb"}, 422, "bad_look"),
        ({"ground": "x" * (MAX_GROUND_CHARS + 1)}, 422, "bad_fields"),
        ({"fact": 7}, 422, "bad_fields"),
        ({"more": 1}, 422, "bad_fields"),
    ],
)
def test_a_look_without_a_reason_shows_nothing(city, wrong, status, code):
    async def story(http):
        await sent(http)
        return await http.post("/api/v1/personal", json=look(**wrong))

    answer = city.calls(story)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert "Wang" not in answer.text
    assert chain_of(city) == []


def test_of_an_erased_person_is_told_when_and_nothing_else(city):
    async def story(http):
        await sent(http)
        erase = {"person": REPORT, "ground": "asked for it"}
        assert (await http.post("/api/v1/commands/ErasePerson", json=erase)).status_code == 200
        answer = await http.post("/api/v1/personal", json=look(fields=["id_card"]))
        return answer, (await http.get("/api/v1/cases/case:hotline:m1")).json()

    answer, case = city.calls(story)
    assert (answer.status_code, answer.json()["code"]) == (410, "erased")
    assert answer.json()["params"] == {"erased_at": str(city.clock.now())}
    assert case["members"][0]["personal"] == {}
    assert case["members"][0]["erased_at"] == city.clock.now()
    assert chain_of(city) == []


def test_who_leafs_through_people_is_told_to_wait_and_it_is_counted(city, monkeypatch):
    async def story(http):
        await sent(http)
        return [(await http.post("/api/v1/personal", json=look())).status_code for _ in range(3)]

    door = next(one for one in city.api.doors if one.path == "/api/v1/personal")
    monkeypatch.setattr(door.endpoint.__self__, "_curiosity", Curiosity(looks=2))
    assert city.calls(story) == [200, 200, 429]
    figures = city.get("/metrics").text
    assert 'chengyun_personal_looks_total{result="too_many_looks"} 1.0' in figures
    assert 'chengyun_personal_looks_total{result="opened"} 2.0' in figures
    assert len(chain_of(city)) == 2


def test_a_budget_fills_again_one_by_one_and_is_each_actor_s_own():
    looks = Curiosity(looks=2, pause_s=60)
    assert [looks.take("a", 0), looks.take("a", 0), looks.take("a", 1)] == [0, 0, 59]
    assert looks.take("b", 1) == 0
    assert looks.take("a", 61) == 0
    assert looks.take("a", 61) > 0


# --- the auditor ------------------------------------------------------------------------------


async def looked(http, city):
    for number in range(1, 6):
        await sent(http, f"m{number}", row=number)
        city.clock.advance_to(OPENS + (2 + number) * 86_400_000_000)
        answer = await http.post(
            "/api/v1/personal", json=look(fact=f"report:hotline:m{number}", ground=f"no {number}")
        )
        assert answer.status_code == 200


def test_an_auditor_turns_pages_and_asks_for_a_person_an_actor_and_a_time(city):
    async def story(http):
        await looked(http, city)

        async def asked(**how):
            answer = await http.get("/api/v1/audit/looks", params=how)
            assert answer.status_code == 200, answer.text
            found = answer.json()
            return [one["ground"][-1] for one in found["looks"]], found["next"]

        grounds, cursor = await asked(limit=2)
        assert grounds == ["5", "4"]
        grounds, cursor = await asked(limit=2, cursor=cursor)
        assert grounds == ["3", "2"]
        assert await asked(limit=2, cursor=cursor) == (["1"], None)
        assert (await asked(person="report:hotline:m3"))[0] == ["3"]
        assert (await asked(actor="account:none"))[0] == []
        day = 86_400_000_000
        within = {"from": OPENS + 4 * day, "until": OPENS + 6 * day}
        assert (await asked(**within))[0] == ["3", "2"]

    city.calls(story)


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=x", "limit=9999", "cursor=-1", "from=x", "from=2&until=1",
              "cursor=٣", "person=%00", "until=99999999999999999999999"]
)  # fmt: skip
def test_a_malformed_question_of_an_auditor_is_refused(city, query):
    answer = city.get(f"/api/v1/audit/looks?{query}")
    assert answer.status_code == 422, answer.text
