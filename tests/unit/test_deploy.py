"""What is deployed: units that systemd takes, and archives whose bytes follow from their files."""

import configparser
import gzip
import importlib.util
import os
import re
import shutil
import subprocess
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
