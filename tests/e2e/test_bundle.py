"""A bundle is built for this machine and installed from scratch where there is no network.

Building wants a package index; where there is none, or no network can be taken away, the tests
skip and say so. Built is once; all tests look at the same installation.
"""

import ensurepip
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from pip._internal.models.index import PyPI
from replaying import ROOT

ARCH = platform.machine()
ALONE = ("unshare", "--map-root-user", "--net")
"""Runs a command in a network of its own, in which there is nothing."""
DEAD_PROXY = "http://127.0.0.1:9"


def run(*words, env=None, code=0, cwd=None):
    done = subprocess.run(
        [*map(str, words)],
        capture_output=True,
        text=True,
        timeout=300,
        env=env,
        cwd=cwd,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    """Return the unpacked bundle of this machine's architecture."""
    out = tmp_path_factory.mktemp("dist")
    built = subprocess.run(
        [sys.executable, ROOT / "deploy" / "bundle.py", "--arch", ARCH, "--out", out],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if built.returncode:
        if re.search("No matching distribution|Could not find|connection|resolve", built.stderr):
            pytest.skip("no package index to build a bundle from")
        pytest.fail(built.stdout + built.stderr)
    (archive,) = out.glob("*.tar.gz")
    run("sha256sum", "--check", f"{archive.name}.sha256", cwd=out)
    with tarfile.open(archive) as packed:
        packed.extractall(out, filter="data")
    return out / archive.name.removesuffix(".tar.gz")


@pytest.fixture(scope="module")
def alone():
    """Return how a command is run without a network."""
    tried = subprocess.run([*ALONE, "true"], capture_output=True, check=False)
    if tried.returncode:
        pytest.skip("this machine lets nobody take the network away (unshare --net)")
    return ALONE


@pytest.fixture(scope="module")
def installed(bundle, alone, tmp_path_factory):
    """Install the bundle without a network and without any of this environment's settings."""
    home = tmp_path_factory.mktemp("home")
    env = {
        "HOME": str(home),
        "PATH": f"{home / 'bin'}:{Path(sys.base_prefix) / 'bin'}:/usr/bin:/bin",
        "PIP_INDEX_URL": DEAD_PROXY,
    }
    words = ("sh", bundle / "install.sh", "--prefix", home / "prefix", "--bin", home / "bin")
    done = run(*alone, *words, env=env)
    assert "is installed" in done.stdout

    def chengyun(*words, code=0):
        return run(*alone, home / "bin" / "chengyun", *words, env=env, code=code, cwd=home)

    chengyun.home = home
    return chengyun


# --- what is in it ----------------------------------------------------------------------------


def test_what_is_needed_is_in_it(bundle):
    names = {path.name for path in bundle.iterdir()}
    assert {"install.sh", "ABOUT", "SHA256SUMS", "LICENSE", "LICENCES.md", "wheels", "cities",
            "systemd", "docs", "installer"} <= names  # fmt: skip
    assert os.access(bundle / "install.sh", os.X_OK)
    parts = json.loads((bundle / "sbom.cdx.json").read_text())["components"]
    assert {"cryptography", "uvicorn", "vue"} <= {part["name"] for part in parts}
    wheels = [path.name for path in (bundle / "wheels").iterdir()]
    assert all(ARCH in name or name.endswith("-any.whl") for name in wheels)
    assert not [
        name for name in wheels if name.startswith(("pytest", "mypy", "ruff", "hypothesis"))
    ]


def test_every_package_in_it_has_a_licence(bundle):
    rows = re.findall(r"^\| (\S+) \| (\S+) \| (.+) \|$", (bundle / "LICENCES.md").read_text(), re.M)
    rows = [row for row in rows if row[0] not in ("package", "---")]
    assert len(rows) == len(list((bundle / "wheels").glob("*.whl")))
    assert ("chengyun", "Apache-2.0") in {(name, licence) for name, _, licence in rows}
    assert [row for row in rows if row[2] in ("UNKNOWN", "not stated")] == []


def test_no_index_is_written_into_it(bundle):
    """Where it was built from is nobody's business, and no installation asks there."""
    known = run(sys.executable, "-m", "pip", "config", "list").stdout
    hosts = {urlsplit(PyPI.url).hostname, PyPI.file_storage_domain}
    hosts |= set(re.findall(r"//([\w-]+\.[\w.-]+)", known))
    for path in bundle.rglob("*"):
        if path.is_file() and path.suffix != ".whl":
            content = path.read_bytes()
            assert not [host for host in hosts if host.encode() in content], path


# --- installing -------------------------------------------------------------------------------


def test_there_is_no_network_in_there(installed, alone):
    look = "import socket; socket.create_connection(('192.0.2.1', 80), 2)"
    done = run(*alone, sys.executable, "-c", look, code=1)
    assert "unreachable" in done.stderr


def test_a_city_runs_from_the_bundle_alone(installed):
    """Check a pack, make requests, replay them, verify the chain, back it up: no network."""
    boston = installed.home / "prefix" / "current" / "share" / "cities" / "boston-311"
    assert installed("--version").stdout.strip().endswith(version())
    installed("check", boston)
    installed("sample", boston, "--out", "requests.csv", "--days", "2", "--per-day", "40")
    done = installed("replay", boston, "--requests", "requests.csv", "--out", "out", "--json")
    assert len(json.loads(done.stdout.splitlines()[-1])["state_hash"]) == 64
    assert "whole" in installed("audit", "verify", "out").stdout
    assert "facts" in installed("backup", "out", "--out", "kept").stdout
    found = json.loads(installed("doctor", "out/store", "--json").stdout)
    assert not [one for one in found if one["level"] == "bad"]


def version():
    return re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text(), re.M)[1]


# --- the next release -------------------------------------------------------------------------


def release(target, number="1.0", says="chengyun, version 1.0"):
    """Return a bundle of a small release ``number`` whose command prints ``says``."""
    (target / "wheels").mkdir(parents=True)
    with zipfile.ZipFile(target / "wheels" / f"chengyun-{number}-py3-none-any.whl", "w") as wheel:
        about = f"chengyun-{number}.dist-info"
        files = {
            "chengyun.py": f"def main():\n    print({says!r})\n",
            f"{about}/METADATA": f"Metadata-Version: 2.1\nName: chengyun\nVersion: {number}\n",
            f"{about}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            f"{about}/entry_points.txt": "[console_scripts]\nchengyun = chengyun:main\n",
            f"{about}/RECORD": "",
        }
        for name, content in files.items():
            wheel.writestr(name, content)
    shutil.copy(ROOT / "deploy" / "install.sh", target)
    shutil.copytree(ROOT / "deploy" / "systemd", target / "systemd")
    shutil.copytree(Path(ensurepip.__file__).parent / "_bundled", target / "installer")
    for name in ("docs", "cities"):
        (target / name).mkdir()
    for name in ("LICENSE", "LICENCES.md"):
        (target / name).touch()
    python = ".".join(platform.python_version_tuple()[:2])
    (target / "ABOUT").write_text(f"VERSION={number}\nARCH={ARCH}\nPYTHONS={python}\n", "ascii")
    sums = run("sh", "-c", "find . -type f ! -name SHA256SUMS | xargs sha256sum", cwd=target)
    (target / "SHA256SUMS").write_text(sums.stdout, "ascii")
    return target


def test_the_next_release_is_switched_to_when_it_starts_and_the_one_before_stays(tmp_path):
    def install(number, says, code=0):
        folder = release(tmp_path / number, number, says)
        words = ("sh", folder / "install.sh", "--prefix", prefix, "--bin", tmp_path / "bin")
        return run(*words, "--python", sys.executable, code=code)

    def runs():
        env = {"PATH": os.environ["PATH"]}
        return run(tmp_path / "bin" / "chengyun", "--version", env=env).stdout.strip()

    def kept():
        return sorted(path.name.partition("-")[0] for path in (prefix / "releases").iterdir())

    prefix = tmp_path / "prefix"
    install("1.0", "chengyun, version 1.0")
    assert runs() == "chengyun, version 1.0"
    (prefix / "releases" / "0.9-long-ago").mkdir()
    assert "Upgraded from 1.0-" in install("1.1", "chengyun, version 1.1").stdout
    assert (runs(), kept()) == ("chengyun, version 1.1", ["1.0", "1.1"])
    assert "does not start" in install("1.2", "something else", code=1).stderr
    assert (runs(), kept()) == ("chengyun, version 1.1", ["1.0", "1.1"])
    units = (prefix / "current" / "share" / "systemd").glob("*.service")
    assert all(f"ExecStart={prefix}/current/bin/chengyun" in one.read_text() for one in units)


# --- what does not fit is said ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("about", "said"),
    [
        ({"ARCH": "riscv64"}, "the bundle is for riscv64"),
        ({"PYTHONS": "2.7"}, "no Python 2.7"),
        ({"MORE": "1"}, "the bundle is not whole"),
    ],
)
def test_a_machine_that_does_not_fit_and_a_bundle_that_is_not_whole(tmp_path, about, said):
    folder = release(tmp_path / "bundle")
    with (folder / "ABOUT").open("a", encoding="ascii") as file:
        file.writelines(f"{name}={value}\n" for name, value in about.items())
    words = ("sh", folder / "install.sh", "--prefix", tmp_path / "prefix", "--bin", tmp_path)
    done = run(*words, "--python", sys.executable, code=1)
    assert said in done.stderr
    assert "->" in done.stderr
    assert not (tmp_path / "prefix" / "current").exists()
