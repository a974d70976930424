"""The one gate every command and every door passes.

Until accounts and grants are built, the gate lets everybody through who sits at the machine
itself, and nobody else; what an actor was refused stands on the audit chain.
"""

from __future__ import annotations

from chengyun.kernel.errors import Bug, Forbidden


class LocalGate:
    """Lets local actors through every door that declares what it needs."""

    def __init__(self, *, origin: str = "local") -> None:
        self._origin = origin

    def check(self, actor: str, door: str, needs: str) -> None:
        """Raise ``Forbidden`` for an actor from elsewhere or without a name."""
        if not needs:
            raise Bug(f"the door {door} does not say which permission it needs")
        if self._origin != "local" or not actor:
            raise Forbidden(
                "forbidden",
                f"{actor or 'an actor without a name'} may not pass {door}",
                remedy=f"ask for the permission {needs}",
                params={"door": door, "needs": needs},
            )
