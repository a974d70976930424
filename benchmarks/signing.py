"""How a benchmark is let in to a city that it serves: as a service, with a key of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def service_key(store: Path, *permissions: str) -> str:
    """Open an account for a service; return a key with these permissions."""
    run(store, "account", "open", "bench", "--name", "benchmark", "--kind", "service")
    run(store, "grant", "give", "bench", "duty_officer")
    given = [part for one in permissions for part in ("--permission", one)]
    line = run(store, "key", "issue", "--account", "bench", "--json", *given)
    key: str = json.loads(line)["key"]
    return key


def run(store: Path, group: str, name: str, *more: str) -> str:
    """Run a command of the command line on a store; return what it says."""
    line = [sys.executable, "-m", "chengyun", group, name, str(store), *more]
    return subprocess.run(line, check=True, capture_output=True, text=True).stdout
