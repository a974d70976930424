"""Archives: what goes in comes out; what was cut off or made by somebody else is refused."""

import gzip
import io
import tarfile

import pytest

from chengyun.adapters.files.archives import drain, members_of, sum_of, write_archive
from chengyun.kernel.errors import Rejected


@pytest.fixture
def archive(tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_bytes(b"first")
    two.write_bytes(bytes(range(256)) * 20_000)
    path = tmp_path / "archive"
    write_archive(path, [("one", one), ("two", two)])
    return path


def read(path):
    with members_of(path) as members:
        return {member.name: drain(member.content) for member in members}


def test_what_goes_in_comes_out_in_its_order(archive, tmp_path):
    found = read(archive)
    assert list(found) == ["one", "two"]
    assert found["two"] == sum_of(tmp_path / "two")


def test_only_its_owner_can_read_it(archive):
    assert archive.stat().st_mode & 0o077 == 0


def test_a_file_that_is_there_is_not_written_over(archive, tmp_path):
    with pytest.raises(FileExistsError):
        write_archive(archive, [("one", tmp_path / "one")])


@pytest.mark.parametrize("left", [0, 1, 20, 0.3, 0.7, 0.99])
def test_an_archive_that_was_cut_off_is_refused(archive, left):
    content = archive.read_bytes()
    archive.write_bytes(content[: int(left * len(content)) if left < 1 else left])
    with pytest.raises(Rejected) as refused:
        read(archive)
    assert refused.value.code == "half_written"
    assert refused.value.remedy


@pytest.mark.parametrize(
    "content", [b"", b"no archive", gzip.compress(b"no archive" * 100, mtime=0)]
)
def test_what_is_no_archive_is_refused(tmp_path, content):
    path = tmp_path / "archive"
    path.write_bytes(content)
    with pytest.raises(Rejected, match="no whole backup"):
        read(path)


def test_a_link_in_an_archive_is_refused(tmp_path):
    path = tmp_path / "archive"
    with tarfile.open(path, "w:gz") as made:
        link = tarfile.TarInfo("chengyun.db")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        made.addfile(link, io.BytesIO())
    with pytest.raises(Rejected) as refused:
        read(path)
    assert refused.value.code == "changed"
