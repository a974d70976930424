"""Files that show how it was: sent in pieces, judged by content, stripped, kept once, let go."""

import hashlib
import io
import zipfile
import zlib

import pytest
from PIL import ExifTags, Image
from served import report
from signed import as_, done, grant, sign_in

from chengyun.adapters.files.uploads import Uploads
from chengyun.engine import codec
from chengyun.facts.envelope import OPERATIONS
from chengyun.guard.erasing import ErasePerson
from chengyun.handle.evidence import FILES, OF_CASES
from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import HOUR_US, Instant
from chengyun.kernel.limits import MAX_UPLOAD_BYTES

TUS = {"Tus-Resumable": "1.0.0"}
CASE, ORCHARD = "case:hotline:m1", "319902001001"


def picture(form="JPEG", size=(40, 30), exif=None, colour="red"):
    image, out = Image.new("RGB", size, colour), io.BytesIO()
    image.save(out, form, **({} if exif is None else {"exif": exif}))
    return out.getvalue()


def told_exif():
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Secret Phone"
    more = exif.get_ifd(ExifTags.IFD.Exif)
    more[ExifTags.Base.DateTimeOriginal] = "2026:05:02 08:30:00"
    more[ExifTags.Base.OffsetTimeOriginal] = "+08:00"
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    gps[ExifTags.GPS.GPSLatitudeRef], gps[ExifTags.GPS.GPSLongitudeRef] = "N", "E"
    gps[ExifTags.GPS.GPSLatitude], gps[ExifTags.GPS.GPSLongitude] = (31, 13, 49.8), (121, 28, 49.8)
    return exif


@pytest.fixture
def filed(city):
    """Return the city with a case."""
    assert city.post("/api/v1/commands/ReceiveReport", json=report("m1")).status_code == 200
    return city


async def send(http, content, path="/api/v1/uploads", headers=None):
    """Send a file in one piece; return its name."""
    head = TUS | (headers or {})
    begun = await http.post(path, headers=head | {"Upload-Length": str(len(content))})
    assert begun.status_code == 201, begun.text
    where = begun.headers["location"]
    piece = head | {"Content-Type": "application/offset+octet-stream", "Upload-Offset": "0"}
    grown = await http.patch(where, content=content, headers=piece)
    assert grown.status_code == 204, grown.text
    return where.rpartition("/")[2]


def added(city, content, path=f"/api/v1/cases/{CASE}/evidence", **more):
    async def story(http):
        name = await send(http, content)
        return await http.post(path, json={"upload": name} | more)

    return city.calls(story)


def stored(city, digest):
    return city.get(f"/api/v1/evidence/{digest}")


def test_a_picture_is_kept_without_its_place_and_time_which_are_told(filed):
    answer = added(filed, picture(exif=told_exif()), moment="after")
    assert answer.status_code == 201, answer.text
    found = answer.json()
    assert found["place"] == {"lon_e7": 1_214_805_000, "lat_e7": 312_305_000}
    assert Instant(found["taken_at"]) == 1_777_681_800_000_000
    kept = stored(filed, found["digest"])
    assert hashlib.sha256(kept.content).hexdigest() == found["digest"]
    assert b"Secret Phone" not in kept.content
    assert not Image.open(io.BytesIO(kept.content)).getexif()
    assert kept.headers["x-content-type-options"] == "nosniff"
    assert kept.headers["content-disposition"].startswith("attachment")
    small = filed.get(f"/api/v1/evidence/{found['digest']}?small=1")
    assert max(Image.open(io.BytesIO(small.content)).size) <= 320
    listed = filed.get(f"/api/v1/cases/{CASE}/evidence").json()["evidence"]
    assert [(one["kind"], one["moment"], one["digest"]) for one in listed] == [
        ("photo", "after", found["digest"])
    ]
    assert filed.engine.rows.get(OF_CASES, CASE).latest == {"photo": filed.clock.now()}


def test_the_same_picture_is_kept_once_and_added_once(filed):
    first, again = added(filed, picture()), added(filed, picture())
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["repeated"]
    assert first.json()["digest"] == again.json()["digest"]
    other = added(filed, picture(), moment="before")
    assert other.status_code == 201
    assert filed.engine.rows.get(FILES, first.json()["digest"]).needed == 2


