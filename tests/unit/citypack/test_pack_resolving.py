"""The resolved pack: the same policies have the same bytes, and every section comes back."""

import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from test_pack_mistakes import PACK, encoded, verdict

from chengyun.app.pack_sections import SECTIONS
from chengyun.citypack.checking import check
from chengyun.citypack.mistakes import Mistakes
from chengyun.citypack.places import read_yaml
from chengyun.citypack.resolving import Resolved
from chengyun.engine.policies import version_of
from chengyun.facts.registers import Areas, AssetRegister, CaseTypes, City


def resolved(texts: dict[str, str]) -> Resolved:
    found = check(encoded(texts), SECTIONS).resolved
    assert found is not None
    return found


def test_every_section_is_read_back_as_it_was() -> None:
    pack = resolved(PACK)
    raw = msgspec.json.decode(pack.content, type=dict[str, msgspec.Raw])
    assert raw.keys() == pack.sections.keys()
    for section in SECTIONS:
        if section.name in raw:
            read = msgspec.json.decode(raw[section.name], type=section.shape)
            assert read == pack.sections[section.name]
    assert pack.version == version_of(pack.content)


def test_cells_become_values_of_the_shape() -> None:
    sections = resolved(PACK).sections
    areas, assets = sections["areas"], sections["assets"]
    assert isinstance(areas, Areas)
    assert isinstance(assets, AssetRegister)
    assert areas.areas["north"].aliases == ["Uptown", "Up"]
    assert (assets.assets["lamp-1"].lon, assets.assets["lamp-1"].lat) == (121.1, 31.1)


def test_neither_order_nor_comments_nor_encoding_change_the_version() -> None:
    header, *rows = PACK["areas.csv"].splitlines(keepends=True)
    city = "# a comment\n" + "".join(reversed(PACK["city.yaml"].splitlines(keepends=True)))
    other = {**PACK, "areas.csv": header + "".join(reversed(rows)), "city.yaml": city}
    files = encoded(other)
    assert verdict(files).resolved == resolved(PACK)
    files["city.yaml"] = city.encode("gb18030")
    files["units.csv"] = b"\xef\xbb\xbf" + PACK["units.csv"].replace("\n", "\r\n").encode()
    assert verdict(files).resolved == resolved(PACK)


@pytest.mark.parametrize("file", [path for path in PACK if path != "README.md"])
def test_every_file_changes_the_version(file: str) -> None:
    old, new = {
        "areas.csv": ("South,", "Southern,"),
        "units.csv": ("Roads,", "Streets,"),
        "case_types.csv": ("Pothole,", "Hole,"),
        "assets.csv": ("31.1", "31.11"),
        "duty_list.csv": ("law", "a law"),
        "routing.jdm.json": ('"edges": []', '"edges": [{}]'),
    }.get(file, ("made up", "made up otherwise"))
    changed = {**PACK, file: PACK[file].replace(old, new)}
    assert changed != PACK
    assert resolved(changed).version != resolved(PACK).version


def test_an_optional_section_that_is_not_there_is_not_in_the_pack() -> None:
    without = {path: text for path, text in PACK.items() if path != "assets.csv"}
    assert "assets" not in resolved(without).sections


def test_a_decision_table_is_read_from_its_file() -> None:
    assert b'"table":{"edges":[],"nodes":[]}' in resolved(PACK).content


def test_yaml_says_what_it_shows() -> None:
    """Words of YAML 1.1 and times stay texts; keys are texts always."""
    text = "a: no\nb: 07:30\nc: 2011-07-04\n7: on\nd: 0x1f\ne: 1_000\nf: .inf\ng: 1e999\n"
    document = read_yaml("x", text.encode(), Mistakes())
    assert document is not None
    assert document.value == {
        "a": "no", "b": "07:30", "c": "2011-07-04", "7": "on", "d": "0x1f", "e": "1_000",
        "f": ".inf", "g": "1e999",
    }  # fmt: skip


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**17), 10**17) | st.floats(-1e9, 1e9) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), PLAIN, min_size=1, max_size=4))
def test_what_yaml_writes_is_read(value: dict[str, object]) -> None:
    """Quoted and plain scalars, flow and block, as another writer puts them."""
    text = yaml.safe_dump(value, allow_unicode=True, default_style='"')
    quoted = yaml.safe_dump(_texts(value), allow_unicode=True, default_style='"')
    assert text
    document = read_yaml("x", quoted.encode("utf-8", "surrogatepass"), Mistakes())
    assert document is not None
    assert document.value == _texts(value)


def _texts(value: object) -> object:
    if isinstance(value, dict):
        return {key: _texts(one) for key, one in value.items()}
    return [_texts(one) for one in value] if isinstance(value, list) else str(value)


def test_shapes_of_the_registers_are_whole() -> None:
    pack = resolved(PACK)
    assert isinstance(pack.sections["city"], City)
    types = pack.sections["case_types"]
    assert isinstance(types, CaseTypes)
    assert types.types["pothole"].time_limit == "4 working_hours"
