"""Personal data stand in the seal alone, and their end is the end of a key."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from workbench import PARTITION, WORDS, Bench, Opened, Say, sense

from chengyun.adapters.keys.keyring import FILE, Keyring, master_key
from chengyun.adapters.sql.reading import StoreReader
from chengyun.adapters.system.entropy import SeededEntropy, SystemEntropy
from chengyun.app import stages
from chengyun.engine import rebuild
from chengyun.engine.parts import ENGINE
from chengyun.engine.verify import verify
from chengyun.facts.envelope import OPERATIONS
from chengyun.guard.erasing import ErasePerson
from chengyun.kernel.errors import Bug, Rejected
from chengyun.sim.faults import Crash, CrashingStore

SECRET = "Zhang San, 139-1234-5678"
PERSON = "speaker:p1"
GUARD = next(stage for stage in stages.STAGES if stage.name == "guard")
STAGES = (sense(), GUARD)
OTHER_MASTER = bytes(range(32))


def opened_seal(city: Bench, fact_id: str = "word:a") -> bytes | None:
    fact = next(fact for fact in city.facts() if fact.id == fact_id)
    assert fact.sealed is not None
    return city.keyring.open(fact.sealed_for, fact.id, fact.sealed)


def is_whole(city: Bench) -> bool:
    head = city.store.heads(PARTITION)[OPERATIONS]
    with StoreReader(city.folder) as reader:
        return verify(PARTITION, OPERATIONS, reader.entries(PARTITION, OPERATIONS), head).whole


def on_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file())


def test_personal_data_stand_in_the_seal_and_nowhere_on_the_disk(bench: Opened) -> None:
    city = bench(*STAGES)
    city.say("a", secret=SECRET, of=PERSON)
    city.engine.commit()
    for needle in (SECRET, SECRET.partition(",")[0], "139-1234"):
        assert needle.encode() not in on_disk(city.folder)
    city.close()
    assert SECRET.encode() not in on_disk(city.folder)


def test_a_seal_opens_also_after_a_restart(bench: Opened) -> None:
    city = bench(*STAGES)
    city.say("a", secret=SECRET, of=PERSON)
    city.engine.commit()
    expected = b'{"secret":"' + SECRET.encode() + b'"}'
    assert opened_seal(city) == expected
    assert opened_seal(bench(*STAGES)) == expected


def test_a_run_again_seals_to_the_same_bytes(bench: Opened) -> None:
    heads = []
    for name in ("one", "two"):
        city = bench(*STAGES, name=name)
        city.say("a", "b", secret=SECRET, of=PERSON)
        city.engine.commit()
        heads.append(city.engine.head)
    assert heads[0] == heads[1]


def test_a_seal_is_bound_to_its_fact_and_its_person(bench: Opened) -> None:
    city = bench(*STAGES)
    city.say("a", secret=SECRET, of=PERSON)
    city.say("b", secret=SECRET, of="speaker:p2")
    city.engine.commit()
    sealed = city.facts()[0].sealed
    assert sealed is not None
    for person, fact_id in ((PERSON, "word:b"), ("speaker:p2", "word:a")):
        with pytest.raises(Bug, match="does not open"):
            city.keyring.open(person, fact_id, sealed)
    with pytest.raises(Bug, match="does not open"):
        city.keyring.open(PERSON, "word:a", sealed[:-1] + bytes([sealed[-1] ^ 1]))


def test_a_seal_needs_the_person_it_is_for(bench: Opened) -> None:
    city = bench(*STAGES)
    assert isinstance(city.say("a", secret=SECRET).refused, Bug)
    assert city.say("b").refused is None
    city.engine.commit()
    assert city.ids() == ["word:b"]


# --- erasure ----------------------------------------------------------------------------------


def erased(bench: Opened) -> Bench:
    city = bench(*STAGES)
    city.say("a", secret=SECRET, of=PERSON)
    city.say("b", secret="somebody else", of="speaker:p2")
    city.engine.commit()
    city.do(ErasePerson(person=PERSON, ground="asked for it"))
    city.engine.commit()
    return city


def test_after_an_erasure_nothing_of_the_person_opens_and_all_else_does(bench: Opened) -> None:
    city = erased(bench)
    for _ in ("at once", "after a restart"):
        assert opened_seal(city) is None
        assert opened_seal(city, "word:b") is not None
        assert city.store.person_keys(PARTITION)[PERSON] is None
        city = bench(*STAGES)


def test_after_an_erasure_the_chain_is_whole_and_a_rebuild_works(bench: Opened) -> None:
    city = erased(bench)
    assert is_whole(city)
    assert city.kinds() == ["FeedResumed", "FeedResumed", "PersonErased"]
    again = rebuild.replay((ENGINE, *STAGES), city.store.read(PARTITION, OPERATIONS))
    assert list(again.each(WORDS)) == city.rows(WORDS)


def test_a_destroyed_key_is_nowhere_on_the_disk(bench: Opened) -> None:
    city = bench(*STAGES)
    for number in range(60):
        city.say(f"w{number}", secret=SECRET, of=f"speaker:p{number:02}")
    city.engine.commit()
    keys = city.store.person_keys(PARTITION)
    city.close()
    assert all(wrapped is not None and wrapped in on_disk(city.folder) for wrapped in keys.values())
    city = bench(*STAGES)
    gone = sorted(keys)[10:50:3]
    for person in gone:
        city.do(ErasePerson(person=person, ground="asked for it"))
    city.engine.commit()
    city.close()
    left = on_disk(city.folder)
    assert [person for person, wrapped in keys.items() if wrapped and wrapped in left] == [
        person for person in sorted(keys) if person not in gone
    ]


def test_nothing_more_is_kept_about_a_person_who_was_erased(bench: Opened) -> None:
    city = erased(bench)
    for time in ("at once", "after a restart"):
        refused = city.do(Say(words=("c", "d"), secret=SECRET, of=PERSON)).refused
        assert isinstance(refused, Rejected)
        assert refused.code == "erased"
        assert city.say(time).refused is None
        city.engine.commit()
        assert "word:c" not in city.ids()
        assert is_whole(city)
        city = bench(*STAGES)


def test_the_key_goes_with_the_commit_of_the_erasure_and_not_before(bench: Opened) -> None:
    city = bench(*STAGES)
    city.say("a", secret=SECRET, of=PERSON)
    city.engine.commit()
    city = bench(*STAGES, broken=lambda s: CrashingStore(s, at_commit=1, when="before"))
    city.do(ErasePerson(person=PERSON, ground="asked for it"))
    with pytest.raises(Crash):
        city.engine.commit()
    city = bench(*STAGES)
    assert city.kinds() == ["FeedResumed"]
    assert opened_seal(city) is not None


def test_a_person_erased_twice_is_erased_once(bench: Opened) -> None:
    city = erased(bench)
    city.to(city.clock.now() + 1)
    assert city.do(ErasePerson(person=PERSON, ground="asked for it")).refused is None


# --- the master key ---------------------------------------------------------------------------


def test_rotation_wraps_the_keys_anew_and_never_touches_the_log(bench: Opened) -> None:
    city = bench(*STAGES)
    city.say("a", secret=SECRET, of=PERSON)
    city.engine.commit()
    before = list(city.store.read(PARTITION, OPERATIONS))
    wrapped = city.store.person_keys(PARTITION)
    city.keyring.rotate(OTHER_MASTER)
    city.engine.commit()
    assert list(city.store.read(PARTITION, OPERATIONS)) == before
    assert city.store.person_keys(PARTITION)[PERSON] not in (None, wrapped[PERSON])
    keys = city.store.person_keys(PARTITION)
    sealed = before[0].sealed
    assert sealed is not None
    assert Keyring(OTHER_MASTER, keys, SeededEntropy(7)).open(PERSON, "word:a", sealed)
    with pytest.raises(Bug, match="master key"):
        Keyring(bytes(32), keys, SeededEntropy(7))


def test_rotation_leaves_the_erased_erased(bench: Opened) -> None:
    city = erased(bench)
    city.keyring.rotate(OTHER_MASTER)
    city.engine.commit()
    assert city.store.person_keys(PARTITION)[PERSON] is None


def test_a_wrong_master_key_is_found_before_anything_is_sealed_under_it() -> None:
    keyring = Keyring(bytes(32), {}, SeededEntropy(7))
    keyring.seal(PERSON, "word:a", b"{}")
    keys = keyring.take_keys()
    Keyring(bytes(32), keys, SeededEntropy(7))
    with pytest.raises(Bug, match="master key"):
        Keyring(OTHER_MASTER, keys, SeededEntropy(7))


def test_the_master_key_s_file_is_its_owner_s_alone_and_read_again(tmp_path: Path) -> None:
    first = master_key(tmp_path / "store", SystemEntropy())
    assert len(first) == 32
    assert stat.S_IMODE(os.stat(tmp_path / "store" / FILE).st_mode) == 0o600
    assert master_key(tmp_path / "store", SystemEntropy()) == first


NO_ROOM = """
import resource, sys
from pathlib import Path
from chengyun.adapters.keys.keyring import master_key
from chengyun.adapters.system.entropy import SeededEntropy
resource.setrlimit(resource.RLIMIT_FSIZE, (10, resource.RLIM_INFINITY))
try:
    master_key(Path(sys.argv[1]), SeededEntropy(1))
except OSError:
    sys.exit(3)
"""


def test_a_full_disk_leaves_no_half_a_master_key(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", NO_ROOM, str(tmp_path)], check=False)
    assert done.returncode == 3
    assert master_key(tmp_path, SeededEntropy(1)) == SeededEntropy(1).key("master")[:32]
    assert [path.name for path in tmp_path.iterdir()] == [FILE]
