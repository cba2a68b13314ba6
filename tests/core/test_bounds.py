"""The settings of limits, and what is wrong with each that cannot be read."""

from __future__ import annotations

import pytest

from strongroom_server.core.bounds import KEY_BOUNDS, ORGANISATION_BOUNDS, PEER_BOUNDS, PeerBounds, bounds_of, shown
from strongroom_server.core.errors import OperatorError
from strongroom_server.node.settings import from_environment


@pytest.mark.parametrize("defaults", [KEY_BOUNDS, ORGANISATION_BOUNDS, PEER_BOUNDS])
def test_what_is_not_named_has_its_default(defaults: PeerBounds) -> None:
    assert bounds_of("", defaults) == defaults
    assert bounds_of("off", defaults) is None
    assert bounds_of(" calls = 7 , ", defaults) == defaults._replace(calls=7)
    assert bounds_of(shown(defaults), defaults) == defaults


def test_a_burst_is_at_least_the_rate_unless_it_is_set() -> None:
    assert bounds_of("rate=50000", KEY_BOUNDS) == KEY_BOUNDS._replace(rate=50_000, burst=50_000)
    assert bounds_of("rate=10", KEY_BOUNDS) == KEY_BOUNDS._replace(rate=10)
    assert bounds_of("burst=1,rate=50000", KEY_BOUNDS) == KEY_BOUNDS._replace(rate=50_000, burst=1)
    assert bounds_of("rate=50000", PEER_BOUNDS) == PEER_BOUNDS._replace(rate=50_000)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("KEY", "speed=3", f"off, or limits such as {shown(KEY_BOUNDS)}: 'speed=3' is none of them"),
        ("ORGANISATION", "off,calls=3", f"off, or limits such as {shown(ORGANISATION_BOUNDS)}: 'off' is none of them"),
        ("PEER", "burst=3", "off, or limits such as calls=4,failures=500,rate=50: 'burst=3' is none of them"),
        ("KEY", "calls", "limits that are whole numbers from 1 to 999999999999: 'calls' is not"),
        ("KEY", "calls=", "limits that are whole numbers from 1 to 999999999999: 'calls=' is not"),
        ("KEY", "calls=0", "limits that are whole numbers from 1 to 999999999999: 'calls=0' is not"),
        ("KEY", "calls=-1", "limits that are whole numbers from 1 to 999999999999: 'calls=-1' is not"),
        ("KEY", "calls=1.5", "limits that are whole numbers from 1 to 999999999999: 'calls=1.5' is not"),
        ("KEY", "calls=٣", "limits that are whole numbers from 1 to 999999999999: 'calls=٣' is not"),
        ("KEY", "calls=1=2", "limits that are whole numbers from 1 to 999999999999: 'calls=1=2' is not"),
        (
            "KEY",
            "bytes=1000000000000",
            "limits that are whole numbers from 1 to 999999999999: 'bytes=1000000000000' is not",
        ),
        ("PEER", "rate=1,rate=2", "limits separated by commas, each once: rate is there twice"),
    ],
)
def test_each_mistake_names_the_setting_the_part_and_the_rule(name: str, text: str, message: str) -> None:
    variable = f"STRONGROOM_{name}_LIMITS"
    with pytest.raises(OperatorError) as refusal:
        from_environment({variable: text})
    assert str(refusal.value) == f"{variable} must be {message}"


def test_the_settings_reach_their_fields() -> None:
    settings = from_environment({"STRONGROOM_PEER_LIMITS": "failures=9", "STRONGROOM_KEY_LIMITS": "off"})
    assert settings.peer_limits == PEER_BOUNDS._replace(failures=9)
    assert settings.key_limits is None
    assert settings.organisation_limits == ORGANISATION_BOUNDS
