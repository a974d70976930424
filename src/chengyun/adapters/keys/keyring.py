"""A local keyring: one key a person, wrapped under a master key that stands in a file.

Seals are AES-SIV (RFC 5297, 256-bit keys): deterministic, bound to the fact's id, so that a
replay writes the same bytes again. Keys are wrapped with AES key wrap (RFC 5649). Rotating the
master key wraps the person keys anew and never touches the log; destroying a person's key makes
every seal under it unreadable, in copies of the log too. A backup of a whole store holds the
wrapped keys of its day, until it is removed.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.keywrap import (
    InvalidUnwrap,
    aes_key_unwrap_with_padding,
    aes_key_wrap_with_padding,
)

from chengyun.facts.classes import sensitive_of
from chengyun.kernel.errors import Bug, Rejected

FILE = "keyring"
DIGESTS = "guard:digests"
"""The name in place of a person's under which the key of ``Keyring.digest`` is kept."""

_MASTER_BYTES = 32


class Entropy(Protocol):
    """Makes keys."""

    def key(self, purpose: str) -> bytes:
        """Return 64 bytes for ``purpose``."""
        ...


class Keyring:
    """Seals and opens personal data of one partition."""

    def __init__(
        self, master: bytes, wrapped: Mapping[str, bytes | None], entropy: Entropy
    ) -> None:
        self._master = master
        self._wrapped = dict(wrapped)
        self._entropy = entropy
        self._changed: dict[str, bytes | None] = {}
        for person in sorted(name for name, key in self._wrapped.items() if key is not None)[:1]:
            self._key(person)  # a wrong master key is found now, not by the next person's report

    def seal(self, person: str, fact_id: str, plain: bytes) -> bytes:
        """Encrypt ``plain`` under the key of ``person``, made now if there is none."""
        if not person:
            raise Bug("a seal needs the person it is for", where=fact_id)
        if person in self._wrapped:
            key = self._key(person)
            if key is None:
                raise Rejected(
                    "erased",
                    "the key of this person was destroyed; nothing more is kept about them",
                    where=fact_id,
                    remedy="start a new record where there is a new ground for it",
                )
        else:
            key = self._entropy.key(f"person:{person}")
            wrapped = aes_key_wrap_with_padding(self._master, key)
            self._wrapped[person] = self._changed[person] = wrapped
        return AESSIV(key).encrypt(plain, [fact_id.encode()])

    def digest(self, purpose: str, text: str) -> str:
        """Return 32 hexadecimal digits for ``text``, which nobody makes without this keyring.

        The synthetic IV of AES-SIV, a keyed pseudo-random function (RFC 5297, section 2.4), under
        a key of its own that rotation keeps, so that the same text gives the same digest for ever.
        """
        return self.seal(DIGESTS, f"{purpose}:{text}", b"\0").hex()[:32]

    def open(self, person: str, fact_id: str, sealed: bytes) -> bytes | None:
        """Decrypt a seal, or return ``None`` where the person was erased."""
        key = self._key(person)
        if key is None:
            return None
        try:
            return AESSIV(key).decrypt(sealed, [fact_id.encode()])
        except InvalidTag as broken:
            raise Bug(
                "the seal does not open: it was changed", where=fact_id, remedy="audit verify"
            ) from broken

    def destroy(self, person: str) -> None:
        """Destroy the key of ``person``, and the one for what is sensitive of him."""
        self._wrapped[person] = self._changed[person] = None
        sensitive = sensitive_of(person)
        if sensitive in self._wrapped:
            self._wrapped[sensitive] = self._changed[sensitive] = None

    def take_keys(self) -> dict[str, bytes | None]:
        """Return what changed since the last call, for the store."""
        changed, self._changed = self._changed, {}
        return changed

    def rotate(self, master: bytes) -> None:
        """Wrap every key anew under ``master``; the log stays as it is."""
        for person in sorted(self._wrapped):
            key = self._key(person)
            if key is not None:
                wrapped = aes_key_wrap_with_padding(master, key)
                self._wrapped[person] = self._changed[person] = wrapped
        self._master = master

    def _key(self, person: str) -> bytes | None:
        wrapped = self._wrapped.get(person)
        if wrapped is None:
            return None
        try:
            return aes_key_unwrap_with_padding(self._master, wrapped)
        except InvalidUnwrap as wrong:
            raise Bug(
                "the master key does not fit the keys of this store",
                remedy=f"bring back the file {FILE!r} that belongs to it",
            ) from wrong


def check_master(folder: Path, wrapped: Mapping[str, bytes]) -> None:
    """Refuse the keyring in ``folder`` where it does not open the ``wrapped`` keys of a store."""
    path = folder / FILE
    try:
        master = base64.b64decode(path.read_text(encoding="ascii"), validate=True)
        for key in list(wrapped.values())[:1]:
            aes_key_unwrap_with_padding(master, key)
    except (InvalidUnwrap, ValueError) as wrong:
        raise Rejected(
            "wrong_keyring",
            "this keyring does not open the keys of this store",
            where=str(path),
            remedy="give the keyring that was kept for this store",
        ) from wrong


def master_key(folder: Path, entropy: Entropy) -> bytes:
    """Read the master key of a store, or make one; the file is readable by its owner only."""
    path = folder / FILE
    if path.exists():
        return base64.b64decode(path.read_text(encoding="ascii"))
    folder.mkdir(parents=True, exist_ok=True)
    master = entropy.key("master")[:_MASTER_BYTES]
    half = folder / f"{FILE}.new"
    half.unlink(missing_ok=True)
    handle = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(base64.b64encode(master).decode())
        file.flush()
        os.fsync(file.fileno())
    half.rename(path)
    directory = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
    return master
