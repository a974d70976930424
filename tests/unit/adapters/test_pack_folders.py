"""Folders of city packs are read within their bounds and never beyond themselves."""

import os
from pathlib import Path

import pytest

from chengyun.adapters.files import packs
from chengyun.adapters.files.packs import read_pack
from chengyun.kernel import limits


def codes(folder: Path) -> list[tuple[str, str]]:
    return [(mistake.place.file, mistake.code) for mistake in read_pack(folder)[1]]


def test_files_are_read_by_path(tmp_path: Path) -> None:
    (tmp_path / "feeds").mkdir()
    (tmp_path / "feeds" / "a.yaml").write_bytes(b"a")
    (tmp_path / "city.yaml").write_bytes(b"c")
    (tmp_path / ".hidden").write_bytes(b"h")
    assert read_pack(tmp_path) == ({"city.yaml": b"c", "feeds/a.yaml": b"a"}, ())


def test_links_that_leave_the_folder_are_refused(tmp_path: Path) -> None:
    pack, outside = tmp_path / "pack", tmp_path / "outside"
    pack.mkdir()
    outside.mkdir()
    (outside / "secret").write_bytes(b"s")
    (pack / "real.yaml").write_bytes(b"r")
    (pack / "inside.yaml").symlink_to("real.yaml")
    (pack / "file").symlink_to(outside / "secret")
    (pack / "folder").symlink_to(outside)
    (pack / "nowhere").symlink_to("gone")
    files, _ = read_pack(pack)
    assert files == {"real.yaml": b"r", "inside.yaml": b"r"}
    assert codes(pack) == [("file", "outside"), ("folder", "outside"), ("nowhere", "unreadable")]


def test_what_is_no_file_is_refused_and_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert codes(tmp_path) == [("pipe", "no_file")]


def test_what_is_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_PACK_FILE_BYTES", 10)
    monkeypatch.setattr(limits, "MAX_PACK_FILES", 3)
    monkeypatch.setattr(packs, "MAX_FOLDERS_DEEP", 1)
    (tmp_path / "a").write_bytes(b"x" * 11)
    assert codes(tmp_path) == [("a", "too_large")]
    (tmp_path / "b" / "c").mkdir(parents=True)
    (tmp_path / "b" / "c" / "d").write_bytes(b"")
    assert ("b/c", "no_file") in codes(tmp_path)
    for number in range(5):
        (tmp_path / f"e{number}").write_bytes(b"")
    assert codes(tmp_path)[-1] == (".", "too_many_files")


def test_what_is_no_folder_is_refused(tmp_path: Path) -> None:
    assert codes(tmp_path / "none") == [(".", "no_folder")]
