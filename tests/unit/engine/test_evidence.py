"""A period goes out with its proof, and nobody can change, leave out or put in anything."""

from __future__ import annotations

import json
import shutil
import sqlite3
import zipfile
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sealed_store import Kept
from workbench import PARTITION, START

from chengyun.adapters.files.seals import seals_in
from chengyun.adapters.keys import signing
from chengyun.adapters.keys.check_evidence import NotProven, check
from chengyun.adapters.sql.store import FILE
from chengyun.app.evidence import Period, export, proven
from chengyun.engine.seals import Seal, sealed
from chengyun.facts.envelope import AUDIT, OPERATIONS
from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import Instant

STEP = 7
"""Between two facts of operations; the last seals stand at 4, 8 and 12 facts."""


def at(number: int) -> Instant:
    """Return when the fact with this number became known."""
    return Instant(START + number * STEP)


MIDDLE = Period(at(6), at(8))
"""Facts 6 and 7: after the first seal, before the second."""


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    return Kept(tmp_path_factory.mktemp("kept"), sealed_at=at)


@pytest.fixture(scope="module")
def evidence(kept: Kept) -> Path:
    written(kept, MIDDLE, kept.folder / "evidence.zip")
    return kept.folder / "evidence.zip"


def written(kept: Kept, period: Period, to: Path, store: Path | None = None) -> dict[str, Any]:
    whole = kept.folder / "whole" if store is None else store
    return export(whole, PARTITION, period, seals=kept.seals, keys=kept.keys, to=to)


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as file:
        return {name: file.read(name) for name in file.namelist()}


