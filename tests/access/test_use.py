"""Tests who may use a credential's secret, for which host and in which state."""

from __future__ import annotations

import itertools
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from msgspec import structs
from sealing.test_signatures import CREDENTIAL, TIME

from strongroom.v1 import error_reason_pb2 as reasons
from strongroom.v1.credential_pb2 import READ_ACCESS_GLOBAL, READ_ACCESS_SPECIFIC_TEAMS, READ_ACCESS_TEAM
from strongroom.v1.organisation_service_pb2 import ROLE_INVOKER, ROLE_USER
from strongroom_server.access.caller import Caller
from strongroom_server.access.scopes import Scope
from strongroom_server.access.use import BARE_SECRETS, require_long_secret, require_use
from strongroom_server.core.errors import ServiceError
from strongroom_server.rules.variants.table import VARIANTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from strongroom_server.access.use import Kind
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


USER, INVOKER, BOTH = frozenset({ROLE_USER}), frozenset({ROLE_INVOKER}), frozenset({ROLE_USER, ROLE_INVOKER})
KINDS: tuple[Kind, ...] = ("data", "token", "authorization", "response")
# What the credential allows, and a host.
HOSTS = {
    "any": ((), ""),
    "any, named": ((), "a.test"),
    "exact": (("a.test",), "a.test"),
    "wildcard": (("*.b.test",), "x.b.test"),
    # Below a domain of the operator.
    "listed": (("*.c.test",), "x.c.test"),
    "exact and wildcard": (("*.b.test", "x.b.test"), "x.b.test"),
    "other": (("a.test",), "z.test"),
    "not named": (("a.test",), ""),
}
DOMAINS = ("c.test",)
STATES: dict[str, dict[str, Any]] = {
    "ok": {},
    "invalid": {"violations": ("text.value", "is required")},
    "warned": {"warnings": ("data.jwt.private_key", "is too short")},
    "both": {"violations": ("text.value", "is required"), "warnings": ("data.jwt.private_key", "is too short")},
}


def decision(roles: frozenset[int], kind: Kind, hosts: str, state: str, *, bare: bool, allow_invalid: bool) -> str:
    """The policy in words, in the order in which a caller meets it."""
    patterns, _ = HOSTS[hosts]
    is_invoker, is_sent = ROLE_USER not in roles, bare and kind in ("authorization", "response")
    rules = (
        ("HOSTS_REQUIRED", not patterns and (kind == "response" or (kind == "authorization" and is_invoker))),
        ("HOST_NOT_ALLOWED", hosts in ("other", "not named")),
        ("CREDENTIAL_INVALID", state in ("invalid", "both") and not (kind == "data" and allow_invalid)),
        ("CREDENTIAL_UNUSABLE", state in ("warned", "both") and kind != "data"),
        ("SECRET_NOT_RELEASED", is_invoker and (kind == "data" or (is_sent and kind == "authorization"))),
        ("SECRET_NOT_RELEASED", is_invoker and is_sent and hosts not in ("exact", "exact and wildcard", "listed")),
    )
    return next((reason for reason, applies in rules if applies), "OK")


def test_the_decision_is_that_of_the_policy_for_every_combination() -> None:
    decisions = Counter[str]()
    for roles, kind, hosts, state, variant, allow_invalid in itertools.product(
        (USER, INVOKER, BOTH), KINDS, HOSTS, STATES, VARIANTS, (False, True)
    ):
        patterns, host = HOSTS[hosts]
        row = structs.replace(ROW, allowed_hosts=patterns, variant=variant, **STATES[state])
        expected = decision(roles, kind, hosts, state, bare=variant in BARE, allow_invalid=allow_invalid)
        try:
            require_use(
                structs.replace(caller(), roles=roles),
                row,
                host,
                kind,
                allow_invalid=allow_invalid,
                invoker_domains=DOMAINS,
            )
            found = "OK"
        except ServiceError as error:
            found = reasons.ErrorReason.Name(error.reason).removeprefix("ERROR_REASON_")
        assert found == expected, (sorted(roles), kind, hosts, state, variant, allow_invalid)
        decisions[expected] += 1
    assert set(decisions) == {
        *(
            "OK",
            "HOSTS_REQUIRED",
            "HOST_NOT_ALLOWED",
            "CREDENTIAL_INVALID",
            "CREDENTIAL_UNUSABLE",
            "SECRET_NOT_RELEASED",
        ),
    }


