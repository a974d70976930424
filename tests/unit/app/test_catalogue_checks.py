"""The catalogue of GB/T 30428 and the register of components: whole, classed, rightly coded."""

import msgspec
import pytest

from chengyun.app.pack_catalogue_checks import case_types, components
from chengyun.citypack.sections import Sections
from chengyun.facts.registers import Areas, AssetRegister, CaseTypes, City

CITY = msgspec.convert(
    {
        "id": "x", "name": {"zh": "甲"}, "zone": "Asia/Shanghai", "languages": ["zh", "en"],
        "crs": "WGS-84", "source": "-",
        "bounds": {"west": 121, "south": 31, "east": 122, "north": 32},
    },
    City,
)  # fmt: skip
WHOLE = {
    "name": "Exposed rubbish", "name_zh": "暴露垃圾", "kind": "event", "classes": ["0110"],
    "filing_condition": "a", "filing_condition_zh": "甲", "time_limit": "4 working_hours",
    "closing_condition": "b", "closing_condition_zh": "乙", "evidence": ["photo_after"],
    "owner": "u", "fallback": "v", "source": "w",
}  # fmt: skip


def found(types, assets=None):
    listed = msgspec.convert({"types": types}, CaseTypes)
    areas = msgspec.convert({"areas": {"319901": {"level": "city", "name": "c"}}}, Areas)
    sections = Sections(
        {"city": CITY, "areas": areas, "case_types": listed}, frozenset({"areas", "case_types"})
    )
    if assets is None:
        findings = case_types(listed, sections)
    else:
        findings = components(msgspec.convert({"assets": assets}, AssetRegister), sections)
    return [(one.path[1], one.path[2] if len(one.path) > 2 else "", one.code) for one in findings]


def test_a_whole_entry_and_one_of_another_catalogue_are_sound():
    assert found({"a": WHOLE, "b": {"name": "Pothole"}}) == []


@pytest.mark.parametrize(
    ("change", "mistake"),
    [
        ({"time_limit": ""}, ("time_limit", "missing")),
        ({"owner": ""}, ("owner", "missing")),
        ({"fallback": ""}, ("fallback", "missing")),
        ({"evidence": []}, ("evidence", "missing")),
        ({"source": ""}, ("source", "missing")),
        ({"name_zh": " "}, ("name_zh", "missing")),
        ({"filing_condition_zh": ""}, ("filing_condition_zh", "missing")),
        ({"closing_condition": ""}, ("closing_condition", "missing")),
        ({"classes": []}, ("classes", "missing")),
        ({"classes": ["0710"]}, ("classes", "unknown_category")),
        ({"classes": ["0100"]}, ("classes", "unknown_class")),
        ({"classes": ["0110", "0110"]}, ("classes", "duplicate_class")),
        ({"kind": "component", "classes": ["0601"]}, ("classes", "unknown_category")),
        ({"kind": "task"}, ("classes", "no_class")),
        (
            {"graded_limits": ["bad: 1 calendar_hours", "bad: 2 calendar_hours"]},
            ("graded_limits", "duplicate_grade"),
        ),
    ],
)
def test_what_is_missing_or_wrong_is_named_with_its_column(change, mistake):
    assert found({"a": WHOLE | change}) == [("a", *mistake)]


def test_a_city_adds_categories_of_its_own():
    assert found({"a": WHOLE | {"classes": ["2101"]}}) == []


def test_a_class_is_that_of_one_type_and_a_type_may_stand_for_several():
    other = WHOLE | {"name": "Another"}
    assert found({"a": WHOLE, "b": other}) == [("b", "classes", "duplicate_class")]
    assert found({"a": WHOLE, "b": other | {"classes": ["0110", "0111"]}}) == []
    assert found({"a": WHOLE, "b": other | {"kind": "component", "classes": ["0110"]}}) == []


COVER = {"cover": WHOLE | {"kind": "component", "classes": ["0103"]}}


@pytest.mark.parametrize(
    ("code", "mistake"),
    [
        ("3199010103000001", None),
        ("319901010300001", ("", "bad_component_code")),
        ("31990101O3000001", ("", "bad_component_code")),
        ("3199010104000001", ("type", "other_class")),
        ("3199020103000001", ("", "other_district")),
    ],
)
def test_a_component_has_a_code_of_district_class_and_serial(code, mistake):
    expected = [] if mistake is None else [(code, *mistake)]
    assert found(COVER, {code: {"type": "cover"}}) == expected


def test_a_component_of_another_catalogue_has_any_code():
    assert found({"lamp": {"name": "Lamp"}}, {"lamp-1": {"type": "lamp"}}) == []
