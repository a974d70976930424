"""Stands in for signing in: the header ``X-Actor`` says who asks, at the one seam that tells it."""

from __future__ import annotations

from typing import Any

from chengyun.api import commands, doors, live
from chengyun.guard.grants import GiveGrant
from chengyun.kernel.instants import Instant

OWNER = "person:owner"


def sign_in(monkeypatch: Any) -> None:
    """Let ``X-Actor`` say who asks, wherever that is asked; streams wake by the clock."""

    def actor_of(request: Any) -> str:
        return request.headers.get("x-actor", OWNER)

    monkeypatch.setattr(live.Live, "_wake_soon", lambda self: None)
    for module in (doors, commands):
        monkeypatch.setattr(module, "actor_of", actor_of)


def as_(account: str) -> dict[str, str]:
    """Return the headers of a request of ``account``."""
    return {"X-Actor": account}


def grant(city: Any, account: str, role: str, **more: Any) -> str:
    """Give a grant as the owner of the machine, published as the server would; return its name."""
    name = f"grant{city.engine.head.seq:08d}"
    command = GiveGrant(grant=name, account=account, role=role, **more)
    done(city, command)
    return name


def done(city: Any, command: Any, actor: str = OWNER) -> None:
    """Execute a command and publish what it changed."""
    outcome = city.engine.execute(command, actor=actor)
    assert outcome.refused is None, outcome.refused
    publish(city)


def publish(city: Any) -> None:
    """Commit, and tell the screens."""
    group = city.engine.commit()
    if group is not None:
        city.engine.settle()
        city.api.live.committed([group], 0.0)


def lapse(city: Any, at: int) -> None:
    """Move the clock without firing any timer."""
    city.clock.advance_to(Instant(at))
