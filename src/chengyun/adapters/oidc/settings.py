"""Which provider is trusted, read from a file; its secret is named there, never written."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import msgspec
import yaml

from chengyun.adapters.http.targets import Targets
from chengyun.kernel.errors import Rejected


class ProviderSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A provider of identities (OpenID Connect)."""

    issuer: str
    client_id: str
    secret_file: str = ""
    secret_env: str = ""
    """Where the client's secret is: a file beside this one, or a variable of the environment."""
    name: dict[Literal["en", "zh"], str]
    """What the sign-in page calls it."""
    unknown: Literal["refuse", "open"] = "refuse"
    """Whether somebody whom no account is linked to gets one, which may do nothing yet."""
    networks: list[str] = []
    """Networks that are not public and inside which the provider may lie: ``10.1.0.0/16``."""


def settings_in(path: Path) -> ProviderSettings:
    """Read the settings of a provider, or refuse them."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        found = msgspec.convert(content, ProviderSettings)
    except (yaml.YAMLError, msgspec.ValidationError, UnicodeDecodeError) as wrong:
        raise _refused(path, f"these are no settings of a provider: {wrong}") from wrong
    Targets(found.networks)
    scheme = urlsplit(found.issuer).scheme
    if scheme != "https" and not (scheme == "http" and found.networks):
        raise _refused(path, "the issuer is asked over https alone (http inside its networks)")
    if bool(found.secret_file) == bool(found.secret_env):
        raise _refused(path, "name either secret_file or secret_env")
    return found


def secret_of(settings: ProviderSettings, beside: Path) -> str:
    """Return the secret that the settings name; it is in no error and no log."""
    if settings.secret_file:
        where = beside.parent / settings.secret_file
        found = where.read_text(encoding="utf-8").strip()
    else:
        where, found = beside, os.environ.get(settings.secret_env, "")
    if not found:
        raise _refused(where, "the secret of the provider's client is empty")
    return found


def _refused(path: Path, what: str) -> Rejected:
    return Rejected(
        "bad_provider", what, where=str(path), remedy="see docs/operating.md, OpenID Connect"
    )
