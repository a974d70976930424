"""``chengyun figures``: how the cases of a store went, by unit, area, type, channel and period."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import msgspec

from chengyun.adapters.files.workbooks import write_workbook
from chengyun.adapters.sql.reading import StoreReader
from chengyun.app.figure_questions import FigureFilter, question_of
from chengyun.app.figure_sheets import PPM_A_PERCENT, figure_sheets, name_of
from chengyun.app.figuring import (
    FigureSource,
    Line,
    Question,
    Registers,
    lines,
    registers_of,
)
from chengyun.app.stored_grants import policies_of
from chengyun.cli.doors import needs
from chengyun.cli.stores import only_partition, store_in
from chengyun.engine.policies import POLICIES
from chengyun.facts.envelope import OPERATIONS
from chengyun.guard.deciding import EVERYTHING
from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import Instant, from_text
from chengyun.learn.figures import Figure, Number
from chengyun.learn.marks import FILED
from chengyun.learn.periods import day_of

_DAY = "2026-05-31"


@click.command("figures")
@click.argument(
    "folder", metavar="STORE", type=click.Path(exists=True, file_okay=False, path_type=Path)
)
@click.option("--figures", default="", help="Names with commas between them; all by default.")
@click.option("--by", default="", help="unit, area, type, category or channel.")
@click.option("--period", default="", help="day, week, month, quarter or year.")
@click.option("--from", "from_", metavar=_DAY, help="The first day; that of the first case.")
@click.option("--until", metavar=_DAY, help="The last day; that of the last fact.")
@click.option("--area", default="", help="An area, with everything below it.")
@click.option("--unit", default="", help="A unit, with everything below it.")
@click.option("--type", "type_", help="A type of cases.")
@click.option("--category", help="A category of types.")
@click.option("--channel", help="A channel.")
@click.option("--as-of", help="As it was known at this moment (2026-05-01T09:00:00+08:00).")
@click.option("--excel", type=click.Path(dir_okay=False, path_type=Path), help="Write a workbook.")
@click.option("--partition", help="The partition, where there are several.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@needs("case:read")
def command(
    folder: Path,
    partition: str | None,
    as_of: str | None,
    excel: Path | None,
    *,
    as_json: bool,
    **given: Any,
) -> None:
    """Print the figures of the cases in STORE: rates beside both the numbers they are made of."""
    wanted = _filter(given)
    known_at = None if as_of is None else from_text(as_of)
    with StoreReader(store_in(folder)) as reader:
        place = only_partition(reader, partition)
        heads = {(one, chain): head for one, chain, head in reader.chains()}
        now = heads[place, OPERATIONS].known_at
        registers = registers_of(policies_of(list(reader.rows(POLICIES, place)), reader), now)
        first_at = reader.first_marked_at(place, FILED.name)
        first = None if first_at is None else day_of(Instant(first_at), registers.zone)
        asked = question_of(wanted, registers, now, known_at=known_at, first=first)
        found = lines(asked, FigureSource(reader, place, registers, EVERYTHING))
    if excel is not None:
        write_workbook(excel, figure_sheets(asked, found, registers))
    if as_json:
        click.echo(msgspec.json.encode(_told(asked, found)).decode())
    elif excel is None:
        for line in found:
            _show(line, asked, registers)
    else:
        click.echo(f"{len(found)} lines in {excel}")


def _filter(given: dict[str, Any]) -> FigureFilter:
    names = {"from_": "from", "type_": "type"}
    fields = {names.get(name, name): value for name, value in given.items() if value is not None}
    try:
        return msgspec.convert(fields, FigureFilter)
    except msgspec.ValidationError as wrong:
        raise Rejected(
            "bad_fields",
            str(wrong),
            remedy="see chengyun figures --help",
            params={"reason": str(wrong)},
        ) from wrong


def _told(asked: Question, found: list[Line]) -> dict[str, Any]:
    return {
        "from": str(asked.whole.first),
        "until": str(asked.whole.last),
        "lines": [
            {
                "key": line.key,
                "from": str(line.period.first),
                "until": str(line.period.last),
                "numbers": {
                    name: dict(zip(Number._fields, number, strict=True))
                    for name, number in line.numbers.items()
                },
            }
            for line in found
        ],
    }


def _show(line: Line, asked: Question, registers: Registers) -> None:
    about = f" · {name_of(line.key, asked, registers)}" if asked.by else ""
    click.echo(f"{line.period.first} to {line.period.last}{about}")
    for figure in asked.figures:
        click.echo(f"  {figure.zh} {figure.en}: {_text(figure, line.numbers[figure.name])}")


def _text(figure: Figure, number: Number) -> str:
    """Return a number as people read it; what was rounded is rounded down."""
    if number.value is None:
        return "-"
    if figure.kind == "rate":
        whole, hundredths = divmod(number.value * 100 // PPM_A_PERCENT, 100)
        return f"{whole}.{hundredths:02} % ({number.numerator} of {number.denominator})"
    if figure.kind == "mean":
        return f"{number.value / 1_000:.2f} ({number.numerator} for {number.denominator})"
    if figure.kind == "median":
        return f"{number.value / 3_600:.1f} h (of {number.denominator})"
    return str(number.value)
