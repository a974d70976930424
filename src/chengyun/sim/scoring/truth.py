"""The truth file of a run, read: events with their signals. See docs/benchmark.md."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple


class Signal(NamedTuple):
    """A report or an alarm: when it was sent, and where it said it was."""

    report: str
    at: int
    feed: str
    type: str
    area: str


class Event:
    """An event with everything it made visible."""

    def __init__(self, line: Mapping[str, Any]) -> None:
        self.name: str = line["event"]
        self.kind: str = line["kind"]
        self.type: str = line["type"]
        self.area: str = line["area"]
        self.starts_at: int = line["starts_at"]
        self.ends_at: int = line["ends_at"]
        self.parent: str = line["parent"]
        self.severity: int = line["severity"]
        self.injected: bool = line["injected"]
        """Whether somebody made it happen: an evening's script, or an injection."""
        self.units: list[str] = line["units"]
        self.real: bool = line["real"]
        self.reports: list[Signal] = []
        self.measured: list[tuple[int, str, int]] = []
        """``(at, feed, value in millionths)``."""
        self.silent: list[tuple[int, int, str]] = []
        """``(from, until, feed)``."""
        self.ended_by = ""
        """The case under which a crew mended it."""

    @property
    def family(self) -> str:
        """The event it follows from, or itself."""
        return self.parent or self.name


class Truth(NamedTuple):
    """All events by name, and the event of every report."""

    events: dict[str, Event]
    about: dict[str, str]


def read_truth(path: Path) -> Truth:
    """Read the lines of a truth file."""
    events: dict[str, Event] = {}
    about: dict[str, str] = {}
    later: dict[str, list[dict[str, Any]]] = defaultdict(list)
    with path.open(encoding="utf-8") as lines:
        for text in lines:
            line = json.loads(text)
            if line["record"] == "event":
                events[line["event"]] = Event(line)
            else:
                later[line["event"]].append(line)
    for name, found in later.items():
        event = events[name]
        for line in found:
            match line["record"]:
                case "report":
                    event.reports.append(
                        Signal(line["report"], line["at"], line["feed"], line["type"], line["area"])
                    )
                    about[line["report"]] = name
                case "measured":
                    event.measured.append((line["at"], line["feed"], line["value_micro"]))
                case "silent":
                    event.silent.append((line["at"], line["until"], line["feed"]))
                case "ended":
                    event.ends_at = min(event.ends_at, line["at"])
                    event.ended_by = line["case"]
    return Truth(events, about)
