"""``chengyun``: the table of commands, and the one edge at which errors become messages."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Final, NamedTuple

import click

from chengyun.kernel.errors import ChengyunError, StoreFailed


class Entry(NamedTuple):
    """Where a command lives, and what it is for."""

    module: str
    """Its ``command`` is the command."""
    help: str


COMMANDS: Final = {
    "demo": Entry("chengyun.cli.demo", "Watch a simulated city, and run it."),
    "drill": Entry("chengyun.cli.drill", "Run a seeded evening, and get a debrief."),
    "check": Entry("chengyun.cli.check", "Check a city pack; name every mistake."),
    "pack": Entry("chengyun.cli.pack", "Propose a city pack; to Excel and back; schemas."),
    "replay": Entry("chengyun.cli.replay", "Run recorded requests through the loop."),
    "observe": Entry("chengyun.cli.observe", "Pass recorded sensor data through the lane."),
    "sample": Entry("chengyun.cli.sample", "Write seeded requests to replay."),
    "sim": Entry("chengyun.cli.sim", "Make the simulated city Linjiang."),
    "audit": Entry("chengyun.cli.audit", "Prove that a store is whole."),
    "trace": Entry("chengyun.cli.trace", "Walk the causal chain of a fact both ways."),
    "figures": Entry("chengyun.cli.figures", "Say how the cases went; Excel too."),
    "serve": Entry("chengyun.cli.serve", "Serve a city: engine, interface, stream, screen."),
    "engine": Entry("chengyun.cli.engine", "Run the writer of a store; take commands."),
    "send": Entry("chengyun.cli.send", "Send a command to the writer of a store."),
    "report": Entry("chengyun.cli.report", "Take reports, one by one or from a table."),
    "case": Entry("chengyun.cli.case", "List, show and move cases."),
    "ingest": Entry("chengyun.cli.ingest", "Take in what sensors say, beside the engine."),
    "feeds": Entry("chengyun.cli.feeds", "Say how the feeds of sensors are doing."),
    "key": Entry("chengyun.cli.key", "Issue and revoke keys of feeds and services."),
    "account": Entry("chengyun.cli.account", "Open and end accounts; issue secrets of one use."),
    "roster": Entry("chengyun.cli.roster", "Say who is on duty; rosters from Excel and to it."),
    "grant": Entry("chengyun.cli.grant", "Give, withdraw and list roles of accounts."),
    "notices": Entry("chengyun.cli.notices", "Say who was told of what; try again what failed."),
    "notify": Entry("chengyun.cli.notify", "Try a channel by which people are told."),
    "rebuild": Entry("chengyun.cli.rebuild", "Build the projections anew."),
    "backup": Entry("chengyun.cli.backup", "Back up a store while it is written."),
    "restore": Entry("chengyun.cli.restore", "Make a store from a backup."),
    "upgrade": Entry("chengyun.cli.upgrade", "Bring a store to this release."),
    "doctor": Entry("chengyun.cli.doctor", "Say what is wrong, and what to do."),
    "reference": Entry("chengyun.cli.reference", "Write the reference pages from the code."),
}
"""Every command by name. A new one is entered here."""

EXIT_REFUSED: Final = 1
EXIT_STORE_FAILED: Final = 74
"""``EX_IOERR`` of sysexits: what was acknowledged is on disk; make room and start again."""

EXIT_UNREAD: Final = 141
"""Who read the output left, as ``head`` does; a shell says so of a broken pipe."""


class Table(click.Group):
    """Loads a command's module when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command, loading its module now."""
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        command: click.Command = importlib.import_module(entry.module).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table without loading a single command."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.help) for name, entry in COMMANDS.items()])


@click.command(cls=Table)
@click.version_option(package_name="chengyun")
def chengyun() -> None:
    """Chengyun (城运): run a city from first signal to lesson learned."""


def main() -> None:
    """Run the command line; an expected error is one message, without a trace of the code."""
    try:
        chengyun(standalone_mode=False)
        _leave()
    except click.exceptions.Abort:
        click.echo("stopped", err=True)
        sys.exit(130)
    except click.ClickException as usage:
        usage.show()
        sys.exit(usage.exit_code)
    except StoreFailed as failed:
        click.echo(f"chengyun: {failed}", err=True)
        sys.exit(EXIT_STORE_FAILED)
    except ChengyunError as refused:
        click.echo(f"chengyun: {refused}", err=True)
        sys.exit(EXIT_REFUSED)
    except BrokenPipeError:
        os._exit(EXIT_UNREAD)
    except OSError as failed:
        if failed.filename is None:
            raise  # not about a file: a mistake of ours, and its trace is wanted
        remedy = "look at who may read and write there, or name another place"
        click.echo(f"chengyun: {failed.filename}: {failed.strerror} ({remedy})", err=True)
        sys.exit(EXIT_REFUSED)


def _leave() -> None:
    """End at once: taking a large heap apart object by object would take seconds for nothing."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
