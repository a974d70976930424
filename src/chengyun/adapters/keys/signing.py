"""The key that signs seals: Ed25519 (RFC 8032) in PEM, in a file of its own outside the store.

Public keys are SubjectPublicKeyInfo (RFC 8410), as ``openssl pkey -pubin`` reads them. A seal names
its algorithm, so another one is an entry here; which were looked at stands in decision 0027.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from chengyun.adapters.files.archives import sync_folder
from chengyun.adapters.sql.store import FILE as STORE_FILE
from chengyun.adapters.system.secrets import secret_at
from chengyun.kernel.errors import Rejected

ED25519: Final = "ed25519"
PUBLIC: Final = ".pub"
"""How the name of the file with the public key goes on."""


class Ed25519Signer:
    """Signs with a private key that was read once."""

    algorithm = ED25519

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public = public_pem(key.public_key())
        self.key = _digest(key.public_key())

    def sign(self, content: bytes) -> bytes:
        """Return the 64 bytes of the signature."""
        return self._key.sign(content)


class Ed25519Verifier:
    """Judges signatures by a public key."""

    algorithm = ED25519

    def __init__(self, key: Ed25519PublicKey) -> None:
        self._key = key
        self.pem = public_pem(key)
        self.key = _digest(key)

    def is_signature(self, signature: bytes, content: bytes) -> bool:
        """Tell whether the private key signed ``content``."""
        try:
            self._key.verify(signature, content)
        except InvalidSignature:
            return False
        return True


def make_key(path: Path) -> Ed25519Verifier:
    """Write a fresh private key to ``path``, for its owner alone, and the public one beside it.

    Never into the folder of a store, nor below it: who copies or breaks into that folder would have
    the key with which a changed log is sealed anew.
    """
    for folder in path.absolute().parents:
        if (folder / STORE_FILE).exists():
            raise Rejected(
                "key_in_store",
                "the signing key must stand outside the store it seals",
                where=str(path),
                remedy="give --out in another folder, best on another disk or another machine",
            )
    key = Ed25519PrivateKey.generate()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    _write(path, private, 0o600)
    _write(path.with_name(path.name + PUBLIC), public_pem(key.public_key()), 0o644)
    sync_folder(path.parent)
    return Ed25519Verifier(key.public_key())


def signer_at(reference: str) -> Ed25519Signer:
    """Return the signer whose private key stands at ``reference`` (a path, or ``env:NAME``)."""
    try:
        key = load_pem_private_key(secret_at(reference), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None  # what was wrong with a secret is not repeated: it could hold a part of it
    if not isinstance(key, Ed25519PrivateKey):
        raise Rejected(
            "bad_key",
            "this is no private Ed25519 key in PEM without a passphrase",
            where=reference,
            remedy="make one with chengyun audit key",
        )
    return Ed25519Signer(key)


def verifiers_at(paths: Iterable[Path]) -> dict[str, Ed25519Verifier]:
    """Return the public keys in some files, by their digests."""
    found = [verifier_of(path.read_bytes(), str(path)) for path in paths]
    return {one.key: one for one in found}


def verifier_of(pem: bytes, where: str) -> Ed25519Verifier:
    """Return the public key in ``pem``; ``Rejected`` where it is none."""
    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise Rejected(
            "bad_key",
            "this is no public Ed25519 key in PEM",
            where=where,
            remedy="give the file that chengyun audit key wrote beside the private one",
        )
    return Ed25519Verifier(key)


def public_pem(key: Ed25519PublicKey) -> bytes:
    """Return a public key as it is given to others."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _digest(key: Ed25519PublicKey) -> str:
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest()


def _write(path: Path, content: bytes, mode: int) -> None:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError as there:
        raise Rejected(
            "exists",
            "there is a file of this name already, and a key is never written over",
            where=str(path),
            remedy="give another --out, or go on with the key that is there",
        ) from there
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
