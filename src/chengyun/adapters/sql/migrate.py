"""Brings a store to the newest schema of the log; refuses one of a newer release."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from chengyun.adapters.sql import dialect
from chengyun.kernel.errors import Rejected

_SCRIPTS = Path(__file__).parent / "migrations"


def to_newest(path: Path) -> None:
    """Run every migration that the store at ``path`` has not seen yet."""
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    scripts = ScriptDirectory.from_config(config)
    engine = dialect.writer(path)
    try:
        with engine.begin() as connection:
            now = MigrationContext.configure(connection).get_current_revision()
            if now == scripts.get_current_head():
                return
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except CommandError as unknown:
        raise Rejected(
            "newer_store",
            f"this store is of a newer release: {unknown}",
            where=str(path),
            remedy="open it with that release",
        ) from unknown
    finally:
        engine.dispose()
