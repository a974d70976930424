"""What guards people: erasure."""

from __future__ import annotations

from chengyun.facts.envelope import Body


class PersonErased(Body, frozen=True, kw_only=True):
    """The key of a person was destroyed; every seal under it is unreadable from now on."""

    person: str
    ground: str
