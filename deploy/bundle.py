"""Builds what installs Chengyun where there is no network: one archive an architecture.

    python deploy/bundle.py --arch x86_64 --arch aarch64 --out dist

The archive holds the wheels of the project and of everything it needs at run time, the city
packs, the units of systemd, the documents, the licences, and ``install.sh``. What is needed is
read from ``pyproject.toml``, in the versions of ``constraints.txt``. Building needs a package
index; installing needs none. Only the standard library and pip are used.
"""

from __future__ import annotations

import argparse
import base64
import email
import ensurepip
import gzip
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import uuid
import zipfile
from datetime import UTC, datetime
from email.message import Message
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
ARCHITECTURES = ("x86_64", "aarch64")
GLIBC = range(5, 29)
"""Minor versions of the C library whose wheels are taken: up to 2.28, of the year 2018."""
EPOCH = 1_577_836_800
"""The time in the archives (2020-01-01 UTC) unless SOURCE_DATE_EPOCH says another one."""
SOURCES = ("src", "pyproject.toml", "README.md", "LICENSE")
"""What the project's own wheel is built from."""
BESIDE = ("LICENSE", "README.md", "README.zh-CN.md", "CHANGELOG.md", "constraints.txt", "docs")
MIT_WORDS = "Permission is hereby granted, free of charge, to any person obtaining a copy"
SCREEN = "chengyun/api/screen/index.html"
SBOM = "sbom.cdx.json"


def main() -> None:
    """Build the bundles that were asked for."""
    asked = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    asked.add_argument("--arch", action="append", choices=ARCHITECTURES, help="[both]")
    asked.add_argument("--python", action="append", metavar="3.11",
                       help="versions of Python that are served [the running one]")  # fmt: skip
    asked.add_argument("--out", type=Path, default=ROOT / "dist")
    given = asked.parse_args()
    pythons = given.python or [".".join(platform.python_version_tuple()[:2])]
    given.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="chengyun-bundle-") as work:
        wheel = build_wheel(Path(work))
        for arch in given.arch or ARCHITECTURES:
            archive = bundle(arch, pythons, wheel, Path(work), given.out)
            print(f"{archive}  {archive.stat().st_size / 1e6:.1f} MB")


def bundle(arch: str, pythons: list[str], wheel: Path, work: Path, out: Path) -> Path:
    """Write the bundle of one architecture into ``out`` and return its path."""
    version = wheel.name.split("-")[1]
    name = f"chengyun-{version}-linux-{arch}"
    folder = work / name
    wheels = folder / "wheels"
    wheels.mkdir(parents=True)
    shutil.copy(wheel, wheels)
    for python in pythons:
        download(arch, python, wheels)
    for beside in BESIDE:
        copy(ROOT / beside, folder / beside)
    copy(ROOT / "cities", folder / "cities")
    copy(ROOT / "deploy" / "systemd", folder / "systemd")
    copy(ROOT / "deploy" / "install.sh", folder / "install.sh")
    copy(installer(), folder / "installer" / installer().name)
    (folder / "ABOUT").write_text(
        f"VERSION={version}\nARCH={arch}\nPYTHONS='{' '.join(pythons)}'\n", encoding="ascii"
    )
    (folder / "LICENCES.md").write_text(licences(wheels), encoding="utf-8")
    (folder / SBOM).write_text(sbom(wheels, ROOT / "web" / "package-lock.json"), encoding="utf-8")
    (folder / "SHA256SUMS").write_text(sums(folder), encoding="utf-8")
    archive = out / f"{name}.tar.gz"
    pack(folder, archive)
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    archive.with_name(f"{archive.name}.sha256").write_text(f"{digest}  {archive.name}\n", "ascii")
    return archive


# --- what goes in -----------------------------------------------------------------------------


def build_wheel(work: Path) -> Path:
    """Build the project's wheel from a copy of its sources, so that nothing is left beside them."""
    source, built = work / "source", work / "built"
    for name in SOURCES:
        copy(ROOT / name, source / name)
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(epoch())}
    pip("wheel", "--no-deps", "--wheel-dir", str(built), str(source), environment=environment)
    (wheel,) = built.glob("chengyun-*.whl")
    with zipfile.ZipFile(wheel) as content:
        has_screen = SCREEN in content.namelist()
    if (ROOT / "src" / SCREEN).exists() and not has_screen:
        sys.exit("the screen is built, but not in the wheel: enter it in pyproject's package-data")
    if not has_screen:
        print("note: the screen is not built; this bundle comes without it", file=sys.stderr)
    return wheel


def download(arch: str, python: str, wheels: Path) -> None:
    """Fetch the wheel of everything that the project needs to run."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    kinds = [f"manylinux_2_{minor}_{arch}" for minor in GLIBC]
    kinds += [f"manylinux2014_{arch}", f"manylinux2010_{arch}", f"manylinux1_{arch}"]
    pip(
        "download",
        *("--dest", str(wheels), "--only-binary", ":all:"),
        *("--implementation", "cp", "--python-version", python),
        *(word for kind in kinds for word in ("--platform", kind)),
        *("--constraint", str(ROOT / "constraints.txt")),
        *project["dependencies"],
    )


def pip(*words: str, environment: dict[str, str] | None = None) -> None:
    """Run pip; what it says is shown only when it fails."""
    done = subprocess.run(  # noqa: S603 - pip, in our own interpreter
        [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *words],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"pip {words[0]} failed:\n{done.stderr}")


def installer() -> Path:
    """Return the wheel of pip that comes with this Python, for machines that have none."""
    (found,) = (Path(ensurepip.__file__).parent / "_bundled").glob("pip-*.whl")
    return found


def copy(source: Path, target: Path) -> None:
    """Copy a file or a folder, without what a run leaves behind."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        left = shutil.ignore_patterns("__pycache__", "*.egg-info", "*.pyc", ".*")
        shutil.copytree(source, target, ignore=left)
    else:
        shutil.copyfile(source, target)


