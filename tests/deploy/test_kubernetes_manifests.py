"""deploy/kubernetes: the manifests fit each other, the settings and the stop of a node. No cluster runs here."""

from __future__ import annotations

import re
import subprocess
import sys
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped] # installed with yamllint

from strongroom_server.node.settings import Settings, from_environment
from strongroom_server.node.stopping import REQUEST_SECONDS, grace_seconds

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "deploy/kubernetes").glob("*.yaml"))
OBJECTS: list[dict[str, Any]] = [each for file in FILES for each in yaml.safe_load_all(file.read_text())]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]


def named(kind: str) -> dict[str, dict[str, Any]]:
    """The objects of a kind by name."""
    return {each["metadata"]["name"]: each for each in OBJECTS if each["kind"] == kind}


PODS = {name: each["spec"]["template"] for kind in ("Deployment", "Job") for name, each in named(kind).items()}
DEPLOYMENTS = named("Deployment")
POLICIES = named("NetworkPolicy")
CONTAINERS = {
    f"{name}/{container['name']}": container
    for name, pod in PODS.items()
    for container in (*pod["spec"].get("initContainers", ()), *pod["spec"]["containers"])
}
CONFIGURATION: dict[str, str] = named("ConfigMap")["strongroom"]["data"]


def settings_of(container: dict[str, Any]) -> Settings:
    """The settings that the program reads in a container, except secrets."""
    environment = dict(CONFIGURATION) if container.get("envFrom") else {}
    environment |= {each["name"]: each["value"] for each in container.get("env", ())}
    return from_environment({name: value for name, value in environment.items() if not name.endswith("_FILE")})


