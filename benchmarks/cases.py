"""Cases handled over HTTP: thirty-two clients, a kill in the middle, then a million cases to read.

Three accounts with keys of their own send the published mix (``benchmarks/cases_lives.py``); every
command is acknowledged on disk. In the middle the server is killed with SIGKILL and started again,
and clients go on where they were. At the end a process of its own reads the store and compares it
with the clients' ledger. Then one client alone, the engine in its own process, and the lists of
several desks and single cases of a city with a million.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

import msgspec

from benchmarks.authorised import check, queries
from benchmarks.authorised_store import accounts
from benchmarks.cases_client import Client, Ledger, clients, together
from benchmarks.cases_lives import FEED, SHARES, Who
from benchmarks.cases_many import areas_of
from benchmarks.running import report
from benchmarks.sense_served import PORT, pack_at, rss_mb_of, started, until_up
from benchmarks.signing import run
from chengyun.app import packs
from chengyun.facts.registers import Areas, UnitGridRegister, Units
from chengyun.guard.places import places_of

CLIENTS: Final = 32
ROLES: Final[dict[Who, tuple[str, tuple[str, ...]]]] = {
    "agent": ("hotline_agent", ("report:receive", "report:rate")),
    "handler": ("department_handler", ("case:report_work", "case:return", "facts:read")),
    "verifier": ("duty_officer", ("case:verify", "case:decide")),
}
"""Who sends what: a role for each account, and what its key is for."""


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", help="not used: nothing recorded is needed")
    parser.add_argument("--quick", action="store_true", help="a small part, to see that it works")
    parser.add_argument("--seconds", type=float, default=60.0, help="half of it before the kill")
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--lived", type=int, default=50_000, help="of these, with a history")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    if given.quick:
        given.seconds, given.cases, given.lived = 8.0, 5_000, 500
    with tempfile.TemporaryDirectory() as folder:
        served = _served(Path(folder), given.seconds, given.seed)
    with tempfile.TemporaryDirectory() as folder:
        scale = "district" if given.quick else "mega"
        read = _read(Path(folder), scale, given.cases, given.lived)
    report(served | read | {"mix": SHARES, "seed": given.seed})


# --- over HTTP ----------------------------------------------------------------------------------


def _served(folder: Path, seconds: float, seed: int) -> dict[str, Any]:
    store, pack = folder / "store", pack_at(folder, "district")
    areas = areas_of(packs.section(packs.loaded(pack), Areas))
    server = started(store, pack)
    until_up(PORT, server)
    keys = {who: _key(store, who) for who in ROLES}
    found, ends = clients(CLIENTS, PORT, keys, areas, first=0, seed=seed)
    began = time.monotonic()
    for one in found:
        one.start()
    time.sleep(seconds / 2)
    rss_mb = rss_mb_of(server.pid)
    killed = time.monotonic()
    server.send_signal(signal.SIGKILL)
    server.wait(30)
    server = started(store, pack)
    until_up(PORT, server)
    again = time.monotonic()
    time.sleep(seconds / 2)
    ends.set()
    ended = time.monotonic()
    ledger = _ended(found)
    rss_mb = max(rss_mb, rss_mb_of(server.pid))
    alone = _alone(keys, areas, seconds / 4, seed)
    ledger.add(alone)
    server.send_signal(signal.SIGTERM)
    server.wait(120)
    acked = [at for at in ledger.acked_s if began <= at <= killed or again <= at <= ended]
    took = sorted(ledger.took_ms[: len(ledger.took_ms) - len(alone.took_ms)])
    lone = sorted(alone.took_ms)
    return {
        "commands_per_s": round(len(acked) / (killed - began + ended - again), 1),
        "clients": CLIENTS,
        "p50_ms": round(took[len(took) // 2], 2),
        "p99_ms": round(took[int(len(took) * 0.99)], 2),
        "acked": len(ledger.acked_s),
        "cases": len(ledger.states),
        "opened": ledger.read,
        "sent_again": ledger.sent_again,
        "wrong": len(ledger.wrong),
        "wrong_for_example": ledger.wrong[:2],
        "serving_again_s": round(again - killed, 2),
        "one_client_per_s": round(len(lone) / (seconds / 4), 1),
        "one_client_p50_ms": round(lone[len(lone) // 2], 2),
        "rss_mb": rss_mb,
        **_kept(store, ledger),
    }


def _key(store: Path, who: Who) -> str:
    """Open an account with its grant; return a key with the permissions of its work."""
    role, permissions = ROLES[who]
    run(store, "account", "open", who, "--name", who, "--kind", "service")
    run(store, "grant", "give", who, role)
    given = [part for one in ("engine:send", *permissions) for part in ("--permission", one)]
    line = run(store, "key", "issue", "--account", who, "--json", *given)
    key: str = json.loads(line)["key"]
    return key


def _ended(found: list[Client]) -> Ledger:
    for one in found:
        one.join(120)
    return together(found)


def _alone(keys: dict[Who, str], areas: list[str], seconds: float, seed: int) -> Ledger:
    (one,), ends = clients(1, PORT, keys, areas, first=10_000_000, seed=seed)
    one.start()
    time.sleep(seconds)
    ends.set()
    return _ended([one])


def _kept(store: Path, ledger: Ledger) -> dict[str, Any]:
    """Let another process compare what is in the store with the ledger."""
    path = store.parent / "ledger.json"
    path.write_bytes(msgspec.json.encode(ledger))
    line = [sys.executable, "-m", "benchmarks.cases_kept", str(store), str(path)]
    done = subprocess.run(line, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


# --- a million cases ----------------------------------------------------------------------------


def _read(folder: Path, scale: str, cases: int, lived: int) -> dict[str, Any]:
    pack = pack_at(folder, scale)
    resolved = packs.loaded(pack)
    units = packs.section(resolved, Units)
    grids = packs.section_or_empty(resolved, UnitGridRegister)
    places = places_of(packs.section(resolved, Areas), units, grids)
    line = [sys.executable, "-m", "benchmarks.cases_many", str(folder / "store"), str(pack)]
    given = [*line, str(cases), str(lived)]
    with subprocess.Popen(given, stdout=subprocess.PIPE, text=True) as server:
        try:
            told = (server.stdout.readline() if server.stdout else "").split()
            url, commands, took_s = told[0], int(told[1]), float(told[2])
            held = accounts(places, units)
            lists, ones = _Asker(url), _Asker(url)
            draw = random.Random(1)  # noqa: S311 - which page is next
            asked = queries(places, units)
            for number in range(800):
                account = list(held)[number % len(held)]
                page = lists.ask(f"/api/v1/cases?{draw.choice(asked)}", account)
                check(page["cases"], held[account], places)
            for _ in range(800):
                name = f"case:{FEED}:b{draw.randrange(lived)}"
                seen = ones.ask(f"/api/v1/cases/{name}", "city")
                if seen["case"]["case"] != name or not seen["chain"]:
                    raise SystemExit(f"{name} has no history")
            rss_mb = rss_mb_of(server.pid)
        finally:
            server.terminate()
            server.wait(120)
    return {
        "in_process_per_s": round(commands / took_s, 1),
        "list_p50_ms": lists.at(0.5),
        "list_p99_ms": lists.at(0.99),
        "list_max_ms": lists.at(1),
        "case_p50_ms": ones.at(0.5),
        "case_p99_ms": ones.at(0.99),
        "case_max_ms": ones.at(1),
        "of_cases": cases,
        "with_history": lived,
        "many_rss_mb": rss_mb,
    }


class _Asker:
    """Asks page after page, and remembers how long each took."""

    def __init__(self, url: str) -> None:
        self._connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=60)
        self._took_ms: list[float] = []

    def ask(self, path: str, account: str) -> Any:
        """Return what a page says."""
        began = time.perf_counter()
        self._connection.request("GET", path, headers={"X-Actor": f"account:{account}"})
        answer = self._connection.getresponse()
        content = answer.read()
        self._took_ms.append((time.perf_counter() - began) * 1_000)
        if answer.status != 200:
            raise SystemExit(f"{path}: {answer.status} {content[:500]!r}")
        return json.loads(content)

    def at(self, share: float) -> float:
        """Return how long a share of the pages took at most."""
        took = sorted(self._took_ms)
        return round(took[min(len(took) - 1, int(len(took) * share))], 2)


if __name__ == "__main__":
    main()
