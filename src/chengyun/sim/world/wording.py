"""How people write: their own words for the place, typos, mixed languages, anger, thanks."""

from __future__ import annotations

from random import Random
from typing import Final

import msgspec

from chengyun.sim.world import wording_en, wording_zh
from chengyun.sim.world.town import Spot

ENGLISH: Final = 0.12
ANGRY: Final = 0.1
TYPO: Final = 0.12
MIXED: Final = 0.05

FAMILY: Final = ("张", "王", "李", "赵", "陈", "刘", "周", "吴", "徐", "孙", "朱", "马", "胡", "林")
GIVEN: Final = ("女士", "先生", "阿姨", "师傅", "小姐", "老师")


class Words(msgspec.Struct, frozen=True):
    """A message, and the place as its writer gave it."""

    text: str
    place_text: str


def message(kind: str, spot: Spot, chance: Random, *, again: bool = False) -> Words:
    """Return what one citizen writes about an event of ``kind`` at ``spot``."""
    english = chance.random() < ENGLISH
    words = wording_en if english else wording_zh
    place = _place(spot, chance, english=english)
    said = chance.choice(words.SAID.get(kind, words.SAID["enquiry"])).replace("{p}", place)
    if again:
        said = chance.choice(words.AGAIN).replace("{t}", said)
    ending = chance.choice(words.ANGRY if again or chance.random() < ANGRY else words.PLAIN)
    text = chance.choice(words.OPENINGS) + said + ending
    if chance.random() < MIXED:
        text += chance.choice(words.MIXED)
    if chance.random() < TYPO:
        text = _swapped(text, chance) if english else _mistyped(text, chance)
    return Words(text, place)


def verdict(chance: Random, *, solved: bool, satisfied: bool) -> str:
    """Return what a citizen says when he is called back."""
    words = wording_en if chance.random() < ENGLISH else wording_zh
    said: tuple[str, ...] = words.SOSO
    if not solved:
        said = words.BLAME
    elif satisfied:
        said = words.PRAISE
    return chance.choice(said)


def caller(chance: Random) -> dict[str, str]:
    """Return the personal data of an invented caller: for the seal, never elsewhere."""
    number = "".join(str(chance.randrange(10)) for _ in range(8))
    return {"name": chance.choice(FAMILY) + chance.choice(GIVEN), "phone": f"199{number}"}


def _place(spot: Spot, chance: Random, *, english: bool) -> str:
    name = spot.en if english else spot.zh
    thrown = chance.random()
    if thrown < 0.7:
        return name
    if thrown < 0.85:
        return f"{name}, back entrance" if english else f"{name}一带"
    if thrown < 0.95:
        return f"{name}, gate {chance.randrange(1, 5)}" if english else f"{name}{_door(chance)}"
    return spot.zh if english else spot.en


def _door(chance: Random) -> str:
    return chance.choice(("大门", "对面", "东门", "西门", "后门", "北侧"))


def _mistyped(text: str, chance: Random) -> str:
    """Put one wrong character where the input method would."""
    fitting = [pair for pair in wording_zh.TYPOS if pair[0] in text]
    if not fitting:
        return text
    right, wrong = chance.choice(fitting)
    return text.replace(right, wrong, 1)


def _swapped(text: str, chance: Random) -> str:
    """Swap two neighbouring letters."""
    at = chance.randrange(max(1, len(text) - 2))
    return text[:at] + text[at + 1 : at + 2] + text[at : at + 1] + text[at + 2 :]
