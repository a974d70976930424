"""``python -m chengyun``."""

from __future__ import annotations

from chengyun.cli.main import main

main()
