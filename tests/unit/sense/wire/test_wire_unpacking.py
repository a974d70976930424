"""Packed bodies: unpacked whole and bounded, or refused."""

import gzip
import resource
import tracemalloc
import zlib

import pyarrow as pa
import pytest
from wire_writers import AT, JSON, Row, code_of, rows_of, taken

from chengyun.kernel.errors import Rejected
from chengyun.kernel.limits import MAX_INGEST_BYTES
from chengyun.sense.wire.unpacking import unpacked

BODY = b'[{"handle":1,"at":%d,"value":2}]' % AT
ROWS = {0: Row(1, AT, 2_000_000)}


def zstd(content: bytes) -> bytes:
    packed: bytes = pa.compress(content, codec="zstd", asbytes=True)
    return packed


PACK = {"gzip": gzip.compress, "zstd": zstd}


@pytest.mark.parametrize("encoding", ["", "identity", " Identity "])
def test_a_body_that_is_not_packed(encoding: str) -> None:
    assert rows_of(taken(BODY, JSON, encoding)) == ROWS


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "x-gzip", "zstd"])
def test_a_packed_body(encoding: str) -> None:
    pack = PACK[encoding.lower().removeprefix("x-")]
    assert rows_of(taken(pack(BODY), JSON, encoding)) == ROWS


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip", "nonsense\n\ud800"])
def test_another_packing_is_refused(encoding: str) -> None:
    assert code_of(BODY, JSON, encoding) == "unknown_encoding"


@pytest.mark.parametrize("encoding", PACK)
def test_a_cut_body_is_refused_wherever_it_is_cut(encoding: str) -> None:
    packed = PACK[encoding](BODY)
    for length in range(len(packed)):
        code = code_of(packed[:length], JSON, encoding)
        assert code in ("broken_packing", "broken"), length
        assert code == "broken_packing" or length == 0


@pytest.mark.parametrize("encoding", PACK)
def test_rubbish_behind_a_packed_body_is_refused(encoding: str) -> None:
    for rubbish in (b"x", b"\0" * 9, BODY):
        assert code_of(PACK[encoding](BODY) + rubbish, JSON, encoding) == "broken_packing"
    assert code_of(BODY, JSON, encoding) == "broken_packing"


@pytest.mark.parametrize("encoding", PACK)
def test_a_damaged_body_is_refused(encoding: str) -> None:
    packed = bytearray(PACK[encoding](BODY * 10))
    packed[len(packed) // 2] ^= 0xFF
    if encoding == "gzip":
        assert code_of(bytes(packed), JSON, encoding) == "broken_packing"
    else:  # without a checksum in the frame a damage may unpack to something else
        with pytest.raises(Rejected):
            taken(bytes(packed), JSON, encoding)


def test_a_second_member_of_gzip_is_refused() -> None:
    assert code_of(gzip.compress(BODY) * 2, JSON, "gzip") == "broken_packing"


@pytest.mark.parametrize("encoding", PACK)
def test_the_bound_is_met_exactly(encoding: str) -> None:
    blank = b" " * MAX_INGEST_BYTES
    assert len(unpacked(PACK[encoding](blank), encoding)) == MAX_INGEST_BYTES
    assert code_of(PACK[encoding](blank + b" "), JSON, encoding) == "too_long"


def test_a_body_larger_than_the_bound_is_refused() -> None:
    assert code_of(b" " * (MAX_INGEST_BYTES + 1)) == "too_long"


@pytest.mark.parametrize("encoding", PACK)
def test_a_bomb_is_refused_within_bounded_memory(encoding: str) -> None:
    size = 2**30
    if encoding == "gzip":
        packer = zlib.compressobj(9, zlib.DEFLATED, 31)
        packed = b"".join(packer.compress(b" " * 2**20) for _ in range(size // 2**20))
        packed += packer.flush()
    else:
        sink = pa.BufferOutputStream()
        with pa.CompressedOutputStream(sink, "zstd") as stream:
            for _ in range(size // 2**20):
                stream.write(b" " * 2**20)
        packed = sink.getvalue().to_pybytes()
    assert len(packed) < 2**21
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    tracemalloc.start()
    try:
        assert code_of(packed, JSON, encoding) == "too_long"
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 3 * MAX_INGEST_BYTES
    grown_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown_kib * 1024 < 3 * MAX_INGEST_BYTES


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "application/json; charset=utf-8", 'Application/JSON;charset="UTF-8"'],
)
def test_a_content_type_may_say_utf8(content_type: str) -> None:
    assert rows_of(taken(BODY, content_type)) == ROWS


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "application/json; charset=gbk", "json", "\ud800" * 99]
)
def test_another_content_type_is_refused(content_type: str) -> None:
    assert code_of(BODY, content_type) == "unknown_type"
