"""A pack is proposed from any table of requests, is sound, and says what to confirm."""

import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chengyun.app.pack_sections import SECTIONS
from chengyun.citypack.checking import check
from chengyun.citypack.guessing import times_of
from chengyun.citypack.profiling import Profile, profile
from chengyun.citypack.proposing import Proposal, propose
from chengyun.kernel.errors import Rejected
from chengyun.sense.policy import Feeds

CHINESE = (
    "工单编号", "受理时间", "办结时间", "诉求类型", "问题大类", "诉求内容", "经度", "纬度",
    "所属街道", "诉求来源", "承办单位", "办理结果", "联系人姓名", "是否超期",
)  # fmt: skip


def chinese(count: int = 400) -> Profile:
    draw = random.Random(7)
    rows = []
    for number in range(count):
        day = 1 + number * 27 // count
        kind = draw.choice(["暴露垃圾", "道路破损", "噪音扰民", "路灯不亮"])
        rows.append((
            f"SH{number:08d}",
            f"2023/05/{day:02d} 08:{number % 60:02d}",
            f"2023/05/{day:02d} 20:{number % 60:02d}" if number % 5 else "",
            kind,
            "市容环境" if kind == "暴露垃圾" else "公用设施",
            f"第{number}号楼门口有问题",
            f"{121.45 + draw.random() / 50:.6f}",
            f"{31.20 + draw.random() / 50:.6f}",
            draw.choice(["外滩街道", "南京东路街道", "半淞园路街道"]),
            draw.choice(["电话", "微信"]),
            draw.choice(["绿化市容局", "建管委"]),
            draw.choice(["已解决", "解释说明"]),
            draw.choice(["张三", "李四", "王五"]),
            draw.choice(["是", "否"]),
        ))  # fmt: skip
    return profile(rows, file="诉求.csv", columns=CHINESE, encoding="gb18030")


def feed_of(proposal: Proposal) -> tuple[str, Feeds]:
    checked = check(proposal.files, SECTIONS)
    assert checked.mistakes == ()
    assert checked.resolved is not None
    feeds = checked.resolved.sections["feeds"]
    assert isinstance(feeds, Feeds)
    return proposal.files["feeds/requests.yaml"].decode(), feeds


def test_a_chinese_table_is_understood_by_its_names() -> None:
    text, feeds = feed_of(propose(chinese(), "huangpu"))
    feed = feeds.feeds["requests"]
    assert {role: column.from_[0] for role, column in feed.columns.items()} == {
        "id": "工单编号", "opened_at": "受理时间", "type": "诉求类型", "text": "诉求内容",
        "channel": "诉求来源", "area": "所属街道", "lon": "经度", "lat": "纬度",
    }  # fmt: skip
    assert feed.outcome is not None
    assert feed.outcome.unit.from_ == ["承办单位"]
    assert feed.columns["opened_at"].formats == ["%Y/%m/%d %H:%M"]
    assert feed.zone == "Asia/Shanghai"
    assert feed.encoding == "gb18030"
    assert feed.attributes == {"问题大类": ["问题大类"]}
    assert "联系人姓名" in text
    assert "是否超期" in text


def test_the_reference_system_in_china_is_never_settled_silently() -> None:
    proposal = propose(chinese(), "huangpu")
    (asked,) = [question for question in proposal.questions if question.key == "crs"]
    assert asked.proposed == "GCJ-02"
    assert {"GCJ-02", "WGS-84", "BD-09"} <= set(asked.options)
    text, _ = feed_of(proposal)
    assert 'crs: "GCJ-02"  # confirm:' in text
    text, feeds = feed_of(propose(chinese(), "huangpu", {"crs": "WGS-84"}))
    assert feeds.feeds["requests"].crs == "WGS-84"
    assert 'crs: "WGS-84"\n' in text


def test_deadlines_are_proposed_with_their_source_and_never_set() -> None:
    table = propose(chinese(), "huangpu").files["case_types.csv"].decode()
    assert "1 calendar_days would have held for 80 %" in table
    assert "诉求.csv" in table
    _, feeds = feed_of(propose(chinese(), "huangpu"))
    assert all(line.split(",")[2] == "" for line in table.splitlines()[1:])
    assert feeds.feeds["requests"].columns.get("due_at") is None


