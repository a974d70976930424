"""Where models of triage are kept: among the artefacts of the engine, the newest ones unpacked."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from chengyun.engine.engine import Engine
from chengyun.kernel.errors import Bug
from chengyun.sense.triage.model import Kept, Model, packed, unpacked

_UNPACKED: Final = 2
"""How many models stay in memory: the one that proposes, and the one before it."""


class ArtefactModels:
    """Keeps models by their hash; the engine is asked for when the first one is."""

    def __init__(self, engine: Callable[[], Engine]) -> None:
        self._engine = engine
        self._unpacked: OrderedDict[str, Model] = OrderedDict()

    def keep(self, kept: Kept) -> str:
        """Keep a model, durable with the next commit; return its hash."""
        return self._engine().keep_artefact(packed(kept))

    def model(self, name: str) -> Model:
        """Return the model of this hash; a model that is not there is a ``Bug``."""
        found = self._unpacked.get(name)
        if found is None:
            content = self._engine().artefact(name)
            if content is None:
                raise Bug(f"the model {name[:12]} is missing", where="artefacts")
            found = self._unpacked[name] = unpacked(content)
            if len(self._unpacked) > _UNPACKED:
                self._unpacked.popitem(last=False)
        return found
