"""A small city behind the screen's contract, so that a browser test can say what happens next."""

from __future__ import annotations

import json
import queue
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import chengyun

SCREEN = Path(chengyun.__file__).parent / "api" / "screen"
TYPES = {".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript"}
TYPES |= {".css": "text/css", ".svg": "image/svg+xml", ".woff2": "font/woff2"}

NOW = 1_784_833_200_000_000
"""03:00 on 24 July 2026 in Shanghai."""
MINUTE = 60_000_000
UNDERPASS = "warn:underpass_depth:all:h2:1"
PROPOSAL = f"{UNDERPASS}/response:I"
CASE = "case:hotline/2026%7"


def name(en: str, zh: str) -> dict[str, str]:
    return {"en": en, "zh": zh}


def square(x: float, y: float, side: float) -> dict[str, Any]:
    ring = [[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]]
    return {"type": "Polygon", "coordinates": [ring]}


CLOSING = {"name": name("Close the underpass", "封闭下立交"), "type": "", "unit": "pump"}

AREAS = [
    {"code": "c", "level": "city", "parent": "", "name": name("Linjiang", "临江")},
    {"code": "d", "level": "district", "parent": "c", "name": name("Luze", "露泽区")},
    {"code": "h1", "level": "subdistrict", "parent": "d", "name": name("Lanfang", "兰坊街道")},
    {"code": "h2", "level": "subdistrict", "parent": "d", "name": name("Yugang", "榆岗街道")},
]
SHAPES = {"c": (0, 0, 2), "d": (0, 0, 2), "h1": (0, 0, 1), "h2": (1, 1, 1)}
MAP = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"code": area["code"], "level": area["level"]},
            "geometry": square(
                121.2 + SHAPES[area["code"]][0] / 50,
                31.1 + SHAPES[area["code"]][1] / 50,
                SHAPES[area["code"]][2] / 50,
            ),
        }
        for area in AREAS
    ],
}
UNITS = [
    {"code": "pump", "name": name("Pump crew 1", "泵车1班"), "kind": "crew", "parent": ""},
    {"code": "roads", "name": name("Road crew", "道路班"), "kind": "crew", "parent": ""},
]
CASE_TYPES = [
    {
        "code": "street_flooding",
        "name": name("Street flooding", "道路积水"),
        "category": "",
        "time_limit": "2 hours",
    }
]
PLANS = [{"code": "underpass", "name": name("Flooded underpass plan", "下立交积水预案")}]
SIGNS = [
    {"name": "rain", "label": name("Rain", "雨量"), "unit": "mm", "measures": "property"},
    {"name": "underpass_depth", "label": name("Underpass depth", "下立交积水")},
]
SIGNS = [{"unit": "mm", "measures": "property", "levels": {}} | sign for sign in SIGNS]


def rows() -> dict[str, list[dict[str, Any]]]:
    """Return a night with a flooded underpass, an unclear case and silent rain gauges."""
    case = {"incident": "i", "type": "street_flooding", "area": "h1", "state": "filed", "unit": ""}
    case |= {"case": CASE, "filed_at": NOW - 9 * MINUTE, "due_at": NOW - MINUTE, "fell_due": True}
    case |= {"members": 2, "hops": 0, "rework": 0, "lon_e7": 1_212_100_000, "lat_e7": 311_100_000}
    candidates = [{"unit": "pump", "ppm": 520_000}, {"unit": "roads", "ppm": 240_000}]
    desk = {"case": CASE, "report": "r", "type": "street_flooding", "area": "h1", "unit": ""}
    reached = {"code": "value_reached", "params": {"value_micro": "281000000", "window_s": "600"}}
    warning = {"warning": UNDERPASS, "sign": "underpass_depth", "type": "", "area": "h2"}
    warning |= {"level": "red", "highest": "red", "onset_at": NOW - 4 * MINUTE, "state": "standing"}
    response = {"proposal": PROPOSAL, "warning": UNDERPASS, "response_level": "I"}
    response |= {"plan": "underpass", "area": "h2", "state": "proposed"}
    vital = {"sign": "underpass_depth", "type": "", "area": "h2", "window_s": 600}
    vital |= {"value_micro": 281_000_000, "expected_ppm": None, "surprise_milli": None}
    seen = {"as_of": NOW - 2 * MINUTE, "last_arrival_at": NOW - 2 * MINUTE}
    feed = {"taken": 9, "refused": 0, "last_seen_at": NOW - 40 * MINUTE, "silent": True}
    crew = {"unit": "pump", "state": "free", "case": "", "since_at": NOW - 5 * MINUTE}
    return {
        "warnings": [warning | reached],
        "responses": [response | {"measures": [CLOSING]}],
        "cases": [case],
        "desks": [desk | {"tried": [], "waits_for_person": True, "candidates": candidates}],
        "vitals": [vital | {"as_of": NOW - 2 * MINUTE}],
        "signs": [
            {"sign": "rain", "fresh": False} | seen,
            {"sign": "underpass_depth", "fresh": True} | seen,
        ],
        "feeds": [feed | {"feed": "rain", "silent_since_at": NOW - 30 * MINUTE}],
        "crews": [crew | {"lon_e7": 1_212_200_000, "lat_e7": 311_200_000}],
        "areas": [],
    }


