"""What the pack's section on privacy must make sense of."""

import msgspec
import pytest

from chengyun.app.pack_privacy_checks import privacy
from chengyun.citypack.sections import Sections
from chengyun.facts.privacy import Keep, Privacy, PublicFigures, Purpose
from chengyun.facts.registers import AreaEntry, Areas, Bounds, City
from chengyun.sense.policy import Column, Feed, Feeds

CITY = City(
    id="c", name={"en": "C"}, zone="Asia/Shanghai", languages=["en", "zh"], crs="WGS-84",
    bounds=Bounds(west=0, south=0, east=1, north=1), source="s",
)  # fmt: skip
AREAS = Areas(areas={"c": AreaEntry(level="city", name="C")})
FEEDS = Feeds(
    feeds={
        "hotline": Feed(
            kind="reports", zone="UTC", crs="WGS-84", silent_after_s=60, source="s",
            columns={
                "phone": Column(from_=["phone"], personal=True),
                "health": Column(from_=["health"]),
            },
        )
    }
)  # fmt: skip
BESIDE = {"city": CITY, "areas": AREAS, "feeds": FEEDS}
SOUND = Privacy(source="a law", figures=PublicFigures(level="city"), sensitive=["phone"])


def found(section):
    return [(one.path, one.code) for one in privacy(section, Sections(BESIDE, frozenset(BESIDE)))]


def test_a_section_that_makes_sense_has_no_mistake():
    assert found(SOUND) == []


@pytest.mark.parametrize(
    ("change", "mistake"),
    [
        ({"source": " "}, (("source",), "missing")),
        ({"purposes": {}}, (("purposes",), "no_purpose")),
        ({"purposes": {"p": Purpose(name={"en": "P"})}}, (("purposes", "p", "name"), "missing")),
        ({"keep": Keep(personal_days=9, sensitive_days=10)},
         (("keep", "sensitive_days"), "senseless")),
        ({"figures": PublicFigures(level="district")}, (("figures", "level"), "senseless")),
        ({"sensitive": ["phone", "health"]}, (("sensitive", 1), "not_sealed")),
    ],
)  # fmt: skip
def test_every_mistake_is_found_at_its_place(change, mistake):
    assert found(msgspec.structs.replace(SOUND, **change)) == [mistake]


def test_a_pack_without_the_section_has_what_is_sensible():
    plain = msgspec.json.decode(b"{}", type=Privacy)
    assert "call_back" in plain.purposes
    assert plain.keep.refused_days <= plain.keep.sensitive_days <= plain.keep.personal_days
