"""Field docstrings of a record, read from its source; Python keeps none of them at run time."""

from __future__ import annotations

import ast
import inspect
import textwrap
from itertools import pairwise

import msgspec


def field_docs(shape: type[msgspec.Struct]) -> dict[str, str]:
    """Return the text under each field of ``shape``, by field name; empty without sources."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(shape)))
    except (OSError, TypeError):
        return {}
    body = [
        node for record in tree.body if isinstance(record, ast.ClassDef) for node in record.body
    ]
    docs: dict[str, str] = {}
    for field, after in pairwise(body):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(after, ast.Expr)
            and isinstance(after.value, ast.Constant)
            and isinstance(after.value.value, str)
        ):
            docs[field.target.id] = " ".join(after.value.value.split())
    return docs
