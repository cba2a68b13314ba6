"""A consent URL has what the protocol needs and nothing that a caller could replace, and a callback is read strictly."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from strongroom_server.core.errors import ServiceError
from strongroom_server.schemes.authorization import (
    Callback,
    InvalidCallback,
    callback_of,
    challenge_of,
    is_from,
    is_loopback_redirect,
    prepare_consent,
)
from strongroom_server.schemes.providers.provider import Provider

PROVIDER = Provider("p", "P", "https://accounts.example/authorize", "https://accounts.example/token")
REDIRECT = "https://strongroom.example/oauth2/callback"
STATE = "s" * 43


def parameters_of(url: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(url).query, strict_parsing=True, keep_blank_values=True)


def refusal(provider: Provider = PROVIDER, redirect_uri: str = REDIRECT, **given: Any) -> list[tuple[str, str]]:
    with pytest.raises(ServiceError) as refused:
        prepare_consent(provider, "client:1", redirect_uri, **given)
    return [(field, rule) for field, rule in refused.value.violations]


def test_a_consent_url_has_pkce_and_a_state_of_256_bits() -> None:
    consent = prepare_consent(PROVIDER, "client:1", REDIRECT, ["read", "write"], {"login_hint": "a b&c"})
    assert urlsplit(consent.url)._replace(query="").geturl() == PROVIDER.authorization_url
    assert parameters_of(consent.url) == {
        "response_type": ["code"],
        "client_id": ["client:1"],
        "redirect_uri": [REDIRECT],
        "state": [consent.state],
        "scope": ["read write"],
        "code_challenge": [challenge_of(consent.verifier)],
        "code_challenge_method": ["S256"],
        "login_hint": ["a b&c"],
    }
    assert len(consent.state) == len(consent.verifier) == 43
    assert consent.nonce == ""
    assert len({consent.state, consent.verifier, prepare_consent(PROVIDER, "client:1", REDIRECT).state}) == 3
    assert not any(secret in f"{consent!r} {consent}" for secret in (consent.state, consent.verifier))


def test_the_challenge_is_that_of_rfc_7636() -> None:
    # Appendix B.
    challenge = challenge_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
    assert challenge == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_a_provider_decides_what_its_consent_url_has() -> None:
    provider = PROVIDER._replace(
        authorization_url="https://accounts.example/authorize?tenant=a%20b",
        scope_separator=",",
        parameters={"access_type": "offline", "prompt": "consent"},
        offline_scopes=("offline", "read"),
        uses_pkce=False,
    )
    consent = prepare_consent(provider, "c", REDIRECT, ["openid", "read"], {"prompt": "login"})
    given = parameters_of(consent.url)
    assert {name: given[name] for name in ("tenant", "scope", "access_type", "prompt", "nonce")} == {
        "tenant": ["a b"],
        "scope": ["openid,read,offline"],
        "access_type": ["offline"],
        "prompt": ["login"],
        "nonce": [consent.nonce],
    }
    assert "code_challenge" not in given
    assert (consent.verifier, len(consent.nonce)) == ("", 43)
    assert prepare_consent(provider._replace(repeats_nonce=False), "c", REDIRECT, ["openid"]).nonce == ""


@pytest.mark.parametrize(
    "name",
    [
        *("redirect_uri", "state", "client_id", "response_type", "response_mode", "code_challenge"),
        *("code_challenge_method", "nonce", "scope", "request", "request_uri", "client_secret", "code_verifier"),
    ],
)
def test_a_parameter_that_the_service_sets_is_refused_by_its_name(name: str) -> None:
    for given in (name, name.upper()):
        assert [field for field, _ in refusal(parameters={given: "x"})] == [f"parameters.{name}"]
        assert [field for field, _ in refusal(PROVIDER._replace(parameters={given: "x"}))] == [f"parameters.{name}"]
        endpoint = f"{PROVIDER.authorization_url}?{given}=x"
        [(field, rule)] = refusal(PROVIDER._replace(authorization_url=endpoint))
        assert field == "authorization_url"
        assert name in rule


@pytest.mark.parametrize("name", ["redirect.uri", "state[]", "state[0]", "", "a b", "é", "a" * 65, "a=b", "state\0"])
def test_a_parameter_that_a_server_could_read_otherwise_is_refused(name: str) -> None:
    [(field, _)] = refusal(parameters={name: "x"})
    assert field == "parameters"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"authorization_url": "http://accounts.example/"}, "authorization_url"),
        ({"authorization_url": "https://accounts.example@attacker.example/"}, "authorization_url"),
        ({"authorization_url": "https://accounts.example/#a"}, "authorization_url"),
        ({"authorization_url": "https://accounts.example/?a=1&a=2"}, "authorization_url"),
        ({"authorization_url": "https://accounts.example/?a"}, "authorization_url"),
        ({"authorization_url": "https://accounts.example/?a=%zz"}, "authorization_url"),
        ({"authorization_url": "javascript:alert(1)"}, "authorization_url"),
        ({"token_url": "http://accounts.example/"}, "token_url"),
        ({"issuer": "https://accounts.example/?a=1"}, "issuer"),
        ({"sends_iss": True}, "issuer"),
        ({"revocation_url": "http://accounts.example/"}, "revocation_url"),
        ({"scope_separator": ";"}, "scope_separator"),
        ({"rotation": "sometimes"}, "rotation"),
        ({"authentication": "mtls"}, "authentication"),
        ({"offline_scopes": ("a b",)}, "offline_scopes[0]"),
    ],
)
def test_a_provider_that_breaks_a_rule_is_refused_by_its_field(changes: dict[str, Any], field: str) -> None:
    [(broken, rule)] = refusal(PROVIDER._replace(**changes))
    assert broken == field
    assert rule


def test_other_fields_that_break_a_rule() -> None:
    assert [field for field, _ in refusal(parameters={f"p{number}": "" for number in range(21)})] == ["parameters"]
    assert [field for field, _ in refusal(parameters={"a": "\n"})] == ["parameters.a"]
    assert [field for field, _ in refusal(parameters={"a": "x" * 2049})] == ["parameters.a"]
    assert [field for field, _ in refusal(scopes=['"'])] == ["scopes[0]"]
    assert [field for field, _ in refusal(PROVIDER._replace(scope_separator=","), scopes=["a,b"])] == ["scopes"]
    assert [field for field, _ in refusal(scopes=[f"{number:0255}" for number in range(40)])] == ["scopes"]


@pytest.mark.parametrize(
    ("uri", "is_loopback", "is_allowed"),
    [
        ("http://127.0.0.1:62168/oauth/callback", True, True),
        ("http://127.0.0.1/", True, True),
        ("http://[::1]:8080/callback", True, True),
        ("http://[0:0:0:0:0:0:0:1]/callback", True, True),
        ("https://strongroom.example/callback", False, True),
        ("https://127.0.0.1:8443/callback", False, True),
        ("http://localhost:8080/", False, True),
        ("http://127.0.0.2:8080/", False, True),
        ("http://127.1/", False, False),
        ("http://2130706433/", False, False),
        ("http://127.0.0.1.attacker.example/", False, False),
        ("http://127.0.0.1@attacker.example/", False, False),
        ("http://127.0.0.1:0/", False, False),
        ("http://127.0.0.1:99999/", False, False),
        ("http://127.0.0.1/?code=1", False, False),
        ("http://127.0.0.1/#a", False, False),
        ("http://[::ffff:127.0.0.1]/", False, False),
        ("http://strongroom.example/", False, False),
        ("com.example.app:/callback", False, False),
        ("", False, False),
    ],
)
def test_a_redirect_goes_to_https_or_to_this_machine(uri: str, is_loopback: bool, is_allowed: bool) -> None:
    assert is_loopback_redirect(uri) is is_loopback
    if is_allowed:
        assert parameters_of(prepare_consent(PROVIDER, "c", uri).url)["redirect_uri"] == [uri]
    else:
        assert [field for field, _ in refusal(redirect_uri=uri)] == ["redirect_uri"]


def test_a_callback_has_a_code_or_a_registered_error() -> None:
    iss = "https://accounts.example"
    query = urlencode({"code": "a b/+", "state": STATE, "iss": iss, "scope": "x", "session_state": "y"})
    assert callback_of(query) == Callback(STATE, code="a b/+", iss=iss)
    assert callback_of(f"error=access_denied&error_description=%3Cscript%3E&state={STATE}") == Callback(
        STATE, error="access_denied"
    )
    for unknown in ("user_cancelled_login", "<script>", "access_denied%00", "ACCESS_DENIED"):
        assert callback_of(f"error={unknown}&state={STATE}".replace("<", "%3C")).error == "other"
    callback = callback_of(f"code=secret-code&state={STATE}")
    assert not any(secret in f"{callback!r} {callback}" for secret in ("secret-code", STATE))


@pytest.mark.parametrize(
    "query",
    [
        "",
        f"state={STATE}",
        "code=a",
        f"code=&state={STATE}",
        f"code=a&error=access_denied&state={STATE}",
        f"code=a&state={STATE}&state={STATE}",
        f"code=a&code=b&state={STATE}",
        f"code=a&iss=a&iss=b&state={STATE}",
        f"code=a&state={STATE}x",
        f"code=a&state={STATE[:-1]}",
        f"code=a&state={STATE[:-1]}%2F",
        f"code=a%0A&state={STATE}",
        f"code=%C3%A9&state={STATE}",
        f"code=%FF&state={STATE}",
        f"code=%zz&state={STATE}",
        f"code=é&state={STATE}",
        f"code=a b&state={STATE}",
        f"code={'a' * 8193}&state={STATE}",
        f"code={'a' * 16384}&state={STATE}",
        f"code=a&state={STATE}&iss=a%20b",
        f"code=a&state={STATE}" + "&a=1" * 60,
    ],
)
def test_another_callback_is_refused_without_its_text(query: str) -> None:
    with pytest.raises(InvalidCallback) as invalid:
        callback_of(query)
    assert STATE not in str(invalid.value)
    assert "aaaa" not in str(invalid.value)


@pytest.mark.parametrize(
    ("iss", "issuer", "sends_iss", "expected"),
    [
        ("", "", False, True),
        ("", "https://a.example", False, True),
        ("", "https://a.example", True, False),
        ("https://a.example", "https://a.example", True, True),
        ("https://a.example/", "https://a.example", False, False),
        ("https://b.example", "https://a.example", False, False),
        # There is nothing to compare it to.
        ("https://b.example", "", False, True),
    ],
)
def test_a_callback_of_another_issuer_is_recognised(iss: str, issuer: str, sends_iss: bool, expected: bool) -> None:
    provider = PROVIDER._replace(issuer=issuer, sends_iss=sends_iss)
    assert is_from(provider, Callback(STATE, code="a", iss=iss)) is expected
    assert is_from(provider, Callback(STATE, error="access_denied", iss=iss)) is expected


def test_the_host_of_a_consent_url_has_no_letters_that_look_like_others() -> None:
    provider = PROVIDER._replace(authorization_url="https://acc\u043eunts.example/authorize?a=1")
    assert prepare_consent(provider, "c", REDIRECT).url.startswith("https://xn--accunts-cjg.example/authorize?a=1&")
