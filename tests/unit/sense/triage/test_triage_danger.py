"""Words of danger: what must be diverted is, what only sounds like it is not."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from chengyun.app.packs import loaded, section
from chengyun.kernel.limits import MAX_DANGER_CLAUSES, MAX_FIELD_CHARS
from chengyun.sense.triage.danger import DangerWords
from chengyun.sense.triage.policy import Context, Danger, Triage

LINJIANG = Path(__file__).parents[4] / "cities" / "linjiang"
ROWS = [
    line.split("\t")
    for line in (Path(__file__).parent / "sentences.tsv").read_text(encoding="utf-8").splitlines()
][1:]


@pytest.fixture(scope="module")
def words() -> DangerWords:
    return DangerWords(section(loaded(LINJIANG), Triage))


def test_the_table_is_large_enough():
    dangerous = [text for danger, text in ROWS if danger != "-"]
    assert len(ROWS) >= 200
    assert len(dangerous) >= 100
    assert sum(text.isascii() for text in dangerous) >= 30
    assert len({text for _, text in ROWS}) == len(ROWS)


@pytest.mark.parametrize(("danger", "text"), ROWS, ids=[f"row{n}" for n in range(len(ROWS))])
def test_sentence(words, danger, text):
    told = [alarm.danger for alarm in words.heard(text).alarms]
    if danger == "-":
        assert told == []
    else:
        assert danger in told


def test_the_reason_names_the_words(words):
    (alarm,) = words.heard("三号楼", "楼道里有煤氣味").alarms
    assert (alarm.danger, alarm.type, alarm.words) == ("gas", "gas_smell", "煤气味")


def test_what_is_set_aside_is_told(words):
    heard = words.heard("没有煤气味，上周的火灾是误报")
    assert heard.alarms == ()
    assert {(one.danger, one.why) for one in heard.aside} == {("gas", "denied"), ("fire", "over")}


def test_now_outweighs_what_is_over(words):
    assert not words.heard("昨天着火，已经扑灭").alarms
    assert words.heard("昨天着火，已经扑灭，现在又烧起来了").alarms


SMALL = Triage(
    dangers={
        "gas": Danger(
            name={"en": "gas"}, type="gas_smell", sure=["gas leak*"], things=["煤气"], states=["漏"]
        )
    },
    context=Context(harmless=["煤气费"], denials=["没有", "no"], over=["修好了"], talk=["演练"]),
)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("gas leaking", True),
        ("a gasoline leak", False),
        ("no gas leak", False),
        ("no big gas leak", False),
        ("煤气在漏", True),
        ("漏的是煤气", True),
        ("煤气没有漏", False),
        ("煤气费漏交了", False),
        ("煤气。漏", True),
        ("煤气漏，修好了", False),
        ("煤气漏演练", False),
        ("没有人来，煤气漏", True),
        ("煤气" + "很" * 41 + "漏", False),
    ],
    ids=[f"rule{n}" for n in range(13)],
)
def test_rules(text, told):
    assert bool(DangerWords(SMALL).heard(text).alarms) is told


def test_no_words_no_danger():
    assert DangerWords(Triage()).heard("着火了").alarms == ()


@pytest.mark.parametrize(
    "text",
    ["", "\x00\x07\u200b\u202e", "😀" * 500, "\ud800 lone", "ﷺ" * 100, "a" * MAX_FIELD_CHARS],
    ids=["empty", "control", "emoji", "surrogate", "grows", "long"],
)
def test_odd_texts_say_nothing(words, text):
    assert words.heard(text).alarms == ()


def test_a_cry_at_the_end_of_the_longest_text_is_heard_in_time(words):
    text = ("今天天气不错，" * 20_000)[: MAX_FIELD_CHARS - 4] + "着火了！"
    started = time.monotonic()
    assert [one.danger for one in words.heard(text).alarms] == ["fire"]
    assert time.monotonic() - started < 10


def test_only_so_many_clauses_with_words_of_danger_are_weighed(words):
    assert words.heard("没有煤气味，" * (MAX_DANGER_CLAUSES - 1) + "着火了").alarms
    assert not words.heard("没有煤气味，" * MAX_DANGER_CLAUSES + "着火了").alarms
