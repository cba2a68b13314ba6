"""Each failure of AWS KMS is one line that names the setting to correct."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from egress.servers import server
from keys.servers import Kms, aws_credentials, kms, running_kms
from ports import free_port

from strongroom_server.keys.providers.aws_kms import key_of
from strongroom_server.sealing.key_provider import ProviderError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["aws_credentials", "kms"]

KEY = bytes(range(32))
ARN = "arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-0000-0000-000000000000"

pytestmark = pytest.mark.usefixtures("aws_credentials")


async def test_a_server_that_is_down_is_named(kms: Kms) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(ProviderError, match=f"{url} cannot be connected to .*STRONGROOM_AWS_KMS_URL"):
        await kms.provider(url=url).wrap("root", KEY)


async def test_a_kms_key_that_does_not_exist_is_reported_with_its_setting(kms: Kms) -> None:
    with pytest.raises(ProviderError, match="NotFoundException: correct STRONGROOM_AWS_KMS_KEY"):
        await kms.provider(ARN).wrap("root", KEY)


async def test_missing_aws_credentials_are_reported(kms: Kms, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "absent"))
    with pytest.raises(ProviderError, match="no AWS credentials: give this machine a role"):
        await kms.provider().wrap("root", KEY)


async def test_botocore_that_is_not_installed_is_reported_with_the_extra(
    kms: Kms, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "botocore.session", None)
    with pytest.raises(ProviderError, match=r"install strongroom\[server,aws\]"):
        await kms.provider().wrap("root", KEY)


async def test_requests_are_signed_as_aws_checks_it_and_wrong_credentials_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running_kms(tmp_path) as kms:
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(kms.credentials_file))
        key_id, secret = await kms.check_signatures()
        kms.use(key_id, secret)
        wrapped = await kms.provider().wrap("root", KEY)
        assert await kms.provider().unwrap("root", wrapped) == KEY
        kms.use(key_id, "hunter2")
        with pytest.raises(ProviderError, match=r"aws-kms: Decrypt failed with .*credentials are not valid") as caught:
            await kms.provider().unwrap("root", wrapped)
        assert "hunter2" not in str(caught.value)


async def test_the_endpoint_is_that_of_the_keys_region_and_partition() -> None:
    assert str(key_of(ARN).endpoint) == "https://kms.eu-west-1.amazonaws.com"
    assert str(key_of(ARN.replace("arn:aws:", "arn:aws-cn:")).endpoint) == "https://kms.eu-west-1.amazonaws.com.cn"
    assert key_of(ARN.replace("key/", "alias/")).region == "eu-west-1"


@pytest.mark.parametrize(
    "arn",
    ["", "alias/strongroom", ARN.replace(":kms:", ":s3:"), ARN.replace("aws", "aws-other"), ARN + "\n", ARN + "@x"],
)
async def test_anything_but_the_arn_of_a_key_is_refused(arn: str) -> None:
    with pytest.raises(ValueError, match="the ARN of a KMS key"):
        key_of(arn)


async def test_a_role_that_these_credentials_may_not_assume_is_reported(
    kms: Kms, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    denied = b"<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>hunter2</Message></Error></ErrorResponse>"
    config = tmp_path / "config"
    config.write_text(
        "[profile role]\nrole_arn = arn:aws:iam::123456789012:role/node\nsource_profile = default\nregion = eu-west-1\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_PROFILE", "role")
    head = b"HTTP/1.1 403 Forbidden\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n" % len(denied)
    async with server(head + denied) as (port, requests):
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", f"http://127.0.0.1:{port}")
        with pytest.raises(ProviderError, match=r"^aws-kms: no AWS credentials can be had \(AccessDenied\)$"):
            await kms.provider().wrap("root", KEY)
    assert requests
