"""Words that passwords are made of far too often, and what is left of one without them.

The words head the published lists of leaked passwords (NCSC and Have I Been Pwned, 2019; the
yearly lists of NordPass, those of China included), with pinyin and numbers that are read as words
in Chinese (5201314 is "I love you for ever"). Kept small: throttling stops whoever guesses more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

_COMMON: Final = """
password passwort passw0rd p@ssw0rd p@ssword pass1234 secret letmein welcome login admin
administrator root user guest test default changeme qwerty qwertyuiop azerty asdfgh asdfghjkl
zxcvbn zxcvbnm qazwsx 1qaz2wsx 1q2w3e4r 1q2w3e qwe123 zaq12wsx abc123 iloveyou dragon monkey
football baseball basketball superman batman princess sunshine shadow master michael jordan
charlie jessica ashley daniel freedom whatever trustno1 starwars pokemon computer internet
summer winter spring autumn monday january
woaini woai woaiwojia wohenaini zhongguo zhonghua zhongguoren beijing shanghai guangzhou shenzhen
hangzhou nanjing tianjin chongqing mima wodemima nihao nihaoma aini xiaoming wangwei zhangwei
zhangsan lisi wangwu wanglei lijing taobao alibaba tencent weixin huawei renmin gongchandang
5201314 1314520 520520 7758521 7758258 147258369 159357 520 1314 qq123456 a123456 aa123456
123456a 123456789a wang123456 zhang123 admin123 abcd1234
chengyun chengshi yunxing guanli zhihui zhongxin zhengfu gongan jiedao city operation operations
center centre duty officer dispatcher
密码 城运 城市 管理 中国 上海 北京 管理员 我爱你
"""

_RUNS: Final = ("01234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm")
_YEAR: Final = re.compile(r"(?:19|20)\d\d")
_REPEAT: Final = re.compile(r"(.{1,4}?)\1{2,}")
_LEET: Final = str.maketrans("@4301$57!", "aaeoisstl")
_COMMON_WORDS: Final = frozenset(_COMMON.split())


def rest_of(password: str, context: Iterable[str] = ()) -> str:
    """Return what is left of a password without common words, runs, repeats and years.

    ``context`` are words of this place: the login, the name, the city.

    >>> rest_of("Password2026!!!"), rest_of("woaini5201314")
    ('', '')
    >>> rest_of("seventeen herons wade")
    'seventeenheronswade'
    """
    plain = "".join(char for char in password.casefold() if char.isalnum() or char in "@$!")
    words = _COMMON_WORDS | {word for part in context for word in _words_of(part)}
    found = min((_without(plain, words), _without(plain.translate(_LEET), words)), key=len)
    return found.strip("@$!")


def _words_of(text: str) -> Iterable[str]:
    plain = text.casefold()
    found = {*re.split(r"[\W_]+", plain), re.sub(r"[\W_]+", "", plain)}
    return (word for word in found if len(word) >= (3 if word.isascii() else 2))


def _without(text: str, words: Iterable[str]) -> str:
    for word in sorted(words, key=len, reverse=True):
        text = text.replace(word, "")
    text = _REPEAT.sub("", _YEAR.sub("", text))
    for row in _RUNS:
        for run in (row, row[::-1]):
            for length in range(len(run), 2, -1):
                for first in range(len(run) - length + 1):
                    text = text.replace(run[first : first + length], "")
    return text
