"""The classifier: pieces of text, learning, confidence, the artefact."""

from __future__ import annotations

import doctest
import time

import numpy as np
import pytest

from chengyun.kernel.errors import Rejected
from chengyun.kernel.limits import MAX_TRIAGE_CHARS, MAX_TRIAGE_REASONS
from chengyun.sense.triage import features as features_room
from chengyun.sense.triage import folding
from chengyun.sense.triage.features import features
from chengyun.sense.triage.learning import Taught, learned
from chengyun.sense.triage.model import PPM, packed, unpacked

SAID = {
    "water": [
        "家里停水了",
        "水龙头没有水",
        "自来水水压小",
        "no water since morning",
        "water is off",
    ],
    "light": ["路灯不亮", "路灯坏了很黑", "灯一闪一闪", "street light is out", "lamp flickers"],
    "rubbish": [
        "垃圾没人收",
        "垃圾桶满了",
        "乱倒建筑垃圾",
        "rubbish everywhere",
        "garbage piled up",
    ],
}


def taught(times: int = 3):
    return learned(
        [
            Taught(features(f"{sentence} {number}号楼"), label)
            for number in range(times)
            for label, sentences in SAID.items()
            for sentence in sentences
        ]
    )


@pytest.mark.parametrize("room", [features_room, folding], ids=["features", "folding"])
def test_examples_in_the_docstrings(room):
    assert doctest.testmod(room).failed == 0


def test_it_knows_again_what_it_learned_in_both_languages():
    model = unpacked(packed(taught()))
    for label, text in [
        ("water", "請問什麼時候來水，停水一天了"),
        ("light", "我们门口路灯不亮了"),
        ("rubbish", "Somebody dumped RUBBISH here"),
        ("light", "the street lights are out"),
    ]:
        best = model.ranked(features(text))[0]
        assert best.label == label


def test_confidences_are_shares_best_first():
    model = unpacked(packed(taught()))
    ranked = model.ranked(features("停水了，路灯也不亮"))
    assert sum(one.ppm for one in ranked) == pytest.approx(PPM, abs=3)
    assert [one.ppm for one in ranked] == sorted((one.ppm for one in ranked), reverse=True)


def test_a_text_of_which_nothing_is_known_gets_no_proposal():
    model = unpacked(packed(taught()))
    assert model.ranked(features("")) == []
    assert model.ranked(features("😀😀 ????")) == []
    assert model.usual in SAID


def test_reasons_are_pieces_of_the_text_that_spoke_for_it():
    model = unpacked(packed(taught()))
    text = features("门口路灯不亮，晚上很黑")
    reasons = model.spoke_for(text, "light")
    assert 0 < len(reasons) <= MAX_TRIAGE_REASONS
    assert any("路灯" in one or "不亮" in one for one in reasons)
    assert all(one in text for one in reasons)


def test_the_same_texts_give_the_same_artefact():
    assert packed(taught()) == packed(taught())


def test_the_confidence_is_fitted_to_what_was_held_out():
    rng = np.random.default_rng(5)
    said = []
    for _ in range(300):
        label = ["water", "light"][int(rng.integers(2))]
        pieces = features(SAID[label][int(rng.integers(5))])
        # one label in three is wrong, so nobody can be surer than two thirds
        wrong = {"water": "light", "light": "water"}[label]
        said.append(Taught(pieces, label if rng.random() > 1 / 3 else wrong))
    model = unpacked(packed(learned(said)))
    best = model.ranked(features("路灯不亮"))[0]
    assert (best.label, best.ppm) == ("light", pytest.approx(667_000, abs=120_000))


def test_what_one_or_two_people_wrote_is_in_no_model():
    said = [Taught(features(text), "water") for text in ["王小明家停水", "停水了", "又停水"]]
    other = [Taught(features(text), "light") for text in ["路灯不亮", "灯坏", "灯不亮"]]
    kept = learned([*said, *other], [Taught(features("停电"), "light")])
    assert "停水" in kept.pieces
    assert "停电" in kept.pieces
    assert not any("小明" in piece for piece in kept.pieces)


def test_too_few_labels_are_refused():
    with pytest.raises(Rejected, match="too few"):
        learned([Taught(features("停水"), "water")])


@pytest.mark.parametrize("content", [b"", b"no model", packed(taught())[:-20]])
def test_what_is_no_model_is_refused(content):
    with pytest.raises(Rejected, match="no model"):
        unpacked(content)


def test_long_and_odd_texts_take_bounded_time():
    started = time.monotonic()
    for text in ["停水" * 50_000, "\x00" * 100_000, "é́" * 50_000, "🔥" * 100_000]:
        assert sum(features(text).values()) <= 3 * MAX_TRIAGE_CHARS + 2 * 32
    assert time.monotonic() - started < 5


def test_gb18030_reads_like_utf8():
    text = "门口路灯不亮"
    assert features(text.encode("gb18030").decode("gb18030")) == features(text)
