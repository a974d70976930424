"""Physical lines of a text file: numbered, decoded one by one where need be, bounded."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Final, NamedTuple

from chengyun.adapters.files.streams import ByteStream
from chengyun.kernel import limits

_MARK: Final = b"\xef\xbb\xbf"


class Line(NamedTuple):
    """A line with its end; ``code`` says what is wrong with it, if anything is."""

    number: int
    text: str
    code: str


class Lines(Iterator[Line]):
    """Reads lines out of a stream of bytes.

    What cannot be decoded, holds NUL or is longer than ``limits.MAX_LINE_BYTES`` comes with a
    ``code``; of a long line only the beginning is kept, and a quote in it opens nothing. ``rest``
    is what was left of a cut file behind its last whole line.
    """

    def __init__(self, stream: ByteStream, encoding: str) -> None:
        self.number = 0
        self.chars = 0
        self.rest = ""
        self._stream = stream
        self._encoding = encoding
        sample = stream.sample
        self._carriage = b"\n" not in sample and b"\r" in sample
        self._lines = self._read()

    def __next__(self) -> Line:
        return next(self._lines)

    def params(self, code: str) -> dict[str, str]:
        """Return what belongs to a refusal with ``code``."""
        if code == "undecodable":
            return {"encoding": self._encoding}
        return {"limit": str(limits.MAX_LINE_BYTES)} if code == "line_too_long" else {}

    def _read(self) -> Iterator[Line]:
        for block in self._blocks():
            if len(block) > limits.MAX_LINE_BYTES and block.find(b"\n") in {-1, len(block) - 1}:
                yield self._numbered(self._long(block), "line_too_long")
                continue
            try:
                text = None if b"\0" in block else block.decode(self._encoding)
            except UnicodeDecodeError:
                text = None
            if text is None:
                for raw in _split(block):
                    yield self._careful(raw)
                continue
            self.chars += len(text)
            number = self.number
            for line in io.StringIO(text, newline="\n"):
                number += 1
                self.number = number
                yield Line(number, line, "")

    def _numbered(self, text: str, code: str) -> Line:
        self.number += 1
        self.chars += len(text)
        return Line(self.number, text, code)

    def _long(self, raw: bytes) -> str:
        """Return the beginning of a line that is too long, without quotes."""
        kept = raw[: limits.MAX_KEPT_RAW_CHARS]
        return kept.decode(self._encoding, "replace").replace('"', "'")

    def _careful(self, raw: bytes) -> Line:
        """Decode one line; what cannot be decoded keeps its place, so quotes still count."""
        try:
            text, code = raw.decode(self._encoding), ""
        except UnicodeDecodeError:
            text, code = raw.decode(self._encoding, "surrogateescape"), "undecodable"
        return self._numbered(text, code or ("nul" if "\0" in text else ""))

    def _blocks(self) -> Iterator[bytes]:
        """Yield blocks of whole lines; a line that is too long comes alone, cut."""
        pending, long, first = b"", False, True
        while block := self._stream.read():
            if self._carriage:
                block = block.replace(b"\r", b"\n")
            if first:
                block, first = block.removeprefix(_MARK), False
            if long:
                end = block.find(b"\n") + 1
                if not end:
                    continue
                yield pending
                block, pending, long = block[end:], b"", False
            end = block.rfind(b"\n") + 1
            if end:
                yield from _without_long_first(pending, block[:end])
                pending = block[end:]
            else:
                pending += block
            if len(pending) > limits.MAX_LINE_BYTES:
                pending, long = pending[: limits.MAX_LINE_BYTES + 1], True
        if self._stream.damage is not None and not long:
            self.rest = pending.decode(self._encoding, "replace")
        elif pending:
            yield pending


def _without_long_first(pending: bytes, block: bytes) -> Iterator[bytes]:
    """Join what was pending with the block; if the first line is then too long, it comes alone."""
    end = block.find(b"\n") + 1
    if len(pending) + end > limits.MAX_LINE_BYTES:
        yield pending + block[:end]
        pending, block = b"", block[end:]
    if pending or block:
        yield pending + block


def _split(block: bytes) -> list[bytes]:
    """Split at line feeds alone, which no character of UTF-8 or GB18030 holds as a part."""
    lines = [line + b"\n" for line in block.split(b"\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]
