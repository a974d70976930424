"""One function shows a fact to screens, exports and the terminal."""

from chengyun.facts.engine import UnitFailed
from chengyun.facts.envelope import Fact
from chengyun.facts.privacy import Privacy
from chengyun.facts.sense import ReportReceived
from chengyun.guard.masking import HIDDEN
from chengyun.guard.showing import shown_body, shown_fact
from chengyun.kernel.instants import Instant

OPEN = Privacy()
STRICT = Privacy(texts="personal")


def fact(body):
    return Fact(
        partition="city", seq=7, id="report:hotline:1", kind=type(body).__name__, schema=1,
        happened_at=Instant(1), known_at=Instant(2), subject="report:hotline:1", area="a",
        actor="feed:hotline", caused_by="", policy_version="", body=body, sealed=b"secret",
        sealed_for="report:hotline:1",
    )  # fmt: skip


def report(**more):
    found = {
        "feed": "hotline", "file": "f", "row": 3, "channel": "phone", "type": "manhole",
        "title": "井盖没了", "text": "找王姐13812341234", "place": None, "place_text": "人民路1号",
        "due_at": None, "attributes": {"mail": "li@example.org"}, "silent_after_s": 60,
        "notes": ["unknown_area:13812341234"],
    }  # fmt: skip
    return fact(ReportReceived(**(found | more)))


def test_numbers_of_persons_in_what_was_written_are_masked():
    body, masked = shown_body(report(), OPEN)
    assert (body["title"], body["text"]) == ("井盖没了", "找王姐138****1234")
    assert body["attributes"] == {"mail": "l***@example.org"}
    assert body["notes"] == ["unknown_area:138****1234"]
    assert masked == ["text", "attributes", "notes"]
    assert body["row"] == 3


def test_a_city_may_have_what_is_written_treated_as_personal():
    body, masked = shown_body(report(), STRICT)
    assert (body["title"], body["place_text"]) == ("井**", HIDDEN)
    assert body["text"] == HIDDEN
    assert masked == ["title", "text", "place_text", "attributes", "notes"]
    assert (body["type"], body["channel"], body["row"]) == ("manhole", "phone", 3)


def test_what_is_sensitive_is_hidden_and_what_is_sealed_is_not_there():
    failed = UnitFailed(handler="h", fact="f", error="ValueError('王五')", code="c", tries=1)
    found = shown_fact(fact(failed), OPEN)
    assert found["body"]["error"] == HIDDEN
    assert "sealed" not in found
    assert found["masked"] == ["error"]
