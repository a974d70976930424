"""What triage needs from outside: a place where models are kept by their hash."""

from __future__ import annotations

from typing import Final, Protocol

from chengyun.engine.known import Port
from chengyun.sense.triage.model import Kept, Model


class Models(Protocol):
    """Keeps models as artefacts."""

    def keep(self, kept: Kept) -> str:
        """Keep a model, durable with the next commit; return its hash."""
        ...

    def model(self, name: str) -> Model:
        """Return the model of this hash; a model that is not there is a ``Bug``."""
        ...


TRIAGE: Final[Port[Models]] = Port("triage models")
