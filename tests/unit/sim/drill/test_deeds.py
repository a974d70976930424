"""What waited for a person, from the facts of the log in their order."""

from __future__ import annotations

from typing import Any

from chengyun.facts.command import Measure, ResponseDecided, ResponseLapsed, ResponseProposed
from chengyun.facts.dispatch import Candidate, CaseDispatched, DecisionAsked
from chengyun.facts.envelope import Body, Fact
from chengyun.facts.handle import CaseReportedBack, CaseReturned
from chengyun.kernel.instants import Instant
from chengyun.sim.drill.deeds import Deeds

CASE, PLAN = "case:hotline:1", "response:warn:x:III"


class Log:
    """Facts one after another."""

    def __init__(self) -> None:
        self.deeds = Deeds()
        self._seq = 0

    def add(self, at: int, subject: str, body: Body, actor: str = "platform") -> None:
        self._seq += 1
        fact: Fact[Any] = Fact(
            partition="p",
            seq=self._seq,
            id=f"f{self._seq}",
            kind=type(body).__name__,
            schema=1,
            happened_at=Instant(at),
            known_at=Instant(at),
            subject=subject,
            area="a",
            actor=actor,
            caused_by="",
            policy_version="",
            body=body,
        )
        self.deeds.note(fact)

    def asked(self, at: int) -> None:
        candidates = [Candidate(unit="u1", ppm=400_000)]
        body = DecisionAsked(
            report="r", candidates=candidates, confidence_ppm=400_000, threshold_ppm=500_000
        )
        self.add(at, CASE, body)

    def given(self, at: int, unit: str, code: str = "person", actor: str = "person:lin") -> None:
        params = {"reason": "nearest"} if code == "person" else {}
        body = CaseDispatched(type="t", unit=unit, code=code, params=params, hops=1)
        self.add(at, CASE, body, actor)

    def proposed(self, at: int) -> None:
        measures = [Measure(name={"en": "Pump"}), Measure(name={"en": "Close"})]
        body = ResponseProposed(warning="warn:x", response_level="III", plan="p", measures=measures)
        self.add(at, PLAN, body)


def test_a_question_is_asked_and_answered() -> None:
    log = Log()
    log.asked(10)
    log.given(25, "u2")
    (one,) = log.deeds.asked
    assert (one.state, one.at, one.until, one.unit) == ("given", 10, 25, "u2")
    assert (one.by, one.reason, one.candidates) == ("person:lin", "nearest", [("u1", 400_000)])
    assert one.was_asked
    assert one.is_decided


def test_a_case_is_asked_about_twice_when_it_came_back() -> None:
    log = Log()
    log.asked(10)
    log.given(20, "u1")
    log.add(30, CASE, CaseReturned(type="t", unit="u1", reason="not ours"))
    log.asked(31)
    assert [(one.at, one.state) for one in log.deeds.asked] == [(10, "given"), (31, "open")]
    assert [(one.unit, one.at) for one in log.deeds.returned] == [("u1", 30)]


def test_what_goes_on_without_the_decision_is_settled() -> None:
    for settle in (
        lambda log: log.given(20, "u9", code="fallback_owner", actor="platform"),
        lambda log: log.add(
            20, CASE, CaseReportedBack(type="t", incident="i", unit="u", outcome="ok", members=1)
        ),
    ):
        log = Log()
        log.asked(10)
        settle(log)
        (one,) = log.deeds.asked
        assert (one.state, one.until, one.by) == ("settled", 20, "")
        assert not one.is_decided


def test_what_a_person_decided_unasked_is_his_deed_too() -> None:
    log = Log()
    log.given(5, "u1", code="proposed", actor="platform")
    log.given(9, "u2")
    (one,) = log.deeds.asked
    assert (one.was_asked, one.state, one.unit) == (False, "given", "u2")


def test_plans_are_approved_refused_lapse_or_are_overtaken() -> None:
    ends: dict[str, Body] = {
        "approved": ResponseDecided(proposal=PLAN, approved=True, reason="yes"),
        "refused": ResponseDecided(proposal=PLAN, approved=False, reason="no"),
        "lapsed": ResponseLapsed(proposal=PLAN, code="undecided"),
        "superseded": ResponseLapsed(proposal=PLAN, code="superseded"),
    }
    for state, body in ends.items():
        log = Log()
        log.proposed(10)
        log.add(20, PLAN, body, "person:lin")
        log.add(90, PLAN, ResponseLapsed(proposal=PLAN, code="warning_cleared"))
        (one,) = log.deeds.asked
        assert (one.state, one.until) == (state, 20)
        assert (one.plan, one.level, one.warning) == ("p", "III", "warn:x")
        assert [names["en"] for names in one.measures] == ["Pump", "Close"]
