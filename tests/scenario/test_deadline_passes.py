"""Story 5: a deadline passes, once, also while the platform was down."""

from city import FERRY_STEPS, ORCHARD, City, a, case, fell_due, filed, moment

DUE = "2026-05-07 14:30"
"""Four working hours from 09:00 on, with a break from 12:00 to 13:30."""


def test_the_case_falls_due_at_its_deadline_and_only_once(city: City) -> None:
    city.at("2026-05-07 09:00").reports("manhole", at=FERRY_STEPS, id="m1")
    city.expect(filed("m1", due=DUE))
    city.at("14:29")
    city.never(a("CaseFellDue"))
    city.expect_by("14:30", fell_due("m1", at=DUE))
    city.at("2026-05-20 12:00")
    assert city.count(a("CaseFellDue")) == 1
    row = city.case("m1")
    assert (row.fell_due, row.state, row.open) == (True, "dispatched", True)


def test_done_at_the_last_moment_is_in_time(city: City) -> None:
    city.at("2026-05-07 09:00").reports("manhole", at=FERRY_STEPS, id="m1")
    city.at("14:29").crew("river-drainage", "m1")
    city.at("2026-05-08 12:00")
    city.never(a("CaseFellDue"))
    city.never(a("TimerFired", purpose="handle.due"))
    figures = city.figures()
    assert (figures["on_time"], figures["overdue"]) == (1, 0)


def test_done_too_late_is_late(city: City) -> None:
    city.at("2026-05-07 09:00").reports("manhole", at=FERRY_STEPS, id="m1")
    city.at("14:31").crew("river-drainage", "m1")
    assert city.count(fell_due("m1", at=DUE)) == 1
    figures = city.figures()
    assert (figures["on_time"], figures["overdue"]) == (0, 1)


def test_a_deadline_that_came_during_downtime_counts_from_when_it_was(city: City) -> None:
    city.at("2026-05-07 09:00").reports("manhole", at=FERRY_STEPS, id="m1")
    city.at("09:30").reports("manhole", at=ORCHARD, id="m2", area="319902001001")
    city.at("12:00").down_until("2026-05-09 08:00")
    due = city.expect(fell_due("m1", at=DUE))
    assert due.known_at == moment("2026-05-09 08:00")
    later = city.expect(fell_due("m2", at="2026-05-07 15:00"))
    assert due.seq < later.seq, "in the order in which they were due"
    city.down_until("2026-05-09 09:00")
    assert city.count(a("CaseFellDue")) == 2
    city.was_aware_of_nothing_wrong()


def test_a_promise_made_to_the_caller_comes_before_the_time_limit(city: City) -> None:
    city.at("2026-05-07 09:00").reports(
        "manhole", at=FERRY_STEPS, id="m1", promised="2026-05-07 11:00"
    )
    city.expect(filed("m1", due="2026-05-07 11:00", due_code="promised"))
    city.expect_by("11:00", fell_due("m1", at="2026-05-07 11:00"))


def test_what_has_no_limit_never_falls_due(city: City) -> None:
    city.at("2026-05-07 09:00").reports("lamp", at=FERRY_STEPS, id="l1")
    city.expect(a("CaseFiled", subject=case("l1"), due_at=None, due_code="none"))
    city.at("2026-06-07 09:00").crew("lights", "l1")
    city.never(a("CaseFellDue"))
    figures = city.figures()
    assert (figures["on_time"], figures["overdue"], figures["without_deadline"]) == (0, 0, 1)
