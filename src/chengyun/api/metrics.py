"""Figures of the process for Prometheus, in a registry of their own; an audience of the server."""

from __future__ import annotations

import time
from collections import Counter as Tally
from collections.abc import Callable, Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from chengyun.engine.commands import Command, Outcome
from chengyun.engine.ports import Group
from chengyun.facts.envelope import OPERATIONS
from chengyun.kernel.errors import Rejected

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


class Metrics:
    """What is counted; names follow the conventions of Prometheus."""

    def __init__(self) -> None:
        own = self.registry = CollectorRegistry()
        self.facts = Counter("chengyun_facts", "Facts on disk.", ["kind"], registry=own)
        self.commands = Counter(
            "chengyun_commands", "Commands from outside.", ["command", "result"], registry=own
        )
        self.requests = Counter(
            "chengyun_requests", "HTTP requests.", ["method", "status"], registry=own
        )
        self.commit_seconds = Histogram(
            "chengyun_commit_seconds", "Time to write a group.", registry=own, buckets=_SECONDS
        )
        self.group_facts = Histogram(
            "chengyun_group_facts",
            "Facts in a group.",
            registry=own,
            buckets=(1, 10, 100, 1_000, 10_000),
        )
        self.seq = Gauge("chengyun_last_seq", "The last fact that is on disk.", registry=own)
        self.streams = Gauge("chengyun_streams_open", "Open streams.", registry=own)
        self.resets = Counter(
            "chengyun_stream_resets", "Streams told to begin again.", registry=own
        )
        self.limited = Counter(
            "chengyun_requests_limited", "Refused: too many of one.", ["by"], registry=own
        )
        self.cut = Counter(
            "chengyun_connections_cut", "Slow, or too many.", ["reason"], registry=own
        )
        self.looks = Counter(
            "chengyun_personal_looks",
            "Looks at data of persons: opened, or why not.",
            ["result"],
            registry=own,
        )
        self.sign_ins = Counter(
            "chengyun_sign_ins", "Sign-ins, and why others were not let in.", ["result"],
            registry=own,
        )  # fmt: skip
        self._started_s = time.monotonic()
        up = Gauge("chengyun_up_seconds", "Since this process serves.", registry=own)
        up.set_function(lambda: time.monotonic() - self._started_s)

    def watch(self, name: str, help_text: str, value: Callable[[], float]) -> None:
        """Show a value that is asked for when the figures are read."""
        Gauge(name, help_text, registry=self.registry).set_function(value)

    def committed(self, groups: Sequence[Group], took_s: float) -> None:
        """Count facts by kind, and how long writing took."""
        kinds = Tally(entry.kind for group in groups for entry in group.entries)
        for kind, times in kinds.items():
            self.facts.labels(kind).inc(times)
        for group in groups:
            self.group_facts.observe(len(group.entries))
            self.seq.set(group.after[OPERATIONS].seq)
        self.commit_seconds.observe(took_s)

    def executed(self, command: Command, outcome: Outcome) -> None:
        """Count a command by name and result."""
        refused = outcome.refused
        if refused is None:
            result = "recorded" if outcome.facts else "known"
        else:
            result = refused.code if isinstance(refused, Rejected) else type(refused).__name__
        self.commands.labels(type(command).__name__, result).inc()
