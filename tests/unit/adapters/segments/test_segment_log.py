"""The segment log: what was synced comes back, a torn end is cut off, damage is refused."""

import itertools
import shutil

import pytest

from chengyun.adapters.segments.frames import (
    HEADER_BYTES,
    FrameError,
    FrameKind,
    frame_at,
    framed,
)
from chengyun.adapters.segments.log import SegmentLog
from chengyun.adapters.segments.reading import Position
from chengyun.kernel.errors import StoreFailed
from chengyun.kernel.limits import MAX_FRAME_BYTES


def written(folder, payloads, **more):
    """Write a frame for each payload and close; return where each one ends."""
    log = SegmentLog(folder, **more)
    ends = []
    for number, payload in enumerate(payloads):
        ends.append(log.append(FrameKind.GROUP, number, 1_000 + number, payload))
        log.sync()
    log.close()
    return ends


def read(folder):
    log = SegmentLog(folder)
    try:
        return [frame.payload for frame in log.read()], log.cut
    finally:
        log.close()


def last_file(folder):
    return sorted(folder.glob("*.seg"))[-1]


def test_frames_come_back_in_order_over_files(tmp_path):
    payloads = [bytes([number]) * (10 * number) for number in range(20)]
    ends = written(tmp_path, payloads, most_bytes=300)
    assert len(list(tmp_path.glob("*.seg"))) > 3
    assert ends == sorted(ends)

    log = SegmentLog(tmp_path, most_bytes=300)
    frames = list(log.read())
    assert [frame.payload for frame in frames] == payloads
    assert [(frame.rows, frame.known_at) for frame in frames] == [(n, 1_000 + n) for n in range(20)]
    for number, end in enumerate(ends):
        assert [frame.payload for frame in log.read(end)] == payloads[number + 1 :]
    assert log.end == ends[-1]
    assert log.cut is None
    log.close()


def test_what_is_appended_after_a_restart_follows_on(tmp_path):
    written(tmp_path, [b"one"])
    written(tmp_path, [b"two"])
    assert read(tmp_path) == ([b"one", b"two"], None)


def test_a_torn_end_is_cut_off_at_every_byte_and_the_log_goes_on(tmp_path):
    whole = tmp_path / "whole"
    ends = written(whole, [b"first", b"second", b"the third one"])
    size = last_file(whole).stat().st_size
    for keep in range(size):
        torn = tmp_path / f"torn{keep}"
        shutil.copytree(whole, torn)
        with last_file(torn).open("r+b") as file:
            file.truncate(keep)
        survived = [
            payload
            for payload, end in zip([b"first", b"second", b"the third one"], ends, strict=True)
            if end.offset <= keep
        ]
        log = SegmentLog(torn)
        assert [frame.payload for frame in log.read()] == survived
        is_between = keep in {HEADER_BYTES + 8, *(end.offset for end in ends)}
        assert (log.cut is None) == is_between, keep
        log.append(FrameKind.GROUP, 1, 5, b"more")
        log.sync()
        log.close()
        assert read(torn) == ([*survived, b"more"], None)


def test_a_file_torn_while_it_was_begun_is_taken_back(tmp_path):
    written(tmp_path, [b"a" * 100, b"b" * 100, b"c"], most_bytes=150)
    path = last_file(tmp_path)
    for keep in (0, 1, HEADER_BYTES - 1, HEADER_BYTES + 3):
        with path.open("r+b") as file:
            file.truncate(keep)
        log = SegmentLog(tmp_path, most_bytes=150)
        assert [frame.payload for frame in log.read()] == [b"a" * 100, b"b" * 100]
        assert log.cut is not None
        assert not path.exists()
        log.append(FrameKind.GROUP, 1, 5, b"c")
        log.sync()
        log.close()
        assert last_file(tmp_path) == path


def test_a_changed_byte_anywhere_is_found(tmp_path):
    """In the last frame it looks like a torn end; before that, what stands behind is not lost."""
    whole = tmp_path / "whole"
    ends = written(whole, [b"first", b"second"])
    content = last_file(whole).read_bytes()
    for place in range(len(content)):
        log_folder = tmp_path / f"flip{place}"
        shutil.copytree(whole, log_folder)
        changed = bytearray(content)
        changed[place] ^= 0x41
        last_file(log_folder).write_bytes(changed)
        if place < ends[0].offset:
            with pytest.raises(StoreFailed, match="damaged"):
                SegmentLog(log_folder)
            assert last_file(log_folder).read_bytes() == changed, "nothing was cut away"
        else:
            found, cut = read(log_folder)
            assert found == [b"first"]
            assert cut is not None


