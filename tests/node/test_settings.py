"""What is read from the environment, and what is said of a value that breaks a rule."""

from __future__ import annotations

from pathlib import Path

import pytest

from strongroom_server.node.settings import Settings, SettingsError, from_environment

BOOTSTRAP = "sr_first_0123456789abcdef"


def test_nothing_set_is_the_documented_default() -> None:
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
    names = (
        "GRPC_PORT",
        "HTTP_PORT",
        "HOST",
        "DATA_DIR",
        "DATABASE_URL",
        "BOOTSTRAP_API_KEY",
        "REGIONS",
        "TRUSTED_PROXIES",
    )
    assert from_environment({f"STRONGROOM_{name}": "" for name in names}) == from_environment({})


def test_every_variable_is_taken() -> None:
    settings = from_environment(
        {
            "STRONGROOM_GRPC_PORT": "0",
            "STRONGROOM_HTTP_PORT": "65535",
            "STRONGROOM_HOST": "::1",
            "STRONGROOM_DATA_DIR": "/data",
            "STRONGROOM_DATABASE_URL": "postgresql://u:hunter2@db/strongroom",
            "STRONGROOM_BOOTSTRAP_API_KEY": BOOTSTRAP,
            "STRONGROOM_BOOTSTRAP_ORGANISATION": "a.b_c-1",
            "STRONGROOM_REGIONS": "eu, us,,eu",
            "STRONGROOM_TRUSTED_PROXIES": "10.0.0.1",
        }
    )

    assert (settings.grpc_port, settings.http_port, settings.host) == (0, 65535, "::1")
    assert settings.keys_dir == Path("/data/keys")
    assert settings.bootstrap_organisation == "a.b_c-1"
    assert settings.regions == ("eu", "us")
    assert settings.trusted_proxies == "10.0.0.1"
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
        *(("REGIONS", value) for value in ("eu us", "ä", "r" * 64)),
    ],
)
def test_a_bad_value_is_refused_by_name_and_rule(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"STRONGROOM_{name}") as caught:
        from_environment({f"STRONGROOM_{name}": value})
    assert name != "BOOTSTRAP_API_KEY" or value not in str(caught.value)
