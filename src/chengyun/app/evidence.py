"""Evidence: what a partition recorded in a period, with a proof that needs nobody's word.

A zip archive: the exact bytes of the facts of the period on every chain; of the facts between it
and the seals around it header and digests alone; the seals; the public keys; and what checks all of
it with Python and one package. What is sealed for a person stays sealed.
"""

from __future__ import annotations

import base64
import hashlib
import inspect
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from chengyun.adapters.files.archives import sync_folder
from chengyun.adapters.files.seals import seals_in
from chengyun.adapters.keys import check_evidence
from chengyun.adapters.keys.check_evidence import NotProven
from chengyun.adapters.keys.signing import Ed25519Verifier
from chengyun.adapters.sql.reading import StoreReader
from chengyun.app.releases import this_release
from chengyun.engine import codec
from chengyun.engine.ports import Entry
from chengyun.engine.seals import Seal, checked, file_of
from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import Instant, to_text, zone

CHECKER: Final = "check_evidence.py"
README: Final = "README.md"
_WHEN: Final = (1980, 1, 1, 0, 0, 0)


class Period(NamedTuple):
    """From an instant on, and before another; by when facts were known."""

    since: Instant
    until: Instant


class _Chain(msgspec.Struct, frozen=True, kw_only=True):
    partition: str
    chain: str
    file: str
    from_the_first: bool


class _Manifest(msgspec.Struct, frozen=True, kw_only=True):
    format: int
    release: str
    from_: int = msgspec.field(name="from")
    until: int
    chains: list[_Chain]


def export(
    store: Path,
    partition: str,
    period: Period,
    *,
    seals: Path,
    keys: dict[str, Ed25519Verifier],
    to: Path,
) -> dict[str, Any]:
    """Write the evidence of a period to the new file ``to``, check it, and say what it proves.

    Raises ``Rejected`` where a seal is bad (``bad_seal``), where none was made since the period
    ended (``not_sealed``), or where what was written is no proof (``not_proven``).
    """
    if to.exists():
        raise Rejected("exists", "there is a file of this name already", where=str(to),
                       remedy="give another name")  # fmt: skip
    around, from_the_first = _around(seals, keys, partition, period)
    half = to.with_name(f".{to.name}.half")
    half.unlink(missing_ok=True)
    try:
        with (
            StoreReader(store) as reader,
            zipfile.ZipFile(half, "x", zipfile.ZIP_DEFLATED, compresslevel=6) as file,
        ):
            _write(file, reader, partition, period, around, from_the_first=from_the_first)
            for verifier in keys.values():
                _put(file, f"{check_evidence.PUBLIC_KEYS}{verifier.key[:16]}.pem", verifier.pem)
        found = check_evidence.check(str(half), [one.pem for one in keys.values()])
        half.rename(to)
    except NotProven as broken:
        raise Rejected(
            "not_proven",
            str(broken),
            where=str(store),
            remedy="run chengyun audit verify with --seals: it names the first bad fact",
        ) from broken
    finally:
        half.unlink(missing_ok=True)
    sync_folder(to.parent)
    return found


def proven(path: Path, keys: Iterable[Ed25519Verifier]) -> dict[str, Any]:
    """Check a file of evidence; ``Rejected`` with ``not_proven`` says what is wrong with it."""
    published = [one.pem for one in keys]
    try:
        return check_evidence.check(str(path), published or None)
    except NotProven as broken:
        raise Rejected(
            "not_proven",
            str(broken),
            where=str(path),
            remedy="ask for the evidence again, and for the key that was published",
        ) from broken


# --- the seals around a period ----------------------------------------------------------------


def _around(
    folder: Path, keys: dict[str, Ed25519Verifier], partition: str, period: Period
) -> tuple[list[Seal], bool]:
    """Return the seals from the last before the period to the first after it.

    Also whether none was made before it: the evidence then begins with the first fact of all.
    """
    good, row = checked(seals_in(folder), keys)
    if not row.whole:
        raise Rejected("bad_seal", row.reason, where=str(folder),
                       remedy="bring back the seals as they were published")  # fmt: skip
    after = next((at for at, seal in enumerate(good) if seal.sealed_at >= period.until), None)
    if after is None:
        raise Rejected(
            "not_sealed",
            "no seal was made since the period ended",
            where=str(folder),
            remedy="make one with chengyun audit seal, or let the period end earlier",
        )
    before = [at for at, seal in enumerate(good[:after]) if _is_before(seal, partition, period)]
    return good[before[-1] if before else after : after + 1], not before


