"""Figures as sheets of a workbook: a row a line, both numbers beside a rate, and definitions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chengyun.adapters.files.workbooks import Column, Sheet, Value
from chengyun.app.figuring import Line, Question, Registers
from chengyun.learn.figures import Figure, Number

PPM_A_PERCENT = 10_000


def figure_sheets(
    asked: Question, found: Sequence[Line], registers: Registers
) -> tuple[Sheet, Sheet]:
    """Return the figures, and their definitions."""
    columns = [
        Column(header="从 from"),
        Column(header="至 until"),
        Column(header=f"{asked.by or 'key'}"),
        Column(header="名称 name", width=28),
        *(column for figure in asked.figures for column in _columns(figure)),
    ]
    rows = (_row(line, asked, registers) for line in found)
    return (
        Sheet(title="figures", columns=columns, rows=rows),
        Sheet(
            title="definitions",
            columns=[
                Column(header="figure", width=20),
                Column(header="名称", width=16),
                Column(header="name", width=24),
                Column(header="what it is", width=80),
                Column(header="source", width=40),
            ],
            rows=[(one.name, one.zh, one.en, one.formula, one.source) for one in asked.figures],
        ),
    )


def _columns(figure: Figure) -> Iterator[Column]:
    unit = {"rate": " %", "median": " s"}.get(figure.kind, "")
    yield Column(header=f"{figure.zh} {figure.en}{unit}")
    if figure.kind in ("rate", "mean"):
        yield Column(header=f"{figure.zh} numerator", width=10)
    if figure.kind != "count":
        yield Column(header=f"{figure.zh} denominator", width=10)


def _row(line: Line, asked: Question, registers: Registers) -> list[Value]:
    first, last = str(line.period.first), str(line.period.last)
    cells: list[Value] = [first, last, line.key, name_of(line.key, asked, registers)]
    for figure in asked.figures:
        number = line.numbers[figure.name]
        cells.append(_value(figure, number))
        if figure.kind in ("rate", "mean"):
            cells.append(number.numerator)
        if figure.kind != "count":
            cells.append(number.denominator)
    return cells


def _value(figure: Figure, number: Number) -> Value:
    """Return a value as people write it: per cent, units a case."""
    if number.value is None:
        return None
    per = {"rate": PPM_A_PERCENT, "mean": 1_000}.get(figure.kind)
    return number.value if per is None else number.value / per


def name_of(key: str, asked: Question, registers: Registers) -> str:
    """Return what the key of a line is called: in Chinese and English where it has both names."""
    if asked.by == "unit" and key in registers.units.units:
        entry = registers.units.units[key]
        return _both(entry.name_zh, entry.name)
    if asked.by == "area" and key in registers.areas.areas:
        area = registers.areas.areas[key]
        return _both(area.name_zh, area.name)
    if asked.by == "type" and key in registers.types.types:
        case_type = registers.types.types[key]
        return _both(case_type.name_zh, case_type.name)
    return key


def _both(zh: str, en: str) -> str:
    return f"{zh} {en}".strip()
