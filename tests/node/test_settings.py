"""How the environment is read, and how a value that breaks a rule is reported."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from strongroom_server.node.settings import VARIABLES, Settings, SettingsError, from_environment

BOOTSTRAP = "sr_first_0123456789abcdef"


def test_an_empty_environment_gives_the_documented_defaults() -> None:
    assert from_environment({}) == Settings(
        grpc_port=50051,
        http_port=8080,
        host="127.0.0.1",
        data_dir=Path(".strongroom").absolute(),
        database_url=None,
        bootstrap_api_key=None,
        bootstrap_organisation="default",
    )


def test_an_empty_variable_counts_as_unset() -> None:
    names = [name for variable in VARIABLES for name in variable.names]
    assert from_environment(dict.fromkeys(names, "")) == from_environment({})


def test_every_field_is_set_by_one_variable() -> None:
    assert sorted(variable.field for variable in VARIABLES) == sorted(
        each.name for each in dataclasses.fields(Settings)
    )


def test_every_variable_is_read() -> None:
    settings = from_environment(
        {
            "STRONGROOM_GRPC_PORT": "0",
            "STRONGROOM_HTTP_PORT": "65535",
            "STRONGROOM_PROXY_PORT": "8081",
            "STRONGROOM_PROXY_HOST": "Proxy.example.com",
            "STRONGROOM_HOST": "::1",
            "STRONGROOM_DATA_DIR": "/data",
            "STRONGROOM_DATABASE_URL": "postgresql://u:hunter2@db/strongroom",
            "STRONGROOM_BOOTSTRAP_API_KEY": BOOTSTRAP,
            "STRONGROOM_BOOTSTRAP_ORGANISATION": "a.b_c-1",
            "STRONGROOM_REGIONS": "eu, us,,eu",
            "STRONGROOM_TRUSTED_PROXIES": "10.0.0.1",
            "STRONGROOM_AUDIT_RETENTION_DAYS": "90",
            "STRONGROOM_ROOT_KEY_FILE": "/root/root.key",
        }
    )

    assert (settings.grpc_port, settings.http_port, settings.host) == (0, 65535, "::1")
    assert (settings.proxy_port, settings.proxy_host) == (8081, "proxy.example.com")
    assert settings.keys_dir == Path("/data/keys")
    assert settings.bootstrap_organisation == "a.b_c-1"
    assert settings.regions == ("eu", "us")
    assert settings.trusted_proxies.has_address("10.0.0.1")
    assert settings.audit_retention_days == 90
    assert settings.root_key_path == Path("/root/root.key")
    assert "hunter2" not in repr(settings)
    assert BOOTSTRAP not in repr(settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("GRPC_PORT", value) for value in ("x", "-1", "65536", "80 ", "٨٠", "9" * 5000)),
        ("HTTP_PORT", "65536"),
        *(
            ("BOOTSTRAP_API_KEY", value)
            for value in ("hunter2", "sr_A_0123456789abcdef", "sr_a_short", "sr_a_" + "ü" * 16)
        ),
        *(("BOOTSTRAP_ORGANISATION", value) for value in ("strongroom", "-a", "a b", "a" * 65, "ä")),
        *(("AUDIT_RETENTION_DAYS", value) for value in ("-1", "x", "100000")),
        *(("REGIONS", value) for value in ("eu us", "ä", "r" * 64)),
    ],
)
def test_a_bad_value_is_refused_by_name_and_rule(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"STRONGROOM_{name}") as caught:
        from_environment({f"STRONGROOM_{name}": value})
    assert name != "BOOTSTRAP_API_KEY" or value not in str(caught.value)


@pytest.mark.parametrize(
    ("value", "url"),
    [
        ("https://connect.example.com", "https://connect.example.com"),
        ("HTTPS://Connect.Example.com:443/", "https://connect.example.com"),
        ("https://connect.example.com:8443", "https://connect.example.com:8443"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("https://[2001:db8::1]", "https://[2001:db8::1]"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_the_public_url_is_an_origin(value: str, url: str) -> None:
    assert from_environment({"STRONGROOM_PUBLIC_URL": value}).public_url == url


@pytest.mark.parametrize(
    "value",
    [
        "connect.example.com",
        "http://connect.example.com",
        "http://10.0.0.1",
        "https://connect.example.com/connect",
        "https://connect.example.com?a=b",
        "https://connect.example.com/#a",
        "https://user:hunter2@connect.example.com",
        "https://connect.example.com:0",
        "https://127.1",
        "ftp://localhost",
        "https://",
    ],
)
def test_another_public_url_is_refused_with_the_rule(value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        from_environment({"STRONGROOM_PUBLIC_URL": value})
    assert str(caught.value) == (
        "STRONGROOM_PUBLIC_URL must be an https:// URL without a path, such as https://connect.example.com; "
        "http:// is allowed only for this machine, such as http://localhost:8080"
    )


def test_the_public_url_cannot_be_at_the_host_of_the_proxy() -> None:
    named = {"STRONGROOM_PUBLIC_URL": "https://A.example.com:8443", "STRONGROOM_PROXY_HOST": "a.example.com"}
    with pytest.raises(SettingsError, match="STRONGROOM_PUBLIC_URL has the host of STRONGROOM_PROXY_HOST"):
        from_environment(named)
    from_environment(named | {"STRONGROOM_PROXY_HOST": "b.example.com"})


@pytest.mark.parametrize(
    ("name", "value"),
    [("DATABASE_URL", "postgresql://u:hunter2@db/strongroom"), ("BOOTSTRAP_API_KEY", BOOTSTRAP)],
)
def test_a_secret_can_be_read_from_a_file(name: str, value: str, tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text(f"{value}\n")
    from_file = from_environment({f"STRONGROOM_{name}_FILE": str(path)})
    assert from_file == from_environment({f"STRONGROOM_{name}": value})
    assert from_file != from_environment({})


@pytest.mark.parametrize(
    ("content", "problem"), [(None, "No such file"), (b"\n", "is empty"), (b"\xff", "must be UTF-8")]
)
def test_a_file_without_a_secret_is_refused_by_name(content: bytes | None, problem: str, tmp_path: Path) -> None:
    path = tmp_path / "secret"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SettingsError, match=f"STRONGROOM_DATABASE_URL_FILE: {path}.*{problem}"):
        from_environment({"STRONGROOM_DATABASE_URL_FILE": str(path)})


def test_a_secret_that_is_set_twice_is_refused() -> None:
    twice = {"STRONGROOM_BOOTSTRAP_API_KEY": BOOTSTRAP, "STRONGROOM_BOOTSTRAP_API_KEY_FILE": "/secret"}
    with pytest.raises(
        SettingsError, match="STRONGROOM_BOOTSTRAP_API_KEY and STRONGROOM_BOOTSTRAP_API_KEY_FILE are both"
    ):
        from_environment(twice)


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("DATABSE_URL", "DATABASE_URL"),
        ("DATABASE_URI", "DATABASE_URL"),
        ("DATADIR", "DATA_DIR"),
        ("GPRC_PORT", "GRPC_PORT"),
        ("REGION", "REGIONS"),
        ("BOOTSTRAP_ORGANIZATION", "BOOTSTRAP_ORGANISATION"),
        ("BOOTSTRAP_API_KEYFILE", "BOOTSTRAP_API_KEY_FILE"),
    ],
)
def test_a_misspelled_variable_is_refused_by_name(wrong: str, right: str) -> None:
    with pytest.raises(SettingsError, match=f"STRONGROOM_{wrong} is not a setting: did you mean STRONGROOM_{right}\\?"):
        from_environment({f"STRONGROOM_{wrong}": "x"})


def test_variables_that_kubernetes_and_the_client_set_are_ignored() -> None:
    names = ["SERVICE_HOST", "SERVICE_PORT", "SERVICE_PORT_HTTP", "SERVICE_PORT_GRPC", "PORT", "API_KEY", "TARGET"]
    for number in ("8080", "50051"):
        names += [f"PORT_{number}_TCP{part}" for part in ("", "_ADDR", "_PORT", "_PROTO")]
    assert from_environment({f"STRONGROOM_{name}": "tcp://10.0.0.1:8080" for name in names}) == from_environment({})