def test_damage_in_a_closed_file_is_refused_when_it_is_read(tmp_path):
    whole = tmp_path / "whole"
    written(whole, [b"a" * 100, b"b" * 100, b"c" * 100], most_bytes=150)
    first = sorted(whole.glob("*.seg"))[0]
    content = first.read_bytes()
    for place in range(0, len(content), 7):
        changed = bytearray(content)
        changed[place] ^= 0x10
        first.write_bytes(changed)
        log = SegmentLog(whole, most_bytes=150)
        with pytest.raises(StoreFailed, match="damaged"):
            list(log.read())
        log.close()


def test_a_closed_file_cut_between_two_frames_is_refused(tmp_path):
    ends = written(tmp_path, [b"a" * 60, b"b" * 60, b"c" * 60], most_bytes=170)
    first = sorted(tmp_path.glob("*.seg"))[0]
    with first.open("r+b") as file:
        file.truncate(ends[0].offset)
    log = SegmentLog(tmp_path, most_bytes=170)
    with pytest.raises(StoreFailed, match="damaged"):
        list(log.read())
    log.close()


def test_a_file_that_is_gone_from_the_middle_is_refused(tmp_path):
    written(tmp_path, [bytes([n]) * 100 for n in range(4)], most_bytes=120)
    files = sorted(tmp_path.glob("*.seg"))
    files[1].unlink()
    log = SegmentLog(tmp_path, most_bytes=120)
    with pytest.raises(StoreFailed, match="gone"):
        list(log.read())
    log.close()


@pytest.mark.parametrize("after", [Position(1, 10_000), Position(9, 0)])
def test_a_place_the_log_does_not_reach_is_refused(tmp_path, after):
    written(tmp_path, [b"one"])
    log = SegmentLog(tmp_path)
    with pytest.raises(StoreFailed, match="does not reach"):
        list(log.read(after))
    log.close()


def test_it_is_read_while_it_is_written(tmp_path):
    log = SegmentLog(tmp_path, most_bytes=200)
    log.append(FrameKind.GROUP, 1, 1, b"one")
    reading = log.read()
    assert next(reading).payload == b"one"
    for number in range(10):
        log.append(FrameKind.GROUP, 1, 1, bytes([number]) * 50)
        log.sync()
    assert len(list(log.read())) == 11
    # half a frame, as a write that is under way
    path = last_file(tmp_path)
    with path.open("ab") as file:
        file.write(framed(FrameKind.TICK, 0, 9, b"half", log._checksum)[:-2])
    assert len(list(log.read())) == 11
    log.close()


def test_old_files_go_and_the_last_one_never(tmp_path):
    written(tmp_path, [bytes([n]) * 100 for n in range(5)], most_bytes=120)
    log = SegmentLog(tmp_path, most_bytes=120)
    numbers = log.segments()
    assert log.drop_before(numbers[2]) == numbers[:2]
    assert len(list(log.read())) == 3
    assert log.drop_before(1_000) == numbers[2:-1]
    assert log.segments() == numbers[-1:]
    assert log.drop_before(1_000) == []
    log.close()


def test_a_frame_that_does_not_fit_is_refused(tmp_path):
    log = SegmentLog(tmp_path)
    with pytest.raises(StoreFailed, match="does not fit"):
        log.append(FrameKind.GROUP, 1, 1, bytes(MAX_FRAME_BYTES + 1))
    log.close()


def test_frames_are_chained():
    one = framed(FrameKind.GROUP, 1, 1, b"one", 0)
    first = frame_at(memoryview(one), 0, 0)
    two = framed(FrameKind.GROUP, 1, 2, b"two", first.checksum)
    three = framed(
        FrameKind.GROUP, 1, 3, b"three", frame_at(memoryview(two), 0, first.checksum).checksum
    )
    for order in itertools.permutations([one, two, three]):
        content = memoryview(b"".join(order))
        if list(order) == [one, two, three]:
            walk(content)
        else:
            with pytest.raises(FrameError):
                walk(content)


def walk(content):
    at = before = 0
    while (frame := frame_at(content, at, before)) is not None:
        at, before = frame.end, frame.checksum
