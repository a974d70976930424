"""``chengyun reference``: the reference pages, written from the code itself."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click
import msgspec

from chengyun.app.extensions import EXTENSION_POINTS
from chengyun.app.stages import ALL
from chengyun.cli.doors import needs
from chengyun.cli.main import COMMANDS
from chengyun.engine.loop import BACKWARD, ORDER
from chengyun.facts.kinds import KINDS, STAGE_OF
from chengyun.learn.figures import FIGURES
from chengyun.learn.marks import MARKS

NOTE = "<!-- Written by `chengyun reference`; a test fails when it is out of date. -->\n"


@click.command("reference")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@needs("docs:write")
def command(folder: Path) -> None:
    """Write the reference pages into FOLDER."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in pages().items():
        (folder / name).write_text(content, encoding="utf-8")
        click.echo(folder / name)


def pages() -> dict[str, str]:
    """Return every page by file name."""
    return {
        "commands.md": NOTE + "\n".join(_commands()) + "\n",
        "facts.md": NOTE + "\n".join(_facts()) + "\n",
        "loop.md": NOTE + "\n".join(_loop()) + "\n",
        "extensions.md": NOTE + "\n".join(_extensions()) + "\n",
        "figures.md": NOTE + "\n".join(_figures()) + "\n",
    }


def _first_line(thing: object) -> str:
    return (inspect.getdoc(thing) or "").partition("\n")[0]


def _commands() -> Iterator[str]:
    yield "# Doors\n\nEvery door, what it needs and what it does.\n"
    yield "## Command line\n\n| command | needs | what it does |\n| --- | --- | --- |"
    for name, entry in COMMANDS.items():
        found = importlib.import_module(entry.module).command
        inner = found.commands.items() if isinstance(found, click.Group) else ()
        for door, one in [(name, found), *((f"{name} {below}", one) for below, one in inner)]:
            permission = getattr(one.callback, "__needs__", "")
            yield f"| `chengyun {door}` | `{permission}` | {_first_line(one.callback)} |"
    yield "\n## Engine\n\n| stage | command | needs | what it asks for |\n| --- | --- | --- | --- |"
    for stage in ALL:
        for order in stage.orders:
            yield f"| {stage.name} | `{order.__name__}` | `{order.NEEDS}` | {_first_line(order)} |"


def _facts() -> Iterator[str]:
    yield "# Facts\n\nEverything that can happen, one section a stage.\n"
    for stage in ORDER:
        kinds = [name for name in KINDS if STAGE_OF[name] == stage]
        if kinds:
            yield f"## {stage}\n\n| fact | says | fields |\n| --- | --- | --- |"
            for name in kinds:
                fields = ", ".join(
                    f"`{field.name}`" for field in msgspec.structs.fields(KINDS[name])
                )
                yield f"| `{name}` | {_first_line(KINDS[name])} | {fields} |"
            yield ""


def _extensions() -> Iterator[str]:
    yield "# Extension points\n\n| what | where | how |\n| --- | --- | --- |"
    for point in EXTENSION_POINTS:
        yield f"| {point.name} | `{point.where}` | {point.how} |"


def _figures() -> Iterator[str]:
    yield "# Figures\n\nHow they are read: [figures](../figures.md).\n"
    yield "| figure | 名称 | kind | what it is | of the marks | source |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for one in FIGURES.values():
        what = f"{one.en}: {one.formula}"
        of = f"`{one.mark.name}` {_OF[one.of]}".strip()
        yield f"| `{one.name}` | {one.zh} | {one.kind} | {what} | {of} | {one.source} |"
    yield "\n## Marks\n\n| mark | counts when | first question | second question |"
    yield "| --- | --- | --- | --- |"
    for mark in MARKS.values():
        yield f"| `{mark.name}` | {mark.says} | {mark.met} | {mark.also} |"


_OF: Final = {"": "", "met": "by the first question", "also": "by the second",
              "not_also": "by the second, where it is not so"}  # fmt: skip


def _loop() -> Iterator[str]:
    yield "# The loop\n\nWho hears what (and may answer with facts), and who only follows.\n"
    for stage in ALL:
        yield f"## {stage.name}\n"
        yield f"Tables: {', '.join(f'`{table.name}`' for table in stage.tables) or 'none'}.\n"
        yield "| fact | heard by | followed by |\n| --- | --- | --- |"
        bodies = dict.fromkeys([*stage.listens, *stage.follows])
        for body in sorted(bodies, key=lambda one: one.__name__):
            heard = ", ".join(f"`{one.__name__}`" for one in stage.listens.get(body, ()))
            followed = ", ".join(f"`{one.__name__}`" for one in stage.follows.get(body, ()))
            back = BACKWARD.get((body.__name__, stage.name))
            name = f"`{body.__name__}`" + (f" (back, at most {back.most})" if back else "")
            yield f"| {name} | {heard} | {followed} |"
        yield ""
