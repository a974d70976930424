"""What of a fact may be shown without a purpose: one place for interface, exports and terminal.

Personal fields are masked, sensitive ones hidden, and in what people write the numbers by which a
person is found are masked. What is sealed stays sealed; opening it is ``guard/looking.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from chengyun.facts.classes import Class, class_of
from chengyun.facts.envelope import Fact
from chengyun.facts.privacy import Privacy
from chengyun.guard.masking import HIDDEN, masked, scrubbed


def shown_fact(fact: Fact[Any], privacy: Privacy) -> dict[str, Any]:
    """Return a fact as a plain object; ``masked`` names the fields that a purpose opens."""
    body, hidden = shown_body(fact, privacy)
    return {
        "seq": fact.seq,
        "id": fact.id,
        "kind": fact.kind,
        "subject": fact.subject,
        "area": fact.area,
        "happened_at": fact.happened_at,
        "known_at": fact.known_at,
        "caused_by": fact.caused_by,
        "actor": fact.actor,
        "body": body,
        "masked": hidden,
        "sealed_for": fact.sealed_for,
    }


def shown_body(fact: Fact[Any], privacy: Privacy) -> tuple[dict[str, Any], list[str]]:
    """Return the body of a fact with its classes kept, and which fields were masked."""
    body: dict[str, Any] = msgspec.to_builtins(fact.body)
    hidden = []
    for field, value in body.items():
        kind, is_written = class_of(fact.kind, field)
        if is_written and privacy.texts == "personal":
            kind = Class.PERSONAL
        if kind is Class.LOCKED:
            body[field] = _each(value, lambda text: HIDDEN if text else "")
            continue
        if kind is Class.SENSITIVE:
            body[field] = _each(value, lambda text: HIDDEN if text else "")
        elif kind is Class.PERSONAL:
            body[field] = _each(value, masked)
        elif is_written:
            body[field] = _each(value, scrubbed)
        if body[field] != value:
            hidden.append(field)
    return body, hidden


def shown_seal(kind: str, seal: dict[str, str], classes: Callable[[str, str], Class]) -> Any:
    """Return what a seal holds, masked: personal values as far as they tell, the others whole."""
    return {
        key: masked(value) if classes(kind, key) is Class.PERSONAL else HIDDEN
        for key, value in seal.items()
    }


def _each(value: Any, mask: Callable[[str], str]) -> Any:
    """Mask every text inside a value; numbers in a masked value are no text and are left out."""
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, dict):
        return {key: _each(one, mask) for key, one in value.items()}
    if isinstance(value, list):
        return [_each(one, mask) for one in value]
    return value
