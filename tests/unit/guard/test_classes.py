"""Every field of every kind of fact and every column of every table has a class."""

import msgspec
import pytest

from chengyun.api.shapes import LIVE
from chengyun.app.row_classes import ROWS, shown_row
from chengyun.app.stages import TABLES
from chengyun.facts.classes import BODIES, UNCLASSED, Class, class_of, sealed_class_of
from chengyun.facts.kinds import KINDS
from chengyun.guard.masking import HIDDEN


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_field_of_a_fact_is_classed(kind):
    named = {field.name for field in msgspec.structs.fields(KINDS[kind])}
    assert set(BODIES.get(kind, {})) == named, "enter it in facts/classes.py"


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_column_of_a_table_is_classed(table):
    named = {field.name for field in msgspec.structs.fields(table.row)}
    assert set(ROWS.get(table.name, {})) == named, "enter it in app/row_classes.py"


def test_nothing_is_classed_that_does_not_exist():
    assert set(BODIES) == set(KINDS)
    assert set(ROWS) == {table.name for table in TABLES}


def test_what_nobody_classed_is_sensitive_and_never_public():
    assert UNCLASSED.kind is Class.SENSITIVE
    assert class_of("SkyFell", "name") == class_of("ReportReceived", "new_field") == UNCLASSED
    assert sealed_class_of("SkyFell", "name") is Class.SENSITIVE
    assert shown_row("skies", {"name": "Wang"}) == {"name": HIDDEN}
    assert shown_row("cases", {"new_column": "Wang", "unit": "roads"}) == {
        "new_column": HIDDEN,
        "unit": "roads",
    }


def test_no_body_holds_what_is_personal_in_clear():
    """Personal data stand only in the seal; a body that had some could never be erased."""
    told = {
        (kind, field)
        for kind, classes in BODIES.items()
        for field, one in classes.items()
        if one.kind in (Class.PERSONAL, Class.SENSITIVE)
    }
    assert told == {("UnitFailed", "error")}


def test_screens_see_no_table_with_something_personal():
    for table in LIVE:
        kinds = {one.kind for one in ROWS[table].values()}
        assert kinds <= {Class.PUBLIC, Class.INTERNAL}
