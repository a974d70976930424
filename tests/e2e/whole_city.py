"""Serves every door there is, a demonstration's and a drill's too: ``python whole_city.py FOLDER``.

Prints its address, the key of a feed and the key of a service that may do what many roles may, then
serves until it is ended. With ``--sign-in`` it is entered by signing in or with that key.
"""

import asyncio
import contextlib
import sys
from pathlib import Path

from chengyun.adapters.system.clock import SystemClock
from chengyun.adapters.system.entropy import SystemEntropy
from chengyun.api.application import api
from chengyun.api.demonstration import EventKind
from chengyun.api.drills import DrillAbout
from chengyun.api.listening import bound, http_door
from chengyun.api.live import Pace
from chengyun.app import logs, packs, platform
from chengyun.app.local_door import local_door
from chengyun.app.notifying import Notifying
from chengyun.app.serving import Server
from chengyun.app.signing_in import SigningIn
from chengyun.app.stream.city import city_of_sensors
from chengyun.app.stream.recording import StreamDoor
from chengyun.engine.engine import Engine
from chengyun.facts.registers import City
from chengyun.guard.accounts import OpenAccount, subject_of
from chengyun.guard.grants import GiveGrant
from chengyun.guard.keys import IssueFeedKey, IssueServiceKey, digest_of
from chengyun.guard.standard_roles import ROLES
from chengyun.kernel.errors import Rejected
from chengyun.kernel.instants import DAY_US, Instant

LINJIANG = Path(__file__).parents[2] / "cities" / "linjiang"
SECRET = "s" * 43


class Shown:
    """A demonstration that does what it is told, and nothing."""

    seed, scale, first = 7, "district", "rainstorm"
    events = (EventKind(kind="rainstorm", label={"en": "Rainstorm", "zh": "暴雨"}),)

    def pace(self):
        return Pace()

    def lag_s(self):
        return 0.0

    def set_pace(self, *, rate, paused):
        pass

    def begin(self, kind, area):
        pass


class Held:
    """A drill that goes on."""

    def about(self):
        return DrillAbout(
            scenario="night", title={}, brief={}, began_at=1, until_at=2, state="running",
            done_min=0, of_min=60, pages={}, problem=None,
        )  # fmt: skip

    def end(self):
        pass

    def debrief(self):
        raise Rejected("drill_goes_on", "not yet", remedy="end it")

    def page(self, lang):
        self.debrief()


def opened_service(engine: Engine, now: Instant) -> None:
    """Open an account of a service that holds many roles, with a key for all they may."""
    account = "00c0ffee00c0ffee"
    done = [OpenAccount(account=account, login="fuzz", name="fuzz", kind="service")]
    names = [role for role in ROLES if role not in ("auditor", "security_administrator")]
    done += [
        GiveGrant(grant=f"the{role}".replace("_", ""), account=subject_of(account), role=role)
        for role in names
        if ROLES[role].get("power") is None
    ]
    permissions = sorted({one for role in names for one in ROLES[role]["permissions"]})
    done.append(
        IssueServiceKey(
            key="fuzzfuzz",
            account=account,
            digest=digest_of(SECRET),
            permissions=permissions,
            expires_at=Instant(now + DAY_US),
        )
    )
    for command in done:
        outcome = engine.execute(command, actor="person:test")
        assert outcome.refused is None, outcome.refused


def main(folder: Path, *, sign_in: bool) -> None:
    logs.configure("json")
    resolved = packs.loaded(LINJIANG)
    city = packs.section(resolved, City)
    clock = SystemClock()
    with (
        contextlib.closing(bound("127.0.0.1", 0)) as listening,
        platform.opened(folder, partition=city.id, clock=clock, entropy=SystemEntropy()) as opened,
    ):
        engine = opened.engine
        now = clock.now()
        platform.adopt(engine, resolved.content, pack=city.id, effective_from=now)
        key = IssueFeedKey(
            key="fuzzfuzz",
            feed="gateways",
            digest=digest_of(SECRET),
            expires_at=Instant(now + DAY_US),
        )
        engine.execute(key, actor="person:test")
        opened_service(engine, now)
        engine.commit()
        server = Server(engine, clock, folder, audience=(logs.CommandLog(),))
        stream = StreamDoor(folder, city_of_sensors(resolved), engine, clock)
        notifying = Notifying(server, {}, clock, SystemEntropy())
        server.tell(notifying)
        interface = api(
            server,
            maps=LINJIANG / "map",
            stream=stream,
            demonstration=Shown(),
            drill=Held(),
            notifying=notifying,
            signing_in=SigningIn(server, opened.keyring, issuer=city.id) if sign_in else None,
        )
        port = listening.getsockname()[1]
        keys = f"cy_fuzzfuzz_{SECRET} cys_fuzzfuzz_{SECRET}"
        print(f"http://127.0.0.1:{port} {keys}", flush=True)
        asyncio.run(server.run(stream.open, http_door(interface, listening), local_door))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sign_in="--sign-in" in sys.argv)
