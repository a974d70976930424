"""The first start of a city: one administrator is opened, with a secret of one use."""

from __future__ import annotations

from typing import Final

from chengyun.app.signing_in import new_account, new_secret
from chengyun.engine.commands import Command
from chengyun.engine.engine import Engine
from chengyun.guard.accounts import ACCOUNTS, OpenAccount, subject_of
from chengyun.guard.grants import GiveGrant
from chengyun.guard.second_factor import IssueSecret
from chengyun.kernel.instants import SECOND_US, Instant
from chengyun.kernel.limits import SECRET_H

LOGIN: Final = "admin"
POWER: Final = "security_administrator"
"""Opens the others and says what they may do; can use nothing of it alone."""


def open_first(engine: Engine, now: Instant) -> str:
    """Open the first account of a store without any; return its secret, or nothing.

    On disk when it returns. Who lost the secret has another issued on the machine.
    """
    if next(engine.rows.each(ACCOUNTS), None) is not None:
        return ""
    account = new_account()
    secret, digest = new_secret(account)
    _do(engine, OpenAccount(account=account, login=LOGIN, name=LOGIN, power=POWER))
    _do(engine, IssueSecret(account=account, digest=digest, expires_at=expiry(now)))
    grant = GiveGrant(
        grant=f"first{account}", account=subject_of(account), role=POWER, ground="the first start"
    )
    _do(engine, grant)
    engine.commit()
    engine.settle()
    return secret


def expiry(now: int, hours: int = SECRET_H) -> Instant:
    """Return when a secret that is issued now expires."""
    return Instant(now + hours * 3_600 * SECOND_US)


def _do(engine: Engine, command: Command) -> None:
    outcome = engine.execute(command, actor="person:installer")
    if outcome.refused is not None:
        raise outcome.refused