def test_the_schema_of_kubernetes_is_checked_strictly(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text((ROOT / "deploy/kubernetes/gateway.yaml").read_text().replace("enableServiceLinks", "enableLinks"))
    program = Path(sys.executable).with_name("kubernetes-validate")
    assert subprocess.run([program, "--strict", "--quiet", wrong], check=False, capture_output=True).returncode != 0
    assert "kubernetes-validate --strict --quiet deploy/kubernetes/*.yaml" in (ROOT / "Makefile").read_text()


@pytest.mark.parametrize("name", CONTAINERS)
def test_a_container_is_restricted(name: str) -> None:
    container = CONTAINERS[name]
    assert container["image"] == COMPOSE["server"]["image"]
    assert set(container["resources"]) == {"requests", "limits"}
    assert set(container["resources"]["limits"]) == {"cpu", "memory"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


@pytest.mark.parametrize("name", PODS)
def test_a_pod_is_restricted(name: str) -> None:
    spec = PODS[name]["spec"]
    user = int(re.findall(r"^USER (\d+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)[0])
    assert spec["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": user,
        "runAsGroup": user,
        "fsGroup": user,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert spec["automountServiceAccountToken"] is False
    # Otherwise the cluster sets STRONGROOM_PORT and others.
    assert spec["enableServiceLinks"] is False
    assert spec["serviceAccountName"] in named("ServiceAccount")
    for volume in spec["volumes"]:
        assert volume.get("secret", {"defaultMode": 0o440})["defaultMode"] == 0o440


@pytest.mark.parametrize("name", CONTAINERS)
def test_every_mount_has_its_volume_and_every_file_of_a_setting_its_mount(name: str) -> None:
    container, pod = CONTAINERS[name], PODS[name.split("/", maxsplit=1)[0]]["spec"]
    mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    assert set(mounts) <= {volume["name"] for volume in pod["volumes"]}
    values = [*container.get("args", ()), *(each["value"] for each in container.get("env", ()))]
    values += CONFIGURATION.values() if container.get("envFrom") else []
    for path in (value for value in values if value.startswith("/")):
        assert str(Path(path).parent) in mounts.values(), path


def test_only_nodes_have_keys_and_only_the_migration_the_owner_of_the_schema() -> None:
    secrets = {
        name: {volume["secret"]["secretName"] for volume in pod["spec"]["volumes"] if "secret" in volume}
        for name, pod in PODS.items()
    }
    assert secrets == {
        "strongroom": {"strongroom-keys", "strongroom-database", "strongroom-tls"},
        "strongroom-gateway": {"strongroom-gateway-tls"},
        "strongroom-migrate": {"strongroom-database-owner", "strongroom-tls"},
    }
    assert not named("Secret")


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_a_deployment_has_its_service_and_its_budget(name: str) -> None:
    spec, labels = DEPLOYMENTS[name]["spec"], PODS[name]["metadata"]["labels"]
    assert spec["selector"]["matchLabels"].items() <= labels.items()
    service, budget = named("Service")[name]["spec"], named("PodDisruptionBudget")[name]["spec"]
    assert service["selector"].items() <= labels.items()
    assert budget["selector"]["matchLabels"].items() <= labels.items()
    assert spec["replicas"] > budget["maxUnavailable"]
    (spread,) = PODS[name]["spec"]["topologySpreadConstraints"]
    assert spread["labelSelector"]["matchLabels"].items() <= labels.items()
    ports = ports_of(name)
    for port in service["ports"]:
        assert ports[port["targetPort"]] == port["port"]


def ports_of(name: str) -> dict[str, int]:
    """The ports of a deployment's container by name."""
    (container,) = PODS[name]["spec"]["containers"]
    return {port["name"]: port["containerPort"] for port in container["ports"]}


def test_the_ports_are_those_of_the_settings() -> None:
    server = settings_of(CONTAINERS["strongroom/server"])
    gateway = settings_of(CONTAINERS["strongroom-gateway/gateway"])
    assert ports_of("strongroom") == {"grpc": server.grpc_port, "operations": server.operations_port}
    assert ports_of("strongroom-gateway") == {
        "http": gateway.http_port,
        "proxy": gateway.proxy_port,
        "operations": gateway.operations_port,
    }
    assert f"dns:///strongroom:{server.grpc_port}" in CONTAINERS["strongroom-gateway/gateway"]["args"]
    assert (server.tls, server.insecure, gateway.tls, gateway.insecure) == ("files", False, "files", False)


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_probes_ask_for_what_the_process_serves(name: str) -> None:
    (container,) = PODS[name]["spec"]["containers"]
    for probe, path in (("startupProbe", "/livez"), ("livenessProbe", "/livez"), ("readinessProbe", "/readyz")):
        asked = container[probe]["httpGet"]
        assert (asked["path"], asked["scheme"]) == (path, "HTTPS")
        assert asked["port"] == "operations"
    starting = container["startupProbe"]
    # `serve` waits for its database for 60 s.
    least = 60 if name == "strongroom" else 20
    assert starting["periodSeconds"] * starting["failureThreshold"] > least


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_a_pod_has_the_time_that_the_stop_of_a_node_takes(name: str) -> None:
    (container,) = PODS[name]["spec"]["containers"]
    drain = settings_of(container).drain_seconds
    probe = container["readinessProbe"]
    assert drain > probe["periodSeconds"] * probe["failureThreshold"]
    least = grace_seconds(drain) + (REQUEST_SECONDS if name == "strongroom" else 0)
    assert PODS[name]["spec"]["terminationGracePeriodSeconds"] > least


def test_nothing_reaches_a_pod_that_no_policy_allows() -> None:
    default = POLICIES["strongroom-default"]["spec"]
    assert set(default["policyTypes"]) == {"Ingress", "Egress"}
    assert "ingress" not in default
    for name, pod in PODS.items():
        assert default["podSelector"]["matchLabels"].items() <= pod["metadata"]["labels"].items()
        assert POLICIES[name]["spec"]["podSelector"]["matchLabels"].items() <= pod["metadata"]["labels"].items()
    assert set(POLICIES) == {"strongroom-default", *PODS}
    assert {port["port"] for rule in default["egress"] for port in rule["ports"]} == {53}


def allowed(name: str, direction: str) -> set[int | str]:
    """The ports of a policy's rules."""
    return {port["port"] for rule in POLICIES[name]["spec"].get(direction, ()) for port in rule["ports"]}


def test_policies_allow_exactly_the_ports_in_use() -> None:
    assert allowed("strongroom", "ingress") == set(ports_of("strongroom"))
    assert allowed("strongroom-gateway", "ingress") == set(ports_of("strongroom-gateway"))
    assert allowed("strongroom-gateway", "egress") == {"grpc"}
    assert allowed("strongroom-migrate", "egress") == {5432}
    used = settings_of(CONTAINERS["strongroom/server"]).egress_ports
    assert allowed("strongroom", "egress") == {5432, *used}


def test_a_node_reaches_only_public_addresses_and_its_database() -> None:
    blocks = [
        (ip_network(block["cidr"]), [ip_network(each) for each in block["except"]])
        for rule in POLICIES["strongroom"]["spec"]["egress"]
        for to in rule["to"]
        if (block := to.get("ipBlock"))
    ]

    def is_reached(text: str) -> bool:
        address = ip_address(text)
        return any(address in block and not any(address in each for each in refused) for block, refused in blocks)

    assert all(map(is_reached, ("93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c")))
    assert not any(
        map(is_reached, ("10.0.0.1", "172.20.0.1", "192.168.1.1", "169.254.169.254", "100.100.0.1", "fd00::1"))
    )


def test_the_keys_get_the_mode_that_a_node_requires(tmp_path: Path) -> None:
    # A Secret is mounted as links to files of a directory whose name has two dots.
    secret, keys = tmp_path / "secret", tmp_path / "keys"
    (secret / "..data").mkdir(parents=True)
    keys.mkdir()
    for file in ("root.pub", "signing-1.key"):
        (secret / "..data" / file).write_text("a key")
        (secret / "..data" / file).chmod(0o440)
        (secret / file).symlink_to(f"..data/{file}")
    command = list(CONTAINERS["strongroom/keys"]["command"])
    command[-1] = (
        command[-1].replace("/run/strongroom-keys", str(secret)).replace("/var/lib/strongroom/keys", str(keys))
    )
    subprocess.run(command, check=True)
    assert {file.name: file.stat().st_mode & 0o777 for file in keys.iterdir()} == {
        "root.pub": 0o600,
        "signing-1.key": 0o600,
    }
