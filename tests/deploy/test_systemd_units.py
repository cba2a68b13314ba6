"""deploy/systemd: systemd accepts the units, they are hardened, and they give a node the time that its stop takes."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from strongroom_server.node.settings import from_environment
from strongroom_server.node.stopping import GRACE_SECONDS, REQUEST_SECONDS

UNITS = sorted((Path(__file__).parents[2] / "deploy/systemd").glob("*.service"))
SERVING = [unit for unit in UNITS if unit.stem != "strongroom-migrate"]
INSTALLED = "/opt/strongroom/bin/strongroom-server"
# Tenths of systemd's exposure level, which goes from 0 to 10. Without any hardening a unit has 9.6.
MOST_EXPOSED = 20

needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd-analyze")


@pytest.fixture
def units(tmp_path: Path) -> list[str]:
    """Copies of the units that start the program of this environment."""
    program = str(Path(sys.executable).with_name("strongroom-server"))
    for unit in UNITS:
        assert f"ExecStart={INSTALLED} " in unit.read_text()
        (tmp_path / unit.name).write_text(unit.read_text().replace(INSTALLED, program))
    return [str(tmp_path / unit.name) for unit in UNITS]


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["systemd-analyze", *arguments], check=False, capture_output=True, text=True)


@needs_systemd
def test_systemd_accepts_every_unit_without_a_warning(units: list[str]) -> None:
    verified = analyze("verify", "--man=no", *units)
    assert verified.stderr == ""
    assert verified.returncode == 0


@needs_systemd
def test_systemd_finds_a_misspelt_setting(units: list[str]) -> None:
    copy = Path(units[0])
    copy.write_text(copy.read_text().replace("ProtectHome=", "ProtectHouse="))
    assert "ProtectHouse" in analyze("verify", "--man=no", units[0]).stderr


@needs_systemd
def test_every_unit_is_hardened(units: list[str]) -> None:
    for unit in units:
        rated = analyze("security", "--offline=true", f"--threshold={MOST_EXPOSED}", "--no-pager", unit)
        assert rated.returncode == 0, rated.stdout


def lines_of(unit: Path, name: str) -> list[str]:
    return [line.partition("=")[2] for line in unit.read_text().splitlines() if line.startswith(f"{name}=")]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_a_unit_has_limits(unit: Path) -> None:
    for name in ("MemoryMax", "TasksMax", "LimitCORE"):
        assert len(lines_of(unit, name)) == 1, name


@pytest.mark.parametrize("unit", SERVING, ids=lambda unit: unit.stem)
def test_a_unit_waits_for_the_stop_of_a_node(unit: Path) -> None:
    assert int(*lines_of(unit, "TimeoutStopSec")) > GRACE_SECONDS + REQUEST_SECONDS
    assert lines_of(unit, "KillMode") == ["mixed"]
    assert lines_of(unit, "LimitNOFILE") == ["65536"]


@pytest.mark.parametrize("unit", SERVING, ids=lambda unit: unit.stem)
def test_the_settings_of_a_unit_are_valid(unit: Path) -> None:
    pairs = (pair.split("=", 1) for line in lines_of(unit, "Environment") for pair in line.split())
    settings = from_environment({name: value for name, value in pairs if not name.endswith("_FILE")})
    assert settings.tls == "files"
    (limit,) = lines_of(unit, "MemoryMax")
    assert settings.memory_mb * 4 == {"1G": 1024, "512M": 512}[limit]
    assert not settings.insecure


def test_each_credential_that_a_unit_reads_is_loaded() -> None:
    for unit in UNITS:
        loaded = {line.split(":")[0] for line in lines_of(unit, "LoadCredential")}
        read = {
            word.partition("%d/")[2] for line in lines_of(unit, "Environment") for word in line.split() if "%d/" in word
        }
        assert loaded == read, unit.name
