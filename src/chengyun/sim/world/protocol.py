"""What platform and world say to each other: framed msgpack, a step there, the moves back.

Four bytes of length (big-endian), then one message. The world speaks first (``Ready``); after that
every ``Step`` gets exactly one ``Moves``. Nothing else ever crosses: the truth stays in the world.
"""

from __future__ import annotations

from typing import IO, Any, Final

import msgspec

from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import MINUTE_US
from chengyun.kernel.limits import MAX_WORLD_BYTES

STEP_US: Final = MINUTE_US
"""How far one step goes. Steps end on whole minutes, at any speed the same ones."""

LENGTH_BYTES: Final = 4


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A fact that the platform recorded, as far as the world may hear of it."""

    seq: int
    kind: str
    subject: str
    area: str
    happened_at: int
    known_at: int
    body: dict[str, Any]


class Injected(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody outside makes something happen now; without an area the world finds a place."""

    kind: str
    area: str = ""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """Live on until this instant, knowing what was recorded since the last step."""

    until: int
    told: list[Told] = []
    inject: list[Injected] = []


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """A command that somebody in the world sends, at an instant."""

    at: int
    actor: str
    command: str
    fields: dict[str, Any]


class Moves(msgspec.Struct, frozen=True, kw_only=True):
    """What was sent within the step, in order of ``at``."""

    commands: list[Move] = []
    next_at: int = 0
    """When the world next does something of itself."""
    refused: list[str] = []
    """Why something could not be made to happen."""


class EventKind(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of event that can be injected, with its name by language."""

    kind: str
    label: dict[str, str]


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """The world is built and stands at its first instant."""

    digest: str
    """The digest of the city it lives in."""
    start: int
    events: list[EventKind]


def write(pipe: IO[bytes], message: msgspec.Struct) -> None:
    """Write one framed message."""
    content = msgspec.msgpack.encode(message)
    if len(content) > MAX_WORLD_BYTES:
        raise Rejected(
            "too_long",
            f"a message of {len(content)} bytes, at most {MAX_WORLD_BYTES} cross to the world",
            remedy="make shorter steps",
        )
    pipe.write(len(content).to_bytes(LENGTH_BYTES, "big") + content)
    pipe.flush()


def read(pipe: IO[bytes]) -> bytes | None:
    """Read one framed message; ``None`` where the other end is gone."""
    head = pipe.read(LENGTH_BYTES)
    if len(head) < LENGTH_BYTES:
        return None
    content = pipe.read(int.from_bytes(head, "big"))
    return content if len(content) == int.from_bytes(head, "big") else None
