"""Pictures and papers that people send: judged by their content, stripped of where and when.

A picture is decoded and written anew, so nothing of the file but its pixels is kept: no place, no
time, no camera, no thumbnail of a face that was cut off, and nothing that hid behind the picture.
What it said of place and time is returned beside it.
"""

from __future__ import annotations

import io
import re
import warnings
from datetime import datetime
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from PIL import ExifTags, Image, ImageOps

from chengyun.facts.handle import EvidenceKind
from chengyun.facts.places import Place
from chengyun.kernel.crs import E7
from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import Instant, from_datetime
from chengyun.kernel.limits import MAX_PIXELS, MAX_THUMBNAIL_PX

_PICTURES: Final = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp",
                    "AVIF": "image/avif", "MPO": "image/jpeg"}  # fmt: skip
_MAGIC: Final = (
    (re.compile(rb"\xff\xd8\xff"), "JPEG"),
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "PNG"),
    (re.compile(rb"RIFF....WEBP", re.S), "WEBP"),
    (re.compile(rb"....ftyp(avif|avis)", re.S), "AVIF"),
    (re.compile(rb"....ftyp(heic|heix|hevc|mif1|msf1|heim|heis)", re.S), "HEIC"),
    (re.compile(rb"%PDF-1\.[0-7]|%PDF-2\.0"), "PDF"),
)
_HIDDEN: Final = (
    (re.compile(rb"%PDF-[12]\."), "pdf"),
    (re.compile(rb"<(script|html>|!doctype html|\?php|svg[^>]{0,200}xmlns)", re.I), "html"),
)
"""What another reader could take the same bytes for."""
_ZIP_END: Final = b"PK\x05\x06"
_QUALITY: Final = 90


class Shown(NamedTuple):
    """A file as it is kept, and what it said of itself."""

    kind: EvidenceKind
    media_type: str
    content: bytes
    small: bytes
    """A small picture of it, empty of a paper."""
    taken_at: Instant | None
    place: Place | None


def read_file(content: bytes, city_zone: ZoneInfo) -> Shown:
    """Return a file as it may be kept; ``Rejected`` says why it may not.

    A picture that names no zone was taken by the clock of the city.
    """
    form = next((name for magic, name in _MAGIC if magic.match(content)), "")
    if form == "PDF":
        return _paper(content)
    if form == "HEIC":
        raise _refused("heic_not_taken", "pictures of this kind cannot be read here",
                       "let the phone send JPEG (most compatible)")  # fmt: skip
    if not form:
        raise _refused("no_picture", "this is neither a picture nor a PDF",
                       "send a JPEG, PNG, WebP or AVIF picture, or a PDF")  # fmt: skip
    return _picture(content, form, city_zone)


def _picture(content: bytes, form: str, city_zone: ZoneInfo) -> Shown:
    formats = ("JPEG", "MPO") if form == "JPEG" else (form,)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with Image.open(io.BytesIO(content), formats=formats) as image:
                _check_size(image)
                exif = image.getexif()
                taken_at, place = _time(exif, city_zone), _place(exif)
                image.load()
                upright = ImageOps.exif_transpose(image)
    except Rejected:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as bomb:
        raise _too_large("more", "more") from bomb
    except Exception as wrong:
        raise _refused("broken_picture", f"this {form} cannot be decoded",
                       "send it again; it may be cut off") from wrong  # fmt: skip
    _check_hidden(content, form)
    media_type = _PICTURES[form]
    has_alpha = upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info
    if form == "PNG" or has_alpha:
        media_type = "image/png"
    plain = upright.convert("RGBA" if media_type == "image/png" and has_alpha else "RGB")
    small = plain.convert("RGB")
    small.thumbnail((MAX_THUMBNAIL_PX, MAX_THUMBNAIL_PX))
    if media_type != "image/png":
        media_type = "image/jpeg"
    return Shown("photo", media_type, _written(plain, media_type), _written(small, "image/jpeg"),
                 taken_at, place)  # fmt: skip