def packed(content: dict[str, bytes], path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        for name, data in content.items():
            file.writestr(name, data)
    return path


def lines(content: dict[str, bytes], place: int) -> list[dict[str, Any]]:
    return [json.loads(line) for line in content[f"chains/{place}.jsonl"].splitlines()]


def test_it_proves_what_was_recorded_in_the_period(kept: Kept, evidence: Path) -> None:
    found = proven(evidence, kept.keys.values())
    chains = {chain["chain"]: chain for chain in found["chains"]}
    assert set(chains) == {AUDIT, OPERATIONS}
    assert [chains[OPERATIONS][name] for name in ("facts", "first_seq", "last_seq")] == [2, 6, 7]
    assert [chains[AUDIT][name] for name in ("facts", "first_seq")] == [0, None]
    assert found["seals"] == [1, 2]
    assert found["keys_from"] == "outside"
    assert proven(evidence, [])["keys_from"] == "inside"


def test_around_the_period_only_headers_and_digests_are_shown(evidence: Path) -> None:
    content = members(evidence)
    facts = lines(content, 2)
    assert ["body" in fact for fact in facts] == [False, True, True, False]  # 5 to 8
    assert "词5" not in json.dumps([fact for fact in facts if "body" in fact], ensure_ascii=False)
    assert not any(b"W\xc3\xa1ng" in data for data in content.values())  # what is sealed stays so
    assert facts[2]["sealed"]


def test_the_checker_inside_needs_nothing_of_the_platform(evidence: Path) -> None:
    text = members(evidence)["check_evidence.py"].decode()
    imports = [line for line in text.splitlines() if line.startswith(("import ", "from "))]
    assert imports
    assert not [line for line in imports if "chengyun" in line or "msgspec" in line]


@pytest.mark.parametrize(
    ("period", "numbers", "seals"),
    [
        (Period(Instant(0), at(3)), [1, 2], [1, 1]),  # from the first fact of all
        (Period(at(5), at(9)), [5, 6, 7, 8], [1, 3]),
        (Period(at(4), at(5)), [4], [1, 2]),
        (Period(Instant(at(12) - 1), at(12)), [], [2, 3]),
    ],
)
def test_any_period_that_seals_stand_around(
    kept: Kept, tmp_path: Path, period: Period, numbers: list[int], seals: list[int]
) -> None:
    found = written(kept, period, tmp_path / "e.zip")
    chain = next(chain for chain in found["chains"] if chain["chain"] == OPERATIONS)
    assert chain["facts"] == len(numbers)
    assert (chain["first_seq"], chain["last_seq"]) == (
        (numbers[0], numbers[-1]) if numbers else (None, None)
    )
    whole = [json.loads(fact["header"])[3] for fact in lines(members(tmp_path / "e.zip"), 2)
             if "body" in fact]  # fmt: skip
    assert whole == numbers
    assert found["seals"][1] == seals[1]


def test_a_period_that_no_seal_ends_is_not_given_out(kept: Kept, tmp_path: Path) -> None:
    with pytest.raises(Rejected, match="since the period ended"):
        written(kept, Period(at(6), at(13)), tmp_path / "e.zip")
    assert not list(tmp_path.iterdir())


def test_a_store_that_was_changed_gives_no_evidence(kept: Kept, tmp_path: Path) -> None:
    with kept.copy() as store:
        with sqlite3.connect(store / FILE) as connection:
            connection.execute("UPDATE facts SET body = x'7b7d' WHERE seq = 6")
        with pytest.raises(Rejected, match="fact 6 does not follow"):
            written(kept, MIDDLE, tmp_path / "e.zip", store)
    assert not list(tmp_path.iterdir())


@settings(max_examples=120, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(st.data())
def test_any_changed_byte_of_facts_and_seals_is_found(
    kept: Kept, evidence: Path, data: st.DataObject
) -> None:
    content = members(evidence)
    name = data.draw(st.sampled_from([n for n in content if n.startswith(("chains/", "seals/"))]))
    assume(content[name])
    place = data.draw(st.integers(0, len(content[name]) - 1))
    changed = bytearray(content[name])
    changed[place] ^= data.draw(st.integers(1, 255))
    spoilt = packed(content | {name: bytes(changed)}, kept.folder / "spoilt.zip")
    with pytest.raises(NotProven):
        check(str(spoilt), [kept.key.pem])


@pytest.mark.parametrize("place", [1, 2, 3, 4])
def test_a_fact_left_out_is_found(kept: Kept, evidence: Path, tmp_path: Path, place: int) -> None:
    content = members(evidence)
    facts = content["chains/2.jsonl"].splitlines(keepends=True)
    del facts[place - 1]
    spoilt = packed(content | {"chains/2.jsonl": b"".join(facts)}, tmp_path / "spoilt.zip")
    with pytest.raises(NotProven):
        check(str(spoilt), [kept.key.pem])


def test_a_fact_whose_content_is_kept_back_is_found(
    kept: Kept, evidence: Path, tmp_path: Path
) -> None:
    """A period that is claimed wider than what is shown."""
    content = members(evidence)
    about = json.loads(content["evidence.json"])
    about["from"] = at(5)
    spoilt = packed(content | {"evidence.json": json.dumps(about).encode()}, tmp_path / "e.zip")
    with pytest.raises(NotProven, match="content of fact 5 of the period is kept back"):
        check(str(spoilt), [kept.key.pem])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"from": 0}, "when the period had begun"),
        ({"until": at(99)}, "before the period ended"),
        ({"chains": []}, "no chain"),
    ],
)
def test_a_wider_claim_is_not_proven(
    kept: Kept, evidence: Path, tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    content = members(evidence)
    about = json.loads(content["evidence.json"]) | change
    spoilt = packed(content | {"evidence.json": json.dumps(about).encode()}, tmp_path / "e.zip")
    with pytest.raises(NotProven, match=said):
        check(str(spoilt), [kept.key.pem])


def test_a_chain_that_is_kept_back_is_found(kept: Kept, evidence: Path, tmp_path: Path) -> None:
    content = members(evidence)
    about = json.loads(content["evidence.json"])
    about["chains"] = [one for one in about["chains"] if one["chain"] != AUDIT]
    spoilt = packed(content | {"evidence.json": json.dumps(about).encode()}, tmp_path / "e.zip")
    with pytest.raises(NotProven, match="audit is sealed and not in it"):
        check(str(spoilt), [kept.key.pem])


def test_every_seal_in_the_row_must_fit_the_chain(kept: Kept, tmp_path: Path) -> None:
    """A seal in the middle that names another fact, though the key signed it and the next fits."""
    written(kept, Period(at(5), at(9)), tmp_path / "e.zip")
    content = members(tmp_path / "e.zip")
    files = [(name, content[name]) for name in sorted(content) if name.startswith("seals/")]
    rows = [msgspec.json.decode(file, type=Seal) for _, file in files]
    heads = [msgspec.structs.replace(head, hash="0" * 64) for head in rows[1].chains]
    second = sealed(heads, (rows[0], files[0][1]), at=rows[1].sealed_at, signer=kept.signer)
    third = sealed(rows[2].chains, second, at=rows[2].sealed_at, signer=kept.signer)
    content |= {files[1][0]: second[1], files[2][0]: third[1]}
    with pytest.raises(NotProven, match="a seal names another fact"):
        check(str(packed(content, tmp_path / "spoilt.zip")), [kept.key.pem])


def test_a_forger_with_a_key_of_his_own_is_found_by_the_published_one(
    kept: Kept, evidence: Path, tmp_path: Path
) -> None:
    other = signing.make_key(tmp_path / "other")
    with pytest.raises(Rejected, match="signed by a key that is not given"):
        proven(evidence, [other])


@pytest.mark.parametrize("content", [b"", b"PK", b"no archive at all"])
def test_what_is_no_evidence_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "e.zip"
    path.write_bytes(content)
    with pytest.raises(Rejected, match="cannot be read"):
        proven(path, [])


def test_with_a_bad_row_of_seals_nothing_is_given_out(kept: Kept, tmp_path: Path) -> None:
    seals = tmp_path / "seals"
    shutil.copytree(kept.seals, seals)
    (seals / seals_in(seals)[0][0]).unlink()
    with pytest.raises(Rejected, match="seal 1 is missing"):
        export(kept.folder / "whole", PARTITION, MIDDLE, seals=seals, keys=kept.keys,
               to=tmp_path / "e.zip")  # fmt: skip
