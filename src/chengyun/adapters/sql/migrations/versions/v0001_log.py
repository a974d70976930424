"""The log, its heads, the keys of persons, artefacts and the layout of the projections."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, UniqueConstraint

from chengyun.adapters.sql.dialect import BIGINT, BLOB, STRICT, TEXT

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of the log."""
    op.create_table(
        "chains",
        Column("log", BIGINT, primary_key=True, autoincrement=False),
        Column("partition", TEXT, nullable=False),
        Column("chain", TEXT, nullable=False),
        Column("seq", BIGINT, nullable=False),
        Column("hash", BLOB, nullable=False),
        Column("known_at", BIGINT, nullable=False),
        UniqueConstraint("partition", "chain"),
        **STRICT,
    )
    op.create_table(
        "facts",
        Column("log", BIGINT, primary_key=True, autoincrement=False),
        Column("seq", BIGINT, primary_key=True, autoincrement=False),
        Column("id", TEXT, nullable=False),
        Column("kind", TEXT, nullable=False),
        Column("subject", TEXT, nullable=False),
        Column("known_at", BIGINT, nullable=False),
        Column("caused_by", TEXT, nullable=False),
        Column("header", BLOB, nullable=False),
        Column("body", BLOB, nullable=False),
        Column("sealed", BLOB),
        Column("prev_hash", BLOB, nullable=False),
        Column("hash", BLOB, nullable=False),
        **STRICT,
    )
    op.create_index("facts_id", "facts", ["id", "log"], unique=True)
    op.create_index("facts_subject", "facts", ["subject", "log", "seq"])
    op.create_index("facts_cause", "facts", ["caused_by", "log"])
    op.create_table(
        "person_keys",
        Column("partition", TEXT, primary_key=True),
        Column("person", TEXT, primary_key=True),
        Column("wrapped", BLOB),
        **STRICT,
    )
    op.create_table(
        "artefacts",
        Column("hash", TEXT, primary_key=True),
        Column("content", BLOB, nullable=False),
        **STRICT,
    )
    op.create_table(
        "projection_layouts",
        Column("name", TEXT, primary_key=True),
        Column("layout", TEXT, nullable=False),
        **STRICT,
    )


def downgrade() -> None:
    """A log is never taken back: restore a backup of the earlier release instead."""
    raise RuntimeError("restore a backup of the earlier release instead")
