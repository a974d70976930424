"""What the machine offers: versions, room on its disks, ports, rights of files."""

from __future__ import annotations

import os
import shutil
import socket
import stat
import sys
from pathlib import Path


def python_version() -> tuple[int, int, int]:
    """Return the version of the running interpreter."""
    return sys.version_info.major, sys.version_info.minor, sys.version_info.micro


def free_bytes(folder: Path) -> int:
    """Return how much room is left for this user where ``folder`` is, or will be."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


def is_writable(folder: Path) -> bool:
    """Tell whether this user may make files in ``folder``."""
    return os.access(folder, os.W_OK | os.X_OK)


def others_may(path: Path) -> str:
    """Return what anybody but the owner may do with a file: ``read``, ``write`` or nothing."""
    mode = path.stat().st_mode
    if mode & (stat.S_IWGRP | stat.S_IWOTH):
        return "write"
    return "read" if mode & (stat.S_IRGRP | stat.S_IROTH) else ""


def port_is_free(host: str, port: int) -> bool:
    """Tell whether a server could listen there now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