def test_an_answer_replaces_a_guess() -> None:
    answers = {
        "column.type": "问题大类",
        "column.area": "",
        "name": "Huangpu",
        "zone": "Asia/Urumqi",
    }
    proposal = propose(chinese(), "x", answers)
    text, feeds = feed_of(proposal)
    feed = feeds.feeds["requests"]
    assert feed.columns["type"].from_ == ["问题大类"]
    assert "area" not in feed.columns
    assert feed.zone == "Asia/Urumqi"
    assert 'zone: "Asia/Urumqi"\n' in text
    assert "公用设施" in proposal.files["case_types.csv"].decode()


@pytest.mark.parametrize("answers", [{"column.type": "没有"}, {"column.nonsense": "诉求类型"}])
def test_an_answer_that_names_nothing_is_refused(answers: dict[str, str]) -> None:
    with pytest.raises(Rejected):
        propose(chinese(), "x", answers)


def test_a_table_without_a_time_is_refused_with_its_columns() -> None:
    looked = profile([("城管", "街上有垃圾")], file="x.csv", columns=("department", "text"))
    with pytest.raises(Rejected) as caught:
        propose(looked, "x")
    assert "department, text" in caught.value.what


def test_an_open_table_without_places_is_proposed_by_content() -> None:
    kinds = ["broken lamp", "hole", "noise"]
    rows = [
        (str(number), f"2020-01-{1 + number % 28:02d}T10:00:00Z", kinds[number % 3])
        for number in range(90)
    ]  # fmt: skip
    proposal = propose(profile(rows, file="a.csv", columns=("nr", "stamp", "what")), "a")
    text, feeds = feed_of(proposal)
    assert proposal.guess.by_content == {"id", "opened_at", "type"}
    assert feeds.feeds["requests"].columns["opened_at"].as_ == "iso_time"
    assert "# confirm: taken by its content" in text


@pytest.mark.parametrize(
    ("sample", "as_", "formats", "ambiguous"),
    [
        (["2011-07-01 01:32:33"], "local_time", ("%Y-%m-%d %H:%M:%S",), False),
        (["2023年5月1日 08:00"], "local_time", ("%Y年%m月%d日 %H:%M",), False),
        (["03/04/2020 10:00 "[:-1]], "local_time", ("%m/%d/%Y %H:%M",), True),
        (["13/04/2020 10:00", "03/04/2020 11:00"], "local_time", ("%d/%m/%Y %H:%M",), False),
        (["2020-01-05"], "date", ("%Y-%m-%d",), False),
        (["2020-01-05T10:00:00+08:00"], "iso_time", (), False),
    ],
)
def test_times_are_read_by_what_fits(
    sample: list[str], as_: str, formats: tuple[str, ...], ambiguous: bool
) -> None:
    read = times_of(sample)
    assert read is not None
    assert (read.as_, read.formats, read.ambiguous) == (as_, formats, ambiguous)


def test_what_is_no_time_is_none() -> None:
    assert times_of(["yes", "no"]) is None
    assert times_of([]) is None


NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)


@settings(max_examples=40, deadline=None)
@given(
    kinds=st.lists(NAMES, min_size=1, max_size=6, unique=True),
    areas=st.lists(NAMES, min_size=1, max_size=6, unique=True),
    name=NAMES,
    extra=NAMES,
)
def test_whatever_names_a_table_holds_its_pack_is_sound(
    kinds: Sequence[str], areas: Sequence[str], name: str, extra: str
) -> None:
    rows = [
        (str(n), "2020-01-05 10:00:00", kinds[n % len(kinds)], areas[n % len(areas)], str(n % 3))
        for n in range(40)
    ]
    columns = ("id", "created_at", "type", "area", " ".join(extra.split()))
    if columns[4] in columns[:4]:
        return
    try:
        proposal = propose(profile(rows, file="x.csv", columns=columns), name)
    except Rejected:
        assert not any(kind.strip() for kind in kinds)
        return
    assert check(proposal.files, SECTIONS).mistakes == ()
