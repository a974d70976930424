import msgspec
import pytest

from chengyun.engine.loop import ORDER
from chengyun.facts import kinds
from chengyun.facts.envelope import Body, chain_hash, encode_body
from chengyun.facts.sense import FeedResumed
from chengyun.kernel.errors import Bug


def test_every_kind_belongs_to_a_stage_of_the_loop():
    assert set(kinds.STAGE_OF.values()) <= set(ORDER)
    assert set(kinds.STAGE_OF) == set(kinds.KINDS)


@pytest.mark.parametrize("body", kinds.KINDS.values(), ids=lambda body: body.__name__)
def test_no_fact_carries_a_float(body):
    for field in msgspec.structs.fields(body):
        assert "float" not in str(field.type), f"{body.__name__}.{field.name}"


def test_an_old_schema_is_lifted_step_by_step(monkeypatch):
    monkeypatch.setattr(FeedResumed, "SCHEMA", 3)
    monkeypatch.setitem(
        kinds.UPCASTERS, ("FeedResumed", 1), lambda old: {"feed": old["name"], "since": old["at"]}
    )
    monkeypatch.setitem(
        kinds.UPCASTERS,
        ("FeedResumed", 2),
        lambda old: {"feed": old["feed"], "silent_since_at": old["since"]},
    )
    lifted = kinds.decode_body("FeedResumed", 1, b'{"name":"hotline","at":5}')
    assert lifted == FeedResumed(feed="hotline", silent_since_at=5)


def test_a_newer_schema_and_an_unknown_kind_are_refused_with_a_remedy():
    stored = encode_body(FeedResumed(feed="hotline", silent_since_at=5))
    for kind, schema in (("FeedResumed", 2), ("SkyFell", 1)):
        with pytest.raises(Bug, match="newer release"):
            kinds.decode_body(kind, schema, stored)


def test_a_body_is_canonical():
    one = kinds.KINDS["ProposalDecided"](proposal="p", accepted=True, reason="r")
    assert encode_body(one) == b'{"proposal":"p","accepted":true,"reason":"r"}'


def test_no_byte_can_move_between_the_parts_of_a_hash():
    assert chain_hash(b"p" * 32, b"ab", b"c", None) != chain_hash(b"p" * 32, b"a", b"bc", None)
    assert chain_hash(b"p" * 32, b"a", b"b", None) != chain_hash(b"p" * 32, b"a", b"b", b"")


def test_bodies_refuse_unknown_fields():
    with pytest.raises(msgspec.ValidationError):
        kinds.decode_body("FeedResumed", 1, b'{"feed":"f","silent_since_at":1,"more":2}')
    assert issubclass(FeedResumed, Body)
