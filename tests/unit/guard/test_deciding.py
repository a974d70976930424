"""The one place that decides: what a grant reaches, and that what is remembered is what is true."""

from guarded import FERRY, HILL, ORCHARD, RIVER, Guarded
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chengyun.engine.about import About
from chengyun.guard.deciding import Decider, Scope, decide, scope_of
from chengyun.guard.grants import GrantRow, WithdrawGrant
from chengyun.guard.places import Places
from chengyun.guard.roles import Roles

AREAS = {"c": "", "d1": "c", "d2": "c", "n1": "d1", "n2": "d1", "n3": "d2"}
UNITS = {"water": "", "crew": "water", "shift": "crew", "roads": ""}
PLACES = Places("c", AREAS, UNITS, frozenset({"n1001"}))
ROLES = Roles().roles


def row(**more):
    fields = {
        "grant": "g", "account": "account:a", "role": "dispatcher", "area": "", "unit": "",
        "purpose": "", "from_at": 10, "until_at": 20, "nature": "standing", "ground": "",
        "by": "person:o", "state": "given", "open": True,
    }  # fmt: skip
    return GrantRow(**(fields | more))


def why(about, *rows, needs="case:dispatch", purpose="", at=15):
    return decide(
        "account:a", needs, about, purpose, at, grants=rows, roles=ROLES, places=PLACES
    ).why


def test_a_grant_reaches_down_the_trees_and_never_up_or_aside():
    held = row(area="d1", unit="crew")
    assert why(About("n1", ("crew",)), held) == ""
    assert why(About("d1", ("shift", "crew")), held) == ""
    assert why(About("n3", ("crew",)), held) == "outside_area"
    assert why(About("c", ("crew",)), held) == "outside_area"
    assert why(About("", ("crew",)), held) == "outside_area"
    assert why(About("n1", ("water",)), held) == "outside_unit"
    assert why(About("n1", ("crew", "roads")), held) == "outside_unit"
    assert why(About("n1", ("",)), held) == "outside_unit"
    assert why(About("n1"), held) == ""
    assert why(About("nowhere", ("crew",)), held) == "outside_area"
    assert why(About("n1001"), held) == ""  # a unit grid of n1
    assert why(About("n1001"), row(area="n1001")) == ""
    assert why(About("n1001"), row(area="n2")) == "outside_area"


def test_a_grant_has_a_beginning_and_an_end():
    held = row()
    assert [why(About(), held, at=at) for at in (9, 10, 19, 20)] == ["no_grant", "", "", "no_grant"]
    assert why(About(), row(until_at=None), at=10**18) == ""
    assert why(About(), row(open=False)) == "no_grant"


def test_a_purpose_is_one_of_the_role_and_of_the_grant():
    assert why(About(), row(), purpose="handle_case") == ""
    assert why(About(), row(), purpose="audit") == "outside_purpose"
    both = row(role="duty_officer", purpose="emergency")
    assert why(About(), both, purpose="emergency") == ""
    assert why(About(), both, purpose="handle_case") == "outside_purpose"
    assert why(About(), both) == ""


def test_one_grant_must_reach_all_of_it():
    near, far = row(area="d1", unit="water"), row(area="d2", unit="roads")
    assert why(About("n1", ("roads",)), near, far) == "outside_unit"
    assert why(About("n3", ("water",)), near, far) == "outside_unit"
    assert why(About("n1", ("water",)), near, far) == ""


def test_a_role_that_the_pack_no_longer_has_gives_nothing():
    assert why(About(), row(role="king")) == "not_permitted"


def test_who_did_it_is_barred_whatever_he_holds():
    assert why(About(barred=("account:a",)), row()) == "own_work"
    assert why(About(barred=("account:b",)), row()) == ""


rows = st.lists(
    st.builds(
        row,
        area=st.sampled_from(["", *AREAS]),
        unit=st.sampled_from(["", *UNITS]),
        role=st.sampled_from(["dispatcher", "leader"]),
        until_at=st.sampled_from([12, 20, None]),
    ),
    max_size=5,
)


@given(rows, st.sampled_from(["", *AREAS]), st.sampled_from([(), ("",), *((u,) for u in UNITS)]))
def test_a_scope_covers_exactly_what_is_allowed(held, area, units):
    """What a list shows and what a command may touch are the same."""
    pairs = scope_of("case:dispatch", "", 15, grants=held, roles=ROLES, places=PLACES)
    allowed = why(About(area, units), *held) == ""
    assert Scope(pairs, PLACES).covers(area, units) == allowed
    assert not any(
        one != other and PLACES.area_in(other[0], one[0]) and PLACES.unit_in(other[1], one[1])
        for one in pairs
        for other in pairs
    )


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["give", "withdraw", "wait"]),
            st.sampled_from(["dispatcher", "grid_officer"]),
            st.sampled_from(["", HILL, ORCHARD, RIVER]),
            st.integers(1, 50),
        ),
        max_size=12,
    )
)
def test_what_is_remembered_is_what_a_fresh_look_says(tmp_path_factory, steps):
    city = Guarded(tmp_path_factory.mktemp("city") / "store")
    engine, given_names = city.engine, []
    remembering = Decider(engine.rows, engine.policies)
    try:
        for what, role, area, minutes in steps:
            now = city.clock.now()
            if what == "give":
                until = None if minutes > 40 else now + minutes
                name = city.grant("account:a", role, area=area, until_at=until)
                given_names.append(name)
            elif what == "withdraw" and given_names:
                city.do(WithdrawGrant(grant=given_names[minutes % len(given_names)], reason="x"))
            else:
                city.clock.advance_to(now + minutes)  # the timer has not fired
            now = city.clock.now()
            fresh = Decider(engine.rows, engine.policies)
            for needs in ("case:dispatch", "case:verify"):
                for place in (FERRY, ORCHARD, ""):
                    asked = ("account:a", needs, About(place), "", now)
                    assert remembering.decide(*asked) == fresh.decide(*asked)
    finally:
        city.close()