# --- what is said about it --------------------------------------------------------------------


def licences(wheels: Path) -> str:
    """Return a table of every package in the bundle with its licence, as its wheel states it."""
    rows = sorted({licence_row(path) for path in wheels.glob("*.whl")}, key=str.lower)
    head = (
        "# What is in this bundle\n\nThe text of each licence stands in its wheel (a zip archive), "
        "in the folder that ends in `.dist-info`.\n\n| package | version | licence |\n|---|---|---|"
    )
    return "\n".join([head, *rows]) + "\n"


def licence_row(wheel: Path) -> str:
    """Return the line of one wheel."""
    with zipfile.ZipFile(wheel) as content:
        (name,) = (n for n in content.namelist() if n.endswith(".dist-info/METADATA"))
        about = email.message_from_bytes(content.read(name))
        texts = [n for n in content.namelist() if ".dist-info/licenses/" in n]
        text = content.read(texts[0]).decode() if texts else ""
    return f"| {about['Name']} | {about['Version']} | {licence_of(about, text)} |"


def licence_of(about: Message, text: str = "") -> str:
    """Return the licence of a package: as its metadata says, or MIT by the words of its text."""
    if about["License-Expression"]:
        return str(about["License-Expression"])
    named = [
        line.rpartition(" :: ")[2]
        for line in about.get_all("Classifier", [])
        if line.startswith("License :: ") and line.count(" :: ") > 1
    ]
    if named:
        return ", ".join(named)
    if about["License"]:
        return str(about["License"]).strip().partition("\n")[0]
    return "MIT" if MIT_WORDS in " ".join(text.split()) else "not stated"


def sbom(wheels: Path, lock: Path) -> str:
    """Return the bill of materials as CycloneDX 1.6 JSON: every wheel, and what the screen is of.

    The same wheels give the same bytes: its serial number follows from its content.
    """
    (own,) = wheels.glob("chengyun-*.whl")
    others = sorted((path for path in wheels.glob("*.whl") if path != own), key=_lower)
    parts = [*map(wheel_part, others), *screen_parts(lock)]
    found = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": datetime.fromtimestamp(epoch(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": {**wheel_part(own), "type": "application"},
        },
        "components": parts,
    }
    serial = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(found, sort_keys=True))
    return json.dumps({"serialNumber": f"urn:uuid:{serial}", **found}, indent=2) + "\n"


def _lower(path: Path) -> str:
    return path.name.lower()


def wheel_part(wheel: Path) -> dict[str, Any]:
    """Return a wheel as a component."""
    _, name, version, licence, _ = (word.strip() for word in licence_row(wheel).split("|"))
    plain_name = re.sub(r"[-_.]+", "-", name).lower()
    return {
        "type": "library",
        "bom-ref": f"pkg:pypi/{plain_name}@{version}",
        "name": name,
        "version": version,
        "hashes": [{"alg": "SHA-256", "content": hashlib.sha256(wheel.read_bytes()).hexdigest()}],
        "licenses": [{"license": {"name": licence}}],
        "purl": f"pkg:pypi/{plain_name}@{version}",
    }


def screen_parts(lock: Path) -> list[dict[str, Any]]:
    """Return what is built into the screen, from the lock file of its packages."""
    content = json.loads(lock.read_text(encoding="utf-8"))
    parts = []
    for path, one in sorted(content["packages"].items()):
        if not path or one.get("dev"):
            continue
        name = path.rpartition("node_modules/")[2]
        algorithm, _, digest = one["integrity"].partition("-")
        purl = f"pkg:npm/{name.replace('@', '%40')}@{one['version']}"
        parts.append(
            {
                "type": "library",
                "bom-ref": f"{purl}?path={path}",
                "name": name,
                "version": one["version"],
                "hashes": [
                    {
                        "alg": algorithm.upper().replace("SHA", "SHA-"),
                        "content": base64.b64decode(digest).hex(),
                    }
                ],
                "licenses": [{"license": {"name": one.get("license", "not stated")}}],
                "purl": purl,
            }
        )
    return parts


def sums(folder: Path) -> str:
    """Return the SHA-256 of every file, as ``sha256sum --check`` reads it."""
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder).as_posix()}\n"
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    ]
    return "".join(lines)


# --- the archive ------------------------------------------------------------------------------


def pack(folder: Path, archive: Path) -> None:
    """Write ``folder`` as an archive whose bytes follow from its files and names alone.

    It gets its name when it is whole. Wheels are packed already, so little is spent on packing.
    """
    half = archive.with_name(f"{archive.name}.half")
    with (
        half.open("wb") as file,
        gzip.GzipFile("", "wb", compresslevel=1, fileobj=file, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as tar,
    ):
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                tar.add(path, f"{folder.name}/{path.relative_to(folder).as_posix()}", filter=plain)
    half.rename(archive)


def plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Take from a member what depends on the machine that builds."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mtime = epoch()
    member.mode = 0o755 if member.name.endswith(".sh") else 0o644
    return member


def epoch() -> int:
    """Return the time that everything in the bundle bears."""
    return int(os.environ.get("SOURCE_DATE_EPOCH", EPOCH))


if __name__ == "__main__":
    main()
