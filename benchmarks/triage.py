"""Does triage tell whose business a citizen's message is? On messages that it has not seen.

    python -m benchmarks.triage --train FILE --test FILE --out FILE

learns from a table ``department, text`` (tab separated, with a header; ``.gz`` is fine), reads a
table ``text`` without labels, and writes a table ``department`` in the order of the test texts.
Without these, ten folds of the recorded messages are judged: figures with their spread, how well
the confidence is kept, and how long it takes. It learns and proposes by the code of the platform.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from benchmarks.running import ROOT, report
from chengyun.sense.triage.features import features
from chengyun.sense.triage.folding import folded
from chengyun.sense.triage.learning import Taught, learned
from chengyun.sense.triage.model import PPM, Model, Ranked, packed, unpacked

FOLDS: Final = 10
_SHINGLE: Final = 4
_ALIKE: Final = 0.4
"""Texts that share so much of the shorter one's shingles are one message, sent again."""


class Message(NamedTuple):
    """A text, and which department took it where that is told."""

    text: str
    department: str = ""


def read(path: Path) -> list[Message]:
    """Return the messages of a table; leaves with the line where one cannot be read."""
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8-sig", newline="\n") as lines:
        header = next(lines, "").rstrip("\r\n").split("\t")
        if "text" not in header:
            raise SystemExit(f"{path}: the header has no column text, but {header}")
        found = []
        for number, line in enumerate(lines, start=2):
            cells = line.rstrip("\r\n").split("\t")
            if len(cells) != len(header):
                raise SystemExit(f"{path}, line {number}: {len(cells)} cells, not {len(header)}")
            row = dict(zip(header, cells, strict=True))
            found.append(Message(row["text"], row.get("department", "")))
    return found


def taught(messages: Sequence[Message]) -> Model:
    """Return the model that learned from ``messages``, by way of its artefact."""
    return unpacked(
        packed(learned([Taught(features(one.text), one.department) for one in messages]))
    )


def proposed(model: Model, text: str) -> Ranked:
    """Return the first proposal; of a text in which nothing is known the commonest department."""
    ranked = model.ranked(features(text))
    return ranked[0] if ranked else Ranked(model.usual, 0)


def predict(train: Path, test: Path, out: Path) -> dict[str, Any]:
    """Learn from ``train``, write what is proposed for ``test``."""
    started = time.monotonic()
    model = taught(read(train))
    learned_s = time.monotonic() - started
    texts = read(test)
    started = time.monotonic()
    found = [proposed(model, one.text).label for one in texts]
    out.write_text("department\n" + "".join(f"{one}\n" for one in found), encoding="utf-8")
    return {
        "texts": len(texts),
        "learn_s": round(learned_s, 2),
        "propose_ms": round((time.monotonic() - started) * 1_000 / max(1, len(texts)), 3),
    }


# --- ten folds --------------------------------------------------------------------------------


def one_message(messages: Sequence[Message]) -> list[int]:
    """Return for each message the first one that says the same, itself where there is none."""
    shingles = [_shingles(one.text) for one in messages]
    holding: dict[str, list[int]] = defaultdict(list)
    group = list(range(len(messages)))
    for number, own in enumerate(shingles):
        shared = Counter(other for shingle in own for other in holding[shingle])
        for other, count in sorted(shared.items()):
            if count > _ALIKE * min(len(own), len(shingles[other])):
                group[number] = min(group[number], group[other])
        for shingle in own:
            holding[shingle].append(number)
    return group


def _shingles(text: str) -> set[str]:
    letters = "".join(char for char in folded(text) if char.isalnum())
    return {letters[at : at + _SHINGLE] for at in range(len(letters) - _SHINGLE + 1)}


def folds(messages: Sequence[Message], group: Sequence[int], seed: int) -> list[int]:
    """Return the fold of each message: departments spread evenly, one message never in two."""
    order = np.random.default_rng(seed).permutation(len(messages)).tolist()
    fold_of: dict[int, int] = {}
    counts: Counter[tuple[str, int]] = Counter()
    for number in order:
        if group[number] not in fold_of:
            name = messages[number].department
            fold_of[group[number]] = min(range(FOLDS), key=lambda fold: (counts[name, fold], fold))
        counts[messages[number].department, fold_of[group[number]]] += 1
    return [fold_of[one] for one in group]


