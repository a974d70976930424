"""What notices need from outside: channels that bring a message to somebody."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from chengyun.kernel.instants import Instant
from chengyun.notices.policy import Kind


class Message(NamedTuple):
    """What a provider is given; whoever holds one logs nothing of it."""

    key: str
    """The same whenever the same message is given again: the provider knows it by this."""
    to: str
    """A number, an address or a user's id; empty where the channel is a group or a system."""
    text: str
    title: str
    urgency: str
    case: str
    at: Instant
    """When it was asked for."""


class Entropy(Protocol):
    """Draws what nobody foresees: names of looks, the spread of pauses."""

    def key(self, purpose: str) -> bytes:
        """Return 64 bytes for ``purpose``."""
        ...


class Channel(Protocol):
    """Brings messages to people, through one provider."""

    @property
    def kind(self) -> Kind:
        """Return what kind of provider it is."""
        ...

    receipt_secret: str
    """With what the provider signs receipts; empty where it sends none."""

    async def send(self, message: Message) -> str:
        """Give the provider a message; return what it calls it, or nothing.

        Raises ``Retryable`` where another try may succeed (the provider may have it already: the
        key tells), and ``Rejected`` with ``refused`` where none will. No error holds an address, a
        text or a secret.
        """
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...
