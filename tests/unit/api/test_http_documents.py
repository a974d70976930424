"""Slips and reports on paper: what they say, in both forms and languages, and who sees persons."""

import io
import xml.etree.ElementTree as ET
import zipfile

import msgspec
import pytest
from served import Served, report
from signed import as_, done, grant, sign_in

from chengyun.app.documents.docx import docx_of
from chengyun.app.documents.html import page_of
from chengyun.app.documents.paper import Blanks, Grid, Heading, Pairs, Paper, Paragraph
from chengyun.handle.handlers import ReportWork
from chengyun.handle.views import CASES
from chengyun.sense.handlers import ReceiveReport

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
SLIP = "/api/v1/cases/case:hotline:d1/slip"
FIRST = "/api/v1/incidents/incident:hotline:d1/report/first"
NAME, PHONE = "Canary-Wang", "13877316642"
LOOK = {"purpose": "handle_case", "ground": "to print"}


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        sign_in(patch)
        one = Served(tmp_path_factory.mktemp("documents"))
        personal = {"reporter": NAME, "phone": PHONE}
        fields = report("d1", personal=personal, text=f"<b>hole</b> call {PHONE} & go\x07")
        done(one, msgspec.convert(fields, ReceiveReport))
        grant(one, "account:handler", "department_handler")
        grant(one, "account:leader", "leader")
        grant(one, "account:far", "department_handler", area="319901")
        yield one
        one.close()


def words_of(content):
    """Return the text of a document, cell by cell, after a look at its parts."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert names[0] == "[Content_Types].xml"
        for name in names:
            ET.fromstring(archive.read(name))
        root = ET.fromstring(archive.read("word/document.xml"))
    for table in root.iter(f"{W}tbl"):
        columns = len(table.findall(f"{W}tblGrid/{W}gridCol"))
        for row in table.findall(f"{W}tr"):
            spans = [cell.find(f"{W}tcPr/{W}gridSpan") for cell in row.findall(f"{W}tc")]
            wide = sum(1 if span is None else int(span.get(f"{W}val")) for span in spans)
            assert wide == columns
            assert all(cell.find(f"{W}p") is not None for cell in row.findall(f"{W}tc"))
    return ["".join(p.itertext()) for p in root.iter(f"{W}p")]


def test_a_slip_says_what_is_to_be_done_in_both_languages(city):
    zh = words_of(city.get(f"{SLIP}.docx").content)
    assert zh[1] == "派遣单"
    assert {"案卷编号", "Orchard Quarter", "果园居委"} & set(zh) == {"案卷编号", "果园居委"}
    assert "签收人、时间" in zh
    en = words_of(city.get(f"{SLIP}.docx?lang=en").content)
    assert en[1] == "Dispatch slip"
    assert "Orchard Quarter" in en
    assert any("hole" in one for one in en)


@pytest.mark.parametrize("form", ["docx", "html"])
@pytest.mark.parametrize("path", [SLIP, FIRST])
def test_persons_are_masked_and_the_bytes_are_the_same(city, form, path):
    one, other = city.get(f"{path}.{form}"), city.get(f"{path}.{form}")
    assert one.status_code == 200
    assert one.content == other.content
    assert one.headers["cache-control"] == "no-store"
    said = one.text if form == "html" else "\n".join(words_of(one.content))
    assert NAME not in said
    assert PHONE not in said
    assert "138****6642" in said
    assert f"d1.{form}" in one.headers["content-disposition"]


def test_a_page_asks_nobody_and_runs_nothing(city):
    page = city.get(f"{SLIP}.html").text
    assert "&lt;b&gt;hole&lt;/b&gt;" in page
    assert "default-src 'none'" in page
    assert "<script" not in page
    assert "src=" not in page.replace("default-src", "")
    assert "@page { size: A4" in page


def test_who_prints_persons_stands_on_the_audit_chain(city):
    before = city.engine._ledger.heads["audit"].seq
    answer = city.post(f"{SLIP}.html", json=LOOK, headers=as_("account:handler"))
    assert answer.status_code == 200, answer.text
    assert NAME in answer.text
    assert PHONE in answer.text
    assert city.engine._ledger.heads["audit"].seq == before + 1
    assert "look:" in answer.text


@pytest.mark.parametrize(
    ("account", "body", "status"),
    [
        ("account:leader", LOOK, 403),
        ("account:far", LOOK, 404),
        ("account:handler", LOOK | {"purpose": "call_back"}, 403),
        ("account:handler", LOOK | {"ground": ""}, 422),
        ("account:handler", {"lang": "en"}, 422),
    ],
    ids=str,
)
def test_whoever_may_not_see_persons_prints_none(city, account, body, status):
    answer = city.post(f"{SLIP}.docx", json=body, headers=as_(account))
    assert answer.status_code == status
    assert NAME.encode() not in answer.content


def test_what_is_not_there_or_not_seen_is_unknown(city):
    far = as_("account:far")
    for path in ("/api/v1/cases/case:x/slip.docx", FIRST.replace("d1", "d9") + ".html",
                 FIRST.replace("first", "second") + ".docx"):  # fmt: skip
        assert city.get(path).status_code == 404
    assert city.get(f"{SLIP}.html", headers=far).status_code == 404
    seen, unknown = (
        city.get(FIRST.replace("d1", one) + ".html", headers=far).json() for one in ("d1", "d9")
    )
    assert seen["code"] == unknown["code"] == "unknown"
    assert seen["where"] == unknown["where"]
    assert city.get(f"{SLIP}.html?lang=fr").status_code == 422


def test_a_final_report_says_how_it_ended(city):
    work = ReportWork(
        report="report:hotline:d1", unit=city.engine.rows.get(CASES, "case:hotline:d1").unit,
        outcome="resolved", duplicate_of="", text="", at=city.clock.now(),
    )  # fmt: skip
    done(city, work)
    said = words_of(city.get(FIRST.replace("first", "final") + ".docx?lang=en").content)
    assert said[1] == "Incident: final report"
    assert said[said.index("Outcome") : said.index("Outcome") + 1]
    assert "In time" in said
    assert "resolved" in said


# --- the forms ------------------------------------------------------------------------------------


ODD = "a\x00b\x1f\ud800<&>\"'\ufffe 🙂\n下一行"
PAPER = Paper(
    language="zh", head=ODD, title=ODD, number=ODD,
    blocks=[
        Heading(ODD), Paragraph(ODD), Pairs([("a", ODD), ("b", "x" * 200), ("c", "")]),
        Grid(["1", "2"], [[ODD, ""]], [40, 60]), Blanks([ODD]),
    ],
    foot=ODD,
)  # fmt: skip


def test_whatever_is_written_the_document_opens():
    said = words_of(docx_of(PAPER))
    assert said[0] == "ab<&>\"' 🙂下一行"
    assert "?&lt;&amp;&gt;&quot;&#x27;" in page_of(PAPER).decode()


def test_the_same_paper_is_the_same_bytes():
    clean = PAPER._replace(head="h", title="t", number="n", blocks=[], foot="f")
    assert docx_of(clean) == docx_of(clean)
    assert page_of(clean) == page_of(clean)
    with zipfile.ZipFile(io.BytesIO(docx_of(clean))) as archive:
        assert {one.date_time for one in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
