"""Stands in for signing in: the header ``X-Actor`` says who asks, at the one seam that tells it."""

from __future__ import annotations

from typing import Any

from chengyun.api import application, live
from chengyun.api.doors import Asking, Visitors
from chengyun.guard.grants import GiveGrant
from chengyun.kernel.instants import Instant

OWNER = "person:owner"


class Told(Visitors):
    """Whoever the header names."""

    def asking(self, request: Any) -> Asking:
        actor = request.headers.get("x-actor")
        return super().asking(request) if actor is None else Asking(actor, "local")

    def lets_all_in(self, door: Any) -> bool:
        return bool(door.is_open)


def sign_in(monkeypatch: Any) -> None:
    """Let ``X-Actor`` say who asks, wherever that is asked; streams wake by the clock."""
    monkeypatch.setattr(live.Live, "_wake_soon", lambda self: None)
    monkeypatch.setattr(application, "Visitors", Told)


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
