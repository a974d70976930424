"""Signatures of webhooks, in both directions, as Standard Webhooks (standardwebhooks.com) has them.

Signed is ``id.timestamp.body`` with HMAC-SHA-256; the secret is written ``whsec_`` and base64, or
is taken as it stands.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import Final

_PREFIX: Final = "whsec_"


def signed(id_: str, at_s: str, body: bytes, secret: str) -> str:
    """Return the signature of a message: ``v1,`` and base64."""
    key = secret.encode()
    if secret.startswith(_PREFIX):
        try:
            key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
        except binascii.Error:
            key = secret.encode()
    mac = hmac.new(key, f"{id_}.{at_s}.".encode() + body, hashlib.sha256)
    return f"v1,{base64.b64encode(mac.digest()).decode()}"


def is_signed(id_: str, at_s: str, body: bytes, given: str, secret: str) -> bool:
    """Tell whether one of the signatures that were given, a blank between two, is right."""
    right = signed(id_, at_s, body, secret).encode()
    found = [hmac.compare_digest(right, one.encode()) for one in given.split(" ")[:8]]
    return any(found)