def _written(image: Image.Image, media_type: str) -> bytes:
    """Return the pixels as a file that holds nothing else."""
    clean, out = Image.new(image.mode, image.size), io.BytesIO()
    clean.paste(image)
    if media_type == "image/png":
        clean.save(out, "PNG", optimize=False)
    else:
        clean.save(out, "JPEG", quality=_QUALITY)
    return out.getvalue()


def _check_size(image: Image.Image) -> None:
    width, height = image.size
    frames = getattr(image, "n_frames", 1)
    if width * height > MAX_PIXELS or width < 1 or height < 1 or frames > 64:
        raise _too_large(str(width), str(height))


def _too_large(width: str, height: str) -> Rejected:
    return Rejected(
        "picture_too_large",
        f"the picture has {width} × {height} pixels",
        where="file",
        remedy="send it in a usual size",
        params={"width": width, "height": height, "limit": str(MAX_PIXELS)},
    )


def _check_hidden(content: bytes, form: str) -> None:
    """Refuse a picture that another program would take for something else."""
    ends = (content[:1_024], content[-65_557:])
    hidden = [name for found, name in _HIDDEN if any(map(found.search, ends))]
    if _is_archive(ends[1]):
        hidden.append("zip")
    for name in hidden:
        raise Rejected(
            "two_files_in_one",
            f"this {form} is a {name} as well",
            where="file",
            remedy="send the picture alone",
            params={"form": form, "hidden": name},
        )


def _is_archive(end: bytes) -> bool:
    """Tell whether an archive ends where the file does, its comment included."""
    at = end.rfind(_ZIP_END)
    return at >= 0 and at + 22 + int.from_bytes(end[at + 20 : at + 22], "little") == len(end)


def _paper(content: bytes) -> Shown:
    if b"%%EOF" not in content[-1_024:]:
        raise _refused("broken_document", "this PDF has no end", "send it again; it is cut off")
    if re.search(rb"/(JavaScript|JS|Launch|EmbeddedFile)\b", content):
        raise _refused("active_document", "this PDF holds programs or files",
                       "print it into a new PDF and send that")  # fmt: skip
    return Shown("document", "application/pdf", content, b"", None, None)


def _refused(code: str, what: str, remedy: str) -> Rejected:
    return Rejected(code, what, where="file", remedy=remedy)


# --- what a picture says of itself ----------------------------------------------------------------


def _time(exif: Image.Exif, city_zone: ZoneInfo) -> Instant | None:
    """Return when it was taken; what is no time, or lies far away, is not believed."""
    more = exif.get_ifd(ExifTags.IFD.Exif)
    text = more.get(ExifTags.Base.DateTimeOriginal) or exif.get(ExifTags.Base.DateTime)
    offset = more.get(ExifTags.Base.OffsetTimeOriginal)
    try:
        if isinstance(offset, str) and re.fullmatch(r"[+-]\d\d:\d\d", offset.strip("\0 ")):
            given = f"{str(text)[:19]}{offset.strip(chr(0) + ' ')}"
            moment = datetime.strptime(given, "%Y:%m:%d %H:%M:%S%z")
        else:
            local = datetime.strptime(str(text)[:19], "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007
            moment = local.replace(tzinfo=city_zone)
    except ValueError:
        return None
    return from_datetime(moment) if 1990 <= moment.year <= 2100 else None


def _place(exif: Image.Exif) -> Place | None:
    """Return where it was taken, in the reference system of satellites."""
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    tags = ExifTags.GPS
    lat = _degrees(gps.get(tags.GPSLatitude), gps.get(tags.GPSLatitudeRef), "S", 90)
    lon = _degrees(gps.get(tags.GPSLongitude), gps.get(tags.GPSLongitudeRef), "W", 180)
    if lat is None or lon is None or (lat, lon) == (0, 0):
        return None
    return Place(lon_e7=round(lon * E7), lat_e7=round(lat * E7))


def _degrees(parts: Any, ref: Any, negative: str, most: int) -> float | None:
    try:
        degrees, minutes, seconds = (float(part) for part in parts)
        found = degrees + minutes / 60 + seconds / 3_600
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    if not 0 <= found <= most:  # also what is no number
        return None
    return -found if str(ref).strip("\0 ").upper() == negative else found
