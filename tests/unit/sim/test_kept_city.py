"""What stands beside the store of a kept city: read back whole, or refused with its remedy."""

import os
from pathlib import Path

import pytest

from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import Instant
from chengyun.sim import wishes
from chengyun.sim.kept import FILE, Kept, check_same, keep, read_kept
from chengyun.sim.wishes import Wishes
from chengyun.sim.world.protocol import Injected

KEPT = Kept(seed=7, scale="city", start="2026-09-18T16:00", patience_min=120.0, release="0.1.0")
SOON, LATER = Instant(60_000_000), Instant(120_000_000)


def code_of(folder: Path) -> str:
    with pytest.raises(Rejected) as refused:
        read_kept(folder)
    assert refused.value.where.startswith(str(folder))
    assert refused.value.remedy
    return refused.value.code


def test_it_is_read_as_it_was_written_and_nothing_else_is_left(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    assert read_kept(folder) is None
    keep(folder, KEPT)
    assert read_kept(folder) == KEPT
    assert os.listdir(folder) == [FILE]


def test_a_folder_that_was_only_begun_is_as_good_as_new(tmp_path: Path) -> None:
    (tmp_path / f".{FILE}.half").write_bytes(b'{"seed"')
    assert read_kept(tmp_path) is None


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b'{"seed": 7}', b'{"seed": "seven"}', b"\xff\xfe", b'{"moon": 1}'],
)
def test_a_damaged_file_is_no_city(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    assert code_of(tmp_path) == "kept_unreadable"


def test_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    assert code_of(tmp_path) == "not_empty"


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"seed": 8}, "seed 7, and 8"),
        ({"scale": "mega"}, "scale city, and mega"),
        ({"start": "2026-09-18T17:00"}, "start 2026-09-18T16:00, and"),
    ],
)
def test_another_city_is_refused_and_nothing_asked_is_the_same(
    tmp_path: Path, asked: dict[str, object], says: str
) -> None:
    nothing: dict[str, object] = {"seed": None, "scale": None, "start": None}
    check_same(KEPT, tmp_path, **nothing)  # type: ignore[arg-type]
    check_same(KEPT, tmp_path, seed=7, scale="city", start="2026-09-18T16:00")
    with pytest.raises(Rejected, match=says) as refused:
        check_same(KEPT, tmp_path, **(nothing | asked))  # type: ignore[arg-type]
    assert refused.value.code == "other_city"
    assert f"leave --{next(iter(asked))} out" in refused.value.remedy


# --- wishes -----------------------------------------------------------------------------------


def test_wishes_are_read_back_for_their_step_in_their_order(tmp_path: Path) -> None:
    path = tmp_path / wishes.FILE
    first = Wishes(path)
    first.add(SOON, "rainstorm", "")
    first.add(LATER, "gas_smell", "3199")
    first.add(SOON, "power_cut", "3199")
    for kept in (first, Wishes(path)):
        assert kept.of_step(SOON) == [
            Injected(kind="rainstorm"),
            Injected(kind="power_cut", area="3199"),
        ]
        assert kept.of_step(LATER) == [Injected(kind="gas_smell", area="3199")]
        assert kept.of_step(Instant(1)) == []


def test_a_wish_that_was_cut_off_was_never_made(tmp_path: Path) -> None:
    path = tmp_path / wishes.FILE
    Wishes(path).add(SOON, "rainstorm", "")
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"until":6000')
    again = Wishes(path)
    assert again.of_step(SOON) == [Injected(kind="rainstorm")]
    again.add(LATER, "gas_smell", "")
    assert Wishes(path).of_step(LATER) == [Injected(kind="gas_smell")]


def test_a_damaged_line_is_said_with_its_number(tmp_path: Path) -> None:
    path = tmp_path / wishes.FILE
    Wishes(path).add(SOON, "rainstorm", "")
    path.write_bytes(path.read_bytes() + b"rubbish\n")
    with pytest.raises(Rejected) as refused:
        Wishes(path)
    assert refused.value.code == "kept_unreadable"
    assert refused.value.where == f"{path}:2"


def test_there_is_an_end_to_wishing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wishes, "MAX_WISHES", 2)
    kept = Wishes()
    kept.add(SOON, "rainstorm", "")
    kept.add(SOON, "rainstorm", "")
    with pytest.raises(Rejected) as refused:
        kept.add(SOON, "rainstorm", "")
    assert refused.value.code == "too_many_wishes"
    assert len(kept.of_step(SOON)) == 2
