"""JSON read bounded and patiently: tokens that are none, broken characters, numbers without end.

The fast paths decode with msgspec and hold to the standard. What it refuses is read again here:
NaN and Infinity (as many writers put them) become NaN, bytes that are no UTF-8 become lone
surrogates, and both are then refused where they stand.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from json import JSONDecodeError, JSONDecoder
from typing import Final, NoReturn

from chengyun.kernel.errors import Rejected

_MOST_DIGITS: Final = 20
_BLANK: Final = re.compile(r"[ \t\r\n]*")


def _whole(digits: str) -> int | float:
    return int(digits) if len(digits) <= _MOST_DIGITS else float(digits)


def _no_number(_token: str) -> float:
    return math.nan


_DECODER: Final = JSONDecoder(parse_int=_whole, parse_constant=_no_number)


def bare(content: bytes) -> bytes:
    """Return a message without the mark of its encoding and the blanks around it."""
    return content.removeprefix(b"\xef\xbb\xbf").strip(b" \t\r\n")


def value_of(content: bytes) -> object:
    """Return the one value that a message is."""
    text = _text_of(content)
    value, place = _next(text, _BLANK.match(text).end())  # type: ignore[union-attr]
    _check_over(text, place)
    return value


def items_of(content: bytes) -> Iterator[object]:
    """Yield the items of the array that a message is, one in memory at a time."""
    text = _text_of(content)
    place = _skip(text, 0)
    if text[place : place + 1] != "[":
        refuse(f"an array was expected at character {place}")
    place = _skip(text, place + 1)
    if text[place : place + 1] == "]":
        _check_over(text, place + 1)
        return
    while True:
        item, place = _next(text, place)
        yield item
        place = _skip(text, place)
        mark = text[place : place + 1]
        if mark == "]":
            break
        if mark != ",":
            refuse(f"a comma was expected at character {place}")
        place = _skip(text, place + 1)
    _check_over(text, place + 1)


def refuse(what: str) -> NoReturn:
    """Refuse a message that is no JSON."""
    raise Rejected(
        "broken", f"the message is no JSON: {what}", remedy="send it whole, as JSON in UTF-8"
    )


def too_deep() -> Rejected:
    """Return the refusal of a message that nests without end."""
    return Rejected(
        "too_deep",
        "the message nests lists and objects too deep",
        remedy="send an array of flat objects, or an object of columns",
    )


def _text_of(content: bytes) -> str:
    return content.decode("utf-8", "surrogateescape")


def _skip(text: str, place: int) -> int:
    return _BLANK.match(text, place).end()  # type: ignore[union-attr]


def _next(text: str, place: int) -> tuple[object, int]:
    try:
        return _DECODER.raw_decode(text, place)
    except JSONDecodeError as wrong:
        refuse(f"{wrong.msg} at character {wrong.pos}")
    except RecursionError:
        raise too_deep() from None


def _check_over(text: str, place: int) -> None:
    place = _skip(text, place)
    if place != len(text):
        refuse(f"something follows its end at character {place}")