CHAIN = [
    {"seq": 1, "id": "r", "kind": "ReportReceived", "body": {"title": "Water in the street"}},
    {"seq": 2, "id": CASE, "kind": "CaseFiled", "body": {"due_at": NOW}},
    {"seq": 3, "id": "x", "kind": "SomethingNew", "body": {"unknown": ["to", "this", "screen"]}},
]
ENVELOPE = {"subject": "s", "area": "h1", "happened_at": NOW, "known_at": NOW, "actor": "platform"}
CHAIN = [ENVELOPE | {"caused_by": ""} | fact for fact in CHAIN]


MEMBERS = [
    {
        "report": "r", "title": "Water in the street", "text": "up to the knee", "channel": "phone",
        "received_at": NOW - 9 * MINUTE, "masked": [], "erased_at": None,
        "personal": {"name": "王**", "phone": "138****1234", "id_card": "***"},
    },
    {
        "report": "q", "title": "A lake", "text": "", "channel": "app", "masked": [],
        "received_at": NOW - 8 * MINUTE, "personal": {}, "erased_at": NOW - MINUTE,
    },
]  # fmt: skip
PURPOSES = [
    {"code": "call_back", "name": name("Call the reporter back", "回访诉求人"), "sensitive": False},
    {"code": "emergency", "name": name("Danger to life", "危及生命"), "sensitive": True},
]
LOOKS = [
    {
        "seq": 7, "at": NOW - 3 * MINUTE, "actor": "person:li", "area": "h1", "person": "r",
        "fact": "r", "kind": "ReportReceived", "fields": ["name", "phone"],
        "purpose": "call_back", "ground": "not yet done",
    },
]  # fmt: skip
CLEAR = {"name": "王小明", "phone": "13812341234", "id_card": "310101199001011234"}


STREAM_WAIT_S = 10.0
"""How long a change waits for the screen to listen."""


