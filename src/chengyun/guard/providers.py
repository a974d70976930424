"""Identities that a provider vouches for (OpenID Connect): kept as a digest, linked by hand."""

from __future__ import annotations

import hashlib
import json
from typing import Final

SECOND_METHODS: Final = frozenset(("mfa", "otp", "hwk", "sc"))
"""Ways of being authenticated (RFC 8176) that are, or stand for, a second factor."""


def subject_digest(issuer: str, subject: str) -> str:
    """Return what is kept of an identity: issuer and subject together are one person for ever.

    OpenID Connect Core 1.0, section 5.7: nothing else may be relied upon to know somebody again.
    """
    return hashlib.sha256(json.dumps([issuer, subject]).encode()).hexdigest()
