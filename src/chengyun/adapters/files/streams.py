"""Bytes of a file, expanded when gzipped, with whatever ends them too early kept as damage."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Final

from chengyun.kernel import limits

SAMPLE_BYTES: Final = 1_048_576
"""What encoding and delimiter are detected in."""

BLOCK_BYTES: Final = 262_144
"""What is read at a time."""

_GZIP: Final = b"\x1f\x8b"
_GZIP_WBITS: Final = 31


class Damage(Exception):  # noqa: N818 - what happened to the file
    """Why a file ends where it ends: ``file_cut``, ``file_damaged`` or ``file_too_large``."""

    def __init__(self, code: str, **params: str) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


class ByteStream:
    """The bytes of ``path`` block by block; ``damage`` tells afterwards if there is more.

    ``sample`` is the beginning, up to ``SAMPLE_BYTES``; it is read again as part of the blocks.
    """

    def __init__(self, path: Path) -> None:
        self.damage: Damage | None = None
        self.position = 0
        self._file = path.open("rb")
        try:
            start = self._raw()
            self._inflate = zlib.decompressobj(_GZIP_WBITS) if start[:2] == _GZIP else None
            self._input = start
            self._expanded = 0
            self._sampled: list[bytes] = []
            self.sample = self._take_sample()
        except BaseException:
            self._file.close()
            raise

    def _raw(self) -> bytes:
        block = self._file.read(BLOCK_BYTES)
        self.position += len(block)
        return block

    def _take_sample(self) -> bytes:
        blocks, size = [], 0
        while size < SAMPLE_BYTES and (block := self._next()):
            blocks.append(block)
            size += len(block)
        self._sampled = blocks[::-1]
        return b"".join(blocks)[:SAMPLE_BYTES]

    def read(self) -> bytes:
        """Return the next block, empty at the end."""
        return self._sampled.pop() if self._sampled else self._next()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _next(self) -> bytes:
        if self.damage is not None:
            return b""
        try:
            block = self._plain() if self._inflate is None else self._expand(self._inflate)
        except OSError as wrong:
            self.damage = Damage("file_damaged", reason=str(wrong.strerror))
            return b""
        return block

    def _plain(self) -> bytes:
        block, self._input = self._input, b""
        return block or self._raw()

    def _expand(self, inflate: zlib._Decompress) -> bytes:
        """Return up to one block of the expanded bytes; notice where they are cut or damaged."""
        while True:
            if inflate.eof:
                self._input = (inflate.unused_data or self._raw()).lstrip(b"\0")
                if not self._input:
                    return b""
                self._inflate = inflate = zlib.decompressobj(_GZIP_WBITS)
            data = self._input or self._raw()
            if not data:
                block = inflate.flush()
                if not inflate.eof:
                    self.damage = Damage("file_cut")
                return block
            before = inflate.copy()
            try:
                block = inflate.decompress(data, BLOCK_BYTES)
            except zlib.error:
                self.damage = Damage("file_damaged", reason="the compressed data are broken")
                return _sound_part(before, data)
            self._input = inflate.unconsumed_tail
            self._expanded += len(block)
            if self._expanded > limits.MAX_EXPANDED_BYTES:
                self.damage = Damage("file_too_large", limit=str(limits.MAX_EXPANDED_BYTES))
                return b""
            if block:
                return block


def _sound_part(inflate: zlib._Decompress, data: bytes) -> bytes:
    """Return what ``data`` expands to before it breaks, byte by byte, up to one block."""
    parts, size = [], 0
    try:
        for place in range(len(data)):
            part = inflate.decompress(data[place : place + 1], BLOCK_BYTES)
            parts.append(part)
            size += len(part)
            if size > BLOCK_BYTES:
                break
    except zlib.error:
        pass
    return b"".join(parts)
