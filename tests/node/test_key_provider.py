"""The settings choose the provider; a missing or wrong one is named."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import pytest
from keys.servers import new_identity

from strongroom_server.keys.providers.age import Age
from strongroom_server.keys.providers.aws_kms import AwsKms
from strongroom_server.keys.providers.transit import Transit
from strongroom_server.node.key_provider import IdentityError, age_identity, key_provider
from strongroom_server.node.settings import SettingsError, from_environment

if TYPE_CHECKING:
    from pathlib import Path

    from strongroom_server.node.settings import Settings

ARN = "arn:aws:kms:eu-west-1:123456789012:alias/strongroom"
TRANSIT = {
    "STRONGROOM_KEY_PROVIDER": "transit",
    "STRONGROOM_TRANSIT_URL": "https://vault.example.net:8200",
    "STRONGROOM_TRANSIT_KEY": "team/transit/strongroom",
    "STRONGROOM_TRANSIT_TOKEN_FILE": "/run/token",
}
KMS = {"STRONGROOM_KEY_PROVIDER": "aws-kms", "STRONGROOM_AWS_KMS_KEY": ARN}


def test_each_value_chooses_its_provider(tmp_path: Path) -> None:
    identity = tmp_path / "identity"
    identity.write_text(new_identity())
    identity.chmod(0o600)
    age = {"STRONGROOM_KEY_PROVIDER": "age", "STRONGROOM_AGE_IDENTITY_FILE": str(identity)}
    assert key_provider(from_environment({})) is None
    assert key_provider(from_environment({"STRONGROOM_KEY_PROVIDER": "files"})) is None
    assert isinstance(key_provider(from_environment(age)), Age)
    assert isinstance(key_provider(from_environment(TRANSIT)), Transit)
    assert isinstance(key_provider(from_environment(KMS)), AwsKms)
    assert from_environment(TRANSIT).transit_key == ("team/transit", "strongroom")


@pytest.mark.parametrize(
    ("environment", "missing"),
    [
        ({"STRONGROOM_KEY_PROVIDER": "age"}, "STRONGROOM_AGE_IDENTITY_FILE"),
        *(({**TRANSIT, name: ""}, name) for name in TRANSIT if name != "STRONGROOM_KEY_PROVIDER"),
        ({**KMS, "STRONGROOM_AWS_KMS_KEY": ""}, "STRONGROOM_AWS_KMS_KEY"),
    ],
)
def test_a_missing_setting_is_named(environment: dict[str, str], missing: str) -> None:
    with pytest.raises(SettingsError, match=f"{missing} must be set, because STRONGROOM_KEY_PROVIDER is"):
        key_provider(from_environment(environment))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("STRONGROOM_KEY_PROVIDER", "vault"),
        ("STRONGROOM_TRANSIT_URL", "http://vault.example.net"),
        ("STRONGROOM_TRANSIT_URL", "https://hunter2@vault.example.net"),
        ("STRONGROOM_TRANSIT_KEY", "strongroom"),
        ("STRONGROOM_TRANSIT_KEY", "transit/../strongroom"),
        ("STRONGROOM_AWS_KMS_KEY", "alias/strongroom"),
        ("STRONGROOM_AWS_KMS_URL", "kms.example.net"),
    ],
)
def test_a_wrong_value_is_named_and_not_shown(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name} must be ") as caught:
        from_environment({name: value})
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_certificates_that_cannot_be_loaded_are_named(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    with pytest.raises(SettingsError, match=f"STRONGROOM_EGRESS_CA: {re.escape(str(path))}: [^ ]"):
        key_provider(from_environment({**TRANSIT, "STRONGROOM_EGRESS_CA": str(path)}))


def settings_with_identity_in(descriptor: int, tmp_path: Path) -> Settings:
    return from_environment(
        {
            "STRONGROOM_KEY_PROVIDER": "age",
            "STRONGROOM_AGE_IDENTITY_FILE": f"/dev/fd/{descriptor}",
            "STRONGROOM_DATA_DIR": str(tmp_path),
        }
    )


def test_an_identity_is_read_once_from_a_pipe(tmp_path: Path) -> None:
    identity = new_identity()
    reading, writing = os.pipe()
    os.write(writing, identity.encode())
    os.close(writing)
    settings = settings_with_identity_in(reading, tmp_path)
    assert age_identity(settings) == identity
    os.close(reading)
    assert age_identity(settings) == identity
    assert isinstance(key_provider(settings), Age)


def test_an_empty_pipe_is_no_identity(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(writing)
    settings = settings_with_identity_in(reading, tmp_path)
    with pytest.raises(IdentityError, match="it must hold exactly one identity"):
        age_identity(settings)
    os.close(reading)