def _is_before(seal: Seal, partition: str, period: Period) -> bool:
    heads = [head for head in seal.chains if head.partition == partition]
    return bool(heads) and all(head.known_at < period.since for head in heads)


# --- what is written --------------------------------------------------------------------------


def _write(
    file: zipfile.ZipFile,
    reader: StoreReader,
    partition: str,
    period: Period,
    around: list[Seal],
    *,
    from_the_first: bool,
) -> None:
    first = {} if from_the_first else _heads_in(around[0], partition)
    last = _heads_in(around[-1], partition)
    if not last:
        raise Rejected("not_sealed", f"{partition} is in no seal around the period",
                       where=partition, remedy="seal it, then export")  # fmt: skip
    chains = [
        _Chain(
            partition=partition,
            chain=chain,
            file=f"chains/{place}.jsonl",
            from_the_first=chain not in first,
        )
        for place, chain in enumerate(sorted(last), start=1)
    ]
    manifest = _Manifest(
        format=check_evidence.FORMAT,
        release=this_release(),
        from_=period.since,
        until=period.until,
        chains=chains,
    )
    about = msgspec.json.format(msgspec.json.encode(manifest), indent=2)
    _put(file, check_evidence.MANIFEST, about + b"\n")
    _put(file, README, _readme(partition, period).encode())
    _put(file, CHECKER, inspect.getsource(check_evidence).encode())
    for seal in around:
        _put(file, f"{check_evidence.SEALS}seal-{seal.number:09}.json", file_of(seal))
    for one in chains:
        entries = reader.entries(
            partition, one.chain, after_seq=first.get(one.chain, 0), until_seq=last[one.chain]
        )
        with file.open(zipfile.ZipInfo(one.file, _WHEN), "w", force_zip64=True) as lines:
            for line in _lines(entries, period):
                lines.write(line)


def _heads_in(seal: Seal, partition: str) -> dict[str, int]:
    return {head.chain: head.seq for head in seal.chains if head.partition == partition}


def _lines(entries: Iterable[Entry], period: Period) -> Iterator[bytes]:
    """Yield a line of JSON a fact: whole inside the period, as a link outside of it."""
    for entry in entries:
        stored = entry.stored
        header, sealed = stored.header.decode(), stored.sealed
        if period.since <= codec.header_of(stored).known_at < period.until:
            line: dict[str, Any] = {
                "header": header,
                "body": stored.body.decode(),
                "sealed": None if sealed is None else base64.b64encode(sealed).decode(),
            }
        else:
            seal = b"\x00" if sealed is None else b"\x01" + hashlib.sha256(sealed).digest()
            body = hashlib.sha256(stored.body).hexdigest()
            line = {"header": header, "body_sha256": body, "seal": seal.hex()}
        yield msgspec.json.encode(line | {"hash": stored.hash.hex()}) + b"\n"


def _put(file: zipfile.ZipFile, name: str, content: bytes) -> None:
    file.writestr(zipfile.ZipInfo(name, _WHEN), content, zipfile.ZIP_DEFLATED)


def _readme(partition: str, period: Period) -> str:
    since, until = (to_text(at, zone("UTC")) for at in period)
    return f"""# Evidence

What the platform of `{partition}` recorded from {since} on and before {until}, by when it was known
there, with a proof that nothing of it was changed, removed, put in or left out.

- `evidence.json`: period and files.
- `chains/`: a line of JSON a fact. Of the period `header`, `body` and `sealed` (base64) are the
  exact bytes; around it `body_sha256` and `seal` stand for them. A header holds, in this order:
  hash algorithm, partition, chain, number, id, kind, schema, happened at, known at, subject, area,
  actor, cause, policy version, for whom it is sealed, to whom it is addressed. Instants are
  microseconds since 1970 UTC. What is sealed is encrypted for a person and is not opened here.
- `seals/`: where the chains stood, signed, each naming the SHA-256 of the seal before it.
- `keys/`: public keys. Compare their digests with those that were published: that, and the digest
  of a seal that stands elsewhere (in print, at another office), is all that has to be believed.

To check it: `python check_evidence.py FILE --public-key KEY` with Python 3.11 or later and the
package `cryptography`, or `chengyun audit check-evidence FILE --public-key KEY`. Take the key, and
best the checker too, from elsewhere than this file. How a hash is made stands at the head of the
checker; a seal is checked with any tool for Ed25519 (the signed bytes are the line
`chengyun seal 1`, then the seal without its signature as JSON with sorted keys and no spaces).
"""
