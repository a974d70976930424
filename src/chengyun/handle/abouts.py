"""What commands about cases are about: the area of the case, and the units it has to do with."""

from __future__ import annotations

from typing import Any

from chengyun.engine.about import CITY, About
from chengyun.engine.known import Known
from chengyun.handle import views


def of_case(command: Any, known: Known) -> About:
    """Whoever acts on a case acts for the unit that has it, and says so."""
    case = known.get(views.CASES, command.case)
    return CITY if case is None else About(case.area, (case.unit, command.unit))


def of_case_alone(command: Any, known: Known) -> About:
    """Whoever decides about a case decides for where it lies and whose it is."""
    case = known.get(views.CASES, command.case)
    return CITY if case is None else About(case.area, (case.unit,))


def of_part(command: Any, known: Known) -> About:
    """A part of a joint duty is the business of the unit that has it, not of the one that leads."""
    case = known.get(views.CASES, command.case)
    return CITY if case is None else About(case.area, (command.unit,))


def of_report(command: Any, known: Known) -> About:
    """The same for a report, which belongs to a case."""
    case = _case_of(command.report, known)
    return CITY if case is None else About(case.area, (case.unit, command.unit))


def of_rating(command: Any, known: Known) -> About:
    """What a reporter says is about the case of his report."""
    case = _case_of(command.report, known)
    return CITY if case is None else About(case.area, (case.unit,))


def of_check(command: Any, known: Known) -> About:
    """Whoever checks acts for another unit than the handler's, and did none of the work himself."""
    case = known.get(views.CASES, command.case)
    if case is None:
        return CITY
    workers = tuple(row.actor for row in known.find(views.CASE_WORKERS, 0, case.case))
    return About(case.area, (command.by_unit,), workers)


def _case_of(report: str, known: Known) -> views.CaseRow | None:
    member = known.get(views.MEMBERS, report)
    return None if member is None else known.get(views.CASES, member.case)
