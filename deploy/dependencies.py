"""Reports licences and known vulnerabilities of everything the platform is built from.

    python deploy/dependencies.py [--advisories FILE_OR_FOLDER] [--json]

Licences are those that installed packages and the screen's lock file state; one that is not in
``ALLOWED`` ends the report with 1. Vulnerabilities are looked up in advisories of the OSV format
(https://ossf.github.io/osv-schema/) that somebody has carried in: a folder of JSON files or the
archive ``all.zip`` that osv.dev offers for an ecosystem. Without them that part is skipped, and the
report says so: no network is asked.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import re
import sys
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "web" / "package-lock.json"

ALLOWED = frozenset(
    {
        *("0BSD", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "BSD-2-Clause", "BSD-3-Clause"),
        *("CC0-1.0", "CNRI-Python", "ISC", "MIT", "MIT-0", "MIT-CMU", "OFL-1.1", "PSF-2.0", "Zlib"),
        "MPL-2.0",  # of a file only: what is changed in one is given back, and nothing is changed
    }
)
"""SPDX identifiers. What does not stand here is refused: AGPL, BUSL, SSPL, GPL, the unknown."""

NAMES = {
    "Apache Software License": "Apache-2.0",
    "Apache License, Version 2.0": "Apache-2.0",
    "Apache 2.0": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "BSD 2-Clause License": "BSD-2-Clause",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}
"""What packages write that state no SPDX expression."""
MIT_WORDS = "Permission is hereby granted, free of charge, to any person obtaining a copy"


class Package(NamedTuple):
    """Something the platform is built from."""

    ecosystem: str
    name: str
    version: str
    licence: str
    runs: bool
    """Whether it is in what is installed, or only checks and builds it."""


# --- what there is ----------------------------------------------------------------------------


def installed() -> list[Package]:
    """Return all packages of the environment; those that chengyun needs to run are marked."""
    needed = _needed("chengyun")
    found = []
    for one in importlib.metadata.distributions():
        name = canonicalize_name(one.metadata["Name"])
        if name != "chengyun":
            found.append(Package("PyPI", name, one.version, licence_of(one), name in needed))
    return sorted(set(found))


def _needed(root: str) -> set[str]:
    """Return the names of all packages that ``root`` needs here, however far away."""
    found, waiting = set(), [root]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        try:
            wanted = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:
            continue
        for text in wanted:
            requirement = Requirement(text)
            extras = {"", "duckdb"} if name == "ibis-framework" else {""}
            marker = requirement.marker
            if marker is None or any(marker.evaluate({"extra": extra}) for extra in extras):
                waiting.append(canonicalize_name(requirement.name))
    return found


def licence_of(package: importlib.metadata.Distribution) -> str:
    """Return the licence of a package as SPDX where it says so, or in its own words."""
    about = package.metadata
    if about["License-Expression"]:
        return str(about["License-Expression"])
    stated = str(about["License"] or "").strip().partition("\n")[0]
    if stated in ALLOWED or stated in NAMES:
        return NAMES.get(stated, stated)
    for line in about.get_all("Classifier", []):
        name = line.rpartition(" :: ")[2]
        if line.startswith("License :: ") and name in NAMES:
            return NAMES[name]
    texts = [one for one in package.files or () if re.search(r"licen[cs]e", one.name, re.I)]
    if any(MIT_WORDS in " ".join(one.read_text().split()) for one in texts):
        return "MIT"
    return stated or "not stated"


def locked(lock: Path) -> list[Package]:
    """Return the packages of the screen; those built into it are marked."""
    content = json.loads(lock.read_text(encoding="utf-8"))
    return sorted(
        Package(
            "npm",
            path.rpartition("node_modules/")[2],
            one["version"],
            one.get("license", "not stated"),
            not one.get("dev", False),
        )
        for path, one in content["packages"].items()
        if path
    )


# --- licences ---------------------------------------------------------------------------------


def is_allowed(expression: str) -> bool:
    """Tell whether an SPDX expression leaves us a way: all of ``AND``, one of ``OR``."""
    text = expression.strip()
    while text.startswith("(") and text.endswith(")") and ")" not in text[1:-1]:
        text = text[1:-1].strip()
    if "(" in text:
        return False  # nested: a person looks at it
    return any(
        all(part.strip() in ALLOWED for part in choice.split(" AND "))
        for choice in text.split(" OR ")
    )


# --- vulnerabilities --------------------------------------------------------------------------


def advisories(path: Path) -> Iterator[dict[str, Any]]:
    """Yield every advisory in a folder of JSON files or an archive of them."""
    if path.is_dir():
        for file in sorted(path.rglob("*.json")):
            yield json.loads(file.read_bytes())
        return
    with zipfile.ZipFile(path) as archive:
        for name in sorted(archive.namelist()):
            if name.endswith(".json"):
                yield json.loads(archive.read(name))


def affected(package: Package, advisory: dict[str, Any]) -> bool:
    """Tell whether an advisory that was not withdrawn is about this version of a package."""
    if advisory.get("withdrawn"):
        return False
    for one in advisory.get("affected", ()):
        about = one.get("package", {})
        name = about.get("name", "")
        if about.get("ecosystem") == "PyPI":
            name = canonicalize_name(name)
        if (about.get("ecosystem"), name) != (package.ecosystem, package.name):
            continue
        if package.version in one.get("versions", ()):
            return True
        if any(_is_in(package.version, span) for span in one.get("ranges", ())):
            return True
    return False


def _is_in(version: str, span: dict[str, Any]) -> bool:
    """Tell whether a version lies in a range: introduced, and neither fixed nor past the last."""
    if span.get("type") not in ("ECOSYSTEM", "SEMVER"):
        return False
    try:
        ours, is_in = Version(version), False
        for event in span.get("events", ()):
            (kind, at), *_ = event.items()
            if kind == "introduced" and (at == "0" or ours >= Version(at)):
                is_in = True
            elif (kind == "fixed" and ours >= Version(at)) or (
                kind == "last_affected" and ours > Version(at)
            ):
                is_in = False
    except InvalidVersion:
        return True  # a person looks at it
    return is_in


# --- the report -------------------------------------------------------------------------------


def main() -> None:
    """Write the report; end with 1 where something is refused or known to be vulnerable."""
    asked = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    asked.add_argument("--advisories", type=Path, help="of the OSV format: a folder or an archive")
    asked.add_argument("--json", action="store_true", help="one object instead of lines")
    given = asked.parse_args()
    packages = [*installed(), *locked(LOCK)]
    refused = [one for one in packages if not is_allowed(one.licence)]
    known = [] if given.advisories is None else list(found_in(packages, given.advisories))
    if given.json:
        print(
            json.dumps(
                {
                    "packages": [one._asdict() for one in packages],
                    "refused": [one.name for one in refused],
                    "vulnerable": [{"name": one.name, "advisory": id_} for one, id_ in known],
                    "advisories": "skipped" if given.advisories is None else "looked at",
                }
            )
        )
    else:
        _say(packages, refused, known, skipped=given.advisories is None)
    sys.exit(1 if refused or known else 0)


def found_in(packages: Iterable[Package], path: Path) -> Iterator[tuple[Package, str]]:
    """Yield each package with each advisory that is about its version."""
    by_name: dict[str, list[Package]] = {}
    for one in packages:
        by_name.setdefault(one.name, []).append(one)
    for advisory in advisories(path):
        names = {
            form
            for about in advisory.get("affected", ())
            for name in [about.get("package", {}).get("name", "")]
            for form in (name, canonicalize_name(name))
        }
        for package in (one for name in sorted(names) for one in by_name.get(name, ())):
            if affected(package, advisory):
                yield package, advisory["id"]


def _say(
    packages: list[Package],
    refused: list[Package],
    known: list[tuple[Package, str]],
    *,
    skipped: bool,
) -> None:
    counts: dict[str, int] = {}
    for one in packages:
        counts[one.licence] = counts.get(one.licence, 0) + 1
    runs = sum(one.runs for one in packages)
    print(f"dependencies: {len(packages)}, of which {runs} run or are built into the screen")
    for licence, count in sorted(counts.items(), key=lambda one: (-one[1], one[0])):
        print(f"  {count:4} {licence}")
    for one in refused:
        print(f"REFUSED {one.ecosystem} {one.name} {one.version}: {one.licence}")
    for package, advisory in known:
        print(f"VULNERABLE {package.ecosystem} {package.name} {package.version}: {advisory}")
    if skipped:
        print("skipped: known vulnerabilities; give --advisories with OSV advisories")


if __name__ == "__main__":
    main()
