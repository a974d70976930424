"""Where a text says it is: names of the register found in it, weighed against each other.

A name that lies in another one that was named counts more, in whatever order they stand; the most
particular place of such a chain is what is meant. Names that contradict each other, and names that
several places have, stay candidates with a share each. Pure over the gazetteer.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from chengyun.facts.places import Place
from chengyun.facts.sense import PlaceShare, Reason
from chengyun.kernel.limits import (
    MAX_MISSPELT_CHARS,
    MAX_PLACE_HITS,
    MAX_PLACED_CHARS,
    MAX_TRIAGE_CANDIDATES,
)
from chengyun.sense.triage.folding import folded
from chengyun.sense.triage.gazetteer import ANY, WEIGHT, Gazetteer, How, Spot, letters, one_out
from chengyun.sense.triage.model import PPM
from chengyun.sense.triage.proposing import Found
from chengyun.sense.triage.readings import spelled

AreaOf = Callable[[Place], str]
"""The smallest area that a point lies in; empty where none is known."""

_CHINESE: Final = re.compile(r"[一-鿿]+")
_WORDS: Final = re.compile(r"[a-z0-9]+")
_NUMBER: Final = re.compile(r"\s*(\d{1,5}(?:弄\d{1,5})?)\s*(?:号|弄|巷|栋|幢|-)?")
_NUMBER_BEFORE: Final = re.compile(r"(?:no\.? ?)?(\d{1,5})[a-z]? $")
_MOST_WORDS: Final = 5
_LEAST: Final = 2
_LEAST_CODE: Final = 6
_TOGETHER: Final = 500
"""How much another name that agrees adds, in thousandths."""


class _Hit(NamedTuple):
    start: int
    end: int
    said: str
    spot: Spot
    how: How
    number: str


def found(text: str, place_text: str, names: Gazetteer, area_of: AreaOf) -> Found:
    """Return the places that a report may mean, likeliest first, and by what they were named."""
    said = folded(f"{place_text}\n{text}", most=MAX_PLACED_CHARS)
    hits = _hits(said, names)
    if not hits:
        return Found()
    areas = {one.spot: one.spot.area or _area(one.spot, area_of) for one in hits}
    best: dict[Spot, tuple[int, _Hit]] = {}
    for hit in hits:
        agreeing = {
            other.said
            for other in hits
            if other.said != hit.said and _lies_in(areas[hit.spot], areas[other.spot], names)
        }
        score = WEIGHT[hit.how] * (1_000 + _TOGETHER * min(2, len(agreeing))) // 1_000
        if hit.spot not in best or score > best[hit.spot][0]:
            best[hit.spot] = (score, hit)
    meant = [
        (score, hit)
        for spot, (score, hit) in best.items()
        if not any(
            other.rank > spot.rank and _lies_in(areas[other], areas[spot], names)
            for other in best
            if other is not spot
        )
    ]
    meant.sort(key=lambda one: _order(one[0], one[1].spot, areas))
    kept = meant[:MAX_TRIAGE_CANDIDATES]
    # A street that lies in no one area contradicts none: it has rivals among its like alone.
    whole = Counter[bool]()
    for score, hit in meant:
        whole[bool(areas[hit.spot])] += score
    return Found(
        [_share(hit, score, whole[bool(areas[hit.spot])], areas[hit.spot]) for score, hit in kept],
        [_reason(hit) for _, hit in kept],
    )


def _order(score: int, spot: Spot, areas: dict[Spot, str]) -> tuple[bool, int, int, str]:
    return not areas[spot], -score, -spot.rank, spot.code


def _share(hit: _Hit, score: int, whole: int, area: str) -> PlaceShare:
    sure = min(1_000, score)
    return PlaceShare(
        kind=hit.spot.kind,
        code=hit.spot.code,
        area=area,
        ppm=score * PPM // whole * sure // 1_000,
        place=hit.spot.place,
    )


def _reason(hit: _Hit) -> Reason:
    params = {"said": hit.said, "how": hit.how, "kind": hit.spot.kind, "code": hit.spot.code}
    return Reason(code="place", params=params | ({"number": hit.number} if hit.number else {}))


def _area(spot: Spot, area_of: AreaOf) -> str:
    return "" if spot.place is None else area_of(spot.place)


def _lies_in(inner: str, outer: str, names: Gazetteer) -> bool:
    """Tell whether an area is another one or lies below it; one that is not known agrees not."""
    while inner and outer:
        if inner == outer:
            return True
        inner = names.above.get(inner, "")
    return False


# --- names in a text ----------------------------------------------------------------------------


def _hits(said: str, names: Gazetteer) -> list[_Hit]:
    """Return the names that stand in a text; none within another, exact ones before the rest."""
    taken: set[int] = set()
    kept: list[_Hit] = []
    for told in (_written, _latin, _sounding, _nearly):
        looked_at = said if told in (_written, _latin) else said[:MAX_MISSPELT_CHARS]
        before = frozenset(taken)
        spans: set[tuple[int, int]] = set()
        for hit in sorted(told(looked_at, names), key=lambda hit: (hit.start - hit.end, hit.start)):
            span = range(hit.start, hit.end)
            is_new = taken.isdisjoint(span)
            is_same = (hit.start, hit.end) in spans and before.isdisjoint(span)
            if (is_new or is_same) and len(kept) < MAX_PLACE_HITS:
                kept.append(hit)
                taken.update(span)
                spans.add((hit.start, hit.end))
    return kept


def _written(said: str, names: Gazetteer) -> Iterator[_Hit]:
    for run in _CHINESE.finditer(said):
        for start in range(run.start(), run.end()):
            for end in range(start + _LEAST, min(run.end(), start + names.longest) + 1):
                for spot, how in names.written.get(said[start:end], ()):
                    yield _hit(said, start, end, spot, how)
    for word in _WORDS.finditer(said):
        coded = names.codes.get(word[0])
        if coded is not None and len(word[0]) >= _LEAST_CODE:
            yield _hit(said, word.start(), word.end(), coded, "code")


def _latin(said: str, names: Gazetteer) -> Iterator[_Hit]:
    for start, end, key in _phrases(said):
        for spot, how in names.written.get(key, ()):
            yield _hit(said, start, end, spot, how)


def _phrases(said: str) -> Iterator[tuple[int, int, str]]:
    for line in re.finditer(r"[^\n]+", said):
        words = [
            (word.start() + line.start(), word.end() + line.start())
            for word in _WORDS.finditer(line[0])
        ]
        for first in range(len(words)):
            for last in range(first, min(len(words), first + _MOST_WORDS)):
                start, end = words[first][0], words[last][1]
                yield start, end, letters(said[start:end])


def _sounding(said: str, names: Gazetteer) -> Iterator[_Hit]:
    for run in _CHINESE.finditer(said):
        syllables = spelled(run[0])
        for first in range(len(syllables)):
            for last in range(first + _LEAST, min(len(syllables), first + names.longest) + 1):
                for spot, how in names.read.get(tuple(syllables[first:last]), ()):
                    yield _hit(said, run.start() + first, run.start() + last, spot, how)


def _nearly(said: str, names: Gazetteer) -> Iterator[_Hit]:
    for run in _CHINESE.finditer(said):
        for start in range(run.start(), run.end()):
            for end in range(start + _LEAST + 1, min(run.end(), start + names.longest) + 1):
                name = said[start:end]
                for at in range(len(name)):
                    key = name[:at] + ANY + name[at + 1 :]
                    for spot, how in names.nearly.get(key, ()):
                        yield _hit(said, start, end, spot, how)
    for start, end, key in _phrases(said):
        for one in (key, *one_out(key)):
            for spot, how in names.nearly.get(one, ()):
                yield _hit(said, start, end, spot, how)


def _hit(said: str, start: int, end: int, spot: Spot, how: How) -> _Hit:
    after, before = (
        _NUMBER.match(said, end),
        _NUMBER_BEFORE.search(said[max(0, start - 12) : start]),
    )
    number = after[1] if after else before[1] if before else ""
    return _Hit(start, end, said[start:end], spot, how, number)
