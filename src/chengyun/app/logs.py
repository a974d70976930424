"""The log of a serving process: one line an event on stderr, with ids and never personal data."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from chengyun.engine.commands import Command, Outcome
from chengyun.engine.ports import Group
from chengyun.facts.envelope import OPERATIONS
from chengyun.kernel.errors import Bug, Rejected
from chengyun.kernel.limits import MAX_LOGGED_IDS, SLOW_COMMIT_S

LOG: Final = logging.getLogger("chengyun")


class _AsJson(logging.Formatter):
    """One JSON object a line: when, how grave, what, and the fields of the event."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        return msgspec.json.encode(_fields(self, record)).decode()


class _AsText(logging.Formatter):
    """The same for people: ``2026-05-01T09:00:00Z info command: command=…``."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        fields = _fields(self, record)
        at, level, event = (fields.pop(name) for name in ("at", "level", "event"))
        trace = fields.pop("trace", "")
        said = " ".join(f"{name}={_on_one_line(value)}" for name, value in fields.items())
        return f"{at} {level} {event}: {said}" + (f"\n{trace}" if trace else "")


def _on_one_line(value: Any) -> str:
    """Return a value so that no sender can end the line and begin another one.

    >>> _on_one_line("a"), _on_one_line("a\\n2026 info forged: b")
    ('a', '"a\\\\n2026 info forged: b"')
    """
    text = str(value)
    return text if text.isprintable() else msgspec.json.encode(text).decode()


def _fields(formatter: logging.Formatter, record: logging.LogRecord) -> dict[str, Any]:
    at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
    found: dict[str, Any] = {
        "at": at.replace("+00:00", "Z"),
        "level": record.levelname.lower(),
        "event": record.getMessage(),
        "by": record.name,
    }
    found |= getattr(record, "fields", {})
    if record.exc_info:
        found["trace"] = formatter.formatException(record.exc_info)
    return found


def configure(form: str) -> None:
    """Write the log to stderr as ``json`` or ``text``; what libraries say below a warning is left.

    A trace of the code stands in the log alone, never in an answer.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_AsJson() if form == "json" else _AsText())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    LOG.setLevel(logging.INFO)


def note(event: str, **fields: Any) -> None:
    """Log an event with its fields."""
    LOG.info(event, extra={"fields": fields})


class CommandLog:
    """Logs every command that came in at a door: what became of it, and its facts."""

    def __init__(self) -> None:
        self._seq = 0

    def committed(self, groups: Sequence[Group], took_s: float) -> None:
        """Remember up to where everything is on disk; slow commits are worth a line."""
        if groups:
            self._seq = groups[-1].after[OPERATIONS].seq
        if took_s > SLOW_COMMIT_S:
            LOG.warning("slow commit", extra={"fields": {"took_s": took_s, "seq": self._seq}})

    def executed(self, command: Command, outcome: Outcome) -> None:
        """Log the name of the command, its facts or the code of its refusal: not its fields."""
        fields: dict[str, Any] = {"command": type(command).__name__, "seq": self._seq}
        refused = outcome.refused
        if refused is None:
            fields |= {"facts": outcome.facts[:MAX_LOGGED_IDS], "count": len(outcome.facts)}
        else:
            fields["refused"] = (
                refused.code if isinstance(refused, Rejected) else type(refused).__name__
            )
        if isinstance(refused, Bug):  # who sent it is told nothing of our inside: it stands here
            LOG.error("command failed", exc_info=refused, extra={"fields": fields})
            return
        note("command", **fields)
