"""Messages with refused rows are kept for correction, for a while and within a bound."""

from chengyun.adapters.segments.refused import RefusedMessage, RefusedRows, kept_in


def message(at):
    return RefusedMessage(
        at=at, feed="gauges", batch="", content_type="application/json", content_encoding="",
        bytes=3, is_kept=True, rows=[],
    )  # fmt: skip


def test_what_was_kept_long_enough_goes_with_its_content(tmp_path):
    rows = RefusedRows(tmp_path)
    for at in (100, 200, 300):
        rows.keep(message(at), b"canary %d" % at)
    assert rows.forget(200) == 2
    assert [one.at for one in kept_in(tmp_path)] == [200, 300]
    assert not any(b"canary 100" in path.read_bytes() for path in tmp_path.iterdir())
    assert rows.forget(200) == 0
    assert RefusedRows(tmp_path).forget(301) == 4
    assert list(tmp_path.iterdir()) == []
