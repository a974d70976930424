"""Triage over HTTP: a proposal while one writes, in words of both languages; nothing recorded."""

import pytest
import served

from chengyun.api.triaging import SAID
from chengyun.app import platform
from chengyun.citypack.resolving import resolve
from chengyun.kernel.limits import MAX_TRIAGE_CHARS
from chengyun.sense.triage.policy import Context, Danger, Triage, Urgency, Wording

TRIAGE = Triage(
    types={
        "manhole": Wording(words=["井盖", "窨井盖", "manhole cover"]),
        "lamp": Wording(words=["路灯", "灯不亮", "street lamp"]),
    },
    dangers={
        "gas": Danger(name={"en": "gas leak", "zh": "燃气泄漏"}, type="no_water", sure=["煤气味"])
    },
    context=Context(denials=["没有"], over=["修好了"], talk=["演练"]),
    urgency=Urgency(words=["危险"], within_h=4),
)


@pytest.fixture
def told(city):
    pack = resolve((served.RESOLVED[0].sections | {"triage": TRIAGE}).values())
    now = city.clock.now()
    platform.adopt(city.engine, pack.content, pack="xiaocheng", effective_from=now)
    city.engine.commit()

    def ask(**fields):
        answer = city.post("/api/v1/triage", json=fields)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return ask


def test_a_proposal_says_why_in_both_languages(city, told):
    before = city.engine.head.seq
    found = told(title="井盖没了", text="很危险", place="果园路")
    assert (found["type"], found["unit"], found["urgency"]) == ("manhole", "drainage", "urgent")
    assert found["candidates"][0]["type"] == "manhole"
    assert len(found["model"]) == 64
    says = {one["code"]: one["says"] for one in found["reasons"]}
    assert "井盖" in says["words"]["zh"]
    assert "Missing manhole cover" in says["words"]["en"]
    assert says["urgent_words"] == {"zh": "紧急用语：危险", "en": "words of urgency: 危险"}
    assert says["short_limit"]["en"] == "the time limit of Missing manhole cover is 4 working_hours"
    assert city.engine.head.seq == before


def test_danger_and_what_was_set_aside_are_said(told):
    found = told(text="楼道有煤气味")
    assert (found["urgency"], found["type"], found["sure"]) == ("life", "no_water", True)
    assert found["reasons"][0]["says"]["en"].startswith("the words tell of gas leak: “煤气味”")
    (aside,) = [one for one in told(text="没有煤气味")["reasons"] if one["code"].startswith("d")]
    assert aside["says"]["zh"] == "“煤气味”提到燃气泄漏，但被否定，未按险情转办"


def test_nothing_known_is_said(told):
    found = told(text="????")
    assert (found["type"], found["sure"], found["model"]) == ("", False, "")
    assert [one["code"] for one in found["reasons"]] == ["nothing_known"]


def test_a_text_that_is_too_long_to_be_looked_at_is_refused(city, told):
    answer = city.post("/api/v1/triage", json={"text": "井" * (MAX_TRIAGE_CHARS + 1)})
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_fields")


def test_every_reason_has_words_in_both_languages():
    assert all(set(words) == {"zh", "en"} for words in SAID.values())