# Their secret itself is sent: as in the table of the documentation.
BARE = {"text", "raw", "api_key", "api_id_key", "basic_auth", "access_token", "key_values"}


def test_a_bare_secret_is_what_has_a_placement_and_no_token() -> None:
    recipes = {"http_request", "multi_request"}
    assert (
        {name for name, rules in VARIANTS.items() if "placement" in rules.use_settings} - recipes
        == BARE
        == BARE_SECRETS
    )


@pytest.mark.parametrize("kind", KINDS)
def test_the_teams_and_the_scope_are_asked_for_every_kind_of_use(kind: Kind) -> None:
    row = structs.replace(ROW, allowed_hosts=("a.test",))
    require_use(caller((1,)), row, "a.test", kind)
    for by in (
        caller((2,)),
        caller(organisation_id="other"),
        structs.replace(caller(), scope=Scope(folder_ids=frozenset({99}))),
    ):
        with pytest.raises(ServiceError) as caught:
            require_use(by, row, "a.test", kind)
        assert caught.value.reason == reasons.ERROR_REASON_CREDENTIAL_NOT_FOUND


@pytest.mark.parametrize("kind", KINDS)
def test_a_client_certificate_is_used_until_it_expires(kind: Kind) -> None:
    row = structs.replace(ROW, variant="mtls", allowed_hosts=("a.test",), certificate_expire_time=TIME)
    require_use(caller(), row, "a.test", kind, now=TIME - timedelta(seconds=1))
    if kind == "data":
        require_use(caller(), row, "a.test", kind)
        return
    with pytest.raises(ServiceError) as caught:
        require_use(caller(), row, "a.test", kind, now=TIME)
    assert caught.value.reason == reasons.ERROR_REASON_CREDENTIAL_UNUSABLE
    assert caught.value.violations == (("data.mtls.client_certificate", "has expired"),)


@pytest.mark.parametrize(
    ("host", "is_released"),
    [
        ("x.c.test", True),
        ("y.x.c.test", True),
        ("x.c.test:8443", False),
        ("x.notc.test", False),
        ("c.test.evil.test", False),
    ],
)
def test_an_operators_domain_does_not_replace_the_allowed_hosts(host: str, *, is_released: bool) -> None:
    row = structs.replace(ROW, variant="api_key", allowed_hosts=("*.test",))
    by = structs.replace(caller(), roles=INVOKER)
    if is_released:
        require_use(by, row, host, "response", invoker_domains=DOMAINS)
    else:
        with pytest.raises(ServiceError) as caught:
            require_use(by, row, host, "response", invoker_domains=DOMAINS)
        assert caught.value.reason in (reasons.ERROR_REASON_SECRET_NOT_RELEASED, reasons.ERROR_REASON_HOST_NOT_ALLOWED)


@pytest.mark.parametrize(("secret", "is_long"), [("1234567", False), ("12345678", True), ("äääé", True), ("", False)])
def test_an_invoker_does_not_send_a_secret_that_is_too_short_to_be_found(secret: str, *, is_long: bool) -> None:
    require_long_secret(caller(), secret)
    if is_long:
        require_long_secret(structs.replace(caller(), roles=INVOKER), secret)
    else:
        with pytest.raises(ServiceError) as caught:
            require_long_secret(structs.replace(caller(), roles=INVOKER), secret)
        assert caught.value.reason == reasons.ERROR_REASON_SECRET_NOT_RELEASED
        assert secret == "" or secret not in str(caught.value.metadata)