def bomb(side):
    """Return a PNG of a few bytes that says it is that large."""
    content = bytearray(picture("PNG"))
    content[16:24] = side.to_bytes(4, "big") * 2
    content[29:33] = zlib.crc32(content[12:29]).to_bytes(4, "big")
    return bytes(content)


def archive_behind():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("evil.class", b"x")
    return picture() + out.getvalue()


WRONG = [
    (b"<html>no picture</html>", "no_picture"),
    (b"\xff\xd8\xff" + b"\0" * 200, "broken_picture"),
    (picture(size=(400, 300))[:-400], "broken_picture"),
    (picture("PNG", size=(400, 300))[:-40], "broken_picture"),
    (bomb(8_200), "picture_too_large"),
    (bomb(30_000), "picture_too_large"),
    (archive_behind(), "two_files_in_one"),
    (picture() + b"<script>alert(1)</script>", "two_files_in_one"),
    (picture("GIF"), "no_picture"),
    (b"\0\0\0\x18ftypheic" + b"\0" * 64, "heic_not_taken"),
    (b"%PDF-1.7 cut off", "broken_document"),
    (b"%PDF-1.7 /OpenAction << /JS (app.alert(1)) >> %%EOF", "active_document"),
]


@pytest.mark.parametrize(("content", "code"), WRONG, ids=range(len(WRONG)))
def test_what_is_no_evidence_is_refused_with_its_reason(filed, content, code):
    answer = added(filed, content)
    assert answer.status_code == 422, answer.text
    assert answer.json()["code"] == code
    assert filed.get(f"/api/v1/cases/{CASE}/evidence").json()["evidence"] == []


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_pictures_of_every_kind_are_taken(filed, form):
    assert added(filed, picture(form)).status_code == 201


def test_papers_and_words_are_evidence_too(filed):
    paper = added(filed, b"%PDF-1.7\n1 0 obj\nendobj\n%%EOF\n")
    assert (paper.status_code, paper.json()["kind"]) == (201, "document")
    words = filed.post(f"/api/v1/cases/{CASE}/evidence", json={"text": "it was dark"})
    assert (words.status_code, words.json()["kind"]) == (201, "text")
    empty = filed.post(f"/api/v1/cases/{CASE}/evidence", json={"text": "  "})
    assert (empty.status_code, empty.json()["code"]) == (422, "no_evidence")


def test_two_gigabytes_are_refused_before_they_are_read(filed):
    head = TUS | {"Upload-Length": str(2 * 1024**3)}
    answer = filed.post("/api/v1/uploads", headers=head)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_long")
    assert answer.json()["params"]["limit"] == str(MAX_UPLOAD_BYTES)

    async def story(http):
        begun = await http.post("/api/v1/uploads", headers=TUS | {"Upload-Length": "10"})
        head = TUS | {"Content-Type": "application/offset+octet-stream", "Upload-Offset": "0",
                      "Content-Length": str(2 * 1024**3)}  # fmt: skip

        async def never():
            raise AssertionError("the body was read")
            yield b""

        return await http.patch(begun.headers["location"], content=never(), headers=head)

    answer = filed.calls(story)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_long")


def test_a_file_goes_on_where_the_line_broke_also_after_a_restart(filed):
    content = picture(size=(200, 100))
    head = TUS | {"Content-Type": "application/offset+octet-stream"}

    async def story(http):
        begun = await http.post(
            "/api/v1/uploads", headers=TUS | {"Upload-Length": str(len(content))}
        )
        where = begun.headers["location"]
        await http.patch(where, content=content[:100], headers=head | {"Upload-Offset": "0"})
        early = await http.post(
            f"/api/v1/cases/{CASE}/evidence", json={"upload": where.rpartition("/")[2]}
        )
        wrong = await http.patch(where, content=b"x", headers=head | {"Upload-Offset": "7"})
        stands = await http.head(where)
        return where, early, wrong, stands

    where, early, wrong, stands = filed.calls(story)
    assert (early.status_code, early.json()["code"]) == (422, "not_whole")
    assert (wrong.status_code, wrong.json()["params"]["offset"]) == (409, "100")
    assert stands.headers["upload-offset"] == "100"
    again = Uploads(filed.server.folder)
    assert [again.size(one) for one in again._open.values()] == [100]

    async def rest(http):
        at = head | {"Upload-Offset": "100"}
        await http.patch(where, content=content[100:], headers=at)
        name = where.rpartition("/")[2]
        return await http.post(f"/api/v1/cases/{CASE}/evidence", json={"upload": name})

    assert filed.calls(rest).status_code == 201
    gone = filed.get(where)
    assert (gone.status_code, gone.json()["code"]) == (404, "unknown_upload")


