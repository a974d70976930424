"""Policies: which version holds where and when, pinned versions, content that is not there."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

import msgspec
import pytest
from workbench import PARTITION, START, Opened, lies_in, note, sense

from chengyun.adapters.keys.keyring import Keyring
from chengyun.adapters.sql.store import FILE, SqlStore
from chengyun.adapters.system.entropy import SeededEntropy
from chengyun.app import packs, platform
from chengyun.app.stages import TABLES
from chengyun.engine import rebuild
from chengyun.engine.adoption import AdoptPolicy
from chengyun.engine.deadletters import DEAD_LETTERS, RetryUnit
from chengyun.engine.known import Known
from chengyun.engine.parts import ENGINE
from chengyun.engine.policies import POLICIES, Policies, PolicyRow, version_of
from chengyun.engine.rows import Rows
from chengyun.engine.stage import Stage
from chengyun.engine.tables import Put
from chengyun.facts.envelope import Draft, Fact
from chengyun.facts.sense import FeedResumed
from chengyun.kernel.clock import VirtualClock
from chengyun.kernel.errors import Bug, Rejected
from chengyun.kernel.instants import Instant

BOSTON = Path(__file__).resolve().parents[3] / "cities" / "boston-311"


class Speed(msgspec.Struct, frozen=True):
    SECTION: ClassVar[str] = "speed"
    limit: int = 30


def pack(limit: int) -> bytes:
    return msgspec.json.encode({"speed": {"limit": limit}})


def resolver(*adoptions: tuple[str, str, int]) -> Policies:
    """Return policies after adoptions ``(version, scope, effective_from)``, in this order."""
    rows = Rows([POLICIES], lambda *_: None)
    for number, (version, scope, effective_from) in enumerate(adoptions, start=1):
        rows.apply([Put(POLICIES, PolicyRow(number, version, scope, effective_from, number))])
    return Policies(rows, lambda _: None, lies_in)


@pytest.mark.parametrize(
    ("adoptions", "area", "at", "version"),
    [
        ((), "", 50, ""),
        ((("v1", "", 10),), "", 9, ""),
        ((("v1", "", 10),), "", 10, "v1"),
        ((("v1", "", 10), ("v2", "", 20)), "", 19, "v1"),
        ((("v1", "", 10), ("v2", "", 20)), "", 20, "v2"),
        ((("v2", "", 20), ("v1", "", 10)), "", 25, "v2"),
        ((("v1", "", 10), ("v3", "", 10)), "", 15, "v3"),
        ((("v1", "", 10), ("bund", "city/bund", 20)), "city/bund/road", 25, "bund"),
        ((("v1", "", 10), ("bund", "city/bund", 20)), "city/bund/road", 15, "v1"),
        ((("v1", "", 10), ("bund", "city/bund", 20)), "city/pudong", 25, "v1"),
        ((("v1", "", 10), ("bund", "city/bund", 20)), "", 25, "v1"),
        ((("bund", "city/bund", 20), ("v1", "", 30)), "city/bund", 35, "bund"),
        ((("road", "city/bund/road", 10), ("bund", "city/bund", 20)), "city/bund/road", 25, "road"),
        ((("bund", "city/bund", 20), ("road", "city/bund/road", 10)), "city/bund/road", 25, "road"),
        ((("bund", "city/bund", 20), ("road", "city/bund/road", 10)), "city/bund/lane", 25, "bund"),
    ],
)
def test_the_most_particular_scope_then_the_last_effective_then_the_last_adopted(
    adoptions: tuple[tuple[str, str, int], ...], area: str, at: int, version: str
) -> None:
    assert resolver(*adoptions).version(area=area, at=Instant(at)) == version


# --- through the engine -----------------------------------------------------------------------


def speeding(*broken: Exception) -> Stage:
    """Twin notes the speed limit in force for each word."""

    def on_word_note(fact: Fact[FeedResumed], known: Known) -> Iterable[Draft]:
        if broken:
            raise broken[0]
        yield note(fact, f"limit-{known.policy(Speed).limit}")

    return Stage(name="twin", listens={FeedResumed: (on_word_note,)})


def adopt(city: object, limit: int, effective_from: int, scope: str = "") -> str:
    engine = city.engine  # type: ignore[attr-defined]
    version: str = engine.keep_artefact(pack(limit))
    command = AdoptPolicy(version=version, pack="test", effective_from=effective_from, scope=scope)
    assert engine.execute(command, actor="person:mayor").refused is None
    return version


def test_before_any_adoption_a_handler_that_asks_is_set_aside(bench: Opened) -> None:
    city = bench(sense(), speeding())
    city.say("a")
    assert [letter.code for letter in city.rows(DEAD_LETTERS)] == ["no_policy"]


def test_a_policy_holds_from_its_effect_for_what_happened_since(bench: Opened) -> None:
    city = bench(sense(), speeding())
    adopt(city, 30, START - 100)
    new = adopt(city, 50, START + 100)
    city.to(START + 200)
    city.say("before", at=START + 99)  # it came in late, and is judged by what held then
    city.say("after", at=START + 100)
    city.engine.commit()
    assert city.ids()[-4:] == [
        "word:before",
        "limit-30:word:before",
        "word:after",
        "limit-50:word:after",
    ]
    assert city.facts()[-2].policy_version == new


def test_what_was_decided_before_an_adoption_was_known_stays_as_it_was(bench: Opened) -> None:
    city = bench(sense(), speeding())
    old = adopt(city, 30, START - 100)
    city.say("early", at=START)
    adopt(city, 50, START - 50)  # looks back: holds for what comes in from now on
    city.say("late", at=START)
    city.engine.commit()
    early = next(fact for fact in city.facts() if fact.id == "word:early")
    assert early.policy_version == old
    assert "limit-30:word:early" in city.ids()
    assert "limit-50:word:late" in city.ids()


def test_as_of_an_earlier_moment_a_later_adoption_is_not_known(bench: Opened) -> None:
    city = bench(sense())
    old = adopt(city, 30, START)
    city.to(START + 10)
    new = adopt(city, 50, START)
    city.engine.commit()
    log = list(city.store.read(PARTITION, "operations", known_until=Instant(START + 9)))
    then = rebuild.replay((ENGINE, *city.stages), log)
    versions = Policies(then, city.store.artefact, lies_in)
    assert versions.version(at=Instant(START + 99)) == old
    assert city.engine.policies.version(at=Instant(START + 99)) == new


def test_a_scope_has_a_policy_of_its_own_after_a_restart_too(bench: Opened) -> None:
    city = bench(sense(), speeding())
    adopt(city, 30, START)
    adopt(city, 20, START, scope="city/bund")
    city.engine.commit()
    city = bench(sense(), speeding())
    for area in ("city/bund/road", "city", ""):
        city.say(f"in-{area}", area=area)
    city.engine.commit()
    limits = [name.partition(":")[0] for name in city.ids() if name.startswith("limit")]
    assert limits == ["limit-20", "limit-30", "limit-30"]


def test_a_unit_tried_again_is_judged_by_what_held_where_and_when_it_happened(
    bench: Opened,
) -> None:
    city = bench(sense(), speeding(ValueError("broken today")))
    adopt(city, 30, START - 100)
    adopt(city, 20, START - 100, scope="city/bund")
    city.say("a", at=START, area="city/bund")
    city.say("b", at=START, area="city")
    adopt(city, 50, START + 10)
    city.engine.commit()
    city = bench(sense(), speeding())
    city.to(START + 20)
    for name in ("word:a", "word:b"):
        city.do(RetryUnit(handler="twin.on_word_note", fact=name))
    city.engine.commit()
    assert [name for name in city.ids() if name.startswith("limit")] == [
        "limit-20:word:a",
        "limit-30:word:b",
    ]


def test_a_version_adopted_ahead_takes_effect_in_its_time(bench: Opened) -> None:
    city = bench()
    adopt(city, 30, START - 100)
    ahead = adopt(city, 50, START + 100)
    city.engine.commit()
    city = bench()
    city.to(START + 100)
    city.fire(START + 100)
    city.engine.commit()
    effects = [fact for fact in city.facts() if fact.kind == "PolicyTookEffect"]
    assert [fact.happened_at for fact in effects] == [START - 100, START + 100]
    assert effects[1].body.version == ahead


def test_a_pinned_version_holds_to_the_end(bench: Opened) -> None:
    seen: list[int] = []

    def on_word_look(fact: Fact[FeedResumed], known: Known) -> Iterable[Draft]:
        seen.extend((known.pinned(Speed, versions[0]).limit, known.policy(Speed).limit))
        return ()

    city = bench(sense(), Stage(name="twin", listens={FeedResumed: (on_word_look,)}))
    versions = [adopt(city, 30, START), adopt(city, 50, START)]
    city.say("a")
    assert seen == [30, 50]


def test_a_section_the_pack_does_not_have_is_its_defaults(bench: Opened) -> None:
    city = bench()
    version = city.engine.keep_artefact(b"{}")
    assert city.engine.policies.pinned(Speed, version) == Speed(limit=30)


def test_what_is_built_is_built_once_a_version(bench: Opened) -> None:
    built: list[int] = []

    def build(speed: Speed) -> int:
        built.append(speed.limit)
        return speed.limit * 2

    city = bench()
    one, two = (city.engine.keep_artefact(pack(limit)) for limit in (30, 50))
    for version in (one, two, one, two):
        city.engine.policies.built(build, (Speed,), version)
    assert built == [30, 50]


def test_content_that_is_missing_is_never_taken_for_a_policy(bench: Opened) -> None:
    city = bench()
    with pytest.raises(Bug, match="missing or changed"):
        city.engine.policies.pinned(Speed, version_of(pack(70)))


def test_content_that_was_changed_is_never_taken_for_a_policy(bench: Opened) -> None:
    city = bench(sense(), speeding())
    version = adopt(city, 30, START)
    city.engine.commit()
    city.close()
    with sqlite3.connect(city.folder / FILE) as database:
        database.execute("UPDATE artefacts SET content = ?", (pack(99),))
    database.close()
    city = bench(sense(), speeding())
    with pytest.raises(Bug, match="missing or changed"):
        city.engine.policies.pinned(Speed, version)
    city.say("a")
    assert [letter.code for letter in city.rows(DEAD_LETTERS)] == ["Bug"]


def test_the_same_adoption_again_is_nothing_also_later(bench: Opened) -> None:
    city = bench()
    for wait in (0, 5, 5):
        city.to(city.clock.now() + wait)
        adopt(city, 30, START + 100)
        adopt(city, 50, START - 100)
    city.engine.commit()
    assert city.kinds().count("PolicyAdopted") == 2


def test_a_version_whose_content_is_not_there_is_not_adopted(bench: Opened) -> None:
    city = bench(sense(), speeding())
    adopt(city, 30, START)
    wrong = AdoptPolicy(version="0" * 64, pack="test", effective_from=START)
    assert isinstance(city.do(wrong).refused, Rejected)


def test_the_real_wiring_takes_a_policy_for_a_part_of_the_city(tmp_path: Path) -> None:
    boston = packs.loaded(BOSTON)
    store = SqlStore(tmp_path, TABLES)
    entropy = SeededEntropy(1)
    keyring = Keyring(bytes(32), {}, entropy)
    engine = platform.wired(store, keyring, partition="boston-311", clock=VirtualClock(START))
    version = platform.adopt(engine, boston.content, pack="boston-311", effective_from=START)
    content = boston.content.replace(b'"radius_m":50', b'"radius_m":60')
    other = engine.keep_artefact(content)
    scoped = AdoptPolicy(version=other, pack="boston", effective_from=START, scope="Back Bay")
    assert engine.execute(scoped, actor="person:mayor").refused is None
    engine.commit()
    assert other != version
    assert engine.policies.version(area="Back Bay", at=START) == other
    assert engine.policies.version(area="Allston", at=START) == version
    assert engine.policies.version(at=START) == version
    store.close()
