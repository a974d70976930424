"""What is deployed: units that systemd takes, and archives whose bytes follow from their files."""

import configparser
import gzip
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UNITS = sorted((ROOT / "deploy" / "systemd").glob("*@.*"))
COMMAND = "/opt/chengyun/current/bin/chengyun"


def parsed(path):
    parser = configparser.RawConfigParser(strict=False)
    parser.optionxform = str
    parser.read(path, encoding="utf-8")
    return parser


@pytest.fixture
def bundling():
    spec = importlib.util.spec_from_file_location("bundle", ROOT / "deploy" / "bundle.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not here")
def test_systemd_takes_the_units(tmp_path):
    """With a command that exists, as one unit is only sound when its program is there."""
    given = []
    for path in UNITS:
        text = path.read_text(encoding="utf-8").replace(COMMAND, shutil.which("true"))
        given.append(tmp_path / path.name.replace("@", "@linjiang"))
        given[-1].write_text(re.sub("^(User|Group)=.*$", r"\1=root", text, flags=re.M))
    done = subprocess.run(
        ["systemd-analyze", "verify", *given], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Unknown" not in done.stderr


@pytest.mark.parametrize("path", [one for one in UNITS if one.suffix == ".service"])
def test_a_service_can_do_no_more_than_it_must(path):
    service = parsed(path)["Service"]
    assert service["User"] == "chengyun"
    assert service["ExecStart"].startswith(COMMAND)
    wanted = {"NoNewPrivileges": "yes", "ProtectSystem": "strict", "ProtectHome": "yes",
              "PrivateTmp": "yes", "CapabilityBoundingSet": "", "UMask": "0077"}  # fmt: skip
    assert {name: service[name] for name in wanted} == wanted


def test_the_platform_is_stopped_gently_and_started_again():
    service = parsed(ROOT / "deploy" / "systemd" / "chengyun@.service")["Service"]
    assert service["KillSignal"] == "SIGTERM"
    assert int(service["TimeoutStopSec"]) >= 30
    assert service["Restart"] == "on-failure"


def test_what_the_backup_unit_writes_is_its_own():
    service = parsed(ROOT / "deploy" / "systemd" / "chengyun-backup@.service")["Service"]
    assert service["StateDirectory"].split() == ["chengyun/%i", "chengyun-backups/%i"]
    assert "--out /var/lib/chengyun-backups/%i" in service["ExecStart"]


def test_the_installer_is_a_shell_script_that_parses():
    subprocess.run(["sh", "-n", ROOT / "deploy" / "install.sh"], check=True)


def test_an_archive_follows_from_its_files_alone(bundling, tmp_path):
    folder = tmp_path / "chengyun"
    (folder / "b").mkdir(parents=True)
    (folder / "b" / "install.sh").write_text("echo\n")
    (folder / "a").write_text("a\n")
    bundling.pack(folder, tmp_path / "one.tar.gz")
    for path in folder.rglob("*"):
        os.utime(path, (1, 1))
        path.chmod(0o700)
    bundling.pack(folder, tmp_path / "two.tar.gz")
    one, two = (tmp_path / f"{name}.tar.gz" for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()
    assert b"chengyun/b/install.sh" in gzip.decompress(one.read_bytes())


def test_licences_are_read_as_packages_state_them(bundling):
    def about(**lines):
        message = bundling.Message()
        for name, value in lines.items():
            message[name.replace("_", "-")] = value
        return bundling.licence_of(message)

    assert about(License_Expression="MIT", License="other") == "MIT"
    assert about(Classifier="License :: OSI Approved :: BSD License") == "BSD License"
    assert about(License="MPL-2.0\nand all of its text") == "MPL-2.0"
    assert bundling.licence_of(bundling.Message(), f"(c) A\n\n{bundling.MIT_WORDS}\n of") == "MIT"
    assert about() == "not stated"


# --- what it is built from --------------------------------------------------------------------


@pytest.fixture
def reporting():
    spec = importlib.util.spec_from_file_location("deps", ROOT / "deploy" / "dependencies.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("expression", "allowed"),
    [
        ("MIT", True),
        ("(MIT OR Apache-2.0)", True),
        ("AGPL-3.0-only OR MIT", True),
        ("BSD-2-Clause AND Apache-2.0 WITH LLVM-exception", True),
        ("MIT AND AGPL-3.0-only", False),
        ("AGPL-3.0-or-later", False),
        ("SSPL-1.0", False),
        ("BUSL-1.1", False),
        ("GPL-3.0-only", False),
        ("not stated", False),
        ("", False),
        ("(MIT AND (SSPL-1.0 OR X))", False),
    ],
)
def test_only_licences_that_leave_us_free_are_allowed(reporting, expression, allowed):
    assert reporting.is_allowed(expression) is allowed


def test_everything_here_has_an_allowed_licence(reporting):
    packages = [*reporting.installed(), *reporting.locked(reporting.LOCK)]
    assert len(packages) > 100
    assert [one for one in packages if not reporting.is_allowed(one.licence)] == []
    runs = {one.name for one in packages if one.runs}
    assert {"cryptography", "cffi", "vue"} <= runs
    assert not {"pytest", "vite"} & runs


@pytest.mark.parametrize(
    ("version", "range_", "hit"),
    [
        ("1.2.3", [{"introduced": "0"}, {"fixed": "1.2.4"}], True),
        ("1.2.4", [{"introduced": "0"}, {"fixed": "1.2.4"}], False),
        ("1.10.0", [{"introduced": "1.9"}, {"last_affected": "1.10"}], True),
        ("2.0", [{"introduced": "0"}, {"fixed": "1.0"}, {"introduced": "2.0"}], True),
        ("0.9", [{"introduced": "1.0"}], False),
        ("weird", [{"introduced": "1.0"}], True),
    ],
)
def test_a_known_vulnerability_is_found_by_version(reporting, tmp_path, version, range_, hit):
    package = reporting.Package("PyPI", "some-thing", version, "MIT", True)
    advisory = {
        "id": "OSV-1",
        "affected": [
            {"package": {"ecosystem": "npm", "name": "some-thing"}, "versions": [version]},
            {
                "package": {"ecosystem": "PyPI", "name": "Some_Thing"},
                "ranges": [{"type": "ECOSYSTEM", "events": range_}],
            },
        ],
    }
    (tmp_path / "a.json").write_text(json.dumps(advisory))
    (tmp_path / "b.json").write_text(json.dumps({**advisory, "id": "X", "withdrawn": "2026"}))
    found = list(reporting.found_in([package], tmp_path))
    assert found == ([(package, "OSV-1")] if hit else [])


def wheel(folder, name, version, **lines):
    path = folder / f"{name}-{version}-py3-none-any.whl"
    about = f"Name: {name}\nVersion: {version}\n"
    about += "".join(f"{key.replace('_', '-')}: {value}\n" for key, value in lines.items())
    with zipfile.ZipFile(path, "w") as file:
        file.writestr(zipfile.ZipInfo(f"{name}-{version}.dist-info/METADATA"), about)
    return path


def test_the_bill_of_materials_names_every_part_with_its_digest(bundling, tmp_path):
    wheel(tmp_path, "chengyun", "0.1.0", License_Expression="Apache-2.0")
    some = wheel(tmp_path, "Some_Thing", "1.2", License_Expression="MIT")
    lock = ROOT / "web" / "package-lock.json"
    text = bundling.sbom(tmp_path, lock)
    assert text == bundling.sbom(tmp_path, lock)
    found = json.loads(text)
    assert (found["bomFormat"], found["specVersion"]) == ("CycloneDX", "1.6")
    assert found["metadata"]["component"]["purl"] == "pkg:pypi/chengyun@0.1.0"
    parts = {part["purl"]: part for part in found["components"]}
    one = parts["pkg:pypi/some-thing@1.2"]
    assert one["hashes"][0]["content"] == hashlib.sha256(some.read_bytes()).hexdigest()
    assert one["licenses"] == [{"license": {"name": "MIT"}}]
    assert any(purl.startswith("pkg:npm/vue@") for purl in parts)
    assert not any(purl.startswith("pkg:npm/vite@") for purl in parts)
    assert all(len(part["hashes"][0]["content"]) in (64, 128) for part in parts.values())
    references = [part["bom-ref"] for part in found["components"]]
    assert len(references) == len(set(references))
