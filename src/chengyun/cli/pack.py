"""``chengyun pack``: proposes a city pack from a table, writes schemas, goes to Excel and back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress

from chengyun.adapters.files.docstrings import field_docs
from chengyun.adapters.files.tables import BadRow, Table, open_table
from chengyun.app.pack_sections import SECTIONS
from chengyun.citypack.checking import check
from chengyun.citypack.profiling import Profile, profile
from chengyun.citypack.proposing import Proposal, propose
from chengyun.citypack.schemas import schemas
from chengyun.cli import pack_excel
from chengyun.cli.check import show
from chengyun.cli.doors import needs
from chengyun.kernel.errors import Rejected


@click.group("pack")
@needs("pack:read")
def command() -> None:
    """Propose a city pack, take it to Excel and back, or write the schemas for editors."""


@command.command("init")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="The new folder. [cities/NAME]")
@click.option("--name", default="", help="What the city is called.")
@click.option("--column", "columns", multiple=True, metavar="ROLE=NAME", help="Which column is …")
@click.option("--yes", is_flag=True, help="Take all proposals; they stay marked `# confirm:`.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object; implies --yes.")
@needs("pack:write")
def init(
    file: Path, *, out: Path | None, name: str, columns: tuple[str, ...], yes: bool, as_json: bool
) -> None:
    """Propose a city pack from FILE, a CSV or Excel file of requests, and write it to a folder."""
    console = Console(soft_wrap=True, quiet=as_json)
    answers = {
        f"column.{role}": value for role, _, value in (one.partition("=") for one in columns)
    }
    if name:
        answers["name"] = name
    try:
        looked, refused = _look(file, console)
        proposal = propose(looked, _stem(file), answers)
        if not (yes or as_json):
            proposal = _ask(proposal, looked, _stem(file), answers)
    except Rejected as wrong:
        raise click.ClickException(str(wrong)) from wrong
    checked = check(proposal.files, SECTIONS)
    folder = out or Path("cities") / json.loads(_id_of(proposal))
    _write(proposal.files, folder)
    for path in sorted(proposal.files):
        console.print(f"wrote {folder / path}")
    console.print(f"{looked.rows} rows looked at in {looked.encoding}, {refused} refused")
    console.print("Search for `confirm:` in the files, then: chengyun check " + str(folder))
    show(checked, folder, console)
    if as_json:
        result = {
            "folder": str(folder),
            "ok": checked.resolved is not None,
            "rows": looked.rows,
            "refused": refused,
            "encoding": looked.encoding,
            "columns": proposal.guess.columns,
            "to_confirm": [question.key for question in proposal.questions],
        }
        click.echo(json.dumps(result, ensure_ascii=False))
    if checked.resolved is None:
        raise click.exceptions.Exit(1)


@command.command("schemas")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@needs("pack:write")
def write_schemas(folder: Path, *, as_json: bool) -> None:
    """Write the JSON Schemas of a pack's files to FOLDER, for editors."""
    folder.mkdir(parents=True, exist_ok=True)
    written = schemas(SECTIONS, field_docs)
    for name, content in written.items():
        (folder / name).write_bytes(content)
    if as_json:
        click.echo(json.dumps({"folder": str(folder), "written": sorted(written)}))
    else:
        click.echo(f"wrote {len(written)} schemas to {folder}")


command.add_command(pack_excel.export_excel)
command.add_command(pack_excel.import_excel)


def _stem(file: Path) -> str:
    return file.name.split(".")[0]


def _look(file: Path, console: Console) -> tuple[Profile, int]:
    """Read the whole table once, with a progress bar."""
    bad: list[int] = []
    with open_table(file, delimiter="detect") as table, Progress(console=console) as progress:
        seen = profile(
            _rows(table, progress, bad),
            file=file.name,
            columns=table.columns,
            encoding=table.encoding,
            delimiter=table.delimiter,
        )
    return seen, len(bad)


def _rows(table: Table, progress: Progress, bad: list[int]) -> Iterator[tuple[str, ...]]:
    task = progress.add_task("reading", total=table.size)
    for row in table:
        if isinstance(row, BadRow):
            bad.append(row.number)
            continue
        if row.number % 1_000 == 0:
            progress.update(task, completed=table.position)
        yield row.values
    progress.update(task, completed=table.size)


def _ask(proposal: Proposal, looked: Profile, name: str, answers: dict[str, str]) -> Proposal:
    """Ask every question once; what is answered is no longer marked."""
    given = dict(answers)
    for question in proposal.questions:
        if question.key in given:
            continue
        click.echo(f"\n{question.text}\n  proposed {question.why}")
        choice = click.Choice(question.options) if question.key == "crs" else None
        answer: str = click.prompt("", prompt_suffix="> ", default=question.proposed, type=choice)
        given[question.key] = answer.strip()
    return propose(looked, name, given)


def _id_of(proposal: Proposal) -> str:
    """Return the id that the proposed city.yaml gives, still quoted."""
    lines = proposal.files["city.yaml"].decode().splitlines()
    return next(line for line in lines if line.startswith("id: ")).removeprefix("id: ")


def _write(files: dict[str, bytes], folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()):
        raise click.ClickException(f"{folder} is not empty; name a new folder with --out")
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
