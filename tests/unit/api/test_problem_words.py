"""Refusals in both languages: what people meet at their work has Chinese words."""

import ast
from pathlib import Path

import pytest

from chengyun.api.chinese import SAID, TITLES, in_chinese
from chengyun.api.languages import language_of
from chengyun.api.problems import _STATUS
from chengyun.guard.deciding import _SAYS

SOURCE = Path(__file__).parents[3] / "src" / "chengyun"
ROOMS = ("handle", "sense/taking.py", "sense/sighting.py", "engine/requests.py", "api/taking.py",
         "api/moving.py", "api/evidence.py", "api/uploading.py", "api/repeating.py",
         "api/receipts.py", "api/commands.py", "api/doors.py", "api/entering.py",
         "adapters/files/photos.py", "adapters/files/uploads.py")  # fmt: skip


def codes():
    found = set(_SAYS)
    for room in ROOMS:
        path = SOURCE / room
        for file in [path] if path.is_file() else sorted(path.rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                name = getattr(getattr(node, "func", None), "id", "")
                if name in ("Rejected", "Forbidden", "_refused") and node.args:
                    first = node.args[0]
                    if isinstance(first, ast.Constant):
                        found.add(first.value)
    return sorted(found)


@pytest.mark.parametrize("code", codes())
def test_every_refusal_at_work_has_chinese_words(code):
    assert code in SAID


def test_every_status_has_a_chinese_title():
    assert set(_STATUS.values()) | {403, 409, 422, 429, 500, 503} <= set(TITLES)


def test_what_has_no_words_says_its_code():
    assert in_chinese("quite_new", 422, {}).detail == "无法受理（quite_new）"


def test_the_answer_is_in_the_language_that_was_asked_for(city):
    path = "/api/v1/cases/case:none/moves"
    zh = city.get(path, headers={"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"})
    en = city.get(path, headers={"Accept-Language": "en"})
    assert (zh.json()["code"], en.json()["code"]) == ("unknown", "unknown")
    assert zh.json()["title"] == "未找到"
    assert en.json()["title"] == "Not Found"
    assert (zh.headers["content-language"], en.headers["content-language"]) == ("zh", "en")
    assert zh.headers["vary"] == "Accept-Language"


@pytest.mark.parametrize("header", ["zh;q=x", ";;;,,,", "zh" * 10_000, "\u00ff", "q=1", "*;q=0.1"])
def test_no_header_is_too_strange(header):
    assert language_of(header) in ("en", "zh")