def test_uploads_are_bounded_and_end_by_themselves(tmp_path):
    uploads, now = Uploads(tmp_path), Instant(0)
    for _ in range(16):
        uploads.begin("lin", 1_000, now)
    with pytest.raises(Rejected) as refused:
        uploads.begin("lin", 1_000, now)
    assert refused.value.code == "too_many_uploads"
    uploads.begin("wei", 1_000, now)
    uploads.begin("lin", 1_000, Instant(25 * HOUR_US))
    assert len(list(tmp_path.glob("uploads/*.part"))) == 1
    with pytest.raises(Rejected) as refused:
        uploads.begin("lin", 0, now)
    assert refused.value.code == "empty_file"


def test_nobody_else_knows_a_file_on_its_way(serve, monkeypatch):
    sign_in(monkeypatch)
    city = serve()
    for name in ("lin", "wei"):
        grant(city, f"account:{name}", "grid_officer")

    async def story(http):
        name = await send(http, picture(), headers=as_("account:lin"))
        return await http.get(f"/api/v1/uploads/{name}", headers=as_("account:wei"))

    answer = city.calls(story)
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_upload")


# --- reporters ----------------------------------------------------------------------------------


def told_with_picture(city, content, **more):
    """Have a citizen tell something and add a picture with his receipt."""

    async def story(http):
        sent = {"text": "hole", "type": "manhole", "where": {"area": ORCHARD}} | more
        told = (await http.post("/api/v1/public/reports", json=sent)).json()
        way = f"/api/v1/receipts/{told['receipt']}"
        name = await send(http, content, path=f"{way}/uploads")
        answer = await http.post(f"{way}/evidence", json={"upload": name})
        assert answer.status_code == 201, answer.text
        return told, answer.json()

    return city.calls(story)


def test_a_reporter_adds_a_picture_with_his_receipt(city):
    told, found = told_with_picture(city, picture())
    rows = [codec.read(one) for one in city.engine._store.read("xiaocheng", OPERATIONS)]
    added_ = next(one for one in rows if one.kind == "EvidenceAdded")
    assert (added_.actor, added_.body.report) == ("public:citizen", told["report"])
    listed = city.get(f"/api/v1/cases/{told['case']}/evidence").json()["evidence"]
    assert [one["digest"] for one in listed] == [found["digest"]]
    wrong = city.post("/api/v1/receipts/0000-0000/uploads", headers={"Upload-Length": "1"})
    assert (wrong.status_code, wrong.json()["code"]) == (404, "unknown_receipt")


def test_what_a_person_gave_goes_with_him_unless_somebody_else_gave_it_too(city):
    (one, shared), (other, same) = (told_with_picture(city, picture()) for _ in range(2))
    alone, lone = told_with_picture(city, picture(colour="blue"))
    assert shared["digest"] == same["digest"] != lone["digest"]
    files = city.api.application.state.files

    def erase(report_):
        done(city, ErasePerson(person=report_, ground="asked for"))

    erase(one["report"])
    erase(alone["report"])
    assert files.sweep() == 2
    assert stored(city, shared["digest"]).status_code == 200
    assert stored(city, lone["digest"]).status_code == 404
    erase(other["report"])
    assert files.sweep() == 2
    assert list(files._objects.names()) == []
    assert stored(city, shared["digest"]).status_code == 404


def test_a_file_that_is_coming_is_never_swept_and_an_orphan_is(filed):
    files = filed.api.application.state.files
    with files.keeping(b"content") as digest:
        files.put(digest, b"content", b"small")
        assert files.sweep() == 0
    assert files.sweep() == 2


def test_files_are_given_out_to_whoever_may_see_the_case(serve, monkeypatch):
    sign_in(monkeypatch)
    city = serve()
    found = told_with_picture(city, picture())[1]
    grant(city, "account:lin", "grid_officer", area="319902")
    grant(city, "account:wei", "grid_officer", area="319901")
    path = f"/api/v1/evidence/{found['digest']}"
    assert city.get(path, headers=as_("account:lin")).status_code == 200
    assert city.get(path, headers=as_("account:wei")).status_code == 404
    assert city.get(path, headers=as_("account:nobody")).status_code == 403