class ScreenCity:
    """Serves the built screen and the contract; records what the screen sent."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, dict[str, Any]]] = []
        self.resumed: list[str] = []
        self.snapshots = 0
        self.refusal: dict[str, Any] | None = None
        self.listening = True
        self.seq = 100
        self._streams: list[queue.Queue[bytes | None]] = []
        self._server = ThreadingHTTPServer(
            ("127.0.0.1", 0), type("OfThisCity", (Pages,), {"city": self})
        )
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def publish(self, **change: Any) -> None:
        """Send a commit's change to every stream, once there is one: a screen opens it last."""
        until = time.monotonic() + STREAM_WAIT_S
        while not self._streams and time.monotonic() < until:
            time.sleep(0.02)
        self.seq += 1
        data = json.dumps({"seq": self.seq, "now": NOW} | change)
        self._all(f"id: {self.seq}\nevent: rows\ndata: {data}\n\n".encode())

    def hang_up(self) -> None:
        """End every stream and refuse new ones until ``listening`` is set again."""
        self.listening = False
        self._all(None)
        self._streams.clear()

    def close(self) -> None:
        self._all(None)
        self._server.shutdown()
        self._server.server_close()

    def _all(self, frame: bytes | None) -> None:
        for one in list(self._streams):
            one.put(frame)

    def answer(self, path: str) -> Any:
        """Return what the contract says for a path, or ``None``."""
        bounds = {"west": 121.2, "south": 31.1, "east": 121.24, "north": 31.14}
        city = {"id": "linjiang", "name": name("Linjiang", "临江"), "zone": "Asia/Shanghai"}
        city |= {"languages": ["zh", "en"], "bounds": bounds, "partition": "d"}
        city |= {"policy_version": "v", "simulated": True, "root_area": "c"}
        if path == "/api/v1/live":
            self.snapshots += 1
            pace = {"rate": 60, "paused": True}
            return {"cursor": self.seq, "now": NOW, "pace": pace, "rows": rows()}
        if path.startswith("/api/v1/cases/"):
            found = next(row for row in rows()["cases"] if row["case"] == unquote(path[14:]))
            return {"case": found, "members": MEMBERS, "chain": CHAIN}
        events = [{"kind": "cloudburst", "label": name("Cloudburst", "短时强降雨")}]
        return {
            "/api/v1/city": city,
            "/api/v1/areas": {"areas": AREAS},
            "/api/v1/units": {"units": UNITS},
            "/api/v1/types": {"types": CASE_TYPES},
            "/api/v1/plans": {"plans": PLANS},
            "/api/v1/signs": {"signs": SIGNS},
            "/api/v1/demo": {"seed": 7, "scale": "district", "events": events},
            "/api/v1/trace": {"chain": CHAIN},
            "/api/v1/purposes": {"purposes": PURPOSES},
            "/api/v1/audit/looks": {"looks": LOOKS, "next": None},
            "/map/areas.geojson": MAP,
            "/map/base.geojson": {"type": "FeatureCollection", "features": []},
        }.get(path)

    def follow(self, cursor: str) -> queue.Queue[bytes | None]:
        """Begin a stream after ``cursor``: its frames, until ``None``."""
        self.resumed.append(cursor)
        frames: queue.Queue[bytes | None] = queue.Queue()
        self._streams.append(frames)
        return frames


class Pages(BaseHTTPRequestHandler):
    """One request to the city."""

    city: ScreenCity

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        where = urlsplit(self.path)
        if where.path == "/stream":
            self._stream(parse_qs(where.query))
            return
        found = self.city.answer(where.path)
        file = SCREEN / (where.path.lstrip("/") or "index.html")
        if found is not None:
            self._say(200, json.dumps(found).encode(), "application/json")
        elif file.is_file():
            self._say(200, file.read_bytes(), TYPES.get(file.suffix, "text/plain"))
        else:
            self._say(404, b"{}", "application/problem+json")

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.city.sent.append((self.path, body))
        if self.city.refusal is not None:
            refused = json.dumps(self.city.refusal).encode()
            self._say(409, refused, "application/problem+json")
        elif self.path == "/api/v1/personal":
            clear = {field: CLEAR[field] for field in body["fields"]}
            seen = {"fact": "r", "person": "r", "look": "look:1", "seen_at": NOW, "erased": []}
            self._say(200, json.dumps(seen | {"fields": clear}).encode(), "application/json")
        else:
            done = json.dumps({"facts": ["f"], "known_at": NOW}).encode()
            self._say(200, done, "application/json")

    def _say(self, status: int, content: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _stream(self, query: dict[str, list[str]]) -> None:
        if not self.city.listening:
            self._say(503, b"", "text/plain")
            return
        frames = self.city.follow(self.headers.get("Last-Event-ID") or query["cursor"][0])
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        clock = json.dumps({"now": NOW, "pace": {"rate": 60, "paused": True}})
        frame: bytes | None = b"retry: 200\n\n"
        while frame is not None:
            try:
                self.wfile.write(frame + f"event: clock\ndata: {clock}\n\n".encode())
                self.wfile.flush()
                frame = frames.get(timeout=1)
            except queue.Empty:
                frame = b""
            except OSError:
                return
