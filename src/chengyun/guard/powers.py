"""The three powers (三员): whoever runs the system, grants and audits are three accounts.

等保2.0 level 3 asks for it: no administrator can act for another, so nobody grants himself what he
then does, or does what he then audits.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from chengyun.kernel.errors import Rejected

POWERS: Final = ("system_administrator", "security_administrator", "audit_administrator")


def check_one_power(held: Iterable[str], wanted: str) -> None:
    """Refuse a second power for an account that holds one; other roles pass.

    >>> check_one_power(["duty_officer"], "audit_administrator")
    >>> check_one_power(["audit_administrator"], "audit_administrator")
    """
    others = sorted({role for role in held if role in POWERS and role != wanted})
    if wanted in POWERS and others:
        raise Rejected(
            "one_power",
            f"this account is {others[0]}: it cannot be {wanted} too",
            where="power",
            remedy="open another account for another person",
            params={"held": others[0], "wanted": wanted},
        )
