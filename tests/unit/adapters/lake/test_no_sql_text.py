"""The lake asks by expressions: no statement is text, so nothing can be written into one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import chengyun.adapters.lake as lake

FILES = sorted(Path(lake.__file__).parent.glob("*.py"))
TEXT = re.compile(r"\.raw_sql\(|\.sql\(|\.con\b|\.execute\(|duckdb\.connect\(|\bSELECT ")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_statement_is_text(path: Path) -> None:
    found = TEXT.findall(path.read_text(encoding="utf-8").replace("ibis.duckdb.connect(", ""))
    assert found == []


def test_there_is_something_to_look_at() -> None:
    assert len(FILES) > 10
    assert TEXT.search("duck.raw_sql('x')")
