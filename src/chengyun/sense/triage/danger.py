"""Words that mean danger to life: found, unless the same words take the danger back.

Pure rules over the words of the pack. In doubt it is danger: only a denial right beside the words,
an ending said soon after, or plain talk about the matter sets it aside, and what was set aside is
told as well, so that whoever sees the report sees that too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, Literal, NamedTuple

from chengyun.kernel.limits import MAX_DANGER_CLAUSES, MAX_FIELD_CHARS
from chengyun.sense.triage.folding import clauses, folded
from chengyun.sense.triage.policy import Danger, Triage
from chengyun.sense.triage.wordlist import any_of

Aside = Literal["denied", "over", "talk"]
"""Why words of danger are set aside."""

_NEAR: Final = 40
"""How far a state may stand from its thing, in characters."""
_SOON: Final = 3
"""In how many clauses after the words an ending is still about them."""
_BLANK: Final = "_"


class Alarm(NamedTuple):
    """A danger that a text tells of."""

    danger: str
    type: str
    words: str
    """The words that tell it, as they stand in the folded text."""


class SetAside(NamedTuple):
    """Words of danger that were not believed, and why."""

    danger: str
    words: str
    why: Aside


class Heard(NamedTuple):
    """What a text says of dangers: the first one counts."""

    alarms: tuple[Alarm, ...]
    aside: tuple[SetAside, ...]


class _Signs(NamedTuple):
    code: str
    type: str
    sure: re.Pattern[str]
    things: re.Pattern[str]
    states: re.Pattern[str]


class DangerWords:
    """The words of a pack, made ready once a version."""

    def __init__(self, triage: Triage) -> None:
        context = triage.context
        self._any = any_of(
            word for one in triage.dangers.values() for word in (*one.sure, *one.states)
        )
        self._signs = tuple(_signs(code, one) for code, one in triage.dangers.items())
        self._harmless = any_of(context.harmless)
        denials = any_of(context.denials).pattern
        self._denied_before = re.compile(rf"(?:{denials})[ {_BLANK}]*(?:\w+ )?$")
        self._denied_between = re.compile(denials)
        self._over = any_of(context.over)
        self._talk = any_of(context.talk)
        self._now = any_of(context.now)

    def heard(self, *texts: str) -> Heard:
        """Return the dangers that the texts of a report tell of; all of each is read."""
        alarms: dict[str, Alarm] = {}
        aside: dict[str, SetAside] = {}
        left = MAX_DANGER_CLAUSES
        for text in texts:
            parts = [self._harmless.sub(_blanked, one) for one in clauses(folded(
                text, most=MAX_FIELD_CHARS))]  # fmt: skip
            for number, part in enumerate(parts):
                if not left or not self._any.search(part):
                    continue  # nearly every clause
                left -= 1
                before = parts[number - 1] if number else ""
                for signs, words, denied in (*self._told(part), *self._carried(before, part)):
                    why = "denied" if denied else self._why_not(parts, number)
                    if why is None:
                        alarms.setdefault(signs.code, Alarm(signs.code, signs.type, words))
                    else:
                        aside.setdefault(signs.code, SetAside(signs.code, words, why))
        order = [signs.code for signs in self._signs]
        return Heard(
            tuple(alarms[code] for code in order if code in alarms),
            tuple(aside[code] for code in order if code in aside and code not in alarms),
        )

    def _told(self, part: str) -> Iterator[tuple[_Signs, str, bool]]:
        for signs in self._signs:
            for found in signs.sure.finditer(part):
                yield signs, found[0], self._is_denied(part, found.start())
            states = list(signs.states.finditer(part))
            for thing in signs.things.finditer(part) if states else ():
                for state in states:
                    first, second = sorted((thing.span(), state.span()))
                    if second[0] < first[1] or second[0] - first[1] > _NEAR:
                        continue
                    between = part[first[1] : second[0]]
                    denied = self._is_denied(part, first[0]) or bool(
                        self._denied_between.search(between)
                    )
                    yield signs, f"{part[slice(*first)]} … {part[slice(*second)]}", denied

    def _carried(self, before: str, part: str) -> Iterator[tuple[_Signs, str, bool]]:
        """Yield what a thing of one clause and a state of the next tell together."""
        if not before:
            return
        joined = f"{before}，{part}"
        for signs in self._signs:
            things, states = list(signs.things.finditer(before)), list(signs.states.finditer(part))
            if not things or not states:
                continue
            thing, state = things[-1], states[0]
            between = joined[thing.end() : len(before) + 1 + state.start()]
            if len(between) <= _NEAR // 2:
                denied = self._is_denied(before, thing.start()) or bool(
                    self._denied_between.search(between)
                )
                yield signs, f"{thing[0]} … {state[0]}", denied

    def _is_denied(self, part: str, at: int) -> bool:
        return bool(self._denied_before.search(part[:at]))

    def _why_not(self, parts: Sequence[str], number: int) -> Aside | None:
        part = parts[number]
        if self._now.search(part):
            return None
        if self._talk.search(part):
            return "talk"
        after = parts[number : number + 1 + _SOON]
        for one in after:
            if self._over.search(one):
                return "over"
            if self._now.search(one):
                return None
        return None


def _signs(code: str, danger: Danger) -> _Signs:
    return _Signs(
        code,
        danger.type,
        any_of(danger.sure),
        any_of(danger.things),
        any_of(danger.states),
    )


def _blanked(found: re.Match[str]) -> str:
    return _BLANK * len(found[0])
