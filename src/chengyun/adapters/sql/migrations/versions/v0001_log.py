"""The log, its heads, the keys of persons, artefacts and the layout of the projections."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column

from chengyun.adapters.sql.dialect import BIGINT, BLOB, STRICT, TEXT

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of the log."""
    op.create_table(
        "facts",
        Column("partition", TEXT, primary_key=True),
        Column("chain", TEXT, primary_key=True),
        Column("seq", BIGINT, primary_key=True, autoincrement=False),
        Column("id", TEXT, nullable=False),
        Column("kind", TEXT, nullable=False),
        Column("subject", TEXT, nullable=False),
        Column("area", TEXT, nullable=False),
        Column("happened_at", BIGINT, nullable=False),
        Column("known_at", BIGINT, nullable=False),
        Column("caused_by", TEXT, nullable=False),
        Column("header", BLOB, nullable=False),
        Column("body", BLOB, nullable=False),
        Column("sealed", BLOB),
        Column("hash_alg", TEXT, nullable=False),
        Column("prev_hash", BLOB, nullable=False),
        Column("hash", BLOB, nullable=False),
        **STRICT,
    )
    op.create_index("facts_id", "facts", ["partition", "chain", "id"], unique=True)
    op.create_index("facts_subject", "facts", ["partition", "chain", "subject", "seq"])
    op.create_index("facts_cause", "facts", ["partition", "chain", "caused_by"])
    op.create_table(
        "chain_heads",
        Column("partition", TEXT, primary_key=True),
        Column("chain", TEXT, primary_key=True),
        Column("seq", BIGINT, nullable=False),
        Column("hash", BLOB, nullable=False),
        Column("known_at", BIGINT, nullable=False),
        **STRICT,
    )
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
