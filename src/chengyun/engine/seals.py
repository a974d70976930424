"""Seals: where every chain of a store stood at an instant, signed by a key kept elsewhere.

A seal is a file of JSON that names the seal before it by the SHA-256 of that file's bytes. What is
signed is everything but the signature, as compact JSON with sorted keys, after ``PREFIX``. The
bytes of a file follow from what it says, so no byte of it can change unseen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Final, Protocol

import msgspec

from chengyun.engine.verify import Named
from chengyun.kernel.errors import Rejected

FORMAT: Final = 1
PREFIX: Final = b"chengyun seal 1\n"
"""Stands before what is signed, so that a signature of this key over anything else is no seal."""
NO_SEAL: Final = "0" * 64
"""``previous`` of the first seal."""

_encode = msgspec.json.Encoder(order="sorted").encode


class SealedHead(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a chain stood; ``hash`` in hexadecimal digits."""

    partition: str
    chain: str
    seq: int
    hash: str
    known_at: int


class Statement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is signed."""

    format: int
    number: int
    """1 for the first; no number is left out."""
    sealed_at: int
    """By the clock of the machine that sealed, in microseconds since 1970 UTC."""
    chains: list[SealedHead]
    previous: str
    """SHA-256 of the file of the seal before, in hexadecimal digits."""
    algorithm: str
    key: str
    """SHA-256 of the public key (SubjectPublicKeyInfo, DER), in hexadecimal digits."""


class Seal(Statement, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A statement with its signature, in hexadecimal digits."""

    signature: str


class SealsVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """What checking a row of seals found."""

    seals: int
    """How many are good, from the first on."""
    whole: bool
    first_bad: int | None = None
    """Its number."""
    reason: str = ""
    newest: str = ""
    """SHA-256 of the file of the last good one: what one compares with what was published."""
    sealed_at: int = 0
    """When that one was made."""


class Signer(Protocol):
    """Signs; its key stands outside the database."""

    @property
    def algorithm(self) -> str:
        """Return the name that stands in the seal."""
        ...

    @property
    def key(self) -> str:
        """Return the digest of the public key."""
        ...

    def sign(self, content: bytes) -> bytes:
        """Return the signature over ``content``."""
        ...


class PublicKey(Protocol):
    """Judges signatures."""

    @property
    def algorithm(self) -> str:
        """Return the name that stands in the seal."""
        ...

    def is_signature(self, signature: bytes, content: bytes) -> bool:
        """Tell whether it was made over ``content`` with the key that belongs to this one."""
        ...


Keys = Mapping[str, PublicKey]
"""Public keys by the SHA-256 under which a seal names them."""


def sealed(
    heads: Iterable[SealedHead], before: tuple[Seal, bytes] | None, *, at: int, signer: Signer
) -> tuple[Seal, bytes]:
    """Return the next seal, and its file, after the seal (and its file) ``before``."""
    statement = Statement(
        format=FORMAT,
        number=1 if before is None else before[0].number + 1,
        sealed_at=at,
        chains=list(heads),
        previous=NO_SEAL if before is None else digest_of(before[1]),
        algorithm=signer.algorithm,
        key=signer.key,
    )
    signature = signer.sign(_signed(statement)).hex()
    seal = Seal(**msgspec.structs.asdict(statement), signature=signature)
    return seal, file_of(seal)


def digest_of(file: bytes) -> str:
    """Return what the next seal names, and what one publishes: as ``sha256sum`` prints it."""
    return hashlib.sha256(file).hexdigest()


def file_of(seal: Seal) -> bytes:
    """Return the bytes of a seal's file: JSON with two spaces, to be printed as it is."""
    return msgspec.json.format(_encode(seal), indent=2) + b"\n"


def read(file: bytes, where: str) -> Seal:
    """Read the file of a seal; ``Rejected`` with ``bad_seal`` where it is none."""
    try:
        seal = msgspec.json.decode(file, type=Seal)
    except (msgspec.MsgspecError, UnicodeDecodeError) as wrong:
        raise _bad(f"it cannot be read: {wrong}", where) from wrong
    if file_of(seal) != file:
        raise _bad("it is written in another way than seals are", where)
    if seal.format != FORMAT:
        raise _bad(f"it has format {seal.format}, this release knows {FORMAT}", where)
    return seal


def checked(files: Iterable[tuple[str, bytes]], keys: Keys) -> tuple[list[Seal], SealsVerdict]:
    """Check a row of seals from the first on; return the good ones and the verdict."""
    good: list[Seal] = []
    previous = NO_SEAL
    for name, file in files:
        try:
            seal = read(file, name)
            reason = _wrong(seal, previous, good[-1] if good else None, keys)
        except Rejected as refused:
            reason = refused.what
        if reason:
            return good, _verdict(good, previous, f"{name}: {reason}")
        good.append(seal)
        previous = digest_of(file)
    return good, _verdict(good, previous, "")


def named_in(seals: Iterable[Seal]) -> dict[tuple[str, str], list[Named]]:
    """Return what a row of seals names of each chain (partition, name), the earliest first."""
    found: dict[tuple[str, str], list[Named]] = {}
    for seal in seals:
        for head in seal.chains:
            named = Named(seal.number, head.seq, _bytes_of(head.hash) or b"")
            found.setdefault((head.partition, head.chain), []).append(named)
    return found


_FIELDS = Statement.__struct_fields__


def _signed(statement: Statement) -> bytes:
    return PREFIX + _encode({name: getattr(statement, name) for name in _FIELDS})


def _wrong(seal: Seal, previous: str, before: Seal | None, keys: Keys) -> str:
    number = 1 if before is None else before.number + 1
    key = keys.get(seal.key)
    reason = ""
    if seal.number != number:
        reason = f"seal {number} is missing" if seal.number > number else "its number is taken"
    elif seal.previous != previous:
        reason = "it does not follow the seal before it"
    elif key is None:
        reason = f"it is signed by another key: {seal.key}"
    elif key.algorithm != seal.algorithm:
        reason = f"it names the algorithm {seal.algorithm!r}, its key is of {key.algorithm!r}"
    elif not _is_signed(seal, key):
        reason = "its signature is not of this key over these bytes"
    elif before is not None:
        reason = _taken_back(before, seal)
    return reason


def _is_signed(seal: Seal, key: PublicKey) -> bool:
    signature = _bytes_of(seal.signature)
    return signature is not None and key.is_signature(signature, _signed(seal))


def _bytes_of(digits: str) -> bytes | None:
    """Return the bytes that lower-case hexadecimal digits mean; one way to write them only."""
    try:
        found = bytes.fromhex(digits)
    except ValueError:
        return None
    return found if found.hex() == digits else None


def _taken_back(before: Seal, seal: Seal) -> str:
    """Say which chain stood further, or otherwise, in the seal before."""
    heads = {(head.partition, head.chain): head for head in seal.chains}
    for old in before.chains:
        new = heads.get((old.partition, old.chain))
        if new is None or new.seq < old.seq or (new.seq == old.seq and new.hash != old.hash):
            return f"{old.partition}/{old.chain} stood at fact {old.seq} in the seal before"
    return ""


def _verdict(good: list[Seal], newest: str, reason: str) -> SealsVerdict:
    number = good[-1].number if good else 0
    return SealsVerdict(
        seals=len(good),
        whole=not reason,
        first_bad=number + 1 if reason else None,
        reason=reason,
        newest=newest if good else "",
        sealed_at=good[-1].sealed_at if good else 0,
    )


def _bad(what: str, where: str) -> Rejected:
    remedy = "bring back the seal as it was published"
    return Rejected("bad_seal", what, where=where, remedy=remedy)
