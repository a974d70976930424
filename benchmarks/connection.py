"""One connection of a client that is kept open, with as little of the machine as can be."""

from __future__ import annotations

import socket
from typing import Final

_SMALL: Final = 16_384
"""Content up to here goes along with the head in one piece."""


class Connection:
    """Sends one request after the other; answers are read to their end."""

    def __init__(self, port: int, *headers: str, timeout_s: float = 60.0) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=timeout_s)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._head = "".join(f"{line}\r\n" for line in (f"Host: 127.0.0.1:{port}", *headers))

    def close(self) -> None:
        """Close it."""
        self._socket.close()

    def ask(self, method: str, path: str, content: bytes = b"", *headers: str) -> tuple[int, bytes]:
        """Send one request; return status and content of the answer.

        ``ConnectionError`` where the server closed the connection before it had answered.
        """
        more = "".join(f"{line}\r\n" for line in headers)
        length = f"Content-Length: {len(content)}\r\n\r\n"
        head = f"{method} {path} HTTP/1.1\r\n{self._head}{more}{length}"
        if len(content) < _SMALL:
            self._socket.sendall(head.encode() + content)
        else:
            self._socket.sendall(head.encode())
            self._socket.sendall(content)
        received = b""
        while b"\r\n\r\n" not in received:
            received += self._more()
        told, _, rest = received.partition(b"\r\n\r\n")
        size = int(told.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        while len(rest) < size:
            rest += self._more()
        return int(told.split(b" ", 2)[1]), rest

    def _more(self) -> bytes:
        part = self._socket.recv(65_536)
        if not part:
            raise ConnectionError("the server closed the connection")
        return part
