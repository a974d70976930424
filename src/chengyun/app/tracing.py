"""Walks the causal chain of a fact or subject both ways, as it stands in the store."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, TypeVar

import msgspec

from chengyun.adapters.sql.reading import StoreReader
from chengyun.engine import codec
from chengyun.engine.policies import POLICIES
from chengyun.facts.envelope import Stored
from chengyun.facts.privacy import Privacy
from chengyun.kernel.limits import MAX_TRACE_FACTS

S = TypeVar("S", bound=msgspec.Struct)

DECISIONS: Final = {"ResponseDecided"}
"""What a person says about another fact, and no fact caused."""
DECIDED: Final = {"ResponseProposed"}
"""What such a decision is about."""


def privacy_in(reader: StoreReader, partition: str) -> Privacy:
    """Return how the city of a store treats what tells of persons, by the policy adopted last."""
    return section_in(reader, partition, Privacy) or Privacy()


def section_in(reader: StoreReader, partition: str, shape: type[S]) -> S | None:
    """Return a section of the policy that a store adopted last; ``None`` where it has none."""
    adopted = max(reader.rows(POLICIES, partition), key=lambda row: row.adopted, default=None)
    content = None if adopted is None else reader.artefact(adopted.version)
    if content is None:
        return None
    sections = msgspec.json.decode(content, type=dict[str, msgspec.Raw])
    name: str = shape.SECTION  # type: ignore[attr-defined]
    return msgspec.json.decode(sections[name], type=shape) if name in sections else None


def chain_of(reader: StoreReader, partition: str, name: str) -> list[Stored]:
    """Return the facts that led to a fact or subject and those that followed, in order.

    A case is named as the fact that filed it: then both are meant, and what crews and checkers
    said about the case is part of its chain though no fact caused it. So is what a person decided
    about a fact on the way, as about a proposed response: the fact leads to the decision, and the
    decision back to it. Walked are all causes up to the first and all consequences, but not those
    of a timer that is about something else than its cause; at most ``MAX_TRACE_FACTS``.
    """
    found: dict[int, Stored] = {}
    start = reader.fact(partition, name)
    ahead = list(reader.about(partition, name))
    if start is not None:
        ahead.append(start)
    while ahead and len(found) < MAX_TRACE_FACTS:
        stored = ahead.pop()
        if stored.seq in found:
            continue
        found[stored.seq] = stored
        ahead.extend(_around(reader, partition, stored))
    return [found[seq] for seq in sorted(found)]


def _around(reader: StoreReader, partition: str, stored: Stored) -> Iterator[Stored]:
    header = codec.header_of(stored)
    if header.caused_by:
        cause = reader.fact(partition, header.caused_by)
        if cause is not None:
            yield cause
    elif header.kind in DECISIONS:
        decided = reader.fact(partition, header.subject)
        if decided is not None:
            yield decided
    if header.kind in DECIDED:
        yield from reader.about(partition, header.id)
    for after in reader.caused_by(partition, header.id):
        consequence = codec.header_of(after)
        if consequence.kind != "TimerFired" or consequence.subject == header.subject:
            yield after
