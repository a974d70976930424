"""Public figures over HTTP: finished periods alone, each told one way, small counts left out."""

from msgspec import convert
from served import OPENS, report

from chengyun.learn.views import FIGURES as FIGURES_ROWS
from chengyun.sense.handlers import ReceiveReport

DAY = 86_400_000_000
FIGURES = "/api/v1/public/figures"


async def received(http, city, count, type_="manhole"):
    for number in range(count):
        fields = report(f"{type_}{number}", row=number, type=type_)
        answer = await http.post("/api/v1/commands/ReceiveReport", json=fields)
        assert answer.status_code == 200


def ended(city, days=9):
    """Let the running week end."""
    city.clock.advance_to(OPENS + (1 + days) * DAY)
    while city.engine.fire_next(city.clock.now()):
        pass
    city.engine.commit()


def test_a_running_period_is_not_told(city):
    async def story(http):
        await received(http, city, 7)
        return (await http.get(FIGURES)).json()

    assert city.calls(story) == {"periods": [], "figures": None}


def test_a_finished_period_is_told_without_its_small_counts(city):
    async def story(http):
        await received(http, city, 7)
        await received(http, city, 2, "lamp")
        ended(city)
        first = (await http.get(FIGURES)).json()
        named = await http.get(FIGURES, params={"period": first["periods"][-1]})
        return first, named.json()

    found, named = city.calls(story)
    assert found == named
    figures = found["figures"]
    assert (figures["k"], figures["level"], figures["period"]) == (
        5,
        "district",
        found["periods"][0],
    )
    (cells,) = figures["reports"]["cells"].values()
    assert cells["lamp"] is None
    assert figures["reports"]["types"]["lamp"] is None
    assert figures["reports"]["total"] is None or cells["manhole"] is None


def test_a_period_that_did_not_end_is_refused(city):
    for period in ("7", str(OPENS + DAY), "x", "-1"):
        answer = city.get(f"{FIGURES}?period={period}")
        assert answer.status_code == 422, period


def test_everybody_reads_them_and_the_rows_are_looked_through_once_a_period(serve, monkeypatch):
    city = serve(accounts=True)
    engine = city.engine
    for number in range(7):
        fields = report(f"m{number}", row=number)
        assert engine.execute(convert(fields, ReceiveReport), actor="person:owner").facts
    ended(city)
    looks = []
    rows = type(engine.rows)
    each, find = rows.each, rows.find
    monkeypatch.setattr(rows, "each", lambda s, t: (looks.append(t), each(s, t))[1])
    monkeypatch.setattr(rows, "find", lambda s, t, *a: (looks.append(t), find(s, t, *a))[1])

    async def story(http):
        return [await http.get(FIGURES) for _ in range(20)]

    answers = city.calls(story)
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert answers[0].json()["figures"]["k"] == 5
    assert looks.count(FIGURES_ROWS) == 2

    ended(city, days=17)
    again = city.get(FIGURES).json()
    assert len(again["periods"]) >= len(answers[0].json()["periods"])
    assert looks.count(FIGURES_ROWS) <= 4
