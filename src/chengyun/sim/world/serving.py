"""The loop of the world process: a step in, its moves out, until the platform is gone."""

from __future__ import annotations

from typing import IO

import msgspec

from chengyun.sim.world import protocol
from chengyun.sim.world.protocol import Ready, Step
from chengyun.sim.world.world import EVENTS, World


def serve(world: World, digest: str, start: int, incoming: IO[bytes], outgoing: IO[bytes]) -> None:
    """Answer every step; raise ``MsgspecError`` for what is none, ``Rejected`` for a wrong one."""
    protocol.write(outgoing, Ready(digest=digest, start=start, events=EVENTS))
    steps = msgspec.msgpack.Decoder(Step)
    while (content := protocol.read(incoming)) is not None:
        protocol.write(outgoing, world.step(steps.decode(content)))
