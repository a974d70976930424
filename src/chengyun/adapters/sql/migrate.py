"""Brings a store to the newest schema of the log; refuses one of a newer release."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection

from chengyun.adapters.sql import dialect
from chengyun.kernel.errors import Rejected

_SCRIPTS = Path(__file__).parent / "migrations"


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    return config


def newest() -> str:
    """Return the revision of the log's schema that this release writes."""
    return str(ScriptDirectory.from_config(_config()).get_current_head())


def known() -> frozenset[str]:
    """Return every revision of the log's schema that this release can open."""
    scripts = ScriptDirectory.from_config(_config())
    return frozenset(str(script.revision) for script in scripts.walk_revisions())


def revision_of(connection: Connection) -> str | None:
    """Return the revision at which a database stands; ``None`` where it holds no log."""
    return MigrationContext.configure(connection).get_current_revision()


def refuse_newer(revision: str | None, path: Path) -> None:
    """Raise ``Rejected`` where no migration of this release leads to ``revision``."""
    if revision is not None and revision not in known():
        raise newer_store(f"its log has revision {revision}", path)


def newer_store(why: str, path: Path) -> Rejected:
    """Return the refusal of a store that a newer release wrote."""
    return Rejected(
        "newer_store",
        f"this store is of a newer release: {why}",
        where=str(path),
        remedy="open it with that release, or restore a backup made before the upgrade",
    )


def to_newest(path: Path) -> None:
    """Run every migration that the store at ``path`` has not seen yet."""
    config = _config()
    engine = dialect.writer(path)
    try:
        with engine.begin() as connection:
            now = revision_of(connection)
            refuse_newer(now, path)
            if now == newest():
                return
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except CommandError as unknown:
        raise newer_store(str(unknown), path) from unknown
    finally:
        engine.dispose()
