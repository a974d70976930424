"""Names from tables of syllables, in Chinese and in pinyin: no real place, no real person.

A name is two characters that are seldom put together on a map, drawn without repetition; where a
city needs more names than there are pairs, a direction stands between the two.
"""

from __future__ import annotations

from typing import Final

import numpy as np

_FIRST_SYLLABLES: Final = """
澜:lan 沁:qin 槐:huai 棠:tang 蔚:wei 榕:rong 霁:ji 芷:zhi 茗:ming 岚:lan 荻:di 芦:lu 菱:ling 鹭:lu
鸥:ou 梧:wu 桐:tong 榆:yu 栀:zhi 葭:jia 蓼:liao 苇:wei 蒲:pu 菖:chang 萱:xuan 芙:fu 荷:he 莲:lian
藕:ou 菡:han 樟:zhang 楠:nan 柏:bai 枫:feng 杉:shan 柳:liu 桑:sang 橘:ju 柚:you 枇:pi 杏:xing 李:li
梨:li 棣:di 樱:ying 桂:gui 兰:lan 菊:ju 竹:zhu 松:song 鹤:he 雁:yan 鹂:li 燕:yan 鲤:li 鲈:lu
星:xing 霞:xia 虹:hong 露:lu 月:yue 晴:qing 朗:lang 煦:xu 澄:cheng 泓:hong 涟:lian 漪:yi 渌:lu
潋:lian 汐:xi 沅:yuan
"""
_SECOND_SYLLABLES: Final = """
汀:ting 湾:wan 堰:yan 圩:wei 浜:bang 渡:du 岸:an 坞:wu 埠:bu 泽:ze 陂:bei 林:lin 园:yuan 苑:yuan
庭:ting 塘:tang 泾:jing 港:gang 溇:lou 荡:dang 洲:zhou 渚:zhu 矶:ji 坡:po 岗:gang 墩:dun 堤:di
闸:zha 桥:qiao 亭:ting 台:tai 坊:fang 巷:xiang 营:ying 屯:tun 寨:zhai 圃:pu 畈:fan 坪:ping 垄:long
源:yuan 川:chuan 津:jin 浒:hu 滩:tan 沙:sha
"""
_MIDDLE: Final = (("", ""), ("东", "dong"), ("西", "xi"), ("南", "nan"), ("北", "bei"))

_REAL_PLACES: Final = """
桂林 榆林 柳林 柏林 杏林 枫林 枫泾 枫桥 虹桥 莲塘 荷塘 菊园 梨园 星沙 鹤岗 兰坪 沁源 沁园 晴川 松源
李渡 橘洲 桐林 柳园 桂园 竹林 竹园 松坪 月湾 燕岗 梧林 桑园 松林 莲洲 芦台 李桥 柳营 虹港 星台 梨川
"""
"""Pairs that are known as real places, and so are never drawn."""


def _pairs(table: str) -> tuple[tuple[str, str], ...]:
    split = (entry.partition(":") for entry in table.split())
    return tuple((zh, en) for zh, _, en in split)


_FIRST: Final = _pairs(_FIRST_SYLLABLES)
_DRAWN: Final = tuple(
    (one, two)
    for one in _FIRST
    for two in _pairs(_SECOND_SYLLABLES)
    if one[0] + two[0] not in _REAL_PLACES.split()
)
PAIRS: Final = len(_DRAWN)
MAX_NAMES: Final = PAIRS * len(_MIDDLE)


def draw(count: int, rng: np.random.Generator) -> list[tuple[str, str]]:
    """Return ``count`` different bare names as (pinyin, Chinese); at most ``MAX_NAMES``.

    Pairs come first; a direction stands between the two characters only after all pairs.
    """
    if count > MAX_NAMES:
        raise ValueError(f"{count} names, there are {MAX_NAMES}")
    chosen: list[int] = []
    for middle in range(len(_MIDDLE)):
        left = count - len(chosen)
        if left <= 0:
            break
        chosen += [middle * PAIRS + int(one) for one in rng.permutation(PAIRS)[:left]]
    return [_name(one) for one in chosen]


def _name(number: int) -> tuple[str, str]:
    middle, pair = divmod(number, PAIRS)
    first, second = _DRAWN[pair]
    zh = first[0] + _MIDDLE[middle][0] + second[0]
    en = first[1] + _MIDDLE[middle][1] + second[1]
    return en.capitalize(), zh


def river_name(rng: np.random.Generator) -> tuple[str, str]:
    """Return the name of the river."""
    zh, en = _FIRST[int(rng.integers(len(_FIRST)))]
    return f"{en.capitalize()} River", f"{zh}江"