def macro_f1(truth: Sequence[str], found: Sequence[str]) -> float:
    """Return the mean of the departments' F1."""
    each = []
    for name in sorted(set(truth)):
        hits = sum(one == name == other for one, other in zip(truth, found, strict=True))
        said = sum(one == name for one in truth) + sum(one == name for one in found)
        each.append(2 * hits / said if said else 0.0)
    return sum(each) / len(each)


def judged(messages: Sequence[Message], fold_of: Sequence[int]) -> dict[str, Any]:
    """Return the figures of ten folds."""
    truth = [one.department for one in messages]
    found = [Ranked("", 0)] * len(messages)
    learn_s, propose_s = [], 0.0
    each = []
    for fold in range(FOLDS):
        started = time.monotonic()
        model = taught([one for one, at in zip(messages, fold_of, strict=True) if at != fold])
        learn_s.append(time.monotonic() - started)
        held = [number for number, at in enumerate(fold_of) if at == fold]
        started = time.monotonic()
        for number in held:
            found[number] = proposed(model, messages[number].text)
        propose_s += time.monotonic() - started
        each.append(macro_f1([truth[one] for one in held], [found[one].label for one in held]))
    labels = [one.label for one in found]
    rights = [one == other for one, other in zip(truth, labels, strict=True)]
    return {
        "macro_f1": round(macro_f1(truth, labels), 4),
        "of_folds": [round(one, 4) for one in each],
        "spread": round(float(np.std(each, ddof=1)), 4),
        "accuracy": round(sum(rights) / len(rights), 4),
        "off_calibration": round(_off(found, rights), 4),
        "sure_share": round(sum(one.ppm >= 800_000 for one in found) / len(found), 4),
        "sure_right": round(_share(rights, [one.ppm >= 800_000 for one in found]), 4),
        "learn_s_max": round(max(learn_s), 2),
        "propose_ms": round(propose_s * 1_000 / len(messages), 3),
    }


def _off(found: Sequence[Ranked], rights: Sequence[bool]) -> float:
    """Return the expected calibration error over ten equal steps of confidence."""
    off = 0.0
    for step in range(10):
        there = [min(9, one.ppm * 10 // PPM) == step for one in found]
        if any(there):
            said = sum(one.ppm for one, at in zip(found, there, strict=True) if at) / PPM
            off += abs(said - sum(one for one, at in zip(rights, there, strict=True) if at))
    return off / len(found)


def _share(rights: Iterable[bool], there: Sequence[bool]) -> float:
    return sum(a and b for a, b in zip(rights, there, strict=True)) / max(1, sum(there))


def main() -> None:
    """Predict, or judge ten folds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    default = os.environ.get("CHENGYUN_DATA", str(ROOT.parent / "shared" / "data"))
    parser.add_argument("--train", type=Path, help="a table: department, text")
    parser.add_argument("--test", type=Path, help="a table: text")
    parser.add_argument("--out", type=Path, help="where the departments are written")
    parser.add_argument("--data", type=Path, default=Path(default), help="folder of recorded data")
    parser.add_argument("--quick", action="store_true", help="one way of folding only")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    if given.train or given.test or given.out:
        if not (given.train and given.test and given.out):
            parser.error("--train, --test and --out belong together")
        report(predict(given.train, given.test, given.out))
        return
    recorded = given.data / "citizen-messages-zh" / "messages.tsv.gz"
    if not recorded.exists():
        print(f"skipped: no recorded messages in {recorded}", file=sys.stderr)
        print(json.dumps({"skipped": "no data"}))
        return
    messages = read(recorded)
    group = one_message(messages)
    result: dict[str, Any] = {
        "messages": len(messages),
        "sent_again": sum(number != first for number, first in enumerate(group)),
        "unseen": judged(messages, folds(messages, group, given.seed)),
    }
    if not given.quick:
        alone = list(range(len(messages)))
        result["as_they_come"] = judged(messages, folds(messages, alone, given.seed))
    report(result)


if __name__ == "__main__":
    main()
