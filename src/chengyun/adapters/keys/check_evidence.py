"""Checks a file of evidence from Chengyun. Needs Python 3.11 and the package cryptography, no more.

    python check_evidence.py EVIDENCE.zip [--public-key FILE]

The same file goes into every file of evidence, and ``chengyun audit check-evidence`` runs it. It
trusts nothing in the file but what follows from signatures: every seal is signed by the key, names
the seal before it, and names facts of the chains; from the last one the hashes lead back, fact by
fact, through the period to the seal before it or to the first fact of all. Each hash is
H(prev | length of header | header | H(body) | seal) with SHA-256; seal is 00 where there is none,
else 01 and H(sealed).
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import sys
import zipfile
from collections.abc import Iterator
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
)

FORMAT: Final = 1
MANIFEST: Final = "evidence.json"
PUBLIC_KEYS: Final = "keys/"
SEALS: Final = "seals/"
PREFIX: Final = b"chengyun seal 1\n"
MAX_MEMBER_BYTES: Final = 4_294_967_296
MAX_LINE_BYTES: Final = 16_777_216
NO_HASH: Final = "0" * 64
_PRETTY: Final[dict[str, Any]] = {"indent": 2, "ensure_ascii": False}


class NotProven(Exception):  # noqa: N818 - a verdict
    """Something in the file is not what it must be; the message says what and where."""


def check(path: str, published: list[bytes] | None = None) -> dict[str, Any]:
    """Check the evidence at ``path``; return what it proves, or raise ``NotProven``.

    ``published`` are public keys in PEM that one has from elsewhere; without them the keys in the
    file are taken, and whoever reads the result compares their digests.
    """
    try:
        with zipfile.ZipFile(path) as file:
            return _checked(file, published)
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, OSError, EOFError) as broken:
        raise NotProven(f"it cannot be read: {broken}") from broken
    except NotImplementedError as other:
        raise NotProven(f"it is packed in a way that no evidence is: {other}") from other


def _checked(file: zipfile.ZipFile, published: list[bytes] | None) -> dict[str, Any]:
    about = json.loads(_bytes_of(file, MANIFEST))
    if about["format"] != FORMAT:
        raise NotProven(f"it has format {about['format']}, this checker knows {FORMAT}")
    inside = [_bytes_of(file, name) for name in file.namelist() if name.startswith(PUBLIC_KEYS)]
    keys = dict(map(_key, inside if published is None else published))
    seals, previous = _seals(file, keys)
    span = int(about["from"]), int(about["until"])
    if not about["chains"]:
        raise NotProven("there is no chain in it")
    chains = [_chain(file, chain, seals, span) for chain in about["chains"]]
    _none_kept_back(about["chains"], seals[-1])
    return {
        "partitions": sorted({chain["partition"] for chain in chains}),
        "from": span[0],
        "until": span[1],
        "chains": chains,
        "seals": [seals[0]["number"], seals[-1]["number"]],
        "sealed_at": seals[-1]["sealed_at"],
        "last_seal": previous,
        "keys": sorted(keys),
        "keys_from": "inside" if published is None else "outside",
    }


def _bytes_of(file: zipfile.ZipFile, name: str) -> bytes:
    if file.getinfo(name).file_size > MAX_LINE_BYTES:
        raise NotProven(f"{name} is too long")
    return file.read(name)


def _key(pem: bytes) -> tuple[str, Ed25519PublicKey]:
    key = load_pem_public_key(pem)
    if not isinstance(key, Ed25519PublicKey):
        raise NotProven("a public key is of another kind than Ed25519")
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest(), key


# --- the row of seals -------------------------------------------------------------------------


def _seals(
    file: zipfile.ZipFile, keys: dict[str, Ed25519PublicKey]
) -> tuple[list[dict[str, Any]], str]:
    """Return the seals in their order, and the SHA-256 of the last one's file."""
    found: list[dict[str, Any]] = []
    previous = ""
    for name in sorted(name for name in file.namelist() if name.startswith(SEALS)):
        content = _bytes_of(file, name)
        seal = json.loads(content)
        if content.decode() != json.dumps(seal, sort_keys=True, **_PRETTY) + "\n":
            raise NotProven(f"{name} is written in another way than seals are")
        if found and (seal["number"], seal["previous"]) != (found[-1]["number"] + 1, previous):
            raise NotProven(f"{name} does not follow the seal before it")
        if seal["algorithm"] != "ed25519" or seal["key"] not in keys:
            raise NotProven(f"{name} is signed by a key that is not given: {seal['key']}")
        stated = {field: value for field, value in seal.items() if field != "signature"}
        signed = (
            PREFIX
            + json.dumps(stated, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        )
        try:
            keys[seal["key"]].verify(_hex(seal["signature"]), signed)
        except InvalidSignature as wrong:
            raise NotProven(f"the signature of {name} is not of this key") from wrong
        previous = hashlib.sha256(content).hexdigest()
        found.append(seal)
    if not found:
        raise NotProven("there is no seal in it")
    return found, previous


def _none_kept_back(chains: list[dict[str, Any]], seal: dict[str, Any]) -> None:
    """Refuse evidence that keeps back a chain of a partition that it is about."""
    given = {(chain["partition"], chain["chain"]) for chain in chains}
    partitions = {partition for partition, _ in given}
    for head in seal["chains"]:
        if head["partition"] in partitions and (head["partition"], head["chain"]) not in given:
            raise NotProven(f"{head['partition']}/{head['chain']} is sealed and not in it")


# --- a chain ----------------------------------------------------------------------------------


def _chain(
    file: zipfile.ZipFile, about: dict[str, Any], seals: list[dict[str, Any]], span: tuple[int, int]
) -> dict[str, Any]:
    """Follow a chain from where the first seal left it, or from its beginning, to the last seal."""
    name = f"{about['partition']}/{about['chain']}"
    heads: dict[int, set[str]] = {}
    for head in (head for seal in seals for head in _heads_of(about, seal)):
        heads.setdefault(head["seq"], set()).add(head["hash"])
    seq, known_at, previous = _start(about, seals[0], span, name)
    inside: list[int] = []
    for line in _lines(file, about["file"]):
        seq += 1
        header, previous, whole = _linked(line, seq, previous, name)
        if header[:4] != ["sha256", about["partition"], about["chain"], seq]:
            raise NotProven(f"{name}: the header of fact {seq} belongs to another place")
        if header[8] < known_at:
            raise NotProven(f"{name}: fact {seq} was known before the fact before it")
        if heads.get(seq, {previous}) != {previous}:
            raise NotProven(f"{name}: a seal names another fact {seq}")
        known_at = header[8]
        if span[0] <= known_at < span[1]:
            if not whole:
                raise NotProven(f"{name}: the content of fact {seq} of the period is kept back")
            inside.append(seq)
    end = max(heads, default=0)
    if seq != end:
        raise NotProven(f"{name} ends at fact {seq}, the seals name {end}")
    if seals[-1]["sealed_at"] < span[1] and known_at < span[1]:
        raise NotProven(f"{name}: the last seal was made before the period ended")
    return {
        "partition": about["partition"],
        "chain": about["chain"],
        "facts": len(inside),
        "first_seq": inside[0] if inside else None,
        "last_seq": inside[-1] if inside else None,
    }


def _heads_of(about: dict[str, Any], seal: dict[str, Any]) -> list[dict[str, Any]]:
    place = about["partition"], about["chain"]
    return [head for head in seal["chains"] if (head["partition"], head["chain"]) == place]


def _start(
    about: dict[str, Any], seal: dict[str, Any], span: tuple[int, int], name: str
) -> tuple[int, int, str]:
    """Return number, instant and hash of the fact after which the file of a chain begins."""
    for head in _heads_of(about, seal):
        if not about["from_the_first"]:
            if head["known_at"] >= span[0]:
                raise NotProven(f"{name}: the first seal was made when the period had begun")
            return head["seq"], head["known_at"], head["hash"]
    return 0, 0, NO_HASH


def _lines(file: zipfile.ZipFile, name: str) -> Iterator[dict[str, Any]]:
    if file.getinfo(name).file_size > MAX_MEMBER_BYTES:
        raise NotProven(f"{name} is too long")
    with file.open(name) as lines:
        while line := lines.readline(MAX_LINE_BYTES):
            yield json.loads(line)


def _linked(
    line: dict[str, Any], seq: int, previous: str, name: str
) -> tuple[list[Any], str, bool]:
    """Return header and hash of a fact, and whether its content is there; refuse a broken link."""
    header = line["header"].encode()
    whole = "body" in line
    if whole:
        body = hashlib.sha256(line["body"].encode()).digest()
        sealed = line["sealed"]
        seal = b"\x00"
        if sealed is not None:
            content = base64.b64decode(sealed, validate=True)
            if base64.b64encode(content).decode() != sealed:
                raise NotProven(f"{name}: the seal of fact {seq} is written in another way")
            seal = b"\x01" + hashlib.sha256(content).digest()
    else:
        body, seal = _hex(line["body_sha256"]), _hex(line["seal"])
    parts = (_hex(previous), len(header).to_bytes(8, "big"), header, body, seal)
    if len(body) != 32 or hashlib.sha256(b"".join(parts)).hexdigest() != line["hash"]:
        raise NotProven(f"{name}: fact {seq} does not follow the fact before it")
    return json.loads(header), str(line["hash"]), whole


def _hex(digits: str) -> bytes:
    """Return the bytes that lower-case hexadecimal digits mean: one way to write them only."""
    found = bytes.fromhex(digits)
    if found.hex() != digits:
        raise NotProven(f"{digits[:80]!r} is written in another way than digests are")
    return found


def main() -> None:
    """Check the file that is named and say what it proves."""
    asked = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    asked.add_argument("evidence")
    asked.add_argument("--public-key", action="append", help="a key that you have from elsewhere")
    given = asked.parse_args()
    published = None
    if given.public_key:
        published = []
        for path in given.public_key:
            with open(path, "rb") as file:
                published.append(file.read())
    try:
        found = check(given.evidence, published)
    except NotProven as broken:
        print(f"NOT PROVEN: {broken}")
        sys.exit(1)
    print(json.dumps(found, indent=2, ensure_ascii=False))
    print("proven, if these keys are those that were published" if published is None else "proven")


if __name__ == "__main__":
    main()
