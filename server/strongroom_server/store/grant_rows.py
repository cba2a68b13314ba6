"""SQL about the rows of `tokens` that are grants: which they are, when they are refreshed, and the events of their changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from strongroom.v1.credential_pb2 import (
    REFRESH_STATE_ACTIVE,
    REFRESH_STATE_MISCONFIGURED,
    REFRESH_STATE_REAUTH_REQUIRED,
    REFRESH_STATE_REAUTH_SUSPECTED,
)
from strongroom_server.core.records import OutboxEvent
from strongroom_server.store import events

if TYPE_CHECKING:
    from collections.abc import Sequence

# Reasons of a doubt that no refresh has caused. No event tells it, so none tells its end either.
PROMOTION: Final = "promotion"
RESTORE: Final = "restore"
# Why only a new consent helps, unless the URL is changed back.
TOKEN_URL_CHANGED: Final = "token_url_changed"  # noqa: S105 - a reason

# How long a grant is refreshed ahead of need after its last use. `used_time` is exact to a day.
_USED_FOR: Final = "30 days"
# So that an idle grant does not lapse. A provider that issues tokens for longer may still end a grant that is not refreshed.
_IDLE: Final = "7 days"
# As use/tokens.py counts a token whose provider does not say when it expires.
_UNKNOWN_LIFE: Final = "55 minutes"

IS_FAILING: Final = f"state <> {REFRESH_STATE_ACTIVE}"
NEEDS_PERSON: Final = f"state in ({REFRESH_STATE_REAUTH_REQUIRED}, {REFRESH_STATE_MISCONFIGURED})"


def is_grant(token: str) -> str:
    """SQL that holds if the row of `tokens` with this alias is that of a grant."""
    return f"""({token}.parameters_sha256 = '' and exists (
        select from credentials g where g.organisation_id = {token}.organisation_id and g.id = {token}.credential_id
        and (g.variant = 'oauth2_refresh' or (g.variant = 'oauth' and exists (
            select from connections n where n.organisation_id = g.organisation_id and n.credential_id = g.id
        )))
    ))"""


def has_grant(credential: str, states: str) -> str:
    """SQL that holds if the credential with this alias has a grant in one of these states."""
    return f"""({credential}.variant in ('oauth2_refresh', 'oauth') and exists (
        select from tokens k where k.organisation_id = {credential}.organisation_id and k.credential_id = {credential}.id
        and k.state = any({states}) and {is_grant("k")}
    ))"""


def refresh_time_of(create_time: str, expire_time: str, used_time: str) -> str:
    """SQL of the time at which a pair is refreshed: at 80 % of its life, 1 to 5 minutes before its end. Spread, so that grants that
    were stored together are not refreshed together.
    """
    end = f"coalesce({expire_time}, {create_time} + interval '{_UNKNOWN_LIFE}')"
    life = f"({end} - {create_time})"
    margin = f"greatest(interval '1 minute', least(interval '5 minutes', {life} / 5) * (0.8 + 0.2 * random()))"
    # A token that lives less than 2 minutes is replaced after half of its life.
    ahead = f"{end} - least({life} / 2, {margin})"
    idle = f"{create_time} + interval '{_IDLE}' * (0.9 + 0.1 * random())"
    return f"least({idle}, case when {used_time} > {create_time} - interval '{_USED_FOR}' then {ahead} else 'infinity' end)"


_UNTOLD: Final = f"in ('{PROMOTION}', '{RESTORE}')"
_WAS_ACTIVE: Final = f"changed.old_state = {REFRESH_STATE_ACTIVE}"
# A grant leaves ACTIVE; needs a person; is ACTIVE again.
_WHEN: Final = {
    "grant.refresh_failed": f"changed.{IS_FAILING} and ({_WAS_ACTIVE} or changed.old_reason {_UNTOLD})",
    "grant.reauth_required": f"changed.{NEEDS_PERSON} and changed.state <> changed.old_state",
    "grant.recovered": f"not changed.{IS_FAILING} and not ({_WAS_ACTIVE} or changed.old_reason {_UNTOLD})",
}


def telling(update: str, found: str, first: int, told: Sequence[OutboxEvent]) -> str:
    """SQL of an update of `tokens t` from `before`, the row that `found` selects, with the events of its change.

    The arguments of the events start at $first. An event is stored only if the state changes as its type says.
    """
    width = len(OutboxEvent.__struct_fields__)
    inserts = "".join(
        f", told_{place} as ({events.insert(first + place * width, f'from changed where {_WHEN[event.event_type]}')})"
        for place, event in enumerate(told)
    )
    return f"""
        with before as (select t.state, t.reason from tokens t where {found} for update), changed as (
            {update} returning t.state, before.state as old_state, before.reason as old_reason
        ){inserts} select 1 from changed
    """


# A failure that was told keeps its reason, so that its end is told too. A client that is refused is so in doubt as well.
_KEPT: Final = f"({REFRESH_STATE_REAUTH_SUSPECTED}, {REFRESH_STATE_MISCONFIGURED})"
SUSPECT: Final = f"""
    update tokens t set in_doubt = true,
        state = case when t.state in {_KEPT} then t.state else {REFRESH_STATE_REAUTH_SUSPECTED} end,
        state_time = case when t.state in {_KEPT} then t.state_time else strongroom_now() end,
        reason = case when t.state = {REFRESH_STATE_ACTIVE} or t.reason {_UNTOLD} then $1 else t.reason end,
        retry_time = null, refresh_time = strongroom_now() + interval '5 minutes' * random()
    where t.box is not null and t.state <> {REFRESH_STATE_REAUTH_REQUIRED} and {is_grant("t")}
"""
