"""Tests who may use a credential's secret, for which host and in which state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from msgspec import structs
from sealing.test_signatures import CREDENTIAL

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1.credential_pb2 import READ_ACCESS_GLOBAL, READ_ACCESS_SPECIFIC_TEAMS, READ_ACCESS_TEAM
from strongroom.v1.organisation_service_pb2 import ROLE_USER
from strongroom_server.access.caller import Caller
from strongroom_server.access.scopes import Scope
from strongroom_server.access.use import require_use
from strongroom_server.core.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from strongroom_server.core.records import Credential

ROW = structs.replace(
    CREDENTIAL,
    team_id=1,
    folder_id=7,
    read_access=READ_ACCESS_TEAM,
    shared_team_ids=(),
    allowed_hosts=(),
    state=1,
    violations=(),
)


def caller(team_ids: Sequence[int] | None = None, organisation_id: str = ROW.organisation_id) -> Caller:
    return Caller("k", organisation_id, frozenset({ROLE_USER}), team_ids)


def refusal(by: Caller, row: Credential, host: str = "", *, allow_invalid: bool = False) -> ServiceError:
    with pytest.raises(ServiceError) as caught:
        require_use(by, row, host, allow_invalid=allow_invalid)
    return caught.value


@pytest.mark.parametrize(
    ("team_ids", "columns"),
    [
        (None, {"team_id": None}),
        ((1,), {}),
        ((2, 1), {}),
        ((2,), {"read_access": READ_ACCESS_GLOBAL}),
        ((2,), {"read_access": READ_ACCESS_GLOBAL, "team_id": None}),
        ((2,), {"read_access": READ_ACCESS_SPECIFIC_TEAMS, "shared_team_ids": (3, 2)}),
    ],
)
def test_a_key_may_use_what_its_teams_may_read(team_ids: Sequence[int] | None, columns: dict[str, Any]) -> None:
    require_use(caller(team_ids), structs.replace(ROW, **columns), "")


@pytest.mark.parametrize(
    ("team_ids", "columns"),
    [
        ((2,), {}),
        ((2,), {"team_id": None}),
        ((2,), {"shared_team_ids": (2,)}),
        ((2,), {"read_access": READ_ACCESS_SPECIFIC_TEAMS, "shared_team_ids": (3,)}),
        ((2,), {"read_access": READ_ACCESS_SPECIFIC_TEAMS, "shared_team_ids": (2,), "team_id": None}),
    ],
)
def test_what_a_keys_teams_may_not_read_does_not_exist_for_it(team_ids: Sequence[int], columns: dict[str, Any]) -> None:
    error = refusal(caller(team_ids), structs.replace(ROW, **columns))
    assert error.reason == reasons.ERROR_REASON_CREDENTIAL_NOT_FOUND


@pytest.mark.parametrize(
    ("scope", "contained"),
    [
        (Scope(credential_ids=frozenset({ROW.id})), True),
        (Scope(credential_ids=frozenset({UUID(int=1)})), False),
        (Scope(folder_ids=frozenset({7})), True),
        (Scope(folder_ids=frozenset({99})), False),
        (Scope(surfaces=frozenset({ROW.surface})), True),
        (Scope(surfaces=frozenset({ROW.surface + 1})), False),
        (Scope(networks=()), True),
    ],
)
def test_what_is_outside_of_a_keys_scope_does_not_exist_for_it(scope: Scope, *, contained: bool) -> None:
    limited = structs.replace(caller(), scope=scope)
    if contained:
        require_use(limited, ROW, "")
    else:
        assert refusal(limited, ROW).reason == reasons.ERROR_REASON_CREDENTIAL_NOT_FOUND
    # Nor does a scope give what the teams may not read.
    assert refusal(structs.replace(limited, team_ids=(2,)), ROW).reason == reasons.ERROR_REASON_CREDENTIAL_NOT_FOUND


def test_a_credential_of_another_organisation_does_not_exist() -> None:
    error = refusal(caller(organisation_id="other"), structs.replace(ROW, read_access=READ_ACCESS_GLOBAL))
    assert error.reason == reasons.ERROR_REASON_CREDENTIAL_NOT_FOUND


def test_only_allowed_hosts_get_the_secret() -> None:
    row = structs.replace(ROW, allowed_hosts=("*.example.com", "a.test"))
    require_use(caller(), row, "API.example.com")
    require_use(caller(), row, "a.test")
    for host in ("", "b.test", "example.com", "a.test:8443"):
        assert refusal(caller(), row, host).reason == reasons.ERROR_REASON_HOST_NOT_ALLOWED


def test_a_secret_goes_to_another_port_only_if_a_pattern_names_it() -> None:
    row = structs.replace(ROW, allowed_hosts=("*.example.com:8443", "a.test"))
    for host in ("api.example.com:8443", "a.test:443", "a.test"):
        require_use(caller(), row, host)
    for host in ("api.example.com", "api.example.com:443", "a.test:8443"):
        assert refusal(caller(), row, host).reason == reasons.ERROR_REASON_HOST_NOT_ALLOWED


def test_any_host_gets_the_secret_of_a_credential_without_allowed_hosts() -> None:
    for host in ("", "b.test", "b.test:8443"):
        require_use(caller(), ROW, host)


def test_an_invalid_credential_is_refused_unless_the_caller_allows_it() -> None:
    row = structs.replace(ROW, state=2, violations=("text.value", "is required"))
    error = refusal(caller(), row)
    assert error.reason == reasons.ERROR_REASON_CREDENTIAL_INVALID
    assert error.violations == (("text.value", "is required"),)
    require_use(caller(), row, "", allow_invalid=True)


def test_an_invalid_credential_is_not_given_to_another_host() -> None:
    row = structs.replace(ROW, allowed_hosts=("a.test",), violations=("text.value", "is required"))
    assert refusal(caller(), row, "b.test", allow_invalid=True).reason == reasons.ERROR_REASON_HOST_NOT_ALLOWED
